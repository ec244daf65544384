"""The progress bar of a run: only on a terminal, on standard error, with passages per second."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from indexer.updating.indexing import Progress

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None]]:
    """Yield a function to call with each Progress; it draws only on a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with drawn_on(Console(stderr=True)) as show:
        yield show


@contextmanager
def drawn_on(console: "Console") -> Iterator[Callable[[Progress], None]]:
    """Draw the bar on a console; while the model is prepared it has no figures."""
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[figures]}"),
        TimeRemainingColumn(compact=True),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading sources", total=None, figures="")
        step, begun, before = "", 0.0, 0

        def show(progress: Progress) -> None:
            nonlocal step, begun, before
            is_new = progress.step != step
            if is_new:
                step, begun, before = progress.step, bar.get_time(), progress.passages
            is_measured = step != "preparing the model"
            seconds = bar.get_time() - begun
            speed = (progress.passages - before) / seconds if seconds else 0.0
            bar.update(
                task,
                description=step,
                completed=progress.done,
                total=progress.total if is_measured else None,
                figures=_figures(progress, speed) if is_measured else "",
                refresh=is_new,
            )

        yield show


def _figures(progress: Progress, speed: float) -> str:
    """``40% 512 passages, 230/s``; ``speed`` in passages per second, if any are stored."""
    share = progress.done / progress.total if progress.total else 0.0
    if progress.step != "indexing":
        return f"{share:>4.0%}"
    return f"{share:>4.0%} {progress.passages:,} passages, {speed:,.0f}/s"
