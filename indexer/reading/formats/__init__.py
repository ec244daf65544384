"""One small module per file format: it converts a file's bytes to a title and a text.

``texts`` has formats that are plain text with marks, ``web`` pages and e-books, ``paged`` PDF,
``office`` word processors and presentations, ``post`` mail, ``tables`` rows, ``packed`` archives.
``described`` understands what they say of their articles, ``composition`` puts texts together.

To support a new format, write its module and add its suffix to ``FORMATS``: every other module
uses this table to decide which files are articles and how to read them. A module is imported only
when a file of its format is read.
"""

from collections.abc import Iterable
from dataclasses import replace

from indexer.errors import UnreadableArticle, is_panic
from indexer.reading.formats.content import HEAD, suffix_of_content
from indexer.reading.formats.format import MOST_TEXT, Format
from indexer.reading.formats.office.superseded import ADVICE
from indexer.text import lone_surrogate
from indexer.types import Document

READERS_VERSION = 2
"""Raise it when a reader can read files that it refused before: they are then tried again."""

_HERE = __name__
_LONGEST_REASON = 200

_TEXT = Format("text file", f"{_HERE}.texts.plain", is_safe=True)
_MARKDOWN = Format("Markdown file", f"{_HERE}.texts.markdown", is_safe=True)
_PAGE = Format("web page", f"{_HERE}.web.html")
_SAVED_PAGE = Format("saved web page", f"{_HERE}.web.mhtml")
_WORD = Format("Word document", f"{_HERE}.office.docx")
_SLIDES = Format("presentation", f"{_HERE}.office.pptx")
_TABLE = Format("table", f"{_HERE}.tables.table", is_container=True)
_SUBTITLES = Format("subtitle file", f"{_HERE}.texts.subtitles")
_ASCIIDOC = Format("AsciiDoc file", f"{_HERE}.texts.asciidoc")
_LATEX = Format("LaTeX file", f"{_HERE}.texts.latex")

FORMATS: dict[str, Format] = {
    ".txt": _TEXT,
    ".md": _MARKDOWN,
    ".markdown": _MARKDOWN,
    ".html": _PAGE,
    ".htm": _PAGE,
    ".xhtml": _PAGE,
    ".mhtml": _SAVED_PAGE,
    ".mht": _SAVED_PAGE,
    ".webarchive": Format("web archive", f"{_HERE}.web.webarchive"),
    ".pdf": Format("PDF file", f"{_HERE}.paged.pdf"),
    ".docx": _WORD,
    ".docm": _WORD,
    ".doc": Format("old Word document", f"{_HERE}.office.superseded"),
    ".pptx": _SLIDES,
    ".pptm": _SLIDES,
    ".ppt": Format("old presentation", f"{_HERE}.office.superseded"),
    ".odt": Format("OpenDocument text", f"{_HERE}.office.odt"),
    ".odp": Format("OpenDocument presentation", f"{_HERE}.office.odt"),
    ".ods": Format("OpenDocument spreadsheet", f"{_HERE}.office.odt"),
    ".rtf": Format("RTF file", f"{_HERE}.office.rtf"),
    ".epub": Format("e-book", f"{_HERE}.web.epub"),
    ".eml": Format("mail", f"{_HERE}.post.mail"),
    ".mbox": Format("mailbox", f"{_HERE}.post.mailbox", is_container=True),
    ".csv": _TABLE,
    ".tsv": _TABLE,
    ".ipynb": Format("notebook", f"{_HERE}.texts.notebook"),
    ".srt": _SUBTITLES,
    ".vtt": _SUBTITLES,
    ".rst": Format("reStructuredText file", f"{_HERE}.texts.restructured_text"),
    ".adoc": _ASCIIDOC,
    ".asciidoc": _ASCIIDOC,
    ".org": Format("Org file", f"{_HERE}.texts.org"),
    ".tex": _LATEX,
    ".latex": _LATEX,
    ".zip": Format("zip archive", f"{_HERE}.packed.zip_archive", is_container=True),
    ".gz": Format("gzip file", f"{_HERE}.packed.gzip_file", is_container=True),
}
"""Each format by its suffix, in lower case."""
KINDS = (
    "text, Markdown, web pages, PDF, Word, PowerPoint, OpenDocument, RTF, e-books, mail, tables,"
    " notebooks, subtitles, LaTeX and similar markup, and .zip and .gz files of these"
)
"""What Locus reads, for people."""


