"""The index nobody names: the nearest one, from the working folder upwards."""

import json
import os
from pathlib import Path

import pytest

from indexer.command import finding_index
from indexer.command.finding_index import NearestIndex, nearest_index
from tests.conftest import Locus


def index_in(folder: Path) -> Path:
    """What looks like an index in a folder."""
    (folder / ".locus").mkdir(parents=True)
    (folder / ".locus/locus.db").touch()
    return folder / ".locus"


@pytest.fixture
def deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder three levels down, which is the working folder."""
    folder = tmp_path / "notes/2024/may"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def test_the_nearest_index_upwards_is_used(deep: Path, tmp_path: Path) -> None:
    assert nearest_index() == NearestIndex(Path(".locus"))
    far = index_in(tmp_path)
    assert nearest_index() == NearestIndex(far, is_in_parent=True)
    near = index_in(tmp_path / "notes")
    (tmp_path / "notes/2024/.locus").mkdir()  # without a database
    assert nearest_index() == NearestIndex(near, is_in_parent=True)
    index_in(deep)
    assert nearest_index() == NearestIndex(Path(".locus"))


@pytest.mark.parametrize("strange", ["link", "folder", "database"])
def test_an_index_of_another_user_is_skipped_in_a_parent_alone(
    deep: Path, tmp_path: Path, strange: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = index_in(tmp_path), index_in(tmp_path / "notes")
    if strange == "link":
        theirs.rename(tmp_path / "elsewhere")
        theirs.symlink_to(tmp_path / "elsewhere")
    of_others = {
        "link": theirs.lstat(),
        "folder": theirs.stat(),
        "database": (theirs / "locus.db").stat(),
    }[strange]

    def as_another(facts: os.stat_result) -> os.stat_result:
        if facts.st_ino != of_others.st_ino:
            return facts
        return os.stat_result((*facts[:4], os.geteuid() + 1, *facts[5:10]))

    stat, lstat = Path.stat, Path.lstat
    monkeypatch.setattr(Path, "stat", lambda path, **how: as_another(stat(path, **how)))
    monkeypatch.setattr(Path, "lstat", lambda path: as_another(lstat(path)))
    assert nearest_index() == NearestIndex(ours, is_in_parent=True, skipped=(theirs,))
    monkeypatch.chdir(tmp_path / "notes")
    assert nearest_index() == NearestIndex(Path(".locus"))


def test_a_parent_that_cannot_be_looked_into_is_no_error(
    deep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = index_in(tmp_path)

    def refuse(*_: object, **__: object) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "lstat", refuse)
    assert nearest_index() == NearestIndex(Path(".locus"), skipped=(index,))
    monkeypatch.setattr(finding_index, "_is_index", lambda _: False)
    assert nearest_index() == NearestIndex(Path(".locus"))


def test_a_working_folder_that_was_deleted_has_no_parents(
    deep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_in(tmp_path)
    monkeypatch.chdir(deep)
    deep.rmdir()
    assert nearest_index() == NearestIndex(Path(".locus"))


def test_every_command_uses_the_index_of_a_parent_folder(
    locus: Locus, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index is made beside the articles; commands run two folders further down."""
    index = tmp_path / ".locus"
    done = locus("index", articles, check=0)
    assert done.stdout.startswith("Indexed 3 articles (3 passages) in .locus.\n")
    assert "using the index" not in done.stderr
    below = articles / "night"
    status = locus("status", folder=below, check=0).stdout
    assert status.startswith(f"{index}: 3 articles")
    hit = json.loads(locus("search", "moths", "-k", "1", "--jsonl", folder=below, check=0).stdout)
    assert hit["article"] == "night/bats.txt", "named from its source, not from here"
    found = locus("search", "moths", "--under", ".", "--jsonl", folder=below, check=0).stdout
    assert "bridges.md" not in found, "--under is relative to the working folder"
    assert f"{index} is OK: 3 articles" in locus("verify", folder=below, check=0).stdout
    (below / "new.txt").write_text("Comets\n\nA comet has a tail of dust.\n")
    done = locus("index", "new.txt", folder=below, check=0)
    assert done.stderr == f"locus: using the index {index}\n"
    assert done.stdout.startswith("Indexed 4 articles (")
    assert not (below / ".locus").exists()


def test_an_index_that_is_named_is_taken_literally(
    locus: Locus, articles: Path, tmp_path: Path
) -> None:
    index_in(tmp_path)
    for named in ({}, {"LOCUS_INDEX": ".locus"}):
        option = [] if named else ["--index", ".locus"]
        done = locus("status", *option, folder=articles, check=2, **named)
        assert done.stderr.startswith("locus: no index ")
    locus("index", "night", "--index", ".locus", folder=articles, check=0)
    assert (articles / ".locus/locus.db").exists()


def test_an_index_of_another_user_is_told_of(
    locus: Locus, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = index_in(tmp_path)
    monkeypatch.setattr(finding_index, "_is_ours", lambda _: False)
    done = locus("status", folder=articles, check=2)
    assert done.stderr.splitlines()[0] == (
        f"locus: skipped the index {index}, which another user owns. To use it: --index {index}"
    )


def test_an_index_of_several_shards_is_found(
    deep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".locus").mkdir()
    (tmp_path / ".locus/shards.json").write_text("{}")
    monkeypatch.chdir(deep)
    assert nearest_index() == NearestIndex(tmp_path / ".locus", is_in_parent=True)
