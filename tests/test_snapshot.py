"""What one generation shows: passages, articles and vectors, compared with their checksums."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from indexer.errors import DamagedIndex
from indexer.storing import snapshot as module
from indexer.storing.database import open_for_writing
from indexer.storing.snapshot import Snapshot
from indexer.storing.sources import remember, remembered_sources
from indexer.storing.store import Store
from indexer.types import Facets, Selection, Span
from tests.conftest import ARTICLES
from tests.hashing import DIMENSION
from tests.staged import draft, publish, rows_of, staging


@pytest.fixture
def snapshot(small_index: Path) -> Iterator[Snapshot]:
    with Store(small_index) as store, store.snapshot() as (_, snapshot):
        yield snapshot


@pytest.fixture
def history(copied_index: Path) -> Iterator[Snapshot]:
    """Generation 2: bridges.md has ended, and of another source there is a second owls.txt."""
    with staging(copied_index) as staged:
        (source,) = remembered_sources(staged.connection).values()
        bridges = next(it for it in staged.live_articles(source.number) if it.name == "bridges.md")
        staged.retire([bridges.id])
        other = remember(staged.connection, Path("/other"), Selection())
        it = draft(other.number, "night/owls.txt", "One owl.", "Two owls.", origin="/other")
        staged.store(rows_of(it))
        publish(staged)
    with Store(copied_index) as store, store.snapshot() as (_, snapshot):
        yield snapshot


def all_ids(snapshot: Snapshot) -> list[int]:
    return [int(number) for ids, _ in snapshot.vectors() for number in ids]


def test_every_passage_is_its_article_s_text_with_its_sentences(snapshot: Snapshot) -> None:
    found = snapshot.passages(all_ids(snapshot))
    assert list(found) == [it.id for it in found.values()]
    for it in found.values():
        text = ARTICLES[it.article]
        assert it.text == text[it.start : it.end]
        assert it.sha256 == hashlib.sha256(text.encode()).hexdigest()
        assert it.sentence_count == len(it.sentences) > 0
        assert it.sentences[0].start == it.start
        assert it.sentences[-1].end <= it.end
    told = {
        text[s.start : s.end]
        for it in found.values()
        for s in it.sentences
        for text in [ARTICLES[it.article]]
    }
    assert {"Owls hunt mice at night.", "It has seven arches.", "Bats"} <= told


def test_passages_that_are_not_shown_are_left_out(snapshot: Snapshot, history: Snapshot) -> None:
    (bridge, *_) = snapshot.passages_of("bridges.md")
    assert list(snapshot.passages([bridge, 999, -1])) == [bridge]
    assert history.passages([bridge, 999]) == {}
    assert snapshot.passages([]) == {}


def test_a_name_that_two_sources_have_is_two_articles(history: Snapshot) -> None:
    first, second = history.named("night/owls.txt")
    assert first.source == "/other"
    assert (first.text, first.passages) == ("One owl. Two owls.", (Span(0, 8), Span(9, 18)))
    assert second.text == ARTICLES["night/owls.txt"]
    assert history.named("night/owls.txt", "/other") == [first]
    assert history.named("night/owls.txt", "/nowhere") == history.named("bridges.md") == []
    assert len(history.passages_of("night/owls.txt")) == 2 + len(second.passages)
    assert history.article_names() == ["night/bats.txt", "night/owls.txt", "night/owls.txt"]
    assert ("night/owls.txt", first.sha256) in history.article_hashes()
    assert len(history.article_hashes()) == 3


def test_sources_are_told_with_what_they_show(small_index: Path, history: Snapshot) -> None:
    articles = str(small_index.parent / "articles")
    assert history.sources() == sorted([("/other", 1), (articles, 2)])


def test_the_dead_and_the_newer_are_told_apart(snapshot: Snapshot, history: Snapshot) -> None:
    size, last = snapshot.extent()
    bridges = snapshot.passages_of("bridges.md")
    assert (size, last) == (len(all_ids(snapshot)), max(all_ids(snapshot)))
    assert snapshot.dead(last).tolist() == []
    assert history.dead(last).tolist() == bridges
    assert history.dead(last, since=2).tolist() == history.dead(0).tolist() == []
    assert history.dead(bridges[0]).tolist() == bridges[:1]
    assert history.drift(last) == (2, len(bridges))
    assert history.drift(0) == (size + 2 - len(bridges), 0)
    assert history.extent() == (size + 2 - len(bridges), last + 2)


def test_an_empty_generation_has_the_extent_0(tmp_path: Path) -> None:
    with staging(tmp_path) as staged:
        publish(staged)
        snapshot = staged.snapshot()
        assert (snapshot.extent(), snapshot.drift(0)) == ((0, 0), (0, 0))
        assert [*snapshot.vectors(), *snapshot.documents(), *snapshot.sources()] == []


def test_vectors_come_in_blocks_in_the_order_of_ids(
    history: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((ids, vectors),) = history.vectors()
    assert vectors.shape == (len(ids), DIMENSION)
    assert np.all(np.diff(ids) > 0)
    monkeypatch.setattr(module, "_FETCH", 2)
    blocks = list(history.vectors())
    assert len(blocks) == -(-len(ids) // 2)
    assert np.array_equal(np.concatenate([them for _, them in blocks]), vectors)
    after = int(ids[-3])
    assert [it.tolist() for it, _ in history.vectors(after=after)] == [ids[-2:].tolist()]


def test_a_document_is_title_and_text(history: Snapshot) -> None:
    documents = dict(history.documents())
    assert list(documents) == all_ids(history)
    *_, last = documents.values()
    assert last == "Title\nTwo owls."
    assert list(history.documents(after=max(documents))) == []


@pytest.mark.parametrize(
    ("pattern", "articles"),
    [
        ("night", {"night/owls.txt", "night/bats.txt"}),
        ("night/", {"night/owls.txt", "night/bats.txt"}),
        ("./night", {"night/owls.txt", "night/bats.txt"}),
        ("*.md", {"bridges.md"}),
        ("night/[ab]*", {"night/bats.txt"}),
        (".", {"bridges.md", "night/owls.txt", "night/bats.txt"}),
        ("articles/night/owls.txt", {"night/owls.txt"}),
        ("nigh", set()),
        ("NIGHT", set()),
        ("", set()),
        ("night'; --", set()),
    ],
)
def test_a_pattern_names_a_folder_an_article_or_a_glob(
    snapshot: Snapshot, pattern: str, articles: set[str]
) -> None:
    found = snapshot.passages(snapshot.matching(Facets(pattern)).tolist())
    assert {it.article for it in found.values()} == articles


def test_what_is_staged_is_counted_while_a_generation_is_begun(copied_index: Path) -> None:
    with staging(copied_index) as staged:
        before = staged.snapshot(1)
        assert before.staged() == 0
        (source,) = remembered_sources(staged.connection).values()
        staged.store(rows_of(draft(source.number, "a", "One.")))
        assert before.staged() == 1
        staged.withdraw()
        assert before.staged() is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE passages SET text = text || '.'",
        "UPDATE passages SET start = start + 1",
        "UPDATE passages SET sentences = x'0000000001000000'",
        "UPDATE passages SET key = x'00'",
        "UPDATE passages SET words = NULL",
        "UPDATE articles SET title = 'Other'",
        "UPDATE articles SET sha256 = 'ab'",
        "UPDATE sources SET path = '/moved'",
    ],
)
def test_a_passage_that_is_not_what_was_written_is_never_shown(
    copied_index: Path, statement: str
) -> None:
    with open_for_writing(copied_index) as connection:
        connection.execute(statement)
        snapshot = Snapshot(connection, copied_index, 1, DIMENSION)
        with pytest.raises(DamagedIndex, match=r"passage 1\b"):
            snapshot.passages([1])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE vectors SET vector = zeroblob(128)",
        "UPDATE vectors SET vector = substr(vector, 1, 126), checksum = NULL",
        "UPDATE vectors SET parts = NULL",
        "UPDATE vectors SET checksum = checksum + 1",
    ],
)
def test_a_vector_that_is_not_what_was_written_is_never_compared(
    copied_index: Path, statement: str
) -> None:
    with open_for_writing(copied_index) as connection:
        connection.execute(statement + " WHERE passage = 2")
        snapshot = Snapshot(connection, copied_index, 1, DIMENSION)
        for read in (lambda: list(snapshot.vectors()), lambda: snapshot.parts([1, 2])):
            with pytest.raises(DamagedIndex, match=r"passage 2\b"):
                read()
        assert list(snapshot.parts([1])) == [1]
        assert next(snapshot.vectors(after=2))[0][0] == 3


def test_an_article_s_text_is_compared_with_its_hash(copied_index: Path) -> None:
    with open_for_writing(copied_index) as connection:
        connection.execute(
            "UPDATE texts SET text = upper(text) WHERE article ="
            " (SELECT id FROM articles WHERE name = 'bridges.md')"
        )
        snapshot = Snapshot(connection, copied_index, 1, DIMENSION)
        with pytest.raises(DamagedIndex, match=r"bridges\.md"):
            snapshot.named("bridges.md")
        assert len(snapshot.named("night/owls.txt")) == 1
