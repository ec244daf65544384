"""The ways of searching whose hits are judged: an index with a mode, or a run file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from indexer.errors import DatasetError
from search.evaluation.judged.trec import Run, read_run
from search.evaluation.measured.evaluator import best_passages
from search.limits import MODES, Mode
from search.searcher import Searcher
from search.types import Hit

PASSAGES = 100
"""Passages that an index is asked for: as many as `locus evaluate` asks for."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """The articles that a system found, best first, and the best passage of each if it has some."""

    articles: tuple[str, ...]
    passages: Mapping[str, Hit]


class RankingSystem(Protocol):
    """A way of searching. ``name`` is shown where systems are compared, never beside a hit."""

    @property
    def name(self) -> str: ...

    def ranked(self, query: str, text: str, depth: int) -> Ranked:
        """The first ``depth`` articles for a question, given by its id and its text."""


@dataclass(frozen=True, slots=True)
class SearchedSystem:
    """An open index in a mode."""

    name: str
    searcher: Searcher
    mode: Mode

    def ranked(self, query: str, text: str, depth: int) -> Ranked:  # noqa: ARG002 - the protocol
        hits = self.searcher.search(text, max(PASSAGES, depth), mode=self.mode).hits
        first: dict[str, Hit] = {}
        for hit in hits:
            first.setdefault(hit.article, hit)
        articles = tuple(best_passages(hits))[:depth]
        return Ranked(articles, {article: first[article] for article in articles})


@dataclass(frozen=True, slots=True)
class RunSystem:
    """A run that was read from a file; it has articles, and no passages."""

    name: str
    run: Run

    def ranked(self, query: str, text: str, depth: int) -> Ranked:  # noqa: ARG002 - the protocol
        return Ranked(tuple(self.run.get(query, {}))[:depth], {})


def systems_of(
    names: list[str], index: Searcher, mode: Mode, opened: Mapping[str, Searcher]
) -> list[RankingSystem]:
    """The systems of these names: a mode of ``index``, an opened index folder, or a run file.

    Without names, the modes. Raises DatasetError for a name that is none of these.
    """
    found: list[RankingSystem] = []
    for name in dict.fromkeys(names or MODES):
        of_mode = next((it for it in MODES if it == name), None)
        if of_mode is not None:
            found.append(SearchedSystem(name, index, of_mode))
        elif name in opened:
            found.append(SearchedSystem(name, opened[name], mode))
        elif Path(name).is_file():
            found.append(RunSystem(name, read_run(Path(name)).run))
        else:
            modes = ", ".join(MODES)
            raise DatasetError(f"{name!r} is not a mode ({modes}), an index folder or a run file")
    return found
