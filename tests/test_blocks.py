"""Files that are compared block by block: what is changed is found when it would be read."""

from pathlib import Path

import numpy as np
import pytest

from indexer.errors import DamagedIndex
from indexer.storing.blocks import BEGINNING, BlockFile, BlockWriter, is_whole

ROWS = np.arange(100 * 6, dtype=np.uint8).reshape(100, 6)
HEADER, OTHERS = b"header", [b"numbers", b""]


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, str]:
    """100 rows of six bytes, in four blocks, added in three uneven parts."""
    path = tmp_path / "file"
    with path.open("wb") as file:
        writer = BlockWriter(file, len(HEADER), 6)
        for part in np.split(ROWS, [7, 71]):
            writer.add(part.tobytes())
        return path, writer.finish(HEADER, OTHERS)


def test_what_was_written_is_read(written: tuple[Path, str]) -> None:
    path, digest = written
    assert digest.startswith(BEGINNING)
    assert path.read_bytes().startswith(HEADER + ROWS.tobytes() + b"numbers")
    file = BlockFile(path, digest)
    assert (bytes(file.header), [*map(bytes, file.others)]) == (HEADER, OTHERS)
    assert (file.rows, file.row) == (100, 6)
    file.compare(ROWS)
    assert is_whole(path, digest)


def test_a_changed_row_is_found_with_its_block_and_no_other(written: tuple[Path, str]) -> None:
    path, digest = written
    changed = bytearray(path.read_bytes())
    changed[len(HEADER) + 40 * 6] ^= 1
    path.write_bytes(changed)
    assert not is_whole(path, digest)
    rows = np.frombuffer(changed, np.uint8)[len(HEADER) :][: ROWS.size].reshape(ROWS.shape)
    file = BlockFile(path, digest)
    file.compare(rows, np.array([0, 31, 64, 99]))
    for _ in range(2):
        with pytest.raises(DamagedIndex, match="checksum mismatch"):
            file.compare(rows, np.array([3, 63]))
    with pytest.raises(DamagedIndex, match="checksum mismatch"):
        file.compare(rows)


def test_a_block_is_compared_once(written: tuple[Path, str]) -> None:
    path, digest = written
    file = BlockFile(path, digest)
    file.compare(ROWS, np.array([5]))
    file.compare(np.zeros_like(ROWS), np.array([9]))
    with pytest.raises(DamagedIndex):
        file.compare(np.zeros_like(ROWS), np.array([32]))


def test_rows_are_the_same_after_their_pages_were_released(written: tuple[Path, str]) -> None:
    path, digest = written
    file = BlockFile(path, digest)
    rows = file.bytes[len(HEADER) :][: ROWS.size].reshape(ROWS.shape)
    file.compare(rows)
    file.release()
    file.compare(rows)
    assert (rows == ROWS).all()
    assert [*map(bytes, file.others)] == OTHERS


def test_each_changed_byte_of_all_but_the_rows_is_found_at_once(written: tuple[Path, str]) -> None:
    path, digest = written
    whole = path.read_bytes()
    rows = range(len(HEADER), len(HEADER) + ROWS.size)
    for at in range(len(whole)):
        if at in rows:
            continue
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 2]) + whole[at + 1 :])
        with pytest.raises(DamagedIndex, match="checksum mismatch"):
            BlockFile(path, digest)


@pytest.mark.parametrize("content", [b"", b"x", b"\0" * 8, b"[" * 4000 + b"\xa0\x0f" + b"\0" * 6])
def test_another_file_is_damage(tmp_path: Path, written: tuple[Path, str], content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)
    assert not is_whole(tmp_path / "other", written[1])
