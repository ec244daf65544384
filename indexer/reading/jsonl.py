r"""Files of JSON objects, one a line: how their lines are found, and what is wrong with one.

Lines end at ``\n`` alone: a line separator such as U+2028 is part of the text it stands in.
"""

import json
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from indexer.errors import UnreadableArticle
from indexer.reading.opening import open_file
from indexer.text import lone_surrogate

NOT_UTF8 = "not UTF-8: byte 0x{:02x}"


def lines(path: Path, limit: int) -> Iterator[tuple[int, int, bytes | None]]:
    """Each line that is not blank: its number from 1, its length in bytes, and its bytes.

    A line of more than ``limit`` bytes comes as None; no more of it than that is held in memory.
    Raises OSError, also after some lines, and UnreadableArticle for what is no regular file.
    """
    with open_file(path) as file:
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
    """The JSON object of a line; those of its values under ``texts`` can be written as UTF-8.

    Raises UnreadableArticle for a line that has no such object.
    """
    try:
        record = json.loads(data.rstrip(b"\r\n").decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableArticle(NOT_UTF8, error.object[error.start]) from None
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at")  # as in "Invalid control character at"
        raise UnreadableArticle("not JSON: {} at column {}", what, error.colno) from None
    except RecursionError:
        raise UnreadableArticle("JSON nested too deeply") from None
    except ValueError:  # a plain one, of int()
        digits = sys.get_int_max_str_digits()
        raise UnreadableArticle("an integer of more than {:,} digits", digits) from None
    if not isinstance(record, dict):
        raise UnreadableArticle("not a JSON object")
    for key in texts:
        value = record.get(key)
        at = lone_surrogate(value) if isinstance(value, str) else None
        if at is not None:
            half = "{!r} has half of a surrogate pair at character {}, which no text can hold"
            raise UnreadableArticle(half, key, at)
    return record


def identifier(record: dict[str, Any], key: str) -> str | None:
    """The id under ``key``; None where there is none. A number is taken as its digits."""
    value = record.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None
