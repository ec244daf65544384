"""What the files of office programs have in common: XML in a zip archive, with properties.

XML is parsed so that nothing is fetched or expanded: a document type that declares entities is
refused, because text that refers to them would be missing.
"""

import posixpath
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from lxml import etree

from indexer.errors import UnreadableArticle, first_line
from indexer.reading.formats.composition import Composition
from indexer.reading.formats.described import properties
from indexer.reading.formats.packed import zipped
from indexer.reading.formats.packed.zipped import Archive
from indexer.types import Metadata

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml has no public name for it
XML_LIMIT = 32 * 1024 * 1024
"""Bytes of one part. The smallest elements need some thirty times their bytes as a tree."""

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CORE = "docProps/core.xml"


class Kind(NamedTuple):
    """A kind of Office Open XML: its program, its suffix, and the usual name of its main part."""

    program: str
    suffix: str
    usual: str


WORD = Kind("Word", ".docx", "word/document.xml")
POWERPOINT = Kind("PowerPoint", ".pptx", "ppt/presentation.xml")


def open_package(data: bytes, kind: Kind) -> tuple[Archive, str, Element]:
    """Open a file of Office Open XML; also the name and the root of its main part."""
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise UnreadableArticle("encrypted; save a copy without a password")
        raise UnreadableArticle(f"old {kind.program} format; save it as {kind.suffix}")
    if not data.startswith(b"PK"):
        raise UnreadableArticle(f"not a {kind.suffix} file")
    archive = zipped.open(data)
    targets = [path for of, path in relations(archive, "").values() if of == "officeDocument"]
    for path in (*targets, kind.usual):
        root = part(archive, path)
        if root is not None:
            return archive, path, root
    raise UnreadableArticle(f"not a {kind.program} file")


def parse(data: bytes, part: str) -> Element:
    """The root element of an XML document, with nothing fetched or expanded."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        said = first_line(error).partition(" (<string>")[0]
        raise UnreadableArticle("damaged XML in {} ({})", part, said) from None
    document_type = root.getroottree().docinfo.internalDTD
    if document_type is not None and any(True for _ in document_type.iterentities()):
        raise UnreadableArticle("{} declares XML entities, which Locus does not expand", part)
    return root


def part(archive: Archive, name: str) -> Element | None:
    """The root element of a part; None if the archive does not have it."""
    return parse(archive.read(name, XML_LIMIT), name) if has(archive, name) else None


def inner_part(archive: Archive, name: str, what: str, text: Composition) -> Element | None:
    """The root element of a part; if it cannot be read, ``what`` is left out of the text."""
    if not has(archive, name):
        text.leave_out(what, "missing")
        return None
    try:
        return part(archive, name)
    except UnreadableArticle as error:
        if archive.is_exhausted:
            raise
        text.leave_out(what, error)
        return None


def has(archive: Archive, name: str) -> bool:
    """Whether an archive has a part."""
    return name in archive.names()


def relations(archive: Archive, name: str) -> dict[str, tuple[str, str]]:
    """The type and the target of each relation of a part, by the relation's id.

    A type is the last word of its address. Targets outside the archive are left out.
    """
    folder, _, file = name.rpartition("/")
    root = part(archive, posixpath.join(folder, "_rels", f"{file}.rels"))
    found = {}
    for relation in children(root):
        kind = attribute(relation, "Type").rpartition("/")[2]
        target = attribute(relation, "Target")
        if attribute(relation, "TargetMode") != "External" and target:
            path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[attribute(relation, "Id")] = (kind, path)
    return found


def tag(element: Element) -> str:
    """The name of an element without its namespace; empty if it is not one."""
    name = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def attribute(element: Element, name: str) -> str:
    """The value of an attribute in whatever namespace; empty if it is missing."""
    found: str | None = element.get(name)
    if found is None:
        ending = "}" + name
        found = next((value for key, value in element.items() if key.endswith(ending)), "")
    return found


def children(element: Element | None) -> Iterator[Element]:
    """The children of an element; none of no element."""
    yield from () if element is None else element


def child(element: Element | None, *path: str) -> Element | None:
    """The first child by its name without namespace, or the first grandchild."""
    for name in path:
        element = next((it for it in children(element) if tag(it) == name), None)
    return element


def descendants(element: Element, name: str) -> Iterator[Element]:
    """All descendants of a name, in whatever namespace."""
    yield from element.iter(f"{{*}}{name}")


def chosen(element: Element) -> Iterator[Element]:
    """The children of an element, with one alternative of each ``mc:AlternateContent``."""
    for it in element:
        if tag(it) == "AlternateContent":
            choice = child(it, "Choice")
            choice = child(it, "Fallback") if choice is None else choice
            if choice is not None:
                yield from chosen(choice)
        else:
            yield it


def core(archive: Archive, name: str) -> tuple[str, Metadata]:
    """The title and the metadata in the properties of a file of Office Open XML."""
    paths = [path for kind, path in relations(archive, "").values() if kind == "core-properties"]
    root = part(archive, next((it for it in (*paths, _CORE) if has(archive, it)), _CORE))
    return said(root, name)


def said(root: Element | None, name: str) -> tuple[str, Metadata]:
    """The title and the metadata in elements of Dublin Core and those beside them."""
    found: dict[str, list[str]] = {}
    for it in () if root is None else root.iter("{*}*"):
        if it.text and it.text.strip():
            found.setdefault(tag(it), []).append(it.text)
    first = {key: values[0] for key, values in found.items()}
    dates = (first.get(it) for it in ("created", "creation-date", "date", "modified"))
    return properties.title(first.get("title"), name), Metadata(
        next(filter(None, map(properties.date, dates)), None),
        properties.authors(";".join(found.get("initial-creator") or found.get("creator") or ())),
        properties.language(first.get("language")),
        properties.tags(*found.get("keywords", ()), *found.get("keyword", ())),
    )