def suffix_of(name: str) -> str:
    """The suffix of a file name or path, in lower case; empty if it has none.

    That of an archive of a type that is not read in it, such as ``.tar.gz``, has two parts.
    """
    name = name.rpartition("/")[2]
    dot = name.rfind(".", 1)
    suffix = name[dot:].lower() if dot > 0 else ""
    if suffix == ".gz":
        inner = suffix_of(name[:dot])
        return suffix if inner in FORMATS else inner + suffix
    return suffix


def format_of(name: str, head: bytes = b"") -> Format:
    """The format of a file by its name, or by its first bytes if they are clear.

    Raises UnreadableArticle if Locus does not read it.
    """
    suffix = suffix_of(name)
    if suffix not in FORMATS:
        raise UnreadableArticle(f"unsupported file type; Locus reads {KINDS}")
    named = FORMATS[suffix]
    if named.is_container or named.is_safe:
        return named
    found = FORMATS.get(suffix_of_content(head[:HEAD]) or "")
    return named if found is None or found.is_container else found


def read(data: bytes, name: str) -> Document:
    """What the reader of its format finds in a file; a missing title is derived.

    Raises UnreadableArticle for every failure of the reader or of a library that it uses, because
    one file must not stop a run over thousands. MemoryError and exits of the process are passed on.
    """
    its = format_of(name, data[:HEAD])
    try:
        document = its.reader()(data, name)
        return checked(its, document, name)
    except UnreadableArticle as error:
        raise _told_by_content(its, data, error) from None
    except MemoryError:
        raise
    except Exception as error:
        raise failure(its, error) from error
    except BaseException as error:
        if is_panic(error):
            raise failure(its, error) from error
        raise


def checked(its: Format, document: Document, name: str) -> Document:
    """The document with a title; raises UnreadableArticle if the index cannot store it."""
    text = document.text
    if not text.strip():
        if document.left_out:
            raise UnreadableArticle("nothing in it can be read: {}", document.left_out[0])
        raise UnreadableArticle("the file contains no text")
    if len(text) > MOST_TEXT:
        raise UnreadableArticle(
            f"too much text ({len(text):,} characters; the limit is {MOST_TEXT:,}); split the file"
        )
    labels = (place.label for place in document.locations)
    known = document.metadata
    said = (known.date or "", known.language or "", *known.authors, *known.tags)
    facts = (*said, *labels, *document.left_out)
    for found in (document.title, text, "".join(facts)):
        at = lone_surrogate(found)
        if at is not None:
            raise UnreadableArticle(
                f"the {its.name} reader found invalid Unicode at character {at}"
                " (unpaired surrogate)"
            )
    _check_places(document)
    if title := document.title.strip():
        return document if title == document.title else replace(document, title=title)
    from indexer.reading.titles import title_of

    return replace(document, title=title_of(text, name))


def failure(its: Format, error: BaseException) -> UnreadableArticle:
    """The error for an exception that a reader should not have raised."""
    said = " ".join(str(error).split())[:_LONGEST_REASON]
    kind = type(error).__name__
    return UnreadableArticle(f"the {its.name} reader failed ({kind}{said and ': '}{said})")


def unsupported(suffix: str) -> str:
    """Why a file with this suffix cannot be a source, and what to do."""
    advice = ADVICE.get(suffix, "convert it to text first")
    return f"unsupported file type. {advice[0].upper()}{advice[1:]}. Locus reads {KINDS}"


def _told_by_content(its: Format, data: bytes, error: UnreadableArticle) -> UnreadableArticle:
    """The error, or a better one: a text file whose content is clearly of another format."""
    suffix = suffix_of_content(data[:HEAD]) if its.is_safe else None
    if suffix is None or suffix not in {*FORMATS, *ADVICE} or suffix == ".html":
        return error
    return UnreadableArticle(f"its content is that of a {suffix} file; rename it")


def _check_places(document: Document) -> None:
    """Refuse blocks and locations that are not in order within the text."""
    if not document.blocks and not document.locations:
        return
    blocks, starts = document.blocks, [place.start for place in document.locations]
    if not _is_ascending([edge for it in blocks for edge in (it.start, it.end)], document.text):
        raise ValueError("blocks are out of order")
    if not _is_ascending(starts, document.text):
        raise ValueError("locations are out of order")


def _is_ascending(offsets: Iterable[int], text: str) -> bool:
    before = 0
    for offset in offsets:
        if offset < before:
            return False
        before = offset
    return before <= len(text)
