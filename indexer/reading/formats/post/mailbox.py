"""Read mailboxes (``.mbox``): the mails one by one, in a file of any size."""

import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from indexer.errors import UnreadableArticle
from indexer.reading.formats.member import Member
from indexer.reading.formats.post import mail_parts
from indexer.reading.opening import past_limit

MAIL_LIMIT = 32 * 1024 * 1024
"""Bytes of one mail; longer ones are not read."""

_PIECE = 1024 * 1024
_SEPARATOR = re.compile(rb"From (?:\r?\n|- |.{0,200}\d:\d\d)")
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_LONGEST_NAME = 200


def members(file: BinaryIO, name: str, *, text_columns: Sequence[str] = ()) -> Iterator[Member]:
    """The mails of a mailbox, for the reader of ``.eml``.

    A mail's name is its Message-ID, or its number if it has none or one that occurred before.
    """
    del name, text_columns
    seen: set[str] = set()
    for number, (length, data) in enumerate(_mails(file), 1):
        identifier = _identifier(data)
        if identifier in seen or not identifier:
            identifier = str(number)
        seen.add(identifier)
        if length > MAIL_LIMIT:
            yield Member(identifier, past_limit(length, MAIL_LIMIT))
        else:
            yield Member(identifier, _ESCAPED.sub(rb"\1", data), ".eml")


def _mails(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The length of each mail, and at most MAIL_LIMIT bytes of it."""
    line = file.readline(_PIECE)
    while line and line.isspace():
        line = file.readline(_PIECE)
    if not line:
        raise UnreadableArticle("the file is empty")
    if not line.startswith(b"From "):
        raise UnreadableArticle('not a mailbox: it does not begin with a line "From ..."')
    _rest_of(file, line)
    data = bytearray()
    length = 0
    after_blank = False
    at_start = True
    while line := file.readline(_PIECE):
        if at_start and after_blank and _SEPARATOR.match(line):
            _rest_of(file, line)
            yield length, bytes(data)
            data.clear()
            length = 0
            after_blank = False
            continue
        after_blank = at_start and line in {b"\n", b"\r\n"}
        at_start = line.endswith(b"\n")
        length += len(line)
        if len(data) <= MAIL_LIMIT:
            data += line
    yield length, bytes(data)


def _rest_of(file: BinaryIO, line: bytes) -> None:
    """Pass over the rest of a line of which ``line`` is the beginning."""
    while line and not line.endswith(b"\n"):
        line = file.readline(_PIECE)


def _identifier(data: bytes) -> str:
    """The Message-ID of a mail as a name; empty if it has none that could be one."""
    headers, _ = mail_parts.split(data[:_PIECE])
    said = re.sub(r"[\s<>]", "", headers.get("message-id", "")).replace("/", "_")
    fits = said.isprintable() and len(said) <= _LONGEST_NAME and "@" in said
    return said if fits else ""
