r"""Read RTF files, with tables, footnotes and text boxes.

An RTF file is text with control words (``\par``) and groups in braces. A group that begins with
``\*`` or a known word is a destination: something else than the text. Deleted and hidden text,
comments, headers and footers are left out.
"""

import re

from indexer.errors import UnreadableArticle
from indexer.reading.formats.described import properties
from indexer.reading.formats.office.assembly import TEXT_LIMIT
from indexer.reading.formats.office.charsets import CHARSETS, encoding_of
from indexer.reading.formats.office.rtf_layout import Layout
from indexer.types import Document, Metadata

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])"
    rb"|[\r\n]+|([^\\{}\r\n]+)|[\\]",
    re.DOTALL,
)
_SPECIAL = {
    "tab": "\t",
    "line": "\n",
    "emdash": "—",
    "endash": "–",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "lbr": "\n",
    "nestcell": " ",
    "nestrow": " ",
}
_SYMBOLS = {"~": " ", "_": "-", "\\": "\\", "{": "{", "}": "}", "\t": "\t"}
_LEFT_OUT = {
    *("colortbl", "pict", "object", "header", "headerl", "headerr", "headerf", "footer", "filetbl"),
    *("footerl", "footerr", "footerf", "listtable", "listoverridetable", "revtbl", "rsidtbl", "xe"),
    *("generator", "fldinst", "annotation", "atnid", "atnauthor", "nonshppict", "sp", "tc", "txe"),
    *("ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc", "aftncn", "upr", "template", "rxe"),
    *("bkmkstart", "bkmkend", "private", "listname", "objdata", "info", "comment", "fontemb"),
}
_READ_AGAIN = {"shptxt", "result", "ud", "shpinst"}
"""Destinations that are text inside of those that are not."""
_APART = {"footnote": "note", "shptxt": "note"}
_PROPERTIES = {"title", "author", "keywords"}
MOST_GROUPS = 1_000_000


class _Group:
    """What is in force inside a pair of braces, and ends with them."""

    __slots__ = (
        "deleted",
        "encoding",
        "font",
        "purpose",
        "sink",
        "skipped",
        "style",
        "unicode_skip",
    )

    def __init__(self, outer: "_Group | None", encoding: str) -> None:
        self.skipped: bool = outer is not None and outer.skipped
        self.deleted: bool = outer is not None and outer.deleted
        self.encoding: str = outer.encoding if outer is not None else encoding
        self.unicode_skip: int = outer.unicode_skip if outer is not None else 1
        self.purpose: str = outer.purpose if outer is not None else ""
        self.sink: list[str] = outer.sink if outer is not None else []
        self.font: int = 0
        self.style: int = 0


def read(data: bytes, name: str) -> Document:
    """Read an RTF file."""
    if not data.lstrip().startswith(b"{\\rtf"):
        raise UnreadableArticle("not an RTF file")
    reader = _Reader()
    reader.read(data)
    said = reader.said
    return reader.layout.text.document(
        properties.title(said.get("title"), name) or reader.layout.title,
        Metadata(
            properties.date(said.get("creatim")),
            properties.authors(said.get("author")),
            tags=properties.tags(said.get("keywords")),
        ),
    )


