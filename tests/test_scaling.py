"""An index of several shards answers as one index of the same articles."""

import os
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from indexer.storing.shards.numbering import Numbering
from indexer.types import Tuning
from search import open_index
from search.limits import MODES
from search.ranking.filters import Filter
from search.ranking.fusion import Candidates
from search.scaling.merging import best_of, in_order, part_of
from search.searcher import Searcher
from search.types import Answer
from tests.crashes import MEMORY
from tests.hashing import HashingEncoder
from tests.histories import run

COUNTS = (1, 2, 5)
NAMES = [f"{folder}/{number}.txt" for folder in ("day", "night") for number in range(8)]
WORDS = (
    *("owls", "bats", "mice", "moths", "tides", "comets", "bridges", "castles", "rivers"),
    *("hunt", "carry", "follow", "cross", "silent", "stone", "dust", "echo", "harbour", "winter"),
)
EVERY = Tuning(candidates=1000)
"""With it all passages are candidates, so no tie is cut where the order depends on their ids."""


class Sources:
    """A folder of articles, and an index of it without shards and one for each of ``COUNTS``."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self._chance = random.Random(seed)

    def write(self, name: str) -> None:
        """Write an article with random sentences, and a time that shows the change."""
        sentences = (
            " ".join(self._chance.choices(WORDS, k=self._chance.randint(4, 12))).capitalize()
            for _ in range(self._chance.randint(1, 6))
        )
        path = self.folder / "articles" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"About {name}\n\n{'. '.join(sentences)}.\n", "utf-8")
        os.utime(path, ns=(10**18, 10**18 + self._chance.randrange(10**9)))

    def edit(self, name: str, other: str) -> None:
        """Write, rename or remove an article."""
        path, target = (self.folder / "articles" / it for it in (name, other))
        if not path.exists() or self._chance.random() < 0.4:
            self.write(name)
        elif self._chance.random() < 0.5:
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
        elif len(list(self.folder.glob("articles/*/*.txt"))) > 1:
            path.unlink()

    def index(self, *, first: bool, rebuild: bool = False) -> None:
        """Bring all indexes up to date."""
        sources = [self.folder / "articles"] if first else []
        one = run(self.folder / "one", *sources, rebuild=rebuild)
        for count in COUNTS:
            shards = count if first else None
            its = run(self.folder / str(count), *sources, shards=shards, rebuild=rebuild)
            assert (its.articles, its.passages) == (one.articles, one.passages)
            if not first:
                assert its.embedded == one.embedded, "nothing is embedded twice"

    @contextmanager
    def opened(self, tuning: Tuning | None = None) -> Iterator[tuple[Searcher, list[Searcher]]]:
        """The index without shards, and the others."""
        with ExitStack() as stack:
            one, *others = (
                stack.enter_context(
                    open_index(self.folder / name, encoder=HashingEncoder(), tuning=tuning)
                )
                for name in ("one", *map(str, COUNTS))
            )
            yield one, others


def facts(answer: Answer) -> tuple[object, ...]:
    """What an answer says, without scores' last digits."""
    hits = [
        (it.article, it.start, it.end, it.line, it.highlight, round(it.score, 4))
        for it in answer.hits
    ]
    return hits, answer.corrected, answer.confidence, answer.warnings, answer.passages


def questions(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=chance.randint(1, 5))) for _ in range(count)]


edits = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), min_size=1, max_size=5)


