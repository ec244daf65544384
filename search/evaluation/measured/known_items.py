"""Known items: questions taken from the index itself, for an index without judged questions.

These questions use the words of the articles, so they are easy and their scores are far too
optimistic. The scores show that nothing is broken, and whether a change helps or harms. They do not
show how well questions in other words are answered. There are two kinds:

- A title; its article is the right answer. Titles are embedded and indexed with every passage, so
  this is the easiest kind of question. A title is not asked if another article has the same one, or
  if the first line of the article's first passage contains it, as most do.
- A sentence; its article is the right answer, and the passage that contains it the right passage.
  The sentence stays in the index, and keywords alone nearly always find it. So it only tests search
  by meaning.

The questions form a ``Dataset``, which is evaluated like any other.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from indexer.errors import DatasetError
from indexer.storing.snapshot import Snapshot
from indexer.storing.stored import StoredPassage
from search.evaluation.judged.datasets import AnswerSpan, Dataset
from search.evaluation.judged.reading import Note

T = TypeVar("T")

_READ = 2048
_LEAST_WORDS = 6
_SENTENCE_CHARS = range(40, 301)
_NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class _KnownItem:
    text: str
    article: str
    title: str
    sha256: str
    span: AnswerSpan | None = None


def known_titles(snapshot: Snapshot, count: int = 200, seed: int = 0) -> Dataset:
    """At most ``count`` titles as queries; the right answer is the article with that title.

    Raises DatasetError if no title can be asked.

    >>> with Store(Path(".locus")) as store, store.snapshot() as (_, snapshot):
    ...     dataset = known_titles(snapshot, count=50)
    """
    first: dict[tuple[str, str], StoredPassage] = {}
    for passage in _passages(snapshot):
        key = passage.source, passage.article
        if key not in first or passage.start < first[key].start:
            first[key] = passage
    titles = Counter(_normalised(passage.title) for passage in first.values())
    names = Counter(article for _, article in first)
    shared = own = 0
    questions = []
    for (_, article), passage in first.items():
        words = _normalised(passage.title)
        if not words or titles[words] > 1 or names[article] > 1:
            shared += 1
        elif f" {words} " in f" {_normalised(_opening_line(passage))} ":
            own += 1
        else:
            questions.append(_KnownItem(passage.title, article, passage.title, passage.sha256))
    return _dataset(
        "known titles",
        _sample(questions, count, seed),
        {
            "a title that is empty or that another article has (or its name)": shared,
            "a title that the first line of its article contains": own,
        },
    )


def known_sentences(snapshot: Snapshot, count: int = 200, seed: int = 0) -> Dataset:
    """At most ``count`` sentences as queries; the right answer is the article that contains it.

    Only sentences of 40 to 300 characters and at least six words that occur once in the index.
    Raises DatasetError if there are none.

    >>> with Store(Path(".locus")) as store, store.snapshot() as (_, snapshot):
    ...     dataset = known_sentences(snapshot, count=50)
    """
    times: Counter[int] = Counter()
    places: list[tuple[int, int, int]] = []
    for passage in _passages(snapshot):
        for number, (start, end) in enumerate(passage.sentences):
            sentence = passage.text[start - passage.start : end - passage.start]
            words = _normalised(sentence)
            times[hash(words)] += 1
            if len(sentence) in _SENTENCE_CHARS and words.count(" ") >= _LEAST_WORDS - 1:
                places.append((passage.id, number, hash(words)))
    once = [place for place in places if times[place[2]] == 1]
    chosen = _sample(once, count, seed)
    found = snapshot.passages([number for number, _, _ in chosen])
    questions = [_sentence(found[number], place) for number, place, _ in chosen]
    left = {"a sentence that occurs more than once": len(places) - len(once)}
    return _dataset("known sentences", questions, left)


def _passages(snapshot: Snapshot) -> Iterator[StoredPassage]:
    """All passages of a generation in the order of their ids, read in blocks."""
    _, last = snapshot.extent()
    for first in range(1, last + 1, _READ):
        block = snapshot.passages(range(first, min(first + _READ, last + 1)))
        yield from (block[number] for number in sorted(block))


def _sentence(passage: StoredPassage, place: int) -> _KnownItem:
    start, end = passage.sentences[place]
    text = passage.text[start - passage.start : end - passage.start]
    span = AnswerSpan(passage.article, start, end, text)
    return _KnownItem(" ".join(text.split()), passage.article, passage.title, passage.sha256, span)


def _sample(questions: Sequence[T], count: int, seed: int) -> list[T]:
    order = np.random.default_rng(seed).permutation(len(questions))[:count]
    return [questions[number] for number in sorted(order.tolist())]


def _opening_line(passage: StoredPassage) -> str:
    return passage.text.strip().partition("\n")[0]


def _normalised(text: str) -> str:
    return _NO_WORD.sub(" ", text.casefold()).strip()


def _dataset(name: str, questions: Sequence[_KnownItem], skipped: dict[str, int]) -> Dataset:
    notes = tuple(Note(name, f"skipped {what}", count) for what, count in skipped.items() if count)
    if not questions:
        reasons = "; ".join(str(note).removeprefix(f"{name}: ") for note in notes)
        raise DatasetError(f"the index has no {name} to ask" + (f": {reasons}" if notes else ""))
    asked = {f"k{number:04}": question for number, question in enumerate(questions, 1)}
    return Dataset(
        name=name,
        queries={query: question.text for query, question in asked.items()},
        qrels={query: {question.article: 1} for query, question in asked.items()},
        answers={query: (question.span,) for query, question in asked.items() if question.span},
        titles={question.article: question.title for question in questions},
        hashes={question.article: question.sha256 for question in questions},
        notes=notes,
    )
