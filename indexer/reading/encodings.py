"""Decode the bytes of a text file: UTF-8, UTF-16, UTF-32 and the encodings used before them.

In this order: a byte order mark; valid UTF-8; UTF-16 and UTF-32 without a mark, by the places of
their zero bytes; the encoding that the file declares; and at last a guess from the bytes. Valid
UTF-8 costs no more than decoding it.

Zawgyi, an old way of writing Burmese with the code points of other letters, is read as it is. Of
the libraries for Python, myanmartools (last released in 2020) finds it and does not convert it, and
pyidaungsu (2021) converts it but contains native code for Python 3.8.
"""

import codecs
import contextlib
import re
from typing import NamedTuple
from unicodedata import category

from indexer.errors import UnreadableArticle


class Decoded(NamedTuple):
    """A text, and the name of its encoding if that had to be guessed."""

    text: str
    guessed: str | None = None


_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with the mark of UTF-16, so it is first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ANY_MARK = tuple(mark for mark, _ in _MARKS)
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_ESCAPE = b"\x1b$"
"""Begins a part in another alphabet in ISO-2022-JP and ISO-2022-KR."""
_SAMPLE = 16 * 1024
"""Bytes that are looked at to tell text from other content."""
_SURELY = 64
"""Bytes, from which a text in UTF-16 is not valid UTF-8 by chance."""
_MOST_REPLACED = 0.01
"""The share of characters that may be replaced because their bytes are invalid."""
_INVALID = re.compile("[\ufffd\ue000-\uf8ff]")
"""Replaced and private characters: the latter are what Asian encodings make of other texts."""
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")
"""Bytes in no text of any encoding; 0x1b begins the escapes of ISO-2022, 0x1a ended DOS files."""
_NO_TEXT = {"Cc", "Cn", "Co", "Cs"}
"""Categories of control characters, and of code points that are unassigned or private."""
_KINDS = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a RIFF file (WebP, WAV or AVI)"),
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b\x08", "a gzip archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"ID3", "an MP3 file"),
    (b"OggS", "an Ogg file"),
)

_CODECS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
}
"""Encodings that a larger one replaces, as in browsers."""
_LABELS = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ms_kanji": "cp932",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601-1989": "cp949",
    "korean": "cp949",
    "x-gbk": "gb18030",
    "chinese": "gb18030",
    "gb_2312-80": "gb18030",
    "x-x-big5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "x-euc-jp": "euc_jp",
    "koi": "koi8-r",
    "koi8": "koi8-r",
    "koi8-ru": "koi8-u",
    "logical": "iso8859-8",
    "visual": "iso8859-8",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-ukrainian": "mac-cyrillic",
    "x-mac-roman": "mac-roman",
    "unicode": "utf-8",
}
"""Labels on the web that Python does not know, or knows as another encoding."""
_GUESSED = (
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258"),
    *("cp874", "iso8859-1", "iso8859-2", "iso8859-5", "iso8859-7", "koi8-r", "koi8-u"),
    *("cp932", "euc_jis_2004", "cp949", "gb18030", "big5hkscs"),
)
"""What may be guessed; each further one costs some right guesses for short texts."""
_RARE = ("cp850", "cp852", "cp866", "mac-roman")
_UNSURE = 0.25
"""One of the rare encodings is not believed below this confidence."""
_ALLOWED = {
    *("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"),
    *("euc_jp", "iso2022_jp", "iso2022_jp_2", "iso2022_kr", "hz"),
    *(f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
    *(codecs.lookup(name).name for name in (*_GUESSED, *_RARE)),
    "mac-cyrillic",
    *_CODECS.values(),
}
"""What a file may declare: no codec here runs code, expands, or reads names."""


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Decode a file; ``declared`` is the encoding that the file says it has.

    Bytes that are invalid in the encoding become U+FFFD if there are few of them; then the name of
    the encoding ends with "(damaged)". Raises UnreadableArticle if the file is empty or binary.
    """
    found = _decoded(data, declared)
    if not found.text:
        raise UnreadableArticle("the file is empty")
    if found.text.isspace():
        raise UnreadableArticle("the file contains only white space")
    return found


def _decoded(data: bytes, declared: str | None) -> Decoded:
    if data.startswith(_ANY_MARK):
        mark, name = next(it for it in _MARKS if data.startswith(it[0]))
        return _marked(data[len(mark) :], name)
    nul = data.find(b"\0")
    if nul >= 0:
        return _wide(data, nul)
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        _refuse_binary(data)
        return _nearly_utf8(data) or _declared(data, declared) or _guess(data)
    # One byte is found many times as fast as two.
    if b"\x1b" in data and _ESCAPE in data:
        return _escaped(data) or Decoded(text)
    return Decoded(text)


def codec_of(label: str) -> str | None:
    """The name of Python's codec for a label on the web; None if it is unknown or not allowed."""
    label = label.strip().lower()
    if label in _LABELS:
        return _LABELS[label]
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError, TypeError, UnicodeError):
        return None
    name = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(name, name)
    name = _CODECS.get(name, name)
    return name if name in _ALLOWED else None


