"""A file is written completely or not at all, and a failed write leaves nothing behind."""

import hashlib
import os
from pathlib import Path

import pytest

from indexer import durable
from indexer.durable import file_sha256, written_whole


def test_a_file_takes_the_place_of_the_old_one_at_the_end_of_the_block(tmp_path: Path) -> None:
    path = tmp_path / "facts"
    path.write_text("old")
    with written_whole(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        assert [*tmp_path.glob(durable.TEMPORARY)] == [temporary]
    assert path.read_text() == "new"
    assert [*tmp_path.iterdir()] == [path]


def test_an_error_in_the_block_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "facts"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), written_whole(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert [*tmp_path.iterdir()] == [path]


def test_a_file_is_synced_before_it_takes_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    monkeypatch.setattr(durable, "reached", steps.append)
    monkeypatch.setattr(os, "fsync", lambda _: steps.append("fsync"))
    with written_whole(tmp_path / "facts") as temporary:
        temporary.write_text("new")
    assert steps == [
        *("file", "file written", "fsync", "file synced", "file in place", "fsync", "file lasting"),
    ]


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\0tide\xff")
    assert file_sha256(tmp_path / "a") == hashlib.sha256(b"\0tide\xff").hexdigest()
