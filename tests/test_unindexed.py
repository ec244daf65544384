"""Why a file is not in the index, said by whichever command is asked for it."""

from pathlib import Path

import pytest

from indexer.command.unindexed import why_not_indexed
from indexer.pipeline import build
from tests.conftest import Locus
from tests.hashing import HashingEncoder


@pytest.fixture
def index(articles: Path, tmp_path: Path) -> Path:
    (articles / "old.txt").write_bytes(b"caf\xe9\0")
    (articles / "paper.pages").write_bytes(b"PK")
    (articles / "drafts").mkdir()
    (articles / "drafts/tea.md").write_text("# Tea\n\nTea is a leaf.\n")
    (articles / ".secret.md").write_text("# Secret\n\nNothing.\n")
    build(tmp_path / ".locus", [articles], exclude=["drafts/"], encoder=HashingEncoder())
    (articles / "new.md").write_text("# New\n\nJust written.\n")
    return tmp_path / ".locus"


REASONS = {
    "old.txt": "looks like a binary file",
    "paper.pages": "unsupported file type. Export it as .docx",
    "drafts/tea.md": "excluded by a .locusignore file or by --exclude",
    ".secret.md": "hidden files are skipped",
    "new.md": "new since the last update. Run `locus index`",
}


@pytest.mark.parametrize("name", REASONS)
def test_the_reason_is_said(index: Path, articles: Path, name: str) -> None:
    for asked in (name, str(articles / name)):
        why = why_not_indexed(index, asked)
        assert why is not None
        assert why.startswith(f"{name} is not in the index: ")
        assert REASONS[name] in why


def test_a_file_that_is_not_there_or_outside_has_no_reason(index: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("Outside.")
    for asked in ("nowhere.md", "../outside.txt", str(tmp_path / "outside.txt"), ".", "night"):
        assert why_not_indexed(index, asked) is None


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize(
    "command", [["show"], ["list"], ["explain", "tea", "--mode=lexical"]], ids=str
)
def test_every_command_that_is_given_a_name_says_it(locus: Locus, command: list[str]) -> None:
    done = locus(*command, "old.txt", check=1 if command == ["list"] else 2)
    assert done.stderr.startswith("locus: old.txt is not in the index: looks like a binary file")


@pytest.mark.usefixtures("index")
def test_a_path_names_its_article(locus: Locus, articles: Path) -> None:
    owls = locus("show", "night/owls.txt", check=0).stdout
    assert locus("show", "./night/owls.txt", check=0, folder=articles).stdout == owls
    assert locus("show", "owls.txt:1", check=0, folder=articles / "night").stdout in owls
    assert locus("show", articles / "night/owls.txt", check=0).stdout == owls
