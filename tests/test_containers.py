"""Files that contain several articles, and files read in the worker, from the folder to the index.

``tests.made`` describes the formats: in a ``.box`` each line is an article.
"""

import os
import sqlite3
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from indexer.deriving.verify import verify
from indexer.errors import SourceError
from indexer.pipeline import build
from indexer.reading import articles as reading
from indexer.reading import formats, process, worker
from indexer.reading.process import Limits
from indexer.storing.store import Store
from indexer.types import Block, Location, Metadata, Skipped
from indexer.updating.summary import Summary
from search import open_index
from tests.hashing import HashingEncoder, other_encoder
from tests.histories import SMALL, contents, run, write
from tests.made import with_worker_formats

if TYPE_CHECKING:
    from indexer.updating.indexing import Progress

COUNTS = ("added", "changed", "moved", "removed", "unchanged")


@pytest.fixture(autouse=True)
def _made(monkeypatch: pytest.MonkeyPatch) -> None:
    with_worker_formats(monkeypatch)
    # The files of these tests count as settled at once.
    monkeypatch.setattr(reading, "_IN_DOUBT_NS", 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "articles"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "x.locus"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the worker was asked for each file."""
    count: Counter[str] = Counter()
    members = worker.Worker.members

    def counted(self: worker.Worker, file: object, name: str, *more: object) -> object:
        count[name] += 1
        return members(self, file, name, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(worker.Worker, "members", counted)
    return count


def names(index: Path) -> list[str]:
    with Store(index) as store, store.snapshot() as (_, snapshot):
        return snapshot.article_names()


def counts(summary: Summary) -> dict[str, int]:
    return {what: count for what in COUNTS if (count := getattr(summary, what))}


def test_each_article_in_a_box_is_found_by_its_own_name(folder: Path, index: Path) -> None:
    write(folder / "mail/x.box", "1: Owls hunt mice.\n2: Tea grows on hills.\n: Bats find moths.\n")
    summary = run(index, folder)
    assert counts(summary) == {"added": 3}
    assert names(index) == ["mail/x.box", "mail/x.box/1", "mail/x.box/2"]
    with open_index(index, encoder=HashingEncoder()) as searcher:
        assert searcher.search("tea on hills").hits[0].article == "mail/x.box/2"
        assert searcher.search("bats and moths").hits[0].article == "mail/x.box"
    assert summary.encodings == {"windows-1252": 3}
    assert summary.read == {"box": 1}


def test_an_unchanged_box_is_not_read_again(folder: Path, index: Path, reads: Counter[str]) -> None:
    write(folder / "x.box", "1: Owls.\n2: Tea.\n3: unreadable\n")
    write(folder / "y.box", "1: Bats.\n")
    write(folder / "a.txt", "Comets.")
    first = run(index, folder)
    assert first.skipped == [Skipped("x.box/3", "unreadable")]
    write(folder / "a.txt", "Comets have tails.")
    reads.clear()
    second = run(index)
    assert counts(second) == {"changed": 1, "unchanged": 3}
    assert second.skipped == first.skipped, "it is named though its box was not read"
    assert reads == {}


def test_a_changed_box_is_compared_article_by_article(folder: Path, index: Path) -> None:
    write(folder / "x.box", "1: Owls.\n2: Tea.\n3: Bats.\n")
    run(index, folder)
    encoder = HashingEncoder()
    write(folder / "x.box", "1: Owls.\n2: Green tea.\n4: Comets.\n")
    summary = run(index, encoder=encoder)
    assert counts(summary) == {"added": 1, "changed": 1, "removed": 1, "unchanged": 1}
    assert encoder.embedded == ["Green tea.", "Comets."]
    assert names(index) == ["x.box/1", "x.box/2", "x.box/4"]


def test_an_article_that_has_left_its_box_does_not_come_back(
    folder: Path, index: Path, reads: Counter[str]
) -> None:
    write(folder / "x.box", "1: Owls.\n2: Tea.\n")
    run(index, folder)
    write(folder / "x.box", "1: Owls.\n")
    assert counts(run(index)) == {"removed": 1, "unchanged": 1}
    reads.clear()
    write(folder / "a.txt", "Comets.")
    assert counts(run(index)) == {"added": 1, "unchanged": 1}
    assert reads == {}


def test_a_box_that_was_read_in_part_is_read_again(
    folder: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its articles get its time only at the end: until then nothing says that they are all."""
    write(folder / "x.box", "".join(f"{n}: Owl number {n} hunts mice.\n" for n in range(600)))

    class Interrupted(Exception):
        pass

    class Fails(HashingEncoder):
        def encode_query(self, text: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
            if "number 590" in text:
                raise Interrupted
            return super().encode_query(text)

    with pytest.raises(Interrupted):
        run(index, folder, encoder=Fails())
    summary = run(index, folder)
    assert counts(summary) == {"added": 600}
    assert 0 < summary.embedded < 600, "what was stored is kept"


@pytest.mark.parametrize("text", ["1: Owls.\nx: broken\n", "x: broken\n", "1: Owls.\nx: act die\n"])
@pytest.mark.parametrize("afresh", [False, True])
def test_a_box_that_cannot_be_read_keeps_its_articles(
    folder: Path, index: Path, text: str, afresh: bool, reads: Counter[str]
) -> None:
    write(folder / "x.box", "1: Owls.\n2: Tea.\n")
    write(folder / "a.txt", "Comets.")
    run(index, folder)
    write(folder / "x.box", text)
    for _ in range(2):
        summary = run(index, encoder=other_encoder() if afresh else None)
        assert [it.article for it in summary.skipped] == ["x.box"]
        assert names(index) == ["a.txt", "x.box/1", "x.box/2"]
    assert reads["x.box"] == 2, "it is not tried again"
    write(folder / "x.box", "1: Owls.\n3: Tea.\n")
    assert names(index)[-1] == "x.box/2"
    assert counts(run(index, encoder=other_encoder() if afresh else None))["moved"] == 1
    assert verify(index).ok


def test_a_box_that_is_gone_takes_its_articles_with_it(folder: Path, index: Path) -> None:
    write(folder / "x.box", "1: Owls.\n2: Tea.\n")
    write(folder / "a.txt", "Comets.")
    run(index, folder)
    (folder / "x.box").unlink()
    assert counts(run(index)) == {"removed": 2, "unchanged": 1}


def test_a_folder_may_take_the_place_of_a_box(folder: Path, index: Path) -> None:
    write(folder / "x.box", "a.txt: Owls.\nb.txt: Tea.\n")
    run(index, folder)
    (folder / "x.box").unlink()
    write(folder / "x.box/a.txt", "Owls.")
    assert counts(run(index)) == {"removed": 1, "unchanged": 1}
    with Store(index) as store, store.snapshot() as (_, snapshot):
        rows = snapshot.rows("SELECT name, container FROM articles WHERE died IS NULL")
        assert list(rows) == [("x.box/a.txt", None)], "it is no longer one of several in a file"
    write(folder / "x.box/a.txt", "Owls.")
    assert counts(run(index)) == {"unchanged": 1}


def test_two_articles_of_one_name_are_both_found(folder: Path, index: Path) -> None:
    write(folder / "x.box", "a: Owls.\na: Tea.\na (2): Bats.\n")
    run(index, folder)
    assert names(index) == ["x.box/a", "x.box/a (2)", "x.box/a (2) (2)"]


def test_two_boxes_of_one_size_and_time_are_read_for_one_may_be_the_other_s(
    folder: Path, index: Path
) -> None:
    for name, text in (("x", "1: Owls.\n"), ("y", "1: Bats.\n")):
        write(folder / f"{name}.box", text)
        os.utime(folder / f"{name}.box", ns=(10**18, 4 * 10**18))
    run(index, folder)
    (folder / "x.box").rename(folder / "z.box")
    (folder / "y.box").rename(folder / "x.box")
    (folder / "z.box").rename(folder / "y.box")
    assert run(index).changed == 2


def test_a_box_can_be_a_source_by_itself(folder: Path, index: Path) -> None:
    write(folder / "x.box", "1: Owls.\n2: Tea.\n")
    assert counts(run(index, folder / "x.box")) == {"added": 2}
    assert counts(run(index)) == {"unchanged": 2}


def test_place_metadata_and_structure_are_in_the_index(folder: Path, index: Path) -> None:
    text = "Owls\nOwls hunt mice at night in the forest.\nTea grows on hills where it rains a lot."
    write(folder / "a.odd", text)
    run(index, folder)
    with Store(index) as store, store.snapshot() as (_, snapshot):
        (article,) = snapshot.named("a.odd")
        passages = snapshot.passages([number for ids, _ in snapshot.vectors() for number in ids])
    assert article.metadata == Metadata("2024-05", ("Ann Lee",), "en", ("tea",))
    assert article.blocks == (Block(0, 4, "heading", 1),)
    assert article.locations[:2] == (Location(0, "page 1"), Location(5, "page 2"))
    assert [(it.text[:4], it.place) for it in passages.values()] == [
        ("Owls", "page 1"),
        ("Tea ", "page 3"),
    ]
    assert all(text[it.start : it.end] == it.text for it in passages.values())
    assert verify(index).ok


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE passages SET place = 'page 9'",
        "UPDATE articles SET metadata = replace(metadata, 'Ann', 'Ben')",
        "UPDATE texts SET structure = NULL",
    ],
)
def test_damage_to_them_is_found(folder: Path, index: Path, damage: str) -> None:
    write(folder / "a.odd", "Owls\nOwls hunt mice.")
    run(index, folder)
    with sqlite3.connect(index / "locus.db") as connection:
        connection.execute(damage)
    connection.close()
    assert not verify(index).ok


