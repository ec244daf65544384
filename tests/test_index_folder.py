"""Whether an index may be made in a folder, and what is said where none is found."""

import os
from pathlib import Path

import pytest

from indexer.errors import NotAnIndex
from indexer.storing.folder import check_is_free, not_an_index
from indexer.storing.schema import DATABASE, DEFAULT_INDEX

OURS = (
    *("locus.db", "locus.db-wal", "locus.db-shm", "locus.db-journal", "writer.lock"),
    *("vectors-12.faiss", "lexical", "serve.sock", ".DS_Store"),
)


def test_a_folder_that_is_not_there_or_empty_is_free(tmp_path: Path) -> None:
    check_is_free(tmp_path)
    check_is_free(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    check_is_free(tmp_path / "file")  # whoever makes the index says that it is a file


@pytest.mark.parametrize("name", OURS)
def test_what_a_killed_run_or_the_system_leaves_behind_is_not_in_the_way(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).touch()
    check_is_free(tmp_path)


@pytest.mark.parametrize("name", ["notes.txt", ".git", "mylocus.db", "vectors.faiss", "lexical2"])
def test_any_other_file_is_in_the_way_and_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "locus.db-wal").touch()
    (tmp_path / name).touch()
    with pytest.raises(NotAnIndex) as refused:
        check_is_free(tmp_path)
    assert name in str(refused.value)
    assert "locus.db-wal" not in str(refused.value)
    assert str(tmp_path / DEFAULT_INDEX) in str(refused.value)


def test_the_first_three_of_many_files_are_named(tmp_path: Path) -> None:
    for name in "dacbe":
        (tmp_path / name).touch()
    with pytest.raises(NotAnIndex) as refused:
        check_is_free(tmp_path)
    assert "a, b, c" in str(refused.value)
    assert "c, d" not in str(refused.value)


def test_who_looks_for_an_index_is_told_the_command_that_makes_one(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    assert f"--index {nowhere}`" in str(not_an_index(nowhere))
    assert f"--index {tmp_path}`" in str(not_an_index(tmp_path))


def test_a_file_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = str(not_an_index(tmp_path / "file"))
    assert str(tmp_path / "file") in said
    assert "locus index" not in said, "no index can be made there"


def test_the_index_inside_a_folder_is_pointed_out(tmp_path: Path) -> None:
    inside = tmp_path / DEFAULT_INDEX
    inside.mkdir()
    (inside / DATABASE).touch()
    assert f"--index {inside}" in str(not_an_index(tmp_path))


def test_among_other_files_an_index_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    assert f"`locus index {tmp_path}`" in str(not_an_index(tmp_path))


def test_a_path_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(NotAnIndex, match=r"^caf\\xe9/\.locus: .* must be valid UTF-8"):
        check_is_free(Path(os.fsdecode(b"caf\xe9")) / ".locus")
