"""Where the passages that ought to be found stand in each answer of an evaluation.

An answer is computed once. Its stages are looked at before they are forgotten, so that telling why
a question went wrong costs next to nothing: no question is asked again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from indexer.deriving.languages import language_of_each
from indexer.storing.shards.store import open_store
from indexer.types import Span
from search.evaluation.judged.datasets import Dataset
from search.ranking.trace import Trace
from search.workings import Workings

_FIRST = 3
"""Passages of an article that tell its language: the first may be a heading alone."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen of one question while it was answered.

    ``words`` are those of the question without stop words, with the number of passages that have
    each; ``unread`` are those of them that no passage has and the model reads in pieces. ``trace``
    is None if the index has no right passage: no relevant article or, if it ``is_split``, no
    passage that contains a whole answer span. ``was_missed`` says that the search by meaning
    skipped the right passage because it reads only a part of a large index.

    >>> finding.trace.is_ahead("fused"), finding.unread
    (False, ())
    """

    corrected: bool
    words: Mapping[str, int]
    unread: tuple[str, ...]
    trace: Trace | None
    is_split: bool = False
    was_missed: bool = False


@dataclass(frozen=True, slots=True)
class JudgedPassages:
    """The passages of the judged articles in one generation: the span of each by id, by article.

    ``languages`` has the language of each article, as far as it is known.
    """

    generation: int
    passages: Mapping[str, Mapping[int, Span]]
    languages: Mapping[str, str]

    @classmethod
    def of(cls, folder: Path, dataset: Dataset) -> Self:
        """Those in the index in ``folder``. Raises IndexFolderError if it cannot be read."""
        wanted = {name for of in dataset.qrels.values() for name, grade in of.items() if grade > 0}
        wanted |= {span.article for spans in dataset.answers.values() for span in spans}
        with open_store(folder) as store, store.snapshot() as (state, snapshot):
            found = snapshot.spans_of(wanted)
            firsts = {name: list(of)[:_FIRST] for name, of in found.items()}
            read = snapshot.passages([number for of in firsts.values() for number in of])
        languages = language_of_each(
            ["\n".join(read[number].text for number in of) for of in firsts.values()],
            [read[of[0]].known.language for of in firsts.values()],
        )
        known = {name: it for name, it in zip(firsts, languages, strict=True) if it is not None}
        return cls(state.generation, found, known)

    def look(self, dataset: Dataset, query: str, workings: Workings) -> Finding | None:
        """What the workings of the answer to a query show; None if the index has changed."""
        if workings.generation != self.generation:
            return None
        spans = dataset.answers.get(query, ())
        relevant = [name for name, grade in dataset.qrels[query].items() if grade > 0]
        articles = {*relevant, *(span.article for span in spans)}
        known = {name: self.passages.get(name, {}) for name in articles}
        if spans:
            right = {
                number
                for span in spans
                for number, (start, end) in known[span.article].items()
                if start <= span.start and span.end <= end
            }
        else:
            right = {number for of in known.values() for number in of}
        words = workings.words()
        trace = workings.trace(right) if right else None
        return Finding(
            corrected=workings.seen.asked.corrected is not None,
            words=words,
            unread=tuple(workings.unread([word for word, having in words.items() if not having])),
            trace=trace,
            is_split=not right and any(known.values()),
            was_missed=trace is not None and not trace.is_candidate and workings.was_missed(right),
        )
