"""A file whose parts are compared with their hashes when they are first used.

::

    rows      equal in length: a header of FAISS, then the vectors
    others    parts of any length, which are read and compared when the file is opened
    hashes    XXH3 (64 bits) of each block of rows, then of the header and of each other part
    sizes     JSON: what has which length
    trailer   the length of ``sizes``, little-endian uint64

The digest of such a file is ``{"blocks": H}``: H is the XXH3 (128 bits) of the hashes and sizes. So
a file is opened by reading them alone. No row is used before its block was compared, so a flipped
bit can neither crash nor mislead: it is found when it would be read.
"""

import json
import mmap
import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import xxhash

from indexer.arrays import Ids
from indexer.errors import CHECKSUM_MISMATCH, DamagedIndex

_ROWS = 32
"""Rows of a block. A question reads some hundred rows, which lie in nearly as many blocks."""
_MOST_SIZES = 4096
_TRAILER = struct.Struct("<Q")

BEGINNING = '{"blocks"'
"""How the digest of such a file begins."""

Hashes = npt.NDArray[np.uint64]


class BlockWriter:
    """Writes such a file: first ``add`` the rows, then ``finish``."""

    def __init__(self, file: BinaryIO, header: int, row: int) -> None:
        """``header`` is the length of the header, and ``row`` that of a row, in bytes."""
        self._file = file
        self._header = header
        self._row = row
        self._rows = 0
        self._begun = b""
        self._hashes: list[int] = []
        file.write(bytes(header))

    def add(self, rows: bytes) -> None:
        """Write further rows."""
        self._file.write(rows)
        self._rows += len(rows) // self._row
        size = _ROWS * self._row
        view = memoryview(self._begun + rows)
        whole = len(view) - len(view) % size
        self._hashes += [_hash(view[at : at + size]) for at in range(0, whole, size)]
        self._begun = bytes(view[whole:])

    def finish(self, header: bytes, others: Sequence[bytes | memoryview]) -> str:
        """Write the header and the other parts; returns the file's digest."""
        if self._begun:
            self._hashes.append(_hash(self._begun))
        for part in others:
            self._file.write(part)
        self._hashes += [_hash(part) for part in (header, *others)]
        sizes = {
            "header": len(header),
            "row": self._row,
            "rows": self._rows,
            "block": _ROWS,
            "others": [len(part) for part in others],
        }
        packed = json.dumps(sizes).encode()
        index = np.array(self._hashes, "<u8").tobytes() + packed
        self._file.write(index + _TRAILER.pack(len(packed)))
        self._file.seek(0)
        self._file.write(header)
        self._file.flush()
        return _digest(index)


class BlockFile:
    """Such a file, opened for reading. Thread-safe."""

    def __init__(self, path: Path, digest: str) -> None:
        """Read the hashes of the file, and compare all parts but the rows, which are mapped.

        Raises DamagedIndex if they are not what was written, and OSError.
        """
        self.path = path
        with path.open("rb") as file:
            hashed, packed = _index(file, path)
            if _digest(hashed + packed) != digest:
                raise DamagedIndex(path, CHECKSUM_MISMATCH)
            sizes = json.loads(packed)
            self.row: int = sizes["row"]
            self.rows: int = sizes["rows"]
            self._block: int = sizes["block"]
            hashes: Hashes = np.frombuffer(hashed, "<u8")
            self._hashes = hashes[: -(-self.rows // self._block)]
            others = hashes[len(self._hashes) :].tolist()
            self._mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.bytes = np.frombuffer(self._mapped, np.uint8)
        """The whole file, mapped."""
        self.header = _part(path, self.bytes[: sizes["header"]], others[0])
        at = sizes["header"] + self.rows * self.row
        self.others = []
        for size, expected in zip(sizes["others"], others[1:], strict=True):
            self.others.append(_part(path, self.bytes[at : at + size], expected))
            at += size
        self._compared = np.zeros(len(self._hashes), bool)

    def release(self) -> None:
        """Remove the pages of the file from the memory of this process.

        They return when they are read again. What was compared stays compared.
        """
        self._mapped.madvise(mmap.MADV_DONTNEED)

    def compare_all(self) -> None:
        """Read and compare all rows. Raises DamagedIndex, and OSError."""
        with self.path.open("rb") as file:
            file.seek(len(self.header))
            for first in range(0, self.rows, self._block):
                rows = min(self._block, self.rows - first)
                if _hash(file.read(rows * self.row)) != self._hashes[first // self._block]:
                    raise DamagedIndex(self.path, CHECKSUM_MISMATCH)

    def compare(self, mapped: npt.NDArray[np.uint8], rows: Ids | None = None) -> None:
        """Compare the blocks of these rows, or all, that were not compared yet.

        ``mapped`` is the rows as they are in memory, ``(rows, row)``. Raises DamagedIndex.
        """
        if rows is None:
            left = np.flatnonzero(~self._compared)
        else:
            blocks = rows // self._block
            left = blocks[~self._compared[blocks]]
            if len(left):
                left = np.unique(left)
        for block in left.tolist():
            some = mapped[block * self._block : (block + 1) * self._block]
            found = _hash(some.data)
            if found != self._hashes[block]:
                raise DamagedIndex(self.path, CHECKSUM_MISMATCH)
            self._compared[block] = True


def is_whole(path: Path, digest: str) -> bool:
    """Whether all of a file is what was written. Raises OSError if it cannot be read."""
    try:
        BlockFile(path, digest).compare_all()
    except DamagedIndex:
        return False
    return True


def _part(path: Path, mapped: npt.NDArray[np.uint8], expected: int) -> memoryview:
    if _hash(mapped.data) != expected:
        raise DamagedIndex(path, CHECKSUM_MISMATCH)
    return mapped.data


def _index(file: BinaryIO, path: Path) -> tuple[bytes, bytes]:
    """The hashes and the sizes of a file, not compared with its digest."""
    length = os.fstat(file.fileno()).st_size
    try:
        file.seek(max(0, length - _TRAILER.size))
        (size,) = _TRAILER.unpack(file.read())
        if size > min(_MOST_SIZES, length):
            raise ValueError("sizes")
        file.seek(length - _TRAILER.size - size)
        packed = file.read(size)
        sizes = json.loads(packed)
        others = sizes["others"]
        parts = sizes["header"] + sizes["rows"] * sizes["row"] + sum(others)
        hashes = 8 * (-(-sizes["rows"] // sizes["block"]) + 1 + len(others))
        if parts + hashes + size + _TRAILER.size != length:
            raise ValueError("sizes")
        file.seek(parts)
        return file.read(hashes), packed
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError, struct.error):
        raise DamagedIndex(path, CHECKSUM_MISMATCH) from None


def _digest(index: bytes) -> str:
    return json.dumps({"blocks": xxhash.xxh3_128_hexdigest(index)})


def _hash(part: bytes | memoryview) -> int:
    value: int = xxhash.xxh3_64_intdigest(part)
    return value
