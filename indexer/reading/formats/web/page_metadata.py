"""What a page says of itself: title, date, authors, language, tags; and how large it is.

A page says it in several ways. JSON-LD is believed first, then ``<meta>``, then the elements of the
page itself.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from email.utils import parsedate
from typing import Any

from indexer.reading.formats.web.composing import Attributes
from indexer.types import Metadata

_LONGEST = 300
_MOST = 30
"""Authors or tags: a page with more is a list of links."""
_JSON_CHARS = 1_000_000
_MOST_NODES = 2_000
_DATE = re.compile(r"\s*([12]\d{3})(?:-?(0[1-9]|1[0-2])(?:-?(0[1-9]|[12]\d|3[01]))?)?(?!\d)")
_SLASHED = re.compile(r"\s*([12]\d{3})[/.](0?[1-9]|1[0-2])[/.](0?[1-9]|[12]\d|3[01])(?!\d)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,4}")
_PUBLISHED = (
    *("article:published_time", "og:article:published_time", "datepublished", "citation_date"),
    *("citation_publication_date", "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date"),
    *("dcterms.created", "dc.date.created", "parsely-pub-date", "sailthru.date", "pubdate"),
    *("publish-date", "publish_date", "publication_date", "date", "article.published"),
)
_AUTHORS = (
    *("citation_author", "author", "article:author", "dc.creator", "dcterms.creator"),
    *("parsely-author", "sailthru.author", "byl", "twitter:creator"),
)
_FIRST = re.compile(r"(?i)publish|entry-date")
"""In the class of a ``<time>``: it is when the page was published."""
_CREATIVE = re.compile(r"(?i)article|posting|report|page|book|thesis|recipe|review|question")
"""Types in JSON-LD that are about the page, as its publisher is not."""


@dataclass(slots=True)
class Scan:
    """A target for a parser: collects what a page says of itself, and its measures."""

    elements: int = 0
    depth: int = 0
    attributes: int = 0
    """The most attributes of one element."""
    scripts: int = 0
    frames: int = 0
    language: str = ""
    meta: dict[str, list[str]] = field(default_factory=dict)
    times: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    json: list[str] = field(default_factory=list)
    title: str = ""
    headings: list[str] = field(default_factory=list)
    """Each ``<h1>``."""
    bylines: list[str] = field(default_factory=list)
    _open: int = 0
    _kept: list[str] | None = None
    _kept_until: int = 0
    _kind: str = ""

    def start(self, tag: str, attributes: Attributes) -> None:
        self.elements += 1
        self._open += 1
        self.depth = max(self.depth, self._open)
        if attributes:
            self.attributes = max(self.attributes, len(attributes))
        if tag == "meta":
            self._meta(attributes)
        elif tag == "html":
            self.language = attributes.get("lang") or attributes.get("xml:lang") or ""
        elif tag == "script":
            self.scripts += 1
        elif tag in {"frame", "iframe"}:
            self.frames += 1
        elif tag == "time":
            self._time(attributes)
        if self._kept is None:
            self._kind = self._kind_of(tag, attributes)
            if self._kind:
                self._kept, self._kept_until = [], self._open

    def _kind_of(self, tag: str, attributes: Attributes) -> str:
        if tag in {"title", "h1"}:
            return tag
        if tag == "script":
            kind = attributes.get("type", "").strip().lower()
            return "json" if kind == "application/ld+json" else ""
        said = {attributes.get("rel"), attributes.get("itemprop")} if attributes else ()
        return "byline" if "author" in said and tag not in {"meta", "link"} else ""

    def end(self, tag: str) -> None:  # noqa: ARG002 - as parsers call it
        self._open -= 1
        if self._kept is None or self._open >= self._kept_until:
            return
        text = "".join(self._kept)
        self._kept = None
        if self._kind == "json":
            if len(text) <= _JSON_CHARS:
                self.json.append(text)
            return
        text = _tidy(text)
        if self._kind == "title":
            self.title = self.title or text
        elif self._kind == "h1" and text:
            self.headings.append(text)
        elif text:
            self.bylines.append(text)

    def data(self, text: str) -> None:
        if self._kept is not None:
            self._kept.append(text)

    def close(self) -> "Scan":
        return self

    def _meta(self, attributes: Attributes) -> None:
        content = attributes.get("content", "").strip()
        for key in ("name", "property", "itemprop", "http-equiv"):
            if content and (name := attributes.get(key)):
                found = self.meta.setdefault(name.strip().lower(), [])
                if len(found) < _MOST:
                    found.append(content[: 10 * _LONGEST])

    def _time(self, attributes: Attributes) -> None:
        when = attributes.get("datetime", "")
        named = (attributes.get("itemprop") or "") + " " + (attributes.get("class") or "")
        if when and "modif" not in named and "updat" not in named:
            first = "pubdate" in attributes or _FIRST.search(named)
            (self.published if first else self.times).append(when)


def title_in(scan: Scan) -> str:
    """The title of a page, without the name of its site."""
    for node in _nodes(scan):
        if headline := _text(node.get("headline")):
            return headline
    if found := scan.meta.get("og:title") or scan.meta.get("citation_title"):
        return _without_site(_tidy(found[0]), scan)
    for heading in scan.headings:
        if heading.casefold() in scan.title.casefold():
            return heading
    return _without_site(scan.title, scan) or next(iter(scan.headings), "")


def metadata_in(scan: Scan) -> Metadata:
    """What a page says of itself, apart from the title."""
    return Metadata(
        date=next((day for said in _dates(scan) if (day := date_of(said))), None),
        authors=_unique(_authors(scan)),
        language=next((code for said in _languages(scan) if (code := language_of(said))), None),
        tags=_unique(_tags(scan)),
    )


def date_of(said: str) -> str | None:
    """A date in ISO 8601, as exact as it is said; None if it is none."""
    if found := _SLASHED.match(said) or _DATE.match(said):
        parts = [part.rjust(2, "0") for part in found.groups() if part]
        return "-".join(parts)
    try:  # as in a mail
        parsed = parsedate(said[:_LONGEST]) or parsedate(said[:_LONGEST] + " 00:00:00")
        return date(*parsed[:3]).isoformat() if parsed else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def language_of(said: str) -> str | None:
    """A language's code, in lower case; None if it is none."""
    code = said.strip().lower().replace("_", "-")
    return code if _LANGUAGE.fullmatch(code) else None