class _Reader:
    def __init__(self) -> None:
        self.said: dict[str, str] = {}
        self.layout = Layout()
        self._encoding = "cp1252"
        self._group = _Group(None, self._encoding)
        self._outer: list[_Group] = []
        self._pending = bytearray()
        self._to_skip = 0
        self._starred = False
        self._fonts: dict[int, str] = {}
        self._chars = 0

    def read(self, data: bytes) -> None:
        at = 0
        while found := _TOKEN.match(data, at):
            at = found.end()
            word, number, code, symbol, brace, text = found.groups()
            if text is not None:
                self._put(text)
            elif word is not None:
                value = int(number) if number else None
                if word == b"bin":
                    at += max(0, value or 0)
                else:
                    self._word(word.decode("ascii"), value)
            elif code is not None:
                self._put(bytes([int(code, 16)]))
            elif brace == b"{":
                self._open()
            elif brace == b"}":
                self._close()
            elif symbol is not None:
                self._symbol(symbol.decode("latin-1"))
        while self._outer:
            self._close()
        self._flush()
        self.layout.paragraph(self._taken())
        self.layout.end_table()

    def _put(self, data: bytes) -> None:
        """Add bytes of the font's encoding, without those that stand for a character before."""
        if self._to_skip:
            skipped = min(self._to_skip, len(data))
            self._to_skip -= skipped
            data = data[skipped:]
        if not (self._group.skipped or self._group.deleted):
            self._pending += data

    def _flush(self) -> None:
        if self._pending:
            self._say(self._pending.decode(self._group.encoding, "replace"))
            self._pending.clear()

    def _say(self, text: str) -> None:
        if not (self._group.skipped or self._group.deleted):
            self._chars += len(text)
            if self._chars > TEXT_LIMIT:
                raise UnreadableArticle("more than {:,} characters of text", TEXT_LIMIT)
            self._group.sink.append(text)

    def _open(self) -> None:
        self._flush()
        self._to_skip = 0
        if len(self._outer) > MOST_GROUPS:
            raise UnreadableArticle("more than {:,} groups in one another", MOST_GROUPS)
        self._outer.append(self._group)
        self._group = _Group(self._group, self._encoding)

    def _close(self) -> None:
        self._flush()
        self._to_skip = 0
        if not self._outer:
            return
        ended, self._group = self._group, self._outer.pop()
        if ended.sink is self._group.sink:
            return
        text = _joined(ended.sink)
        if ended.purpose == "note":
            self.layout.note(text)
        elif ended.purpose in _PROPERTIES or ended.purpose == "creatim":
            self.said.setdefault(ended.purpose, text)
        elif ended.purpose == "style":
            self.layout.styles[ended.style] = text.strip("; \n").casefold()

    def _symbol(self, symbol: str) -> None:
        self._flush()
        if symbol == "*":
            self._starred = True
        elif symbol in "\r\n":
            self._end_paragraph()
        elif self._to_skip:
            self._to_skip -= 1
        elif symbol in _SYMBOLS:
            self._say(_SYMBOLS[symbol])

    def _word(self, word: str, value: int | None) -> None:
        self._flush()
        starred, self._starred = self._starred, False
        if self._to_skip and word != "u":
            self._to_skip -= 1
            return
        if word == "u" and value is not None:
            self._to_skip = self._group.unicode_skip
            self._say(chr(value % 0x10000))
        elif word in _SPECIAL:
            self._say(_SPECIAL[word])
        elif not (self._destination(word) or self._character(word, value)):
            if starred:
                self._group.skipped = True
            elif not self._group.skipped:
                self._layout_word(word, value)

    def _destination(self, word: str) -> bool:
        """Begin a destination, if the word is one; says whether it is."""
        group = self._group
        if word in _READ_AGAIN:
            group.skipped = False
        if word in _LEFT_OUT:
            group.skipped = True
        elif word in _APART:
            group.sink, group.purpose = [], _APART[word]
        elif (word in _PROPERTIES or word == "creatim") and group.skipped:
            group.sink, group.purpose, group.skipped = [], word, False
        elif word in {"fonttbl", "stylesheet"}:
            group.sink, group.purpose = [], word
        elif word in {"listtext", "pntext"}:
            group.skipped = self.layout.listed = True
        else:
            return word in _READ_AGAIN or word in {"fldrslt", "field", "shp", "rtf"}
        return True

    def _character(self, word: str, value: int | None) -> bool:
        """Take up what concerns characters and encodings; says whether the word does."""
        group = self._group
        if word == "f" and value is not None:
            group.font = value
            if group.purpose != "fonttbl":
                group.encoding = self._fonts.get(value, self._encoding)
        elif word == "fcharset" and value is not None:
            if group.purpose == "fonttbl":
                self._fonts[group.font] = CHARSETS.get(value, self._encoding)
        elif word in {"ansicpg", "mac", "pc", "pca"}:
            self._encoding = group.encoding = encoding_of(word, value)
        elif word == "uc":
            group.unicode_skip = max(0, min(value if value is not None else 1, 8))
        elif word in {"deleted", "v"}:
            group.deleted = value != 0
        elif word == "plain":
            group.deleted = False
        elif word in {"yr", "mo", "dy"} and group.purpose == "creatim":
            group.sink.append(f"{'-' * (word != 'yr')}{value or 0}")
        else:
            return False
        return True

    def _layout_word(self, word: str, value: int | None) -> None:
        """Take up what concerns paragraphs and tables."""
        group = self._group
        if word in {"par", "sect", "page", "column"}:
            self._end_paragraph()
        elif word == "cell":
            self.layout.cell(self._taken())
        elif word == "s" and group.purpose == "stylesheet":  # the name of the style follows
            group.sink, group.purpose, group.style = [], "style", value or 0
        else:
            self.layout.word(word, value)

    def _end_paragraph(self) -> None:
        if self.layout.in_table or self._group.purpose:
            self._say("\n")
        else:
            self.layout.paragraph(self._taken())

    def _taken(self) -> str:
        text = _joined(self._group.sink)
        self._group.sink.clear()
        return text


def _joined(parts: list[str]) -> str:
    """The text of parts, with the halves of characters beyond 16 bits put together."""
    text = "".join(parts)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
