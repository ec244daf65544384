"""Sources: which files are indexed, how changes are noticed, what happens to articles."""

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest

from indexer.deriving.verify import verify
from indexer.errors import SourceError
from indexer.pipeline import build
from indexer.reading import articles as articles_module
from indexer.reading.articles import open_source
from indexer.reading.folders import Listing, list_folder
from indexer.storing.database import open_for_reading
from indexer.storing.sources import remembered_sources
from indexer.storing.staging import Staging
from indexer.storing.store import Store
from indexer.types import Document, Skipped
from indexer.updating.summary import Summary
from search import Mode, open_index
from tests.hashing import HashingEncoder
from tests.histories import SMALL, contents, write
from tests.made import with_reader


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "x.locus"


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the time of a file show its next change at once, as if seconds had passed."""
    monkeypatch.setattr(articles_module, "_IN_DOUBT_NS", -(10**12))


def sync(index: Path, *sources: Path, **options: object) -> Summary:
    return build(index, sources, encoder=HashingEncoder(), splitting=SMALL, **options)  # type: ignore[arg-type]


def names(index: Path) -> set[str]:
    return {row[0] for row in contents(index)}


def test_what_is_excluded_is_remembered_counted_and_taken_back(articles: Path, index: Path) -> None:
    write(articles / "drafts/one.md", "A draft about tea.")
    summary = sync(index, articles, exclude=["drafts/", "*.txt", "!owls.txt"])
    assert names(index) == {"bridges.md", "night/owls.txt"}
    assert summary.excluded == 2
    assert sync(index).excluded == 2
    assert sync(index, exclude=["drafts/"]).added == 1
    assert "night/bats.txt" in names(index)
    summary = sync(index, exclude=[""])
    assert (summary.added, summary.excluded) == (1, 0)
    assert "drafts/one.md" in names(index)


def test_ignore_files_hold_for_their_folder_and_the_deeper_one_decides(
    articles: Path, index: Path
) -> None:
    (articles / ".locusignore").write_text("# not these\n*.txt\n/bridges.md\n")
    (articles / "night/.locusignore").write_text("!owls.txt\n")
    write(articles / "night/deep/bridges.md", "Another bridge.")
    sync(index, articles)
    assert names(index) == {"night/owls.txt", "night/deep/bridges.md"}
    sync(index, exclude=["owls.txt"])
    assert names(index) == {"night/deep/bridges.md"}, "the command line goes first"


def test_nothing_is_taken_back_below_a_folder_that_is_left_out(articles: Path, index: Path) -> None:
    sync(index, articles, exclude=["night/", "!night/owls.txt"])
    assert names(index) == {"bridges.md"}


def test_what_is_no_pattern_is_said(articles: Path, index: Path) -> None:
    with pytest.raises(SourceError, match=r"--exclude '!': not a valid pattern"):
        sync(index, articles, exclude=["!"])
    (articles / ".locusignore").write_text("*.txt\n!\n")
    summary = sync(index, articles)
    assert [(it.article, it.reason) for it in summary.skipped] == [
        (".locusignore:2", "not a valid .gitignore pattern")
    ]
    assert names(index) == {"bridges.md"}


def test_hidden_files_are_passed_over_unless_asked_for(articles: Path, index: Path) -> None:
    write(articles / ".private/diary.md", "A secret about tea.")
    write(articles / ".note.txt", "Another one.")
    sync(index, articles)
    assert len(names(index)) == 3
    assert sync(index, hidden=True).added == 2
    assert sync(index).unchanged == 5, "it is remembered"
    assert sync(index, hidden=False).removed == 2


@pytest.mark.parametrize("name", ["bridges.md~", "~$bridges.md", "#bridges.md#", ".#bridges.md"])
def test_editors_copies_are_no_articles(articles: Path, index: Path, name: str) -> None:
    write(articles / name, "A copy.")
    summary = sync(index, articles)
    assert (summary.added, summary.ignored, summary.skipped) == (3, {}, [])


def test_links_are_followed_only_inside_the_source(
    articles: Path, index: Path, tmp_path: Path
) -> None:
    write(tmp_path / "outside/secret.txt", "Not for the index.")
    (articles / "out.txt").symlink_to(tmp_path / "outside/secret.txt")
    (articles / "folder").symlink_to(tmp_path / "outside")
    (articles / "in.txt").symlink_to("night/owls.txt")
    (articles / "loop.txt").symlink_to("loop.txt")
    (articles / "gone.txt").symlink_to("nothing.txt")
    summary = sync(index, articles)
    assert "in.txt" in names(index)
    assert "Not for the index." not in str(contents(index))
    assert {it.article: it.reason for it in summary.skipped} == {
        "out.txt": "symlink to a file outside the source folder, not followed",
        "folder": "symlinked folder, not followed; to index it, name it as a source",
        "loop.txt": "symlink loop",
        "gone.txt": "no such file or folder",
    }


def test_a_forgotten_source_takes_its_articles_along(
    articles: Path, index: Path, tmp_path: Path
) -> None:
    write(tmp_path / "more/tea.txt", "Tea is a drink.")
    sync(index, articles, tmp_path / "more")
    (tmp_path / "more/tea.txt").unlink()
    (tmp_path / "more").rmdir()
    assert sync(index).problems, "a source that is gone is told"
    summary = sync(index, forget=[tmp_path / "more"])
    assert (summary.removed, summary.unchanged, summary.problems) == (1, 3, [])
    assert "tea.txt" not in names(index)
    with Store(index) as store, store.snapshot() as (_, snapshot):
        assert snapshot.sources() == [(str(articles), 3)]
    with pytest.raises(SourceError, match="not a source of this index"):
        sync(index, forget=[tmp_path / "more"])
    write(tmp_path / "more/tea.txt", "Tea is a drink.")
    assert sync(index, tmp_path / "more").added == 1, "it can come back"


def test_articles_move_within_a_source_and_between_them(
    articles: Path, index: Path, tmp_path: Path
) -> None:
    (tmp_path / "archive").mkdir()
    write(tmp_path / "archive/old.txt", "Old news.")
    sync(index, articles, tmp_path / "archive")
    (articles / "night").rename(articles / "dark")
    (articles / "bridges.md").rename(tmp_path / "archive/bridges.md")
    summary = sync(index)
    assert (summary.moved, summary.added, summary.removed, summary.embedded) == (3, 0, 0, 0)
    assert names(index) == {"dark/owls.txt", "dark/bats.txt", "bridges.md", "old.txt"}


def test_a_copy_is_added_and_not_moved(articles: Path, index: Path) -> None:
    sync(index, articles)
    text = (articles / "night/owls.txt").read_text()
    (articles / "night/owls.txt").unlink()
    for name in ("one.txt", "two.txt"):
        write(articles / name, text)
    summary = sync(index)
    assert (summary.moved, summary.added, summary.removed, summary.embedded) == (1, 1, 0, 0)


@pytest.mark.usefixtures("settled")
def test_a_source_that_looks_the_same_is_not_compared(
    articles: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(index, articles)

    def refuse(*_: object) -> None:
        raise AssertionError("the articles of the index were loaded")

    monkeypatch.setattr(Staging, "live_articles", refuse)
    assert sync(index).unchanged == 3
    write(articles / "bridges.md", "# Bridges\n\nGone.\n")
    with pytest.raises(AssertionError, match="loaded"):
        sync(index)


@pytest.mark.usefixtures("settled")
def test_what_was_skipped_is_said_again_by_the_next_run(articles: Path, index: Path) -> None:
    (articles / "blob.txt").write_bytes(b"\0")
    corpus = articles.parent / "c.jsonl"
    corpus.write_text('{"_id": "1", "text": "One."}\nno json\n')
    for _ in range(2):
        summary = sync(index, articles, corpus)
        assert [it.article for it in summary.skipped] == ["blob.txt", "c.jsonl:2"]


@pytest.mark.usefixtures("settled")
def test_a_run_that_was_cut_short_does_not_pass_for_what_the_source_looks_like(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = tmp_path / "c.jsonl"
    lines = [json.dumps({"_id": str(n), "text": f"Text number {n}."}) for n in range(3)]
    corpus.write_text("\n".join(lines))
    sync(index, corpus)
    corpus.write_text("\n".join(lines[:2]))
    with monkeypatch.context() as patched:
        patched.setattr("indexer.pipeline.publish", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sync(index)
    assert names(index) == {"0", "1", "2"}
    assert sync(index).removed == 1
    assert names(index) == {"0", "1"}


def test_what_the_system_refuses_stays_as_it_stands(
    articles: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(index, articles)
    before = contents(index)
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("night/"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    with monkeypatch.context() as patched:
        patched.setattr("indexer.reading.folders.os.scandir", refuse)
        summary = sync(index)
    assert [(it.article, it.reason) for it in summary.skipped] == [("night/", "permission denied")]
    assert (summary.unchanged, summary.removed) == (3, 0)
    assert contents(index) == before

    def unreadable(path: Path) -> BinaryIO:
        raise OSError(5, f"Input/output error: {path}")

    os.utime(articles / "night/owls.txt", ns=(5, 5))
    with monkeypatch.context() as patched:
        patched.setattr("indexer.reading.articles.open_file", unreadable)
        summary = sync(index)
    assert summary.removed == 0
    assert contents(index) == before


@pytest.mark.usefixtures("settled")
def test_a_time_that_was_set_back_hides_no_change(articles: Path, index: Path) -> None:
    path = articles / "bridges.md"
    sync(index, articles)
    found = path.stat()
    path.write_text(path.read_text("utf-8").replace("seven", "eight"), "utf-8")
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert sync(index).changed == 1


def test_a_source_has_a_stamp_only_once_its_files_have_settled(
    articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stamp() -> str | None:
        return open_source(articles, lambda _: None).stamp

    assert stamp() is None
    later = time.time_ns() + 10**10
    monkeypatch.setattr("indexer.reading.articles.time.time_ns", lambda: later)
    first = stamp()
    assert first is not None
    assert stamp() == first
    write(articles / "new.txt", "New.")
    assert stamp() != first


REBUILDS = pytest.mark.parametrize(
    "options", [{"rebuild": True}, {"language": "german"}], ids=["rebuild", "german"]
)


@contextmanager
def unreachable(kind: str) -> Iterator[None]:
    """Let the system refuse to list ``night/``, or to stat or read ``night/owls.txt``."""
    scandir, read_bytes = os.scandir, Path.read_bytes

    def refuse_folder(path: str) -> object:
        if str(path).endswith("night/"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    def refuse_look(*arguments: object) -> Listing:
        listing = list_folder(*arguments)  # type: ignore[arg-type]
        listing.files = [file for file in listing.files if file[0] != "night/owls.txt"]
        listing.unseen.append("night/owls.txt")
        return listing

    def refuse_file(path: Path) -> bytes:
        if path.name == "owls.txt":
            raise PermissionError(13, "Permission denied")
        return read_bytes(path)

    refusals: dict[str, tuple[str, Callable[..., object]]] = {
        "folder": ("indexer.reading.folders.os.scandir", refuse_folder),
        "look": ("indexer.reading.articles.list_folder", refuse_look),
        "file": ("indexer.reading.articles.Path.read_bytes", refuse_file),
    }
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(*refusals[kind])
        yield


@REBUILDS
@pytest.mark.parametrize("kind", ["folder", "look", "file"])
def test_an_article_out_of_reach_survives_a_rebuild(
    articles: Path, index: Path, kind: str, options: dict[str, object]
) -> None:
    sync(index, articles)
    before = contents(index)
    with unreachable(kind):
        summary = sync(index, **options)
    assert (summary.unchanged, summary.removed, summary.generation) == (3, 0, 2)
    assert contents(index) == before
    assert verify(index).ok
    assert sync(index).unchanged == 3, "and within reach again it is as it was"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is out of root's reach")
def test_a_folder_without_permissions_survives_a_rebuild(articles: Path, index: Path) -> None:
    sync(index, articles)
    before = contents(index)
    (articles / "night").chmod(0)
    try:
        summary = sync(index, rebuild=True)
    finally:
        (articles / "night").chmod(0o755)
    assert [(it.article, it.reason) for it in summary.skipped] == [("night/", "permission denied")]
    assert (summary.unchanged, summary.removed) == (3, 0)
    assert contents(index) == before


def test_a_rebuild_refuses_to_lose_an_article_whose_stored_text_is_damaged(
    articles: Path, index: Path
) -> None:
    sync(index, articles)
    with closing(sqlite3.connect(index / "locus.db")) as connection, connection:
        connection.execute(
            "UPDATE texts SET text = 'else' WHERE article ="
            " (SELECT id FROM articles WHERE name = 'night/owls.txt')"
        )
    before = contents(index)
    with unreachable("folder"), pytest.raises(SourceError, match=r"night/owls\.txt.* damaged"):
        sync(index, rebuild=True)
    assert contents(index) == before


@pytest.mark.usefixtures("settled")
def test_folders_that_swap_names_are_noticed_though_their_files_look_alike(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    write(source / "p/a.txt", "Owls hunt.")
    write(source / "q/a.txt", "Bats sing.")

    def in_one_tick(*arguments: object) -> Listing:
        listing = list_folder(*arguments)  # type: ignore[arg-type]
        listing.files = [(name, size, 1, inode) for name, size, _, inode in listing.files]
        return listing

    monkeypatch.setattr("indexer.reading.articles.list_folder", in_one_tick)
    sync(index, source)
    for path, name in (("p", "t"), ("q", "p"), ("t", "q")):
        (source / path).rename(source / name)
    summary = sync(index)
    assert {(row[0], row[3]) for row in contents(index)} == {
        ("p/a.txt", "Bats sing."),
        ("q/a.txt", "Owls hunt."),
    }
    assert (summary.unchanged, summary.embedded) == (0, 0)
    assert sync(index).unchanged == 2


def test_a_line_that_loses_its_title_has_one_made_of_its_text(index: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "c.jsonl"
    corpus.write_text('{"_id": "1", "title": "Birds", "text": "Owls hunt. They are silent."}')
    sync(index, corpus)
    corpus.write_text('{"_id": "1", "text": "Owls hunt. They are silent."}')
    assert sync(index).changed == 1
    assert titles(index) == {"1": "Owls hunt. They are silent"}
    assert sync(index).unchanged == 1
    corpus.write_text('{"_id": "1", "title": "Birds", "text": "Owls hunt. They are silent."}')
    assert sync(index).changed == 1
    assert titles(index) == {"1": "Birds"}


def titles(index: Path) -> dict[str, str]:
    with Store(index) as store, store.snapshot() as (_, snapshot):
        ids = [int(number) for block, _ in snapshot.vectors() for number in block]
        return {it.article: it.title for it in snapshot.passages(ids).values()}


def test_a_source_that_is_gone_is_forgotten_by_the_name_it_was_given(
    articles: Path, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    for number, named in enumerate(("d1", "./d2/", "link/d3", str(tmp_path / "link/d4"))):
        write(Path(named) / "a.txt", f"Tea number {number}.")
        sync(index, articles, Path(named))
        shutil.rmtree(named)
        (problem,) = sync(index).problems
        place = tmp_path / f"d{number + 1}"
        assert problem == (
            f"source {place} no longer exists; its articles stay in the index. To remove them:"
            f" `locus index --forget {place} --index {index}`. If you moved it:"
            f" `locus index NEW --forget {place} --index {index}`"
        )
        summary = sync(index, forget=[Path(named)])
        assert (summary.removed, summary.unchanged, summary.problems) == (1, 3, [])
    with pytest.raises(SourceError, match=r"d5 is not a source of this index"):
        sync(index, forget=[Path("d5")])


def test_a_rebuild_without_a_source_says_how_to_forget_it(
    articles: Path, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "my notes/a.txt", "Tea.")
    sync(index, articles, tmp_path / "my notes")
    shutil.rmtree(tmp_path / "my notes")
    monkeypatch.chdir(tmp_path)
    for named in ([], [Path("my notes")]):
        told = r"nothing was changed\. Restore .* with `locus index --forget '.*/my notes' --index "
        with pytest.raises(SourceError, match=told):
            sync(index, *named, rebuild=True)


def test_a_pattern_with_a_line_separator_is_one_pattern(articles: Path, index: Path) -> None:
    write(articles / "a\u2028b.txt", "A note about tea.")
    exclude = ["a\u2028*.txt", "bats\x1c.txt", "owls\r"]
    assert sync(index, articles, exclude=exclude).excluded == 1
    assert sync(index).excluded == 1
    with closing(open_for_reading(index)) as connection:
        (source,) = remembered_sources(connection).values()
    assert source.selection.exclude == tuple(exclude)
    assert sync(index, exclude=["one.txt\nbats.txt"]).removed == 1, "a line is a pattern"
    with pytest.raises(SourceError, match="--exclude pattern is not valid UTF-8"):
        sync(index, exclude=["caf\udce9"])
    sync(index, exclude=[])
    with closing(open_for_reading(index)) as connection:
        assert [it.selection.exclude for it in remembered_sources(connection).values()] == [()]


class _BreaksOff(BytesIO):
    """A file that can only be read up to a certain line."""

    def readline(self, limit: int | None = -1, /) -> bytes:
        data = super().readline(limit)
        if not data:
            raise OSError(5, "Input/output error")
        return data


def _corpus(path: Path, **texts: str) -> None:
    lines = [json.dumps({"_id": name, "text": text}) for name, text in texts.items()]
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def test_what_stands_of_a_corpus_stays_where_reading_it_breaks_off(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = tmp_path / "c.jsonl"
    _corpus(corpus, one="Tea grows.", two="Owls hunt.", three="Bats fly.", four="Bees hum.")
    sync(index, corpus)
    _corpus(corpus, one="Tea grows.", two="Owls hunt mice.", new="Ants dig.", three="Bats fly.")
    first = b"".join(corpus.read_bytes().splitlines(keepends=True)[:3])
    with monkeypatch.context() as patched:
        patched.setattr("indexer.reading.jsonl.open_file", lambda _: _BreaksOff(first))
        summary = sync(index)
        reason = (
            "reading stopped early (input/output error); the articles after that point are kept as"
            " they were indexed"
        )
        assert summary.skipped == [Skipped("c.jsonl", reason)]
        assert (summary.added, summary.changed, summary.removed) == (1, 1, 0)
        assert summary.unchanged == 3, "one, three and four"
        assert [(name, text) for name, _, _, text, _ in contents(index)] == [
            ("four", "Bees hum."),
            ("new", "Ants dig."),
            ("one", "Tea grows."),
            ("three", "Bats fly."),
            ("two", "Owls hunt mice."),
        ]
        held = contents(index)
        summary = sync(index, rebuild=True)
        assert (summary.unchanged, summary.removed) == (5, 0)
        assert contents(index) == held, "what was not reached is made of the index's own text"
    assert sync(index).removed == 1
    assert "four" not in names(index)


def test_one_bad_reader_costs_its_file_and_not_the_run(
    articles: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(data: bytes, name: str) -> Document:
        raise RuntimeError("no such font")

    write(articles / "a.new", "new")
    with_reader(monkeypatch, ".new", fail)
    summary = sync(index, articles)
    reason = "the .new file reader failed (RuntimeError: no such font)"
    assert summary.skipped == [Skipped("a.new", reason)]
    assert names(index) == {"bridges.md", "night/owls.txt", "night/bats.txt"}


@pytest.mark.parametrize("mode", ["lexical", "hybrid", "semantic"])
def test_an_article_with_a_title_alone_is_found_by_it(
    index: Path, tmp_path: Path, mode: Mode
) -> None:
    lines = [
        {"_id": "1", "title": "Tea in Assam", "text": "It grows on hills, in the rain."},
        {"_id": "2", "title": "# Silent  flight of owls"},
        {"_id": "3", "title": "Bats", "text": "They find moths by echo."},
    ]
    (tmp_path / "c.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    encoder = HashingEncoder()
    build(index, [tmp_path / "c.jsonl"], encoder=encoder, splitting=SMALL)
    assert "# Silent flight of owls" in encoder.embedded, "once, and without its title before it"
    with open_index(index, encoder=encoder) as searcher:
        (hit, *_) = searcher.search("silent owls", 3, mode=mode).hits
    assert (hit.article, hit.title) == ("2", "# Silent flight of owls")
    assert (hit.start, hit.end, hit.text) == (0, 23, "# Silent flight of owls")
