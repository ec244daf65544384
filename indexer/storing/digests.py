"""Digests of derived files: what a file or folder must contain to be opened.

A digest is JSON: the XXH3 hash (128 bits, in hex) of each file by its name, or of a single file by
the empty name. XXH3 detects accidental damage, as SHA-256 does, in a fortieth of the time: it is
computed whenever a process opens an index. Formats 1 and 2 have the SHA-256 of a file, or that of
the names and hashes of a folder's files; they are compared as they are.

The digest of a vector file is that of the hashes of its blocks instead (see ``blocks``).
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import xxhash

from indexer.durable import file_sha256
from indexer.storing import blocks

_LOCK = ".lock"
_SINGLE = ""
_CHUNK = 2**20


def digest_of(path: Path) -> str:
    """The digest of a file, or of a folder's files. Raises OSError."""
    return json.dumps({name: _xxh3(file) for name, file in _files(path)})


def digest_of_update(folder: Path, previous: Path, digest: str) -> str:
    """The digest of a folder that has links to files of ``previous``, whose digest is known.

    Files that are links are not read again. Raises OSError.
    """
    known = {} if _is_sha256(digest) else json.loads(digest)
    return json.dumps(
        {
            name: known[name] if name in known and file.samefile(previous / name) else _xxh3(file)
            for name, file in _files(folder)
        }
    )


def matches(path: Path, digest: str) -> bool:
    """Whether a file or folder has exactly this content. Raises OSError if it cannot be read."""
    if digest.startswith(blocks.BEGINNING):
        return blocks.is_whole(path, digest)
    if not _is_sha256(digest):
        return digest == digest_of(path)
    if not path.is_dir():
        return digest == file_sha256(path)
    lines = [f"{name} {file_sha256(file)}\n" for name, file in _files(path)]
    return digest == hashlib.sha256("".join(lines).encode()).hexdigest()


def _is_sha256(digest: str) -> bool:
    return not digest.startswith("{")


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    """The files of a folder by name, without locks; a single file has no name."""
    if not path.is_dir():
        yield _SINGLE, path
        return
    for file in sorted(path.iterdir()):
        if not file.name.endswith(_LOCK):
            yield file.name, file


def _xxh3(path: Path) -> str:
    hasher = xxhash.xxh3_128()
    buffer = memoryview(bytearray(_CHUNK))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(buffer):
            hasher.update(buffer[:size])
    return hasher.hexdigest()