@given(st.lists(edits, min_size=1, max_size=3), st.integers(0, 10**6))
@settings(max_examples=3, phases=[Phase.generate])  # an example takes seconds
def test_shards_answer_as_one_index_after_any_edits(
    history: Sequence[Sequence[tuple[str, str]]], seed: int
) -> None:
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as scratch:
        sources = Sources(Path(scratch), seed)
        for name in NAMES[::2]:
            sources.write(name)
        sources.index(first=True)
        for step in history:
            for name, other in step:
                sources.edit(name, other)
            sources.index(first=False)
        with sources.opened(EVERY) as (one, others):
            names = one.articles()
            for question in [*questions(seed, 6), "owlz hunt"]:
                for mode in MODES:
                    right = facts(one.search(question, 10, mode=mode))
                    for count, shards in zip(COUNTS, others, strict=True):
                        assert facts(shards.search(question, 10, mode=mode)) == right, count
            for shards in others:
                assert shards.articles() == names
                assert facts(shards.similar(names[0])) == facts(one.similar(names[0]))


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    found = Sources(tmp_path_factory.mktemp("shards"), seed=4)
    for name in NAMES:
        found.write(name)
    found.index(first=True)
    return found


@pytest.mark.parametrize(
    "options",
    [
        {"under": "night"},
        {"under": "n*/1.txt"},
        {"under": "nowhere"},
        {"since": "2024"},
        {"exact": True},
        {"literal": True},
        {"per_article": 1, "k": 30},
        {"min_confidence": 0.9},
    ],
)
def test_options_mean_the_same_over_shards(sources: Sources, options: dict[str, object]) -> None:
    with sources.opened(EVERY) as (one, others):
        for question in questions(1, 4):
            right = facts(one.search(question, **options))  # type: ignore[arg-type]
            for shards in others:
                assert facts(shards.search(question, **options)) == right  # type: ignore[arg-type]


def test_many_questions_an_explanation_and_a_check(sources: Sources) -> None:
    many = questions(2, 5)
    with sources.opened(EVERY) as (one, others):
        right = list(map(facts, one.search_many(many, 5)))
        hits = one.search(many[0], 5).hits
        best = hits[0].article
        for shards in others:
            assert list(map(facts, shards.search_many(many, 5))) == right
            explained, its = one.explain(many[0], best), shards.explain(many[0], best)
            assert (its.start, its.lost) == (explained.start, explained.lost)
            assert [it.rank for it in its.places] == [it.rank for it in explained.places]
            assert {it.standing for it in shards.check(hits)} == {"unchanged"}


def test_a_word_of_one_shard_is_known_to_all(tmp_path: Path) -> None:
    """A question is corrected, and its words are weighed, by the articles of all shards."""
    made = Sources(tmp_path, seed=1)
    for name in NAMES:
        made.write(name)
    path = tmp_path / "articles/night/rare.txt"
    path.write_text("Rare\n\nThe pangolin rolls into a ball of scales.\n", "utf-8")
    made.index(first=True)
    with made.opened() as (_, others):
        for shards in others:
            answer = shards.search("a pangolyn rolls", mode="lexical")
            assert answer.corrected == "a pangolin rolls"
            assert answer.hits[0].article == "night/rare.txt"


ids = st.lists(st.integers(1, 60), unique=True, min_size=1, max_size=30).map(sorted)


@given(ids, st.integers(1, 6), st.integers(1, 12))
def test_the_best_of_all_shards_are_the_best(numbers: list[int], count: int, k: int) -> None:
    numbering = Numbering(count)
    every = Candidates(
        np.array([1 / number for number in numbers], np.float32), np.array(numbers, np.int64)
    )
    parts = {
        shard: Candidates(
            every.scores[every.ids % count == shard], numbering.rows(every.ids, shard)
        )
        for shard in range(count)
    }
    best = best_of(parts, k, numbering)
    assert best.ids.tolist() == every.best(k).ids.tolist()
    scores = {shard: its.scores for shard, its in parts.items()}
    assert in_order(every.ids, scores, numbering).tolist() == every.scores.tolist()


def test_a_filter_is_divided_among_shards() -> None:
    wanted = Filter(np.array([4, 5, 6, 9]), np.array([6]))
    parts = [part_of(wanted, shard, Numbering(2)) for shard in range(2)]
    assert [it.allowed.tolist() for it in parts if it.allowed is not None] == [[2, 3], [2, 4]]
    assert [it.without.tolist() for it in parts] == [[3], []]
    assert part_of(Filter(None), 1, Numbering(2)).allowed is None
