"""Which files patterns skip, compared with Git."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.errors import SourceError
from indexer.reading.excludes import IGNORE_FILE
from indexer.reading.folders import list_folder
from indexer.reading.opening import NOT_REGULAR
from indexer.types import Selection, Skipped

Tree = Mapping[str, str]
"""Files by path: the text of an ignore file, or any text for other files."""


def kept(root: Path, selection: Selection | None = None) -> list[str]:
    """The files of a folder that Locus reads."""
    found = list_folder(root, selection or Selection(hidden=True), lambda _: None)
    return [name for name, *_ in found.files]


def plant(root: Path, tree: Tree) -> None:
    """Write the files of a tree; of two where one path is below the other, only the first."""
    for name, text in tree.items():
        path = root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            if path.name == IGNORE_FILE:
                path.with_name(".gitignore").write_bytes(text.encode())
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            continue


@pytest.fixture(scope="module")
def git() -> str:
    found = shutil.which("git")
    if found is None:
        pytest.skip("git is not installed: it is the judge of ignore patterns")
    return found


@pytest.fixture(scope="module")
def repository(git: str) -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        subprocess.run([git, "init", "-q", "--template=", folder], check=True)
        yield Path(folder)


def not_ignored(git: str, root: Path) -> list[str]:
    """The text files of a folder in a repository that Git does not ignore."""
    files = [str(path.relative_to(root)) for path in root.rglob("*.txt") if path.is_file()]
    command = [git, "-c", "core.excludesFile=", "check-ignore", "--no-index", "--stdin", "-z"]
    given = "\0".join(files).encode()
    done = subprocess.run(command, cwd=root, input=given, capture_output=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return sorted(set(files) - set(done.stdout.decode().split("\0")))


TREES: dict[str, tuple[Tree, list[str]]] = {
    "only what is taken back in each folder": (
        {".locusignore": "*\n!*/\n!keep.txt\n", "keep.txt": "", "a/keep.txt": "", "a/no.txt": ""},
        ["a/keep.txt", "keep.txt"],
    ),
    "all below a folder, and one name again": (
        {
            ".locusignore": "docs/**\n!a.txt\n",
            "docs/a.txt": "",
            "docs/b.txt": "",
            "docs/c/a.txt": "",
        },
        ["docs/a.txt"],
    ),
    "a folder taken back says nothing of its files": (
        {".locusignore": "*.txt\ndocs\n!docs/\n", "docs/a.txt": "", "b.txt": ""},
        [],
    ),
    "a folder whose name is a file's pattern": (
        {".locusignore": "*\n!*.txt\n", "docs.txt/a.txt": "", "docs/a.txt": "", "b.txt": ""},
        ["b.txt", "docs.txt/a.txt"],
    ),
    "a POSIX class": (
        {".locusignore": "[[:digit:]]*\n", "1.txt": "", "a1.txt": ""},
        ["a1.txt"],
    ),
    "a tab at the end is part of the pattern": (
        {".locusignore": "a.txt\t\nb.txt \nc.txt\\ \n", "a.txt": "", "b.txt": "", "c.txt": ""},
        ["a.txt", "c.txt"],
    ),
    "nothing is taken back below a folder that is left out": (
        {".locusignore": "a/\n!a/b.txt\n", "a/b.txt": "", "a/.locusignore": "!*\n"},
        [],
    ),
    "the deeper file decides": (
        {".locusignore": "*.txt\n", "a/.locusignore": "!b.txt\r\n", "a/b.txt": "", "b.txt": ""},
        ["a/b.txt"],
    ),
    "stars that cross folders after other characters": (
        {".locusignore": "a/b**/c.txt\n", "a/bx/y/c.txt": "", "a/x/c.txt": "", "a/b/c.txt": ""},
        ["a/x/c.txt"],
    ),
    "characters that are not ASCII": (
        {".locusignore": "é*.txt\n", "été.txt": "", "ete.txt": ""},
        ["ete.txt"],
    ),
}


@pytest.mark.parametrize("title", TREES)
def test_what_is_left_out(tmp_path: Path, title: str) -> None:
    tree, expected = TREES[title]
    plant(tmp_path, tree)
    assert kept(tmp_path) == expected


def test_git_leaves_out_what_these_tests_say(git: str, repository: Path) -> None:
    with TemporaryDirectory(dir=repository) as folder:
        root = Path(folder)
        for title, (tree, _) in TREES.items():
            plant(root / title, tree)
        expected = [f"{title}/{name}" for title, (_, names) in TREES.items() for name in names]
        assert not_ignored(git, root) == sorted(expected)


@pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "folder", "socket", "device"])
def test_an_ignore_file_that_is_no_file_is_named_and_does_not_block(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("text")
    path = tmp_path / IGNORE_FILE
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link to a pipe":
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to("pipe")
    elif kind == "folder":
        path.mkdir()
    elif kind == "socket":
        monkeypatch.chdir(tmp_path)  # the path of a socket must be short
        with socket.socket(socket.AF_UNIX) as it:
            it.bind(IGNORE_FILE)
    else:
        path.symlink_to("/dev/zero")
    skipped: list[Skipped] = []
    found = list_folder(tmp_path, Selection(), skipped.append)
    assert [name for name, *_ in found.files] == ["a.txt"]
    reason = "a folder, not a file" if kind == "folder" else NOT_REGULAR
    assert skipped == [Skipped(IGNORE_FILE, reason)]


def test_a_question_mark_and_a_set_match_a_character_of_any_length(tmp_path: Path) -> None:
    plant(
        tmp_path, {".locusignore": "?.txt\n[à-ê]1.txt\n", "é.txt": "", "é1.txt": "", "f1.txt": ""}
    )
    assert kept(tmp_path) == ["f1.txt"]


@pytest.mark.parametrize(
    "pattern", ["!", "/", "!/", "a[b", "[[:letter:]]", "x/[/]", "a\\", "[[:alpha:"]
)
def test_a_pattern_that_can_match_nothing_is_named(tmp_path: Path, pattern: str) -> None:
    plant(
        tmp_path, {".locusignore": f"# comment\n\n  \nb.txt\n{pattern}\n", "a.txt": "", "b.txt": ""}
    )
    skipped: list[Skipped] = []
    found = list_folder(tmp_path, Selection(), skipped.append)
    assert [name for name, *_ in found.files] == ["a.txt"]
    assert skipped == [Skipped(".locusignore:5", "not a valid .gitignore pattern")]
    with pytest.raises(SourceError, match=r"--exclude .*: not a valid pattern"):
        kept(tmp_path, Selection((pattern,)))


@pytest.mark.parametrize(
    ("pattern", "path"),
    [("*a" * 40 + "b", "a" * 200 + ".txt"), ("**/a/" * 20 + "b", "a/" * 60 + "c.txt")],
)
def test_a_pattern_of_many_stars_takes_no_longer(tmp_path: Path, pattern: str, path: str) -> None:
    plant(tmp_path, {".locusignore": pattern, path: ""})
    assert kept(tmp_path) == [path]


places = st.sampled_from(
    ["a", "b", "ab", "a b", "docs", "docs.txt", "5", "x#y", "!n", "[x]", "B", "a-", "-"]
)
paths = st.tuples(st.lists(places, max_size=4), places.map(lambda name: f"{name}.txt")).map(
    lambda parts: "/".join([*parts[0], parts[1]])
)
pieces = st.sampled_from(
    [
        *("a", "b", "ab", "docs", "docs.txt", "5", "[x]", "x#y", "-", ".txt", "*.txt", "a.txt"),
        *(
            "*",
            "**",
            "***",
            "/",
            "/**",
            "**/",
            "/**/",
            "\\/",
            "?",
            "!",
            "#",
            " ",
            "\t",
            "\\",
            "\\ ",
        ),
        *("[ab]", "[!a]", "[^a-c]", "[[:digit:]]", "[[:alpha:]-z]", "[]a-]", "[!]b]", "[a\\]b]"),
        *(
            "[[:upper:][:punct:]]",
            "[[:x:]]",
            "[[:]",
            "[z-a]",
            "[*-b]",
            "[\\a-\\c]",
            "[a",
            "]",
            "\\*",
        ),
    ]
)
whole = st.sampled_from(["*", "!*/", "!a.txt", "docs/**", "*/", "!*.txt", "/*", "a/", "!docs/"])
lines = whole | st.tuples(
    st.sampled_from(["", "", "!", "/", "!/"]),
    st.lists(pieces, min_size=1, max_size=5).map("".join),
    st.sampled_from(["", "", "/", " ", "\t"]),
).map("".join)
ignore_files = st.dictionaries(
    st.sampled_from(["", "a/", "docs/", "a/b/"]).map(lambda folder: f"{folder}.locusignore"),
    st.lists(lines, min_size=1, max_size=5).map(
        lambda them: "\n".join(them) + ("\n" if len(them) % 2 else "")
    ),
    min_size=1,
)
trees = st.tuples(st.lists(paths, min_size=3, max_size=12), ignore_files).map(
    lambda drawn: dict.fromkeys(drawn[0], "") | drawn[1]
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(several=st.lists(trees, min_size=1, max_size=8))
def test_git_leaves_out_the_same(git: str, repository: Path, several: list[Tree]) -> None:
    with TemporaryDirectory(dir=repository) as folder:
        root = Path(folder)
        for number, tree in enumerate(several):
            plant(root / str(number), tree)
        assert kept(root) == not_ignored(git, root)