def _dates(scan: Scan) -> Iterator[str]:
    nodes = list(_nodes(scan))
    for key in ("datePublished", "dateCreated", "uploadDate"):
        yield from (_text(node.get(key)) for node in nodes)
    for name in _PUBLISHED:
        yield from scan.meta.get(name, ())
    yield from scan.published
    yield from scan.times[:1]
    yield from (_text(node.get("dateModified")) for node in nodes)
    yield from scan.meta.get("article:modified_time", ())


def _authors(scan: Scan) -> Iterator[str]:
    for node in _nodes(scan):
        for author in _listed(node.get("author")):
            yield _text(author.get("name") if isinstance(author, dict) else author)
    for name in _AUTHORS:
        yield from scan.meta.get(name, ())
    yield from scan.bylines[:3]


def _languages(scan: Scan) -> Iterator[str]:
    yield scan.language
    for node in _nodes(scan):
        yield from (_text(said) for said in _listed(node.get("inLanguage")))
    for name in ("content-language", "dc.language", "dcterms.language", "og:locale"):
        yield from scan.meta.get(name, ())


def _tags(scan: Scan) -> Iterator[str]:
    yield from scan.meta.get("article:tag", ())
    lists = [_text(word) for node in _nodes(scan) for word in _listed(node.get("keywords"))]
    for words in (*lists, *scan.meta.get("keywords", ()), *scan.meta.get("news_keywords", ())):
        yield from words.split(",")


def _unique(said: Iterator[str]) -> tuple[str, ...]:
    """Distinct short values, in order; an address is none."""
    found = dict.fromkeys(_tidy(one) for one in said if len(one) <= _LONGEST and "://" not in one)
    return tuple(one for one in found if one)[:_MOST]


def _nodes(scan: Scan) -> Iterator[dict[str, Any]]:
    """The objects of JSON-LD that are about the page."""
    waiting: list[Any] = []
    for text in scan.json:
        try:
            waiting.append(json.loads(text, strict=False))
        except (ValueError, RecursionError):
            continue
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting.extend(node[:_MOST_NODES])
        elif isinstance(node, dict):
            waiting.extend(node[key] for key in ("@graph", "mainEntity") if key in node)
            kinds = " ".join(kind for kind in _listed(node.get("@type")) if isinstance(kind, str))
            if _CREATIVE.search(kinds):
                yield node


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name")
    return _tidy(value) if isinstance(value, str) else ""


def _tidy(text: str) -> str:
    text = text.encode("utf-8", "replace").decode()  # JSON can spell unpaired surrogates
    return " ".join(text.replace("\0", " ").split())


def _without_site(title: str, scan: Scan) -> str:
    for site in scan.meta.get("og:site_name", ()):
        for mark in (" - ", " – ", " — ", " | ", " · ", " :: ", " • "):
            title = title.removesuffix(mark + site)
    return title
