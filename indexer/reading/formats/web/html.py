"""Read saved web pages: the main article of a page, or the posts of a forum.

trafilatura decides what the main text is; the text, its headings, lists, tables, code and quotes
are composed here. A page that is too large or too deep for it is read whole, without navigation.
Nothing is fetched, and no script runs.
"""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree
from lxml import html as parsing
from trafilatura import bare_extraction, baseline

from indexer.errors import UnreadableArticle
from indexer.reading.formats.web.composing import SKIPPED, Attributes, Composer
from indexer.reading.formats.web.markup import feed, source_of
from indexer.reading.formats.web.page_metadata import Scan, metadata_in, title_in
from indexer.reading.formats.web.posts import posts_of
from indexer.types import Document

MOST_CHARS = 5_000_000
MOST_ELEMENTS = 30_000
MOST_ATTRIBUTES = 1_000
"""Of one element: the time to parse them grows with the square."""
MOST_DEPTH = 250
"""A page beyond one of these is read by ``whole_page``; trafilatura would take a minute or fail."""
LEAST_SHARE = 0.4
"""Of trafilatura's ``baseline``, all paragraphs of a page. A main text below it is a part of the
page, as often in forums."""
SHORT = 1_000
"""Characters. A shorter page is read whole, with all of its structure, if little surrounds it."""

_SURROUNDINGS = SKIPPED | {"nav", "footer", "aside", "dialog", "menu", "label"}
_ROLES = {"navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "menu"}
_MARGINAL = re.compile(
    r"(?:^|[\s_-])(?:ads?|advert\w*|banner|breadcrumbs?|consent|cookies?|footer|gdpr|login|menu|"
    r"modal|nav|navbar|navigation|newsletter|pagination|popup|promo|related|share|sharing|sidebar|"
    r"skip-link|social|sponsor\w*|subscribe|toolbar)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Classes and ids of what surrounds the text."""
_NEVER_MARGINAL = {"html", "body", "main", "article", "h1", "h2", "p"}
_REPEATED = (
    "//*[contains(@class, 'mw-editsection') or contains(@class, 'headerlink')"
    " or contains(@class, 'mw-jump-link') or @id='toc' or @class='toc'"
    " or (self::sup and @class='reference')]"
)
"""Links of wikis and of documentation that every heading repeats."""


class _Surrounded(Composer):
    """Leaves out what surrounds the text of a page."""

    def skips(self, tag: str, attributes: Attributes) -> bool:
        if super().skips(tag, attributes):
            return True
        if not attributes or tag in _NEVER_MARGINAL:
            return False
        if attributes.get("role") in _ROLES or "display:none" in attributes.get("style", ""):
            return True
        named = f"{attributes.get('class', '')} {attributes.get('id', '')}"
        return _MARGINAL.search(named) is not None


def read(data: bytes, name: str, declared: str | None = None) -> Document:
    """Title, text and metadata of a page; ``declared`` is an encoding told outside of it."""
    source, guessed = source_of(data, name, declared)
    scan = feed(source, Scan())
    composed: Composer | None = posts_of(source)
    if composed is None:
        composed = whole_page(source) if is_large(source, scan) else main_text(source)
    return _document(scan, composed, guessed)


def read_all(source: str) -> Document:
    """Title, text and metadata of HTML that is not a page with a main text, such as that of a mail.

    Raises UnreadableArticle.
    """
    return _document(feed(source, Scan()), whole_page(source))


def _document(scan: Scan, composed: Composer, guessed: str | None = None) -> Document:
    if not composed.text:
        raise UnreadableArticle(_why_empty(scan))
    return Document(
        title_in(scan),
        composed.text,
        tuple(composed.blocks),
        metadata=metadata_in(scan),
        encoding=guessed,
    )


def is_large(source: str, scan: Scan) -> bool:
    """Whether a page is too large or too deep for trafilatura."""
    return (
        len(source) > MOST_CHARS
        or scan.elements > MOST_ELEMENTS
        or scan.attributes > MOST_ATTRIBUTES
        or scan.depth > MOST_DEPTH
    )


def whole_page(source: str) -> Composer:
    """All text of a page apart from what surrounds it; all text if that leaves nothing."""
    composed = feed(source, _Surrounded(_SURROUNDINGS))
    return composed if composed.text else feed(source, Composer())


def main_text(source: str) -> Composer:
    """The main text of a page as trafilatura finds it; the whole page if that is too little."""
    composed = Composer(frozenset())
    try:
        least = _extract(source, composed)
    except Exception:  # noqa: BLE001 - whatever its libraries raise, the page can be read whole
        return whole_page(source)
    found = len(composed.text)
    if found < least:
        whole = whole_page(source)
        return whole if len(whole.text) > found else composed
    if found < SHORT:
        whole = whole_page(source)
        return composed if found and len(whole.text) > 1.25 * found else whole
    return composed


def _extract(source: str, composed: Composer) -> float:
    """Compose what trafilatura finds; returns the least number of characters to expect."""
    parser = parsing.HTMLParser(huge_tree=True, encoding="utf-8", remove_comments=True)
    tree = parsing.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    found = bare_extraction(
        tree, include_comments=False, with_metadata=False, prune_xpath=_REPEATED
    )
    if found is not None and not isinstance(found, dict):
        for event in _events(found.body):
            event[0](composed, *event[1:])
    composed.close()
    return LEAST_SHARE * float(baseline(tree)[2])


_TAGS = {"list": "ul", "item": "li", "row": "tr", "lb": "br", "quote": "blockquote"}
"""trafilatura's names for elements of HTML."""


def _events(body: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - lxml has no types
    """The elements of what trafilatura found, as a parser would tell them."""
    for event, element in etree.iterwalk(body, events=("start", "end")):
        tag = _tag_of(element)
        if event == "start":
            yield Composer.start, tag, {}
            yield Composer.data, element.text
        else:
            yield Composer.end, tag
            if element is not body:
                yield Composer.data, element.tail


def _tag_of(element: Any) -> str:  # noqa: ANN401 - lxml has no types
    tag = str(element.tag)
    if tag == "head":
        level = element.get("rend", "h2")
        return level if level in {"h1", "h2", "h3", "h4", "h5", "h6"} else "h2"
    if tag == "cell":
        return "th" if element.get("role") == "head" else "td"
    if tag == "code":
        parent = element.getparent()
        is_block = parent is None or parent.tag in {"body", "code"}
        return "pre" if is_block or "\n" in "".join(element.itertext()) else "code"
    return _TAGS.get(tag, tag)


def _why_empty(scan: Scan) -> str:
    if scan.frames and not scan.scripts:
        return "the page has no text, only frames; save the pages inside them"
    if scan.scripts:
        return "the page has no text; scripts would load it"
    return "the page has no text"
