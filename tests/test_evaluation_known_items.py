"""Known items: questions taken from the index; and the recall of its vector index."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from indexer.arrays import Ids, Vectors
from indexer.deriving import vectors as vectors_module
from indexer.deriving.vectors import VectorIndex
from indexer.errors import DatasetError
from indexer.pipeline import build
from indexer.storing.snapshot import Snapshot
from indexer.storing.store import Store
from indexer.types import Splitting
from search import open_index
from search.evaluation.measured.evaluator import evaluate
from search.evaluation.measured.known_items import known_sentences, known_titles
from search.evaluation.measured.vector_recall import recall_against_exact
from tests.hashing import HashingEncoder

ARTICLES = [
    ("a", "Night hunters", "Owls hunt small mice at night in the forest. They are silent birds."),
    ("b", "Sonar", "Bats find moths in the dark by their own echo. They are silent birds."),
    ("c", "Bridges", "Bridges\n\nA bridge of seven stone arches spans the wide old river."),
    ("d", "Twice", "The very same sentence stands in two articles here. Comets are dust."),
    ("e", "TWICE", "The very same sentence stands in two articles here. Tides follow the moon."),
]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    rows = [
        json.dumps({"_id": name, "title": title, "text": text}) for name, title, text in ARTICLES
    ]
    (tmp_path / "corpus.jsonl").write_text("\n".join(rows) + "\n")
    build(
        tmp_path / "x.locus",
        [tmp_path / "corpus.jsonl"],
        encoder=HashingEncoder(),
        splitting=Splitting(target_tokens=14),
    )
    return tmp_path / "x.locus"


@pytest.fixture
def snapshot(index: Path) -> Iterator[Snapshot]:
    with Store(index) as store, store.snapshot() as (_, snapshot):
        yield snapshot


def test_titles_that_are_the_articles_alone_and_not_its_first_line(snapshot: Snapshot) -> None:
    found = known_titles(snapshot)
    assert list(found.queries.values()) == ["Night hunters", "Sonar"]
    assert list(found.qrels.values()) == [{"a": 1}, {"b": 1}]
    assert [str(note) for note in found.notes] == [
        (
            "known titles: skipped a title that is empty or that another article has (or its name)"
            " (2 in total)"
        ),
        "known titles: skipped a title that the first line of its article contains",
    ]


def test_sentences_that_occur_once_with_the_place_they_stand_in(snapshot: Snapshot) -> None:
    found = known_sentences(snapshot)
    assert list(found.queries.values()) == [
        "Owls hunt small mice at night in the forest.",
        "Bats find moths in the dark by their own echo.",
        "A bridge of seven stone arches spans the wide old river.",
    ]
    texts = {name: text for name, _, text in ARTICLES}
    for (span,) in found.answers.values():
        assert texts[span.article][span.start : span.end] == span.text
    assert [note.count for note in found.notes] == [2]


def test_samples_are_seeded_and_no_larger_than_asked(snapshot: Snapshot) -> None:
    asked = [list(known_sentences(snapshot, 1, seed).queries.values()) for seed in range(9)]
    assert asked == [list(known_sentences(snapshot, 1, seed).queries.values()) for seed in range(9)]
    assert {len(queries) for queries in asked} == {1}
    assert len({queries[0] for queries in asked}) > 1


def test_known_items_are_a_dataset_to_evaluate(index: Path, snapshot: Snapshot) -> None:
    with open_index(index, encoder=HashingEncoder()) as searcher:
        found = evaluate(known_sentences(snapshot), searcher, "lexical")
    assert {figure.mean for figure in found.passage_figures} == {1.0}
    assert found.dataset == "known sentences"


def test_an_index_without_known_items_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("Short\n\nToo short.\n")
    build(tmp_path / "y.locus", [tmp_path / "short.txt"], encoder=HashingEncoder())
    with Store(tmp_path / "y.locus") as store, store.snapshot() as (_, snapshot):
        with pytest.raises(DatasetError, match=r"^the index has no known sentences to ask$"):
            known_sentences(snapshot)
        with pytest.raises(
            DatasetError,
            match=r"no known titles to ask: skipped a title that the first line of its article",
        ):
            known_titles(snapshot)


def blocks(size: int) -> tuple[list[tuple[Ids, Vectors]], Vectors]:
    vectors = np.random.default_rng(8).standard_normal((size, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors.astype(np.float16).astype(np.float32)
    ids = np.arange(size, dtype=np.int64) * 3 + 2
    half = size // 2
    return [(ids[:half], vectors[:half]), (ids[half:], vectors[half:])], vectors[:: size // 20]


def test_exact_search_misses_nothing() -> None:
    stored, queries = blocks(300)
    index = VectorIndex.build(stored, 16)
    found = recall_against_exact(lambda query, k: index.search(query, k)[1], stored, queries)
    assert (found.mean, found.least, found.perfect, found.queries) == (1.0, 1.0, 1.0, 20)


def test_clusters_miss_little_and_a_blind_search_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors_module, "_EXACT_LIMIT", 10)
    stored, queries = blocks(2000)
    made = vectors_module.write(tmp_path / "v.faiss", stored, 16)
    index = VectorIndex.load(tmp_path / "v.faiss", made.digest)
    found = recall_against_exact(lambda query, k: index.search(query, k)[1], stored, queries)
    assert 0.9 < found.mean <= 1.0
    farthest = recall_against_exact(lambda query, k: index.search(-query, k)[1], stored, queries, 5)
    assert (farthest.mean, farthest.perfect) == (0.0, 0.0)
    assert str(farthest).startswith("finds 0.00% of the 5 nearest passages (20 queries; worst")


def test_recall_is_counted_by_hand_and_duplicates_are_as_good() -> None:
    stored = [
        (np.array([1, 2, 3]), np.array([[1, 0], [1, 0], [0.6, 0.8]], np.float32)),
        (np.array([4]), np.array([[0, 1]], np.float32)),
    ]
    queries = np.array([[1, 0], [0, 1]], np.float32)
    answers = iter([np.array([2]), np.array([3])])
    found = recall_against_exact(lambda *_: next(answers), stored, queries, 1)
    assert (found.mean, found.least, found.perfect) == (0.5, 0.0, 0.5)
    fewer = recall_against_exact(lambda *_: np.array([4, 3, 1, 2]), stored, queries, 10)
    assert fewer.mean == 1.0
