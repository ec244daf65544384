"""The progress bar of a run: on a terminal only, on standard error, with passages per second."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from indexer.pipeline import Progress


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None]]:
    """What to call with each Progress; it draws nothing where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("indexing"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[passages]:,} passages, {task.fields[speed]:,.0f}/s"),
        TimeRemainingColumn(compact=True),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("indexing", total=None, passages=0, speed=0.0)

        def show(progress: Progress) -> None:
            elapsed = bar.tasks[task].elapsed or 0.0
            bar.update(
                task,
                completed=progress.done,
                total=progress.total,
                passages=progress.passages,
                speed=progress.passages / elapsed if elapsed else 0.0,
            )

        yield show
