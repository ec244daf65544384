"""Only one process writes at a time, and readers do not block it."""

import os
from pathlib import Path

import pytest

from indexer.errors import IndexBusy, IndexFolderError
from indexer.storing import lock
from indexer.storing.lock import is_held, writer_lock
from indexer.storing.schema import LOCK


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_PATIENCE", ())


def test_a_second_writer_is_told_who_the_first_is(tmp_path: Path) -> None:
    with writer_lock(tmp_path), pytest.raises(IndexBusy) as busy:
        writer_lock(tmp_path).__enter__()
    assert str(busy.value) == (
        f"another locus process (PID {os.getpid()}) is updating {tmp_path};"
        " wait for it to finish, or stop it"
    )
    with writer_lock(tmp_path):
        assert (tmp_path / LOCK).read_text() == str(os.getpid())


def test_a_lock_is_seen_while_it_is_held(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    with writer_lock(tmp_path):
        assert is_held(tmp_path)
    assert not is_held(tmp_path)
    assert not is_held(tmp_path / "nowhere")


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("kept")
    (tmp_path / LOCK).symlink_to(tmp_path / "theirs")
    with pytest.raises(IndexFolderError, match="cannot write to"), writer_lock(tmp_path):
        pass
    assert (tmp_path / "theirs").read_text() == "kept"