def test_metadata_alone_is_a_change_that_embeds_nothing(
    folder: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "a.odd", "Owls hunt mice.")
    monkeypatch.setitem(formats.FORMATS, ".odd", formats.FORMATS[".txt"])
    run(index, folder)
    with_worker_formats(monkeypatch)
    os.utime(folder / "a.odd")
    summary = run(index)
    assert (counts(summary), summary.embedded, summary.reused) == ({"changed": 1}, 0, 1)


def test_a_reader_that_hangs_dies_or_swells_costs_its_file_alone(
    folder: Path, index: Path, reads: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "LIMITS", Limits(seconds=2.0, memory=600 * 2**20))
    for name, text in {
        "1.odd": "Owls hunt mice.",
        "2.odd": "die",
        "3.odd": "Tea grows on hills.",
        "4.odd": "hang",
        "5.txt": "Bats find moths.",
        "6.odd": "refuse",
        "7.odd": "print\nComets have tails.",
    }.items():
        write(folder / name, text)
    summary = run(index, folder)
    assert names(index) == ["1.odd", "3.odd", "5.txt", "7.odd"]
    told = [
        Skipped("2.odd", "the odd file reader crashed (signal 6)"),
        Skipped("4.odd", "the odd file reader ran longer than 2 s"),
        Skipped("6.odd", "scanned: 12 pages without text"),
    ]
    assert summary.skipped == told
    assert summary.as_json()["formats"] == {
        "odd file": {"read": 3, "skipped": 3},
        "text file": {"read": 1, "skipped": 0},
    }
    reads.clear()
    assert run(index).skipped == told
    assert reads == {}, "what failed is not tried again until it changes"
    write(folder / "2.odd", "Mended.")
    assert counts(run(index)) == {"added": 1, "unchanged": 4}
    assert reads == {"2.odd": 1}


