"""Only regular files are opened, never with a wait, and no more of them is read than allowed."""

import os
import socket
from pathlib import Path

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.opening import open_file, past_limit, read_file


def open_descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_a_file_is_read_as_its_bytes_also_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\0tide\r\n\xff")
    (tmp_path / "link").symlink_to("a")
    for name in ("a", "link"):
        assert read_file(tmp_path / name, 100) == b"\0tide\r\n\xff"
        with open_file(tmp_path / name) as file:
            assert file.read() == b"\0tide\r\n\xff"
            assert not os.get_inheritable(file.fileno())


@pytest.mark.parametrize("kind", ["folder", "pipe", "socket", "device"])
def test_what_is_no_regular_file_is_refused_and_closed_again(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "it"
    with socket.socket(socket.AF_UNIX) as listening:
        if kind == "folder":
            path.mkdir()
        elif kind == "pipe":
            os.mkfifo(path)
        elif kind == "socket":
            monkeypatch.chdir(tmp_path)  # the path of a socket has to be short
            listening.bind("it")
        else:
            path = Path("/dev/null")
        before = open_descriptors()
        for refused in (lambda: open_file(path).close(), lambda: read_file(path, 10)):
            with pytest.raises(UnreadableArticle, match=r"not a (regular )?file"):
                refused()
        assert open_descriptors() == before


def test_a_path_without_a_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_file(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError, match="loop"):
        read_file(tmp_path / "loop", 10)


@pytest.mark.parametrize("limit", [0, 1, 7])
def test_a_file_of_as_many_bytes_as_the_limit_is_read_and_one_more_is_refused(
    tmp_path: Path, limit: int
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * limit)
    assert read_file(path, limit) == b"x" * limit
    path.write_bytes(b"x" * (limit + 1))
    before = open_descriptors()
    with pytest.raises(UnreadableArticle, match=f"{limit + 1} bytes"):
        read_file(path, limit)
    assert open_descriptors() == before


def test_the_error_past_the_limit_has_the_size_in_bytes_and_the_limit_in_mib() -> None:
    said = str(past_limit(20_000_000, 16 * 2**20))
    assert "20,000,000 bytes" in said
    assert "16 MiB" in said
