"""One ``locus index`` as its user sees it: the bar, the summary, the messages, the exit code."""

import json
import shlex
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from indexer.command.progress import progress_bar
from indexer.deriving.publishing import Gate
from indexer.encoding import models
from indexer.errors import GateClosed, IndexBusy, LocusError
from indexer.pipeline import Progress, build
from indexer.storing.schema import is_index
from indexer.updating.summary import Summary, counted

_NAMED_SKIPS = 20
_BUSY_SECONDS = 0.5


class IndexRun:
    """Runs over one index with the options of one command.

    ``answer`` prints what was asked for, ``say`` what a person should know besides.
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
        model: str | None = None,
        passage_tokens: int | None = None,
        language: str | None = None,
        allow_download: bool = False,
        gate: Gate | None = None,
    ) -> None:
        self._folder = folder
        self._answer = answer
        self._say = say
        self._as_json = as_json
        self._exclude = exclude
        self._hidden = hidden
        self._model = model
        self._passage_tokens = passage_tokens
        self._language = language
        self._allow_download = allow_download
        self._gate = gate
        self._load = lru_cache(maxsize=1)(models.load)
        self._stored: int | None = None
        self._told: list[str] = []

    def once(
        self, sources: Sequence[Path] = (), *, forget: Sequence[Path] = (), rebuild: bool = False
    ) -> int:
        """Bring the index up to date and say what that took; returns the exit code."""
        try:
            return self._once(sources, forget, rebuild=rebuild)
        except GateClosed as closed:
            self._stored = None
            self._say(str(closed))
            return 1

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
                forget=forget,
                rebuild=rebuild,
                allow_download=self._allow_download,
                gate=self._gate,
                progress=note,
            )
        self._stored = None
        self._told = _warnings(summary)
        self._tell(summary)
        if not summary.generation:
            self._say(_why_nothing(summary, sources))
        if summary.problems:
            return 2
        return 0 if summary.articles else 1

    def follow(self) -> None:
        """Bring the index up to date at each change of its sources, until a signal ends it."""
        from indexer.command.watch import changes

        self._say(f"following the sources of {self._folder}; Ctrl-C ends it")
        told = self._told
        for _ in changes(self._folder):
            while True:
                try:
                    summary = build(self._folder, load=self._load, gate=self._gate)
                except IndexBusy:
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
        """Say what an interruption left; returns the exit code."""
        if self._stored is None:
            self._say("ended; the index is as it was last published")
            return 0
        if is_index(self._folder):
            kept = f"what was stored is kept, {counted(self._stored, 'passage')} of this run"
            self._say(f"interrupted: {kept}; run the same command again to go on from there")
        else:
            self._say("interrupted: nothing was stored yet; run the same command again")
        return code

    def _tell(self, summary: Summary) -> None:
        for warning in _warnings(summary):
            self._say(warning)
        if self._as_json:
            self._answer(json.dumps(summary.as_json(), ensure_ascii=False))
        elif summary.generation:
            self._answer(summary.as_text(self._folder))


def _why_nothing(summary: Summary, sources: Sequence[Path]) -> str:
    """What to say if there are no articles: what was found instead, and what can be done."""
    reasons = [f"files of other kinds: {summary.kinds() or 'none'}"]
    if summary.excluded:
        count = counted(summary.excluded, "file or folder", "files or folders")
        reasons.append(f"left out by --exclude or .locusignore: {count}")
    if ".jsonl" in summary.ignored:
        corpora = (path for source in sources for path in source.rglob("*.jsonl"))
        corpus = shlex.quote(str(next(corpora, "FOLDER/FILE.jsonl")))
        reasons.append(f"to index a .jsonl corpus, name the file itself: `locus index {corpus}`")
    return f"no articles to index; {'; '.join(reasons)}"


def _warnings(summary: Summary) -> list[str]:
    skipped = [f"skipped {it.article}: {it.reason}" for it in summary.skipped]
    if len(skipped) > _NAMED_SKIPS:
        more = len(skipped) - _NAMED_SKIPS
        skipped[_NAMED_SKIPS:] = [f"and {more:,} more skipped: --json names them all"]
    return [*summary.problems, *skipped]
