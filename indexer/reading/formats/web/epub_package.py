"""The files of an e-book that describe it, as targets for a parser: package and contents.

The container file names the package, the encryption file the files that are encrypted, the package
the book and its files, and the table of contents the chapters.
"""

from dataclasses import dataclass, field

from indexer.reading.formats.web.composing import Attributes, local_name

_LONGEST_LABEL = 200
_OTHER_LISTS = {"pagelist", "navlist"}
"""Lists in an NCX file beside the table of contents."""


@dataclass(slots=True)
class Package:
    """What the package, container or encryption file says; paths are as written there."""

    said: dict[str, list[str]] = field(default_factory=dict)
    """The texts of each element, as ``title``, ``creator``, ``date``, ``language``, ``subject``."""
    items: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """By its id, the path, type and properties of each file."""
    spine: list[str] = field(default_factory=list)
    """The ids of the chapters' files."""
    roots: list[str] = field(default_factory=list)
    encrypted: list[str] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _is_other: bool = False

    def start(self, tag: str, attributes: Attributes) -> None:
        self._text.clear()
        tag = local_name(tag)
        # EPUB 2 has a date for each event of the file, such as its conversion.
        self._is_other = attributes.get("opf:event", "publication") != "publication"
        if tag == "item":
            kind, properties = attributes.get("media-type", ""), attributes.get("properties", "")
            path = attributes.get("href", "")
            self.items.setdefault(attributes.get("id", ""), (path, kind, properties))
        elif tag == "itemref":
            self.spine.append(attributes.get("idref", ""))
        elif tag == "rootfile":
            self.roots.append(attributes.get("full-path", ""))
        elif tag == "cipherreference":
            self.encrypted.append(attributes.get("uri", ""))

    def end(self, tag: str) -> None:
        text = " ".join("".join(self._text).split())
        self._text.clear()
        if text and not self._is_other:
            self.said.setdefault(local_name(tag), []).append(text)

    def data(self, text: str) -> None:
        self._text.append(text)

    def close(self) -> "Package":
        return self


@dataclass(slots=True)
class Contents:
    """The table of contents: links in EPUB 3, an NCX file in EPUB 2."""

    entries: list[tuple[str, str]] = field(default_factory=list)
    """Each entry's address as written, and its label."""
    _text: list[str] | None = None
    _label: str = ""
    _href: str = ""
    _other: str = ""
    """The element of another list that is passed over."""

    def start(self, tag: str, attributes: Attributes) -> None:
        tag = local_name(tag)
        if tag in _OTHER_LISTS or (tag == "nav" and attributes.get("epub:type", "toc") != "toc"):
            self._other = self._other or tag
        if self._other:
            return
        if tag == "a":
            self._href, self._text = attributes.get("href", ""), []
        elif tag == "navlabel":
            self._text = []
        elif tag == "content" and self._label:
            self.entries.append((attributes.get("src", ""), self._label))

    def end(self, tag: str) -> None:
        tag = local_name(tag)
        if tag == self._other:
            self._other = ""
        if self._text is None or tag not in {"a", "navlabel"}:
            return
        self._label = " ".join("".join(self._text).split())[:_LONGEST_LABEL]
        self._text = None
        if tag == "a" and self._label:
            self.entries.append((self._href, self._label))

    def data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def close(self) -> "Contents":
        return self
