"""``locus index --dry-run``: what a run would do is what it then does, and nothing is written."""

import json
from pathlib import Path

import pytest

from indexer.command.plan import Plan, PlannedFormat
from indexer.command.planning import PlanOptions, plan
from indexer.errors import NotAnIndex, SourceError
from indexer.pipeline import build
from indexer.reading import articles as reading
from indexer.types import Document, Skipped, Splitting
from indexer.updating.request import Request
from tests.conftest import Locus
from tests.hashing import HashingEncoder
from tests.histories import write
from tests.made import with_reader, with_worker_formats


def planned(index: Path, *sources: Path, options: PlanOptions | None = None) -> Plan:
    return plan(Request(index, sources), options or PlanOptions(), lambda _: HashingEncoder())


@pytest.fixture(autouse=True)
def _made(monkeypatch: pytest.MonkeyPatch) -> None:
    with_worker_formats(monkeypatch)
    monkeypatch.setattr(reading, "_IN_DOUBT_NS", 0)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "x.locus"


def files_of(folder: Path) -> dict[Path, tuple[int, int]]:
    """All files but those that SQLite makes to read a database."""
    found = [it for it in folder.rglob("*") if not it.name.endswith(("-shm", "-wal"))]
    return {it: (it.stat().st_size, it.stat().st_mtime_ns) for it in found if it.is_file()}


def test_a_first_run_is_foreseen(articles: Path, index: Path) -> None:
    write(articles / "x.box", "1: Owls.\n2: Tea.\n3: unreadable")
    write(articles / "a.odd", "refuse")
    write(articles / "photo.png", "x")
    before = files_of(articles.parent)
    found = planned(index, articles)
    assert files_of(articles.parent) == before, "and no index is made"
    assert {name: (it.files, it.passages) for name, it in found.formats.items()} == {
        "Markdown file": (1, 1),
        "text file": (2, 2),
        "box": (1, 2),
        "odd file": (1, 0),
    }
    assert (found.sampled, found.files, found.unchanged) == (5, 5, 0)
    assert {it.article for it in found.skipped} == {"x.box/3", "a.odd"}
    assert found.ignored == {".png": 1}
    assert found.seconds > 0
    summary = build(index, [articles], encoder=HashingEncoder())
    assert (summary.passages, len(summary.skipped)) == (found.passages, len(found.skipped))


def test_an_update_is_foreseen(articles: Path, index: Path) -> None:
    write(articles / "x.box", "1: Owls.\n2: Tea.\n")
    write(articles / "bad.odd", "refuse")
    build(index, [articles], encoder=HashingEncoder())
    write(articles / "bridges.md", "Bridges of steel.")
    write(articles / "new.txt", "Comets.")
    before = files_of(index)
    found = planned(index)
    assert files_of(index) == before
    assert found.formats.keys() == {"Markdown file", "text file"}
    assert (found.files, found.unchanged, found.passages) == (2, 3, 2)
    assert found.skipped == (Skipped("bad.odd", "scanned: 12 pages without text"),)


@pytest.mark.parametrize(
    "options",
    [PlanOptions(rebuild=True), PlanOptions(passage_tokens=20), PlanOptions(language="german")],
)
def test_other_settings_read_everything(articles: Path, index: Path, options: PlanOptions) -> None:
    build(index, [articles], encoder=HashingEncoder(), splitting=Splitting())
    assert planned(index).files == 0
    assert planned(index, options=options).files == 3


def test_lines_of_a_corpus_are_compared_by_their_text(tmp_path: Path, index: Path) -> None:
    corpus = tmp_path / "c.jsonl"
    corpus.write_text('{"_id": "a", "text": "Tea."}\n{"_id": "b", "text": "Owls."}\n')
    build(index, [corpus], encoder=HashingEncoder())
    corpus.write_text('{"_id": "a", "text": "Tea."}\n{"_id": "b", "text": "Bats."}\n')
    found = planned(index)
    assert (found.formats["line"].files, found.unchanged) == (1, 1)


def test_many_files_are_estimated_from_some(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.command.sampling._SAMPLED", 10)
    for number in range(40):
        write(tmp_path / f"a/{number}.txt", f"Tea number {number:02} grows on hills.")
    found = planned(index, tmp_path / "a")
    assert (found.sampled, found.files, found.passages) == (10, 40, 40)
    assert "estimated from 10 of them" in found.as_text()


def test_parts_that_would_be_left_out_are_named(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(data: bytes, name: str) -> Document:
        del name
        return Document("Tea", data.decode(), left_out=("page 2 (damaged)",))

    with_reader(monkeypatch, ".part", read)
    write(tmp_path / "mine/tea.part", "Tea grows on hills.")
    found = planned(index, tmp_path / "mine")
    summary = build(index, [tmp_path / "mine"], encoder=HashingEncoder())
    assert list(found.partial) == summary.partial
    assert found.as_json()["partial"] == summary.as_json()["partial"]
    assert "Would read 1 article in part" in found.as_text().splitlines()


@pytest.mark.parametrize(
    ("options", "error"),
    [(PlanOptions(language="elvish"), "unknown language 'elvish'")],
)
def test_what_a_run_refuses_is_refused(
    articles: Path, index: Path, options: PlanOptions, error: str
) -> None:
    with pytest.raises(SourceError, match=error):
        planned(index, articles, options=options)
    with pytest.raises(SourceError, match="no such file or folder"):
        planned(index, articles / "nowhere")
    with pytest.raises(SourceError, match="nothing to index yet"):
        planned(index)
    with pytest.raises(NotAnIndex):
        planned(articles, articles)


def test_a_plan_is_told_in_words() -> None:
    found = Plan(
        Path("x"),
        {"PDF": PlannedFormat(12, 2_000_000, 900), "text file": PlannedFormat(40, 100_000, 100)},
        300,
        20,
        750.0,
        5_000_000,
        (Skipped("a.pdf", "scanned"),),
        (Skipped("b.pdf", "read without page 3 (damaged)"),),
        {".png": 2},
        1,
        (),
    )
    assert found.as_text().splitlines() == [
        "Would read 40 text files, 12 PDFs (2.1 MB); 300 unchanged.",
        "About 1,000 passages, 12 min, 5.0 MB, estimated from 20 of them",
        "Would skip 1 file or more",
        "Would read 1 article or more in part",
        "Ignored 2 files of other types: 2 .png.",
        "Excluded by patterns: 1 file or folder",
        "Nothing was written.",
    ]


def test_the_command_prints_it(articles: Path, tmp_path: Path, locus: Locus) -> None:
    (articles / "bad.txt").write_bytes(b"\0")
    done = locus("index", articles, "--dry-run", "--json", check=0)
    found = json.loads(done.stdout)
    assert (found["dry_run"], found["files"], found["passages"]) == (True, 4, 3)
    assert found["formats"]["Markdown file"]["files"] == 1
    assert "locus: skipped bad.txt: looks like a binary file" in done.stderr
    assert not (tmp_path / ".locus").exists()
    (tmp_path / "empty").mkdir()
    done = locus("index", tmp_path / "empty", "--dry-run", check=1)
    assert done.stdout == "Nothing to read.\nNothing was written.\n"
    locus("index", articles, "--dry-run", "--watch", check=2)