def test_a_file_that_hangs_after_a_change_keeps_its_article(
    folder: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "a.odd", "Owls hunt mice.")
    run(index, folder)
    before = contents(index)
    monkeypatch.setattr(process, "LIMITS", Limits(seconds=1.0))
    write(folder / "a.odd", "hang")
    for encoder in (None, None, other_encoder()):
        summary = run(index, encoder=encoder)
        assert [it.article for it in summary.skipped] == ["a.odd"]
        assert [row[:4] for row in contents(index)] == [row[:4] for row in before]


def test_text_files_are_stored_as_ever(articles: Path, index: Path) -> None:
    run(index, articles)
    with Store(index) as store, store.snapshot() as (_, snapshot):
        rows = snapshot.rows(
            "SELECT metadata, structure FROM articles JOIN texts ON article = id"
            " WHERE name LIKE '%.txt'"
        )
        assert set(rows) == {(None, None)}
        assert {row[0] for row in snapshot.rows("SELECT place FROM passages")} == {None}
    encoder = HashingEncoder()
    os.utime(articles / "bridges.md")
    assert counts(run(index, encoder=encoder)) == {"unchanged": 3}
    assert encoder.embedded == []


def test_a_text_that_would_be_lost_for_a_damaged_structure_is_an_error(
    folder: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "a.odd", "Owls\nOwls hunt mice.")
    run(index, folder)
    with sqlite3.connect(index / "locus.db") as connection:
        connection.execute("UPDATE texts SET structure = NULL")
    connection.close()
    write(folder / "a.odd", "die")
    with pytest.raises(SourceError, match=r"a\.odd"):
        run(index, encoder=other_encoder())


