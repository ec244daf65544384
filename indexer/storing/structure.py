"""Pack what a reader found beside the text: metadata in a column, structure in a blob.

The column ``articles.metadata`` is JSON with the keys ``date``, ``authors``, ``language`` and
``tags``, each only if the file has it. It is NULL if there is nothing to say. ``structure`` in it
is the CRC-32 of ``texts.structure``, so that one checksum covers both. That blob is JSON,
compressed with zlib: ``blocks``, each with its start relative to the end of the previous one, its
length, kind, level and the length of its head; and ``locations``.
"""

import json
import zlib
from functools import lru_cache
from typing import Any, NamedTuple, get_args

from indexer.types import Article, Block, BlockKind, Location, Metadata

_KINDS = get_args(BlockKind)
_KEPT = 1024
"""Metadata of recent hits that is kept unpacked."""
_LARGEST = 256 * 2**20


class Structure(NamedTuple):
    """The blocks and locations of an article."""

    blocks: tuple[Block, ...] = ()
    locations: tuple[Location, ...] = ()


def pack_structure(article: Article) -> bytes | None:
    """The blob of an article; None if it has neither blocks nor locations."""
    if not article.blocks and not article.locations:
        return None
    blocks, at = [], 0
    for it in article.blocks:
        head = max(it.head - it.start, 0)
        blocks.append((it.start - at, it.end - it.start, _KINDS.index(it.kind), it.level, head))
        at = it.end
    found = {"blocks": blocks, "locations": article.locations}
    return zlib.compress(json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode())


def pack_metadata(known: Metadata, structure: bytes | None) -> str | None:
    """The JSON of an article's metadata and of its packed structure's checksum."""
    found = {
        "date": known.date,
        "authors": known.authors,
        "language": known.language,
        "tags": known.tags,
        "structure": None if structure is None else zlib.crc32(structure),
    }
    found = {key: value for key, value in found.items() if value not in {None, ()}}
    return json.dumps(found, ensure_ascii=False) if found else None


@lru_cache(_KEPT)
def unpack_metadata(packed: str | None) -> Metadata:
    """The metadata of an article. Raises ValueError if it is damaged."""
    if packed is None:
        return Metadata()
    found = _object(packed)
    return Metadata(
        found.get("date"),
        tuple(found.get("authors", ())),
        found.get("language"),
        tuple(found.get("tags", ())),
    )


def has_structure(metadata: str) -> bool:
    """Whether the article with this metadata has a packed structure."""
    return '"structure": ' in metadata  # in a value, the quotation marks would be escaped


def unpack_structure(packed: bytes | None, metadata: str | None) -> Structure:
    """The inverse of ``pack_structure``; raises ValueError if it does not match the metadata."""
    wanted = None if metadata is None else _object(metadata).get("structure")
    if wanted != (None if packed is None else zlib.crc32(packed)):
        raise ValueError("the structure does not match its checksum")
    if packed is None:
        return Structure()
    try:
        found = _object(zlib.decompressobj().decompress(packed, _LARGEST))
        blocks, at = [], 0
        for gap, length, kind, level, head in found["blocks"]:
            start = at + gap
            at = start + length
            its = _KINDS[kind]
            blocks.append(Block(start, at, its, level, start + head if its == "table" else 0))
        return Structure(tuple(blocks), tuple(Location(*it) for it in found["locations"]))
    except (zlib.error, KeyError, IndexError, TypeError) as error:
        raise ValueError(f"the structure is invalid: {error}") from None


def _object(packed: str | bytes) -> dict[str, Any]:
    found = json.loads(packed)
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - as for other damage
    return found
