"""Run ``locus index``: progress bar, summary, messages and exit code."""

import json
import shlex
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from indexer.command.progress import progress_bar
from indexer.deriving.publishing import Gate
from indexer.encoding import models
from indexer.errors import GateClosed, IndexBusy, LocusError, Previewed
from indexer.pipeline import build
from indexer.storing.folder import index_option
from indexer.text import on_a_line, printable
from indexer.types import Skipped
from indexer.updating.indexing import Progress
from indexer.updating.summary import JSONL, Summary, files_or_folders

_NAMED_SKIPS = 20
_BUSY_SECONDS = 0.5


class IndexRun:
    """Runs over one index with the options of one command.

    ``answer`` prints results on standard output, ``say`` messages for people on standard error.
    """

    def __init__(
        self,
        folder: Path,
        answer: Callable[[str], object],
        say: Callable[[str], object],
        *,
        as_json: bool = False,
        exclude: Sequence[str] | None = None,
        hidden: bool | None = None,
        text_column: Sequence[str] | None = None,
        model: str | None = None,
        passage_tokens: int | None = None,
        language: str | None = None,
        allow_download: bool = False,
        gate: Gate | None = None,
        shards: int | None = None,
        ray: str | None = None,
    ) -> None:
        self._folder = folder
        self._answer = answer
        self._say = say
        self._as_json = as_json
        self._exclude = exclude
        self._hidden = hidden
        self._text_column = text_column
        self._model = model
        self._passage_tokens = passage_tokens
        self._language = language
        self._allow_download = allow_download
        self._gate = gate
        self._shards = shards
        self._ray = ray
        self._load = lru_cache(maxsize=1)(models.load_for_indexing)
        self._stored: int | None = None
        self._told: list[str] = []

    def once(
        self, sources: Sequence[Path] = (), *, forget: Sequence[Path] = (), rebuild: bool = False
    ) -> int:
        """Update the index and print the summary; returns the exit code."""
        try:
            return self._once(sources, forget, rebuild=rebuild)
        except GateClosed as closed:
            self._stored = None
            self._say(str(closed))
            return 0 if isinstance(closed, Previewed) else 1

    def _once(self, sources: Sequence[Path], forget: Sequence[Path], *, rebuild: bool) -> int:
        self._stored = 0
        with progress_bar() as show:

            def note(progress: Progress) -> None:
                self._stored = progress.passages
                show(progress)

            summary = build(
                self._folder,
                sources,
                model=self._model,
                load=self._load,
                passage_tokens=self._passage_tokens,
                language=self._language,
                exclude=self._exclude,
                hidden=self._hidden,
                text_column=self._text_column,
                forget=forget,
                rebuild=rebuild,
                allow_download=self._allow_download,
                gate=self._gate,
                shards=self._shards,
                ray=self._ray,
                progress=note,
            )
        self._stored = None
        for path in forget:
            self._say(
                f"removed the source {printable(path)} from the index; its files are untouched"
            )
        self._told = _warnings(summary)
        self._tell(summary)
        if not summary.generation:
            self._say(_why_nothing(self._folder, summary, sources))
        if summary.problems:
            return 2
        return 0 if summary.articles else 1

    def dry(
        self, sources: Sequence[Path] = (), *, forget: Sequence[Path] = (), rebuild: bool = False
    ) -> int:
        """Print what a run would do, and write nothing; returns the exit code."""
        from indexer.command.planning import PlanOptions, plan
        from indexer.updating.request import Request

        request = Request(
            *(self._folder, tuple(sources), self._exclude, self._hidden, tuple(forget)),
            self._text_column,
        )
        options = PlanOptions(
            self._model, self._passage_tokens, self._language, rebuild, self._allow_download
        )
        found = plan(request, options, self._load)
        for warning in _warned(found.problems, found.skipped, found.partial):
            self._say(warning)
        as_json = json.dumps(found.as_json(), ensure_ascii=False) if self._as_json else ""
        self._answer(as_json or found.as_text())
        if found.problems:
            return 2
        return 0 if found.files or found.unchanged else 1

    def follow(self) -> None:
        """Update the index whenever its sources change, until a signal ends the process."""
        from indexer.command.watch import changes

        self._say("watching your folders for changes (Ctrl-C to stop)")
        told = self._told
        for _ in changes(self._folder):
            waiting = False
            while True:
                try:
                    summary = build(self._folder, load=self._load, gate=self._gate)
                except IndexBusy as error:
                    if not waiting:
                        self._say(f"waiting: {error}")
                        waiting = True
                    time.sleep(_BUSY_SECONDS)
                    continue
                except LocusError as error:
                    self._say(str(error))
                    break
                warnings = _warnings(summary)
                if summary.has_changes or warnings != told:
                    self._tell(summary)
                told = warnings
                break

    def interrupted(self, code: int) -> int:
        """Print what an interruption saved; returns the exit code."""
        if self._stored is None:
            self._say("stopped; the index is up to date as of the last update")
            return 0
        if self._stored:
            saved = "passage is" if self._stored == 1 else "passages are"
            self._say(
                f"interrupted: {self._stored:,} {saved} saved. Run the same command again to"
                " continue"
            )
        else:
            self._say("interrupted; nothing was saved yet. Run the same command again")
        return code

    def _tell(self, summary: Summary) -> None:
        for warning in _warnings(summary):
            self._say(warning)
        if self._as_json:
            self._answer(json.dumps(summary.as_json(), ensure_ascii=False))
        elif summary.generation:
            self._answer(summary.as_text(self._folder))


def _why_nothing(folder: Path, summary: Summary, sources: Sequence[Path]) -> str:
    """The message if there are no articles: what was found instead, and what to do."""
    where = f" in {', '.join(map(printable, sources))}" if sources else ""
    files = "no readable article" if summary.skipped else "no files of a supported type"
    sentences = [f"nothing to index: {files}{where}"]
    if types := summary.types(but=JSONL):
        sentences.append(f"Found {types}; convert them to text first")
    if summary.excluded:
        excluded = files_or_folders(summary.excluded)
        sentences.append(f"Excluded by --exclude or .locusignore: {excluded}")
    if JSONL in summary.ignored:
        found = (path for source in sources for path in source.rglob("*.jsonl"))
        path = shlex.quote(printable(next(found, "FILE.jsonl")))
        command = f"locus index {path}{index_option(folder)}"
        sentences.append(f"To index a .jsonl file, name it: {command}")
    return ". ".join(sentences)


def _warnings(summary: Summary) -> list[str]:
    return _warned(summary.problems, summary.skipped, summary.partial)


def _warned(
    problems: Sequence[str], skips: Sequence[Skipped], partial: Sequence[Skipped]
) -> list[str]:
    skipped = [on_a_line(f"skipped {it.article}: {it.reason}") for it in skips[:_NAMED_SKIPS]]
    if len(skips) > _NAMED_SKIPS:
        more = len(skips) - _NAMED_SKIPS
        skipped.append(f"and {more:,} more skipped (use --json to list all of them)")
    in_part = [on_a_line(f"{it.article}: {it.reason}") for it in partial[:_NAMED_SKIPS]]
    if len(partial) > _NAMED_SKIPS:
        more = len(partial) - _NAMED_SKIPS
        in_part.append(f"and {more:,} more read in part (use --json to list all of them)")
    return [*problems, *skipped, *in_part]
