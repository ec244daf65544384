"""Prepare HTML and XHTML for lxml, which parses it: decode, look over, and walk a tree."""

import codecs
import re
from typing import Any, Protocol, TypeVar

from lxml import etree

from indexer.reading.encodings import Decoded, decode
from indexer.reading.formats.web.composing import Attributes

_HEAD = 4096
"""Bytes in which browsers look for the encoding that a page declares."""
_SELDOM = 1_000
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
_PROLOG = 20_000
"""Characters in which an XHTML page declares entities."""
_CHARSET = re.compile(rb"""(?i)<meta[^<>]{0,500}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""")
_XML_ENCODING = re.compile(rb"""\s*<\?xml[^<>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})""")
_INLINED = re.compile(r"data:[\w.+/;=,-]{0,100}base64,[\w+/=%\s-]{200,}", re.IGNORECASE)
"""Files inlined into a page: they are megabytes, and no parser needs to see them."""
_IS_XHTML = re.compile(r"(?i)\s*<(?:\?xml|!DOCTYPE\s+html\s+PUBLIC\s+[\"']-//W3C//DTD\s+XHTML)")
_SELF_CLOSED = re.compile(r"<((?:\w{1,20}:)?(\w{1,20}))(\s[^<>]*)?/>")
_VOID = {
    *("area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta"),
    *("param", "source", "track", "wbr"),
}
_DOCTYPE_SUBSET = re.compile(r"<!DOCTYPE[^<>\[]{0,1000}\[.*?\]\s*>", re.IGNORECASE | re.DOTALL)


class Target(Protocol):
    """Takes the events of a parser."""

    def start(self, tag: str, attributes: Attributes) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...
    def close(self) -> Any: ...  # noqa: ANN401 - what it is, the target knows


T = TypeVar("T", bound=Target)


def source_of(data: bytes, name: str, declared: str | None = None) -> Decoded:
    """The source of a page, without inlined files; ``declared`` is the encoding told elsewhere."""
    stray = 0 < data.count(0) <= 1 + len(data) // _SELDOM  # in UTF-16 they are many
    if stray and not data.startswith(_WIDE_MARKS):
        data = data.replace(b"\0", b"")
    if declared is None:
        found = _XML_ENCODING.match(data[:_HEAD]) or _CHARSET.search(data[:_HEAD])
        declared = found[1].decode("ascii", "ignore") if found else None
    source, guessed = decode(data, declared)
    source = _CONTROLS.sub("", source)  # no document of lxml may have them
    if "base64," in source:
        source = _INLINED.sub("", source)
    if name.lower().endswith((".xhtml", ".xht")) or _IS_XHTML.match(source):
        if subset := _DOCTYPE_SUBSET.search(source, 0, _PROLOG):  # no entity is expanded
            source = source[: subset.start()] + source[subset.end() :]
        source = _SELF_CLOSED.sub(_opened, source)
    return Decoded(source, guessed)


def _opened(match: re.Match[str]) -> str:
    """A self-closed element with an end tag: HTML would take it for the start of one."""
    tag, local, attributes = match[1], match[2], match[3] or ""
    return match[0] if local.lower() in _VOID else f"<{tag}{attributes}></{tag}>"


def feed(source: str, target: T) -> T:
    """Parse a page and pass its elements and text to a target; no tree is made."""
    parser = etree.HTMLParser(target=target, huge_tree=True, encoding="utf-8", remove_pis=True)
    try:
        parser.feed(source.encode("utf-8", "replace"))
        parser.close()
    except etree.LxmlError:  # an empty page; what was found before an error is kept
        target.close()
    return target
