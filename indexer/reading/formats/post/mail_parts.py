"""Take a mail apart: its headers, and the parts of its body.

Only small pieces are given to the standard library's parser. Given a whole mail, it recurses into
nested parts until the stack ends, and takes hours for a header with thousands of parameters.
"""

import base64
import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value
from itertools import islice

_LONGEST_HEADER = 8192
_MOST_HEADERS = 2000
_MOST_PARTS = 1000
_DEEPEST = 20
_LINE = re.compile(rb"[^\r\n]*(?:\r\n?|\n|\Z)")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)
_BLANK = re.compile(rb"\r?\n\r?\n|\r\r|\A(?:\r\n?|\n)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_BETWEEN = "raw_unicode_escape"
_UNSAFE = {"undefined", "idna", "punycode", "unicode-escape", "mbcs", "oem"}
"""Codecs that are no charset of a mail; some take a time that grows with the square of a text."""
_SUFFIXES = {
    "text/plain": ".txt",
    "text/html": ".html",
    "application/pdf": ".pdf",
}
_WIDER = {
    **dict.fromkeys(("ascii", "iso8859-1"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""What programs mean that declare a charset: one that contains it."""


@dataclass(frozen=True, slots=True)
class MimePart:
    r"""A part of a mail that contains no others.

    ``kind`` is its MIME type. ``name`` is the file name of an attachment, empty for a text of the
    mail itself. ``choice`` numbers the alternatives that it is one of; 0 means none.
    """

    kind: str
    name: str
    charset: str
    data: bytes
    choice: int = 0

    def text(self) -> str:
        r"""The part as text, with ``\n`` at the end of each line."""
        return re.sub(r"\r\n?", "\n", decode(self.data, self.charset))


def split(data: bytes) -> tuple[dict[str, str], bytes]:
    """The headers of a mail or of a part, by name in lower case, and its body.

    Of a repeated header the first counts. Values are cut at some length and not decoded.
    """
    blank = _BLANK.search(data)
    head = data[: blank.start()] if blank else data
    body = data[blank.end() :] if blank else b""
    headers: dict[str, bytes] = {}
    key = ""
    """Of the header that the next line may continue."""
    for found in _LINE.finditer(head):
        line = found[0].rstrip(b"\r\n")[:_LONGEST_HEADER]
        if line[:1] in {b" ", b"\t"}:
            if key and len(headers[key]) < _LONGEST_HEADER:
                headers[key] += b" " + line.strip()
            continue
        field = _FIELD.fullmatch(line) if len(headers) < _MOST_HEADERS else None
        key = field[1].lower().decode("ascii") if field else ""
        if field and key not in headers:
            headers[key] = field[2].strip()
        else:
            key = ""
    return {name: _header(value[:_LONGEST_HEADER]) for name, value in headers.items()}, body


def words_of(value: str) -> str:
    """A header with its encoded words decoded, on one line."""
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError, LookupError):
        return " ".join(value.split())
    found = (
        # decode_header encodes in this way what stands between encoded words.
        piece if isinstance(piece, str) else decode(piece, charset or _BETWEEN)
        for piece, charset in pieces
    )
    return " ".join("".join(found).split())


def parts_of(headers: dict[str, str], body: bytes) -> Iterator[MimePart]:
    """The parts of a mail, in order; what is left out is named as an attachment."""
    for number, part in enumerate(_parts(headers, body, 0, 0, [0])):
        if number == _MOST_PARTS:
            yield MimePart("", f"(parts after the first {_MOST_PARTS:,} are not read)", "", b"")
            return
        yield part


def _parts(
    headers: dict[str, str], body: bytes, choice: int, depth: int, choices: list[int]
) -> Iterator[MimePart]:
    kind, options = _options(headers.get("content-type", "text/plain"))
    kind = kind if re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind) else "text/plain"
    disposition, more = _options(headers.get("content-disposition", ""))
    name = words_of(more.get("filename") or options.get("name") or "")[:200]
    boundary = options.get("boundary", "")
    if depth == _DEEPEST and kind.startswith(("multipart/", "message/")):
        yield MimePart("", f"(parts nested more than {_DEEPEST} deep are not read)", "", b"")
        return
    if kind.startswith("multipart/"):
        if kind == "multipart/alternative" and not choice:
            choices[0] += 1
            choice = choices[0]
        empty = True
        for piece in _pieces(body, boundary) if boundary else ():
            empty = False
            yield from _parts(*split(piece), choice, depth + 1, choices)
        if not empty:
            return
        kind = "text/plain"  # as a program shows it that finds no parts
    data = _decoded(body, headers.get("content-transfer-encoding", ""))
    if kind == "message/rfc822":
        inner, inside = split(data)
        title = f"Subject: {words_of(inner.get('subject', ''))}\n\n".encode()
        yield MimePart("message/rfc822", "", "utf-8", title, choice)
        yield from _parts(inner, inside, choice, depth + 1, choices)
        return
    if not name and disposition == "attachment":
        name = f"attachment{_SUFFIXES.get(kind, '')}"
    yield MimePart(kind, name, options.get("charset", ""), data, choice)


def _pieces(body: bytes, boundary: str) -> Iterator[bytes]:
    """The parts between the lines of a boundary; the last may lack its end."""
    mark = re.escape(boundary.encode("utf-8", "replace"))
    line = re.compile(rb"(?:\A|(?:\r?\n|\r))--%b(--)?[ \t]*(?=\r|\n|\Z)" % mark)
    begin = None
    for found in line.finditer(body):
        if begin is not None:
            yield body[begin : found.start()]
        if found[1]:
            return
        begin = found.end()
        # Its own line end, which an empty head needs too.
        begin += 2 if body[begin : begin + 2] == b"\r\n" else 1
    if begin is not None:
        yield body[begin:]


def _options(value: str) -> tuple[str, dict[str, str]]:
    """The value of a header in lower case, and its parameters."""
    message = Message()
    message["content-type"] = value
    found = {}
    try:
        for key, said in islice(message.get_params([], "content-type") or [], 1, 50):
            found[key.lower()] = collapse_rfc2231_value(said)
    except (ValueError, LookupError, TypeError):
        pass  # those before it count
    return value.partition(";")[0].strip().lower(), found


def _decoded(body: bytes, encoding: str) -> bytes:
    encoding = encoding.strip().lower()
    if encoding == "base64":
        body = _NOT_BASE64.sub(b"", body)
        body = body[: len(body) - (len(body) % 4 == 1)]
        return base64.b64decode(body + b"=" * (-len(body) % 4))
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)
    return body


def _header(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def decode(data: bytes, charset: str) -> str:
    """Decode a text whose charset may be missing or wrong."""
    for name in (charset, "utf-8"):
        try:
            codec = codecs.lookup(name.strip().strip("\"'")[:40]).name
            if codec not in _UNSAFE:
                return data.decode(_wider(codec, data)).removeprefix("\ufeff")
        except (LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace")


def _wider(codec: str, data: bytes) -> str:
    wider = _WIDER.get(codec, codec)
    if wider == "cp1252":
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            return wider
        return "utf-8"
    return wider
