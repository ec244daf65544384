"""The messages between a worker and its child process: JSON objects, each after its length.

The parent sends a request, and beside it the descriptor of the open file. The child answers with
one frame per article, then with an end. A parser that was attacked by a file can write anything, so
the parent checks each frame.
"""

import json
import struct
from collections.abc import Mapping
from typing import Any, get_args

from indexer.types import Block, BlockKind, Document, Location, Metadata

LENGTH = struct.Struct("<Q")
LARGEST = 512 * 2**20
"""The limit of a frame in bytes: much more than the largest text takes."""

_KINDS = get_args(BlockKind)


class BrokenFrame(Exception):
    """A frame is not one; the reading process is no longer to be trusted."""


def packed(message: Mapping[str, Any]) -> bytes:
    """A message as a frame: eight bytes of length, then JSON in UTF-8."""
    data = json.dumps(message, ensure_ascii=False).encode()
    return LENGTH.pack(len(data)) + data


def length_of(head: bytes) -> int:
    """The length of a frame's JSON, from its first eight bytes; raises BrokenFrame."""
    length = int(LENGTH.unpack(head)[0])
    if length > LARGEST:
        raise BrokenFrame
    return length


def unpacked(data: bytes) -> dict[str, Any]:
    """The message of a frame, without its length; raises BrokenFrame."""
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        raise BrokenFrame from None
    if not isinstance(message, dict):
        raise BrokenFrame
    return message


def pack_document(document: Document) -> dict[str, Any]:
    """A document as JSON."""
    known = document.metadata
    return {
        "title": document.title,
        "text": document.text,
        "blocks": [
            [it.start, it.end, _KINDS.index(it.kind), it.level, it.head] for it in document.blocks
        ],
        "locations": [[it.start, it.label] for it in document.locations],
        "metadata": [known.date, list(known.authors), known.language, list(known.tags)],
        "encoding": document.encoding,
        "left_out": list(document.left_out),
    }


def unpack_document(found: Any) -> Document:  # noqa: ANN401 - as JSON has it
    """The inverse of ``pack_document``; raises BrokenFrame."""
    try:
        date, authors, language, tags = found["metadata"]
        return Document(
            _text(found["title"]),
            _text(found["text"]),
            tuple(_block(*it) for it in found["blocks"]),
            tuple(Location(_number(start), _text(label)) for start, label in found["locations"]),
            Metadata(
                _optional(date),
                tuple(map(_text, authors)),
                _optional(language),
                tuple(map(_text, tags)),
            ),
            _optional(found["encoding"]),
            tuple(map(_text, found["left_out"])),
        )
    except (KeyError, IndexError, TypeError, ValueError):
        raise BrokenFrame from None


def _block(start: object, end: object, kind: object, level: object, head: object) -> Block:
    its = _KINDS[_number(kind)]
    return Block(_number(start), _number(end), its, _number(level), _number(head))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BrokenFrame
    return value


def _optional(value: object) -> str | None:
    return None if value is None else _text(value)


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise BrokenFrame
    return value
