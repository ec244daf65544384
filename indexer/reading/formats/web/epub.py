"""Read e-books in EPUB 2 and 3: the chapters in the order of the spine, as one text.

A chapter is called as in the table of contents, or else by the first heading of its file.
"""

import posixpath
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import unquote

from indexer.errors import UnreadableArticle
from indexer.reading.formats.packed import zipped
from indexer.reading.formats.web.composing import SKIPPED, Attributes, Composer
from indexer.reading.formats.web.epub_package import Contents, Package
from indexer.reading.formats.web.markup import T, feed, source_of
from indexer.reading.formats.web.page_metadata import date_of, language_of
from indexer.types import Document, Location, Metadata

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGES = {"application/xhtml+xml", "text/html", "text/x-oeb1-document"}
_SUFFIXES = (".xhtml", ".html", ".htm", ".xht")
_NCX = "application/x-dtbncx+xml"
_XML_LIMIT = 8 * 1024 * 1024
MOST_CHARS = 32_000_000
"""Characters of a book; the longest novels have a tenth of that."""


class _Book(Composer):
    """Remembers where the elements begin to which the table of contents points."""

    def __init__(self, wanted: set[tuple[str, str]]) -> None:
        super().__init__(SKIPPED)
        self.path = ""
        self.places: dict[tuple[str, str], int] = {}
        self._wanted = wanted

    def start(self, tag: str, attributes: Attributes) -> None:
        super().start(tag, attributes)
        for key in ("id", "name"):
            address = (self.path, attributes.get(key, ""))
            if address[1] and address in self._wanted:
                self.places.setdefault(address, self.next_start)


def read(data: bytes, name: str) -> Document:  # noqa: ARG001 - the title is in the book
    """Title, text, chapters and metadata of a book."""
    archive = zipped.open(data)
    names = set(archive.names())
    package, folder = _package(archive, names)
    chapters = list(_chapters(package, folder))
    _refuse_encrypted(archive, names, chapters)
    labels = _labels(archive, names, package, folder)
    book = _Book(set(labels))
    starts: list[tuple[str, int, int]] = []
    """For each chapter's file, where its text and its blocks begin."""
    for path in chapters:
        book.path = path
        source = _chapter(archive, names, path, book)
        if not source.strip():
            continue
        starts.append((path, book.next_start, len(book.blocks)))
        book.places[path, ""] = book.next_start
        feed(source, book)
        if book.next_start > MOST_CHARS:
            raise UnreadableArticle("the book has more than {:,} characters", MOST_CHARS)
    for key in package.spine:
        if key not in package.items:
            book.leave_out(f"chapter {key}", "missing")
    text = book.text
    if not text:
        raise UnreadableArticle(": ".join(("the book contains no text", *book.left_out[:1])))
    return Document(
        next(iter(package.said.get("title", ())), ""),
        text,
        tuple(book.blocks),
        tuple(_locations(book, labels, starts, text)),
        _metadata(package),
        left_out=book.left_out,
    )


def _chapter(archive: zipped.Archive, names: set[str], path: str, book: _Book) -> str:
    """The source of a chapter; empty if it cannot be read, which is noted."""
    if path not in names:
        book.leave_out(f"chapter {path}", "missing")
        return ""
    try:
        content = archive.read(path)
        return source_of(content, f"{path}.xhtml").text if content.strip() else ""
    except UnreadableArticle as error:
        if archive.is_exhausted:
            raise
        book.leave_out(f"chapter {path}", error)
        return ""


def _package(archive: zipped.Archive, names: set[str]) -> tuple[Package, str]:
    """The package, and the folder that its paths are relative to."""
    roots: list[str] = []
    if _CONTAINER in names:
        with suppress(UnreadableArticle):  # the package is then found by its suffix
            roots = _parsed(archive, _CONTAINER, Package()).roots
    roots += sorted(path for path in names if path.lower().endswith(".opf"))
    path = next((path for path in roots if path in names), None)
    if path is None:
        raise UnreadableArticle("not an EPUB book (it has no package file)")
    return _parsed(archive, path, Package()), posixpath.dirname(path)


def _parsed(archive: zipped.Archive, path: str, target: T) -> T:
    return feed(_source(archive.read(path, _XML_LIMIT), path), target)


def _source(content: bytes, path: str) -> str:
    try:
        return source_of(content, f"{path}.xhtml").text
    except UnreadableArticle as error:
        raise UnreadableArticle("{} in the book: {}", path, error) from None


def _chapters(package: Package, folder: str) -> Iterator[str]:
    """The paths of the chapters' files, each once, without the table of contents."""
    found: dict[str, None] = {}
    for key in package.spine or package.items:
        path, kind, properties = package.items.get(key, ("", "", ""))
        is_page = kind in _PAGES or path.lower().endswith(_SUFFIXES)
        if is_page and "nav" not in properties.split():
            found[_joined(folder, path)] = None
    return iter(found)


def _refuse_encrypted(archive: zipped.Archive, names: set[str], chapters: list[str]) -> None:
    """Refuse a book whose chapters are encrypted; fonts are in many books that are not."""
    if _ENCRYPTION in names:
        encrypted = _parsed(archive, _ENCRYPTION, Package()).encrypted
        hidden = {unquote(path).lstrip("/") for path in encrypted}
        if hidden & set(chapters):
            raise UnreadableArticle("encrypted (the book is protected against copying)")


def _labels(
    archive: zipped.Archive, names: set[str], package: Package, folder: str
) -> dict[tuple[str, str], str]:
    """By path and the id of an element (or none), the label in the table of contents."""
    paths = [
        _joined(folder, path)
        for path, kind, properties in package.items.values()
        if "nav" in properties.split() or kind == _NCX
    ]
    found: dict[tuple[str, str], str] = {}
    for path in paths:
        if found or path not in names:
            continue
        contents = Contents()
        with suppress(UnreadableArticle):  # the chapters are then called by their headings
            _parsed(archive, path, contents)
        for href, label in contents.entries:
            file, _, element = href.partition("#")
            target = _joined(posixpath.dirname(path), file) if file else path
            found.setdefault((target, unquote(element)), label)
    return found


def _joined(folder: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(path)))


def _locations(
    book: _Book,
    labels: dict[tuple[str, str], str],
    starts: list[tuple[str, int, int]],
    text: str,
) -> Iterator[Location]:
    """Where each chapter begins; a file that the contents do not name continues the chapter."""
    found: dict[int, str] = {}
    for address, label in labels.items():
        if address in book.places:
            found.setdefault(book.places[address], label)
    named = {path for path, _ in labels}
    for path, start, first in starts:
        if path not in named and first < len(book.blocks):
            block = book.blocks[first]
            if block.kind == "heading":
                found.setdefault(start, text[block.start : block.end])
    found.setdefault(0, "beginning")
    for start, label in sorted(found.items()):
        if start < len(text):
            yield Location(start, label)


def _metadata(package: Package) -> Metadata:
    said = package.said
    dates = (date_of(date) for date in said.get("date", ()))
    languages = (language_of(code) for code in said.get("language", ()))
    return Metadata(
        next((date for date in dates if date), None),
        tuple(dict.fromkeys(said.get("creator", ()))),
        next((code for code in languages if code), None),
        tuple(dict.fromkeys(said.get("subject", ()))),
    )