def _escaped(data: bytes) -> Decoded | None:
    """The text in an encoding whose bytes are ASCII, with escape sequences."""
    for name in ("iso2022_jp", "iso2022_jp_2", "iso2022_kr"):
        with contextlib.suppress(UnicodeDecodeError):
            return Decoded(data.decode(name), name)
    return None


def _wide(data: bytes, nul: int) -> Decoded:
    """The text in UTF-16 or UTF-32 without a mark."""
    _refuse_known(data)
    for name in _WIDE:
        if _is_wide(data, name):
            text = data.decode(name, "replace")
            return Decoded(text, f"{name} (damaged)" if "\ufffd" in text else name)
    raise UnreadableArticle("looks like a binary file, not text (NUL byte at offset {})", nul)


def _declared(data: bytes, label: str | None) -> Decoded | None:
    name = label and codec_of(label)
    if not name or name.startswith("utf-"):  # it is none, or was tried already
        return None
    text = data.decode(name, "replace")
    if not _is_nearly_whole(text):
        return None
    return Decoded(text, f"{name} (damaged)" if "\ufffd" in text else None)


def _nearly_utf8(data: bytes) -> Decoded | None:
    """The text if a few bytes alone are invalid: other encodings have hardly any valid ones."""
    text = data.decode("utf-8", "replace")
    invalid = text.count("\ufffd")
    if len(text) - len(text.encode("ascii", "ignore")) <= 11 * invalid:
        return None
    return Decoded(text.removeprefix("\ufeff"), "utf-8 (damaged)")


def _marked(data: bytes, name: str) -> Decoded:
    if len(data) > _SURELY and b"\0" not in data:  # spaces and line ends have one
        with contextlib.suppress(UnicodeDecodeError):
            return Decoded(data.decode("utf-8"), "utf-8")  # the mark is wrong
    text = data.decode(name, "replace")
    if not _is_nearly_whole(text):
        raise UnreadableArticle(f"damaged {name[:6].upper()} text")
    return Decoded(text, f"{name} (damaged)" if "\ufffd" in text else None)


def _is_nearly_whole(text: str) -> bool:
    invalid = len(text) - len(_INVALID.sub("", text))
    return invalid <= max(1, _MOST_REPLACED * len(text))


def _refuse_known(data: bytes) -> None:
    for magic, kind in _KINDS:
        if data.startswith(magic):
            raise UnreadableArticle(f"looks like {kind}, not text")


def _refuse_binary(data: bytes) -> None:
    _refuse_known(data)
    controls = [found.start() for found in _CONTROLS.finditer(data, 0, _SAMPLE)]
    if len(controls) > 1 + min(len(data), _SAMPLE) // 1000:
        at = controls[0]
        raise UnreadableArticle(
            "looks like a binary file, not text (byte 0x{:02x} at offset {})", data[at], at
        )


def _is_wide(data: bytes, name: str) -> bool:
    """Whether the beginning is text in UTF-16 or UTF-32 without a mark.

    In the wrong order of bytes, letters become rare or unassigned ones, and spaces and line ends
    become others that no text is full of.
    """
    width = 4 if name.startswith("utf-32") else 2
    text = data[: min(len(data) // width * width, _SAMPLE)].decode(name, "replace")
    known = sum(mark in "\t\n\r\f" or category(mark) not in _NO_TEXT for mark in text)
    return known >= 0.99 * len(text) and any(mark in " \n\u3000\u3001\u3002" for mark in text)


def _guess(data: bytes) -> Decoded:
    name, confidence = _detected(data, (*_GUESSED, *_RARE))
    if name in _RARE and confidence < _UNSURE:
        name, _ = _detected(data, _GUESSED)
    if name == "euc_jis_2004":  # its older and usual form, where that is enough
        with contextlib.suppress(UnicodeDecodeError):
            return Decoded(data.decode("euc_jp"), "euc_jp")
    text = data.decode(name, "replace")
    if not _is_nearly_whole(text):
        name, text = "cp1252", data.decode("cp1252", "replace")
    if not _is_nearly_whole(text):
        raise UnreadableArticle("the encoding of the text is unknown; convert it to UTF-8")
    return Decoded(text, f"{name} (damaged)" if "\ufffd" in text else name)


def _detected(data: bytes, among: tuple[str, ...]) -> tuple[str, float]:
    from chardet import detect  # loads its models, and most files are UTF-8

    # It looks at the first 200,000 bytes. Its replacement of an encoding by a larger one would
    # also take cp1250 for iso8859-2, which is none of it.
    found = detect(data, compat_names=False, include_encodings=among)
    name = codecs.lookup(found["encoding"] or "cp1252").name
    return _CODECS.get(name, name), found["confidence"]