def test_files_of_other_types_in_an_archive_are_counted(folder: Path, index: Path) -> None:
    folder.mkdir()
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for name in ("owls.txt", "owl.png", "in/bat.png", "Makefile"):
            archive.writestr(name, "Owls hunt mice.")
    write(folder / "tea.png", "")
    summary = run(index, folder)
    assert names(index) == ["a.zip/owls.txt"]
    assert summary.ignored == {".png": 3, "no suffix": 1}
    assert run(tmp_other(index), folder / "a.zip").ignored == {".png": 2, "no suffix": 1}


def tmp_other(index: Path) -> Path:
    return index.with_name("other.locus")


def test_the_progress_moves_within_a_container(folder: Path, index: Path) -> None:
    write(folder / "x.box", "".join(f"{n}: Owl number {n} hunts mice.\n" for n in range(40_000)))
    size = (folder / "x.box").stat().st_size
    shown: list[Progress] = []
    build(index, [folder], encoder=HashingEncoder(), splitting=SMALL, progress=shown.append)
    done = [it.done for it in shown if it.step == "indexing" and it.passages]
    assert done == sorted(done)
    assert len({it for it in done if 0 < it < size}) > 3
    assert done[-1] <= size


def test_the_text_columns_of_tables_are_remembered_and_a_change_reads_them_again(
    folder: Path, index: Path
) -> None:
    write(folder / "a.csv", "id,body,note\n1,Owls hunt mice.,green tea\n2,Bats fly.,black tea\n")
    write(folder / "b.csv", "id,words\n1,Comets have tails.\n")
    options: dict[str, Any] = {"encoder": HashingEncoder(), "splitting": SMALL}

    def texts() -> list[str]:
        return [text for _, _, _, text, _ in contents(index)]

    summary = build(index, [folder], text_column="body", **options)
    assert texts() == ["Owls hunt mice.", "Bats fly."]
    (skipped,) = summary.skipped
    assert skipped.article == "b.csv"
    assert skipped.reason == "the table has no column 'body'; it has id, words"
    write(folder / "a.csv", "id,body,note\n1,Owls hunt mice.,green tea\n")
    assert counts(build(index, **options)) == {"removed": 1, "unchanged": 1}
    summary = build(index, text_column=["words"], **options)
    assert counts(summary) == {"added": 1, "unchanged": 1}, "a file that is skipped keeps its own"
    assert [it.article for it in summary.skipped] == ["a.csv"]
    assert texts() == ["Owls hunt mice.", "Comets have tails."]
    assert counts(build(index, text_column=[], **options)) == {"changed": 2}
    assert [it for it in texts() if "green tea" in it]
    assert counts(build(index, **options)) == {"unchanged": 2}
