r"""Read files of JSON objects, one per line, and describe invalid lines.

Only ``\n`` ends a line: other line separators, such as U+2028, are part of the text.
"""

import json
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from indexer.errors import UnreadableArticle
from indexer.reading.opening import open_file
from indexer.text import lone_surrogate

NOT_UTF8 = "not UTF-8 text (byte 0x{:02x})"


def lines(path: Path, limit: int) -> Iterator[tuple[int, int, bytes | None]]:
    """Yield each line that is not blank: its number from 1, its length in bytes, its bytes.

    For a line of more than ``limit`` bytes the bytes are None, and at most that much of it is in
    memory. Raises OSError, also after some lines, and UnreadableArticle if not a regular file.
    """
    with open_file(path) as file:
        yield from lines_of(file, limit)


def lines_of(file: BinaryIO, limit: int) -> Iterator[tuple[int, int, bytes | None]]:
    """The same for an open file or pipe. Raises OSError, also after some lines."""
    number = 0
    while data := file.readline(limit + 1):
        number += 1
        length = len(data)
        if length > limit:
            while not data.endswith(b"\n") and (data := file.readline(limit)):
                length += len(data)
            yield number, length, None
        elif not data.isspace():
            yield number, length, data


def parse(data: bytes, texts: Collection[str]) -> dict[str, Any]:
    """The JSON object of a line; the strings under the keys ``texts`` are valid Unicode.

    Raises UnreadableArticle if the line is invalid.
    """
    try:
        record = json.loads(data.rstrip(b"\r\n").decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableArticle(NOT_UTF8, error.object[error.start]) from None
    except json.JSONDecodeError as error:
        # As in "Invalid control character at" and "Unterminated string starting at".
        what = error.msg.removesuffix(" at").removesuffix(" starting")
        raise UnreadableArticle("invalid JSON at column {} ({})", error.colno, what) from None
    except RecursionError:
        raise UnreadableArticle("JSON is nested too deeply") from None
    except ValueError:  # a plain one, from int()
        digits = sys.get_int_max_str_digits()
        raise UnreadableArticle("JSON integer with more than {:,} digits", digits) from None
    if not isinstance(record, dict):
        raise UnreadableArticle("not a JSON object")
    for key in texts:
        value = record.get(key)
        at = lone_surrogate(value) if isinstance(value, str) else None
        if at is not None:
            half = '"{}" has invalid Unicode at character {} (unpaired surrogate)'
            raise UnreadableArticle(half, key, at)
    return record


def identifier(record: dict[str, Any], key: str) -> str | None:
    """The id under ``key``, None if missing; an integer becomes its decimal digits."""
    value = record.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None
