"""A look through a folder: which files are articles, and what is told of the others."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.errors import SourceError
from indexer.reading import folders
from indexer.reading.folders import Listing, file_of, is_editors_copy, list_folder, reason
from indexer.types import Selection, Skipped

Listed = tuple[Listing, dict[str, str]]


def listed(root: Path, *exclude: str, hidden: bool = False) -> Listed:
    """What a folder contains, and the reason for each file or folder that was skipped."""
    skipped: list[Skipped] = []
    listing = list_folder(root, Selection(exclude, hidden), skipped.append)
    return listing, {it.article: it.reason for it in skipped}


def names(listing: Listing) -> list[str]:
    return [name for name, *_ in listing.files]


def plant(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


def test_an_empty_folder_has_no_files(tmp_path: Path) -> None:
    assert listed(tmp_path) == (Listing(), {})


def test_files_are_in_the_order_of_their_whole_paths(tmp_path: Path) -> None:
    plant(tmp_path, "a/b.txt", "a.txt", "a b.txt", "B.MD", "a/é.Markdown", "a.txt.d/c.md")
    assert names(listed(tmp_path)[0]) == [
        *("B.MD", "a b.txt", "a.txt", "a.txt.d/c.md", "a/b.txt", "a/é.Markdown"),
    ]


def test_a_file_is_kept_with_its_size_its_latest_time_and_its_inode(tmp_path: Path) -> None:
    plant(tmp_path, "a.txt", "b.txt")
    (tmp_path / "link.txt").symlink_to("a.txt")
    past, future = 10**18, 4 * 10**18
    os.utime(tmp_path / "a.txt", ns=(past, past))
    os.utime(tmp_path / "b.txt", ns=(future, future))
    files = {file[0]: file for file in listed(tmp_path)[0].files}
    for name in ("a.txt", "b.txt", "link.txt"):
        found = (tmp_path / name).stat()
        latest = future if name == "b.txt" else found.st_ctime_ns
        assert files[name] == file_of(name, found) == (name, 5, latest, found.st_ino)


def test_a_file_s_latest_time_is_that_of_its_inode_when_its_own_was_set_back() -> None:
    times = {"st_mtime_ns": 5, "st_ctime_ns": 9}
    stat = os.stat_result((0o100644, 7, 1, 1, 0, 0, 3, 0, 5, 9), times)
    assert file_of("a", stat) == ("a", 3, 9, 7)


@pytest.mark.parametrize(
    ("name", "is_copy"),
    [
        ("a.txt~", True),
        ("~$a.docx", True),
        ("#a.txt#", True),
        ("#a.txt", False),
        ("~a.txt", False),
        ("a#", False),
        ("~", True),
    ],
)
def test_editors_mark_their_copies(name: str, is_copy: bool) -> None:
    assert is_editors_copy(name) == is_copy


def test_other_files_are_counted_by_suffix_and_copies_are_not(tmp_path: Path) -> None:
    plant(tmp_path, "a.PNG", "d/b.png", "Makefile", "c.tar.gz", "a.txt~", "#a.txt#", "~$b.txt")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link.svg").symlink_to("a.PNG")
    listing, skipped = listed(tmp_path)
    assert (names(listing), skipped) == ([], {})
    assert listing.ignored == {".png": 2, "no suffix": 2, ".gz": 1, ".svg": 1}


def test_a_suffix_that_is_not_utf8_is_counted_by_a_name_that_can_be_printed(tmp_path: Path) -> None:
    Path(os.fsdecode(bytes(tmp_path) + b"/a.\xff")).touch()
    assert listed(tmp_path)[0].ignored == {".\\xff": 1}


def test_hidden_files_are_listed_and_counted_only_when_asked_for(tmp_path: Path) -> None:
    plant(tmp_path, ".a.txt", ".d/b.txt", ".d/c.png", "e/.f.md", ".txt")
    assert listed(tmp_path)[0] == Listing()
    listing, _ = listed(tmp_path, hidden=True)
    assert names(listing) == [".a.txt", ".d/b.txt", "e/.f.md"]
    assert listing.ignored == {".png": 1, "no suffix": 1}


def test_a_folder_that_is_left_out_counts_as_one(tmp_path: Path) -> None:
    plant(tmp_path, "d/a.txt", "d/b.txt", "e/c.txt", "f.txt", "g.txt", "h.png")
    listing, _ = listed(tmp_path, "d/", "f*", "*.png")
    assert names(listing) == ["e/c.txt", "g.txt"]
    assert listing.excluded == 2
    assert listing.ignored == {".png": 1}, "what is no article is not excluded"


def test_an_exclude_that_is_no_pattern_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="'!'"):
        listed(tmp_path, "*.txt", "!")


def test_a_link_is_followed_to_a_file_of_the_source_through_other_links(tmp_path: Path) -> None:
    root = tmp_path / "root"
    plant(root, "d/a.txt", "b.png")
    plant(tmp_path, "out.txt")
    for name, target in {
        "1.txt": "2.txt",
        "2.txt": "d/a.txt",
        "3.md": "b.png",
        "4.txt": "d",
        "5.txt": "../out.txt",
        "6.txt": "7.txt",
        "7.txt": "6.txt",
        "8": "../out.txt",
    }.items():
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe")
    (root / "9.txt").symlink_to("pipe")
    listing, skipped = listed(root.resolve())
    assert names(listing) == ["1.txt", "2.txt", "3.md", "d/a.txt"]
    assert sorted(skipped) == ["4.txt", "5.txt", "6.txt", "7.txt", "9.txt"]
    assert listing.unseen == []
    assert listing.ignored == {".png": 1, "no suffix": 2}


def test_a_link_that_a_pattern_leaves_out_is_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to("nowhere")
    (tmp_path / "d").symlink_to("..")
    listing, skipped = listed(tmp_path, "a.txt", "d/")
    assert (listing.excluded, skipped) == (2, {})


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, OSError]]:
    """Folders, by the end of their paths, whose listing the system refuses."""
    errors: dict[str, OSError] = {}
    scan = os.scandir

    def refuse(path: Any) -> Any:
        for end, error in errors.items():
            if str(path).endswith(end):
                raise error
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    yield errors


def test_a_folder_that_cannot_be_listed_is_skipped_and_named_as_unseen(
    tmp_path: Path, refused: dict[str, OSError]
) -> None:
    plant(tmp_path, "d/a.txt", "e/b.txt", "f/c.txt")
    refused["/d/"] = PermissionError(13, "Permission denied")
    refused["/e/"] = FileNotFoundError(2, "No such file or directory")
    listing, skipped = listed(tmp_path)
    assert names(listing) == ["f/c.txt"]
    assert skipped == {"d/": "permission denied", "e/": "no such file or folder"}
    assert listing.unseen == ["d/"], "what is gone is not unseen"


def test_a_source_that_cannot_be_listed_is_unseen_as_a_whole(
    tmp_path: Path, refused: dict[str, OSError]
) -> None:
    refused["/"] = OSError(5, "Input/output error")
    listing, skipped = listed(tmp_path)
    assert skipped == {"./": "input/output error"}
    assert listing.unseen == [""]


def test_an_error_without_a_reason_of_the_system_gives_its_own_words() -> None:
    assert reason(PermissionError(13, "Permission denied")) == "permission denied"
    assert reason(OSError("Half Read")) == "half read"


def test_an_ignore_file_past_its_limit_is_skipped_and_leaves_nothing_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_MAX_IGNORE_FILE_BYTES", 6)
    plant(tmp_path, "d/a.txt", "e/a.txt")
    (tmp_path / "d/.locusignore").write_text("*.txt\n")
    (tmp_path / "e/.locusignore").write_text("*.txt\n\n")
    listing, skipped = listed(tmp_path)
    assert names(listing) == ["e/a.txt"]
    assert list(skipped) == ["e/.locusignore"]


def test_an_ignore_file_may_begin_with_a_mark_and_name_bytes_that_are_not_utf8(
    tmp_path: Path,
) -> None:
    plant(tmp_path, "a.txt", "b.txt")
    (tmp_path / ".locusignore").write_bytes(b"\xef\xbb\xbfa.txt\ncaf\xe9.txt\n!\n")
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("text")
    listing, skipped = listed(tmp_path)
    assert names(listing) == ["b.txt"]
    assert sorted(skipped) == [".locusignore:3", "caf\\xe9.txt"]


parts = st.sampled_from(["a", "b", "a.txt", "é", "a b", "B"])
paths = st.lists(parts, min_size=1, max_size=3).map(lambda it: "/".join([*it[:-1], f"{it[-1]}.md"]))


@settings(max_examples=15)
@given(st.sets(paths, max_size=6))
def test_every_article_of_any_tree_is_listed_once_and_in_order(tree: set[str]) -> None:
    with TemporaryDirectory() as folder:
        plant(Path(folder), *tree)
        listing, skipped = listed(Path(folder))
        assert names(listing) == sorted(tree)
        assert not skipped
        beside, _ = listed(Path(folder), "a/")
        assert names(beside) == sorted(it for it in tree if "a" not in PurePosixPath(it).parts[:-1])


def test_the_judgements_of_a_dataset_are_no_articles(tmp_path: Path) -> None:
    plant(tmp_path, "qrels/test.tsv", "data/qrels/dev.tsv", "my-qrels/a.tsv", "b.tsv", "c.csv.gz")
    listing, _ = listed(tmp_path)
    assert names(listing) == ["b.tsv", "c.csv.gz", "my-qrels/a.tsv"]
    assert listing.ignored == {".tsv": 2}
