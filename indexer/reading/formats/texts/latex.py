r"""Read LaTeX (``.tex``) as text: without preamble and comments, with headings by command.

Commands that only set a type, such as ``\emph{}``, are replaced by what they contain. Formulas and
other commands stay. Nothing is included from other files.
"""

import re

from indexer.errors import UnreadableArticle
from indexer.reading.formats.composition import Composition, title_line
from indexer.reading.formats.described.fields import date_of
from indexer.reading.formats.texts import plain
from indexer.reading.formats.texts.kept_lines import LONGEST_HEADING
from indexer.types import Document, Metadata

_BEGIN = re.compile(r"\\begin\{document\}")
_END = re.compile(r"\\end\{document\}")
_COMMENT = re.compile(r"^[ \t]*%[^\n]*(?:\n|\Z)|(?<!\\)%[^\n]*", re.MULTILINE)
_VERBATIM = re.compile(r"\\begin\{(verbatim\*?|lstlisting|minted|Verbatim)\}")
_OPTIONS = re.compile(r"(?:\[[^\]\n]{0,200}\])?(?:\{[^{}\n]{0,40}\})?(?=[ \t]*\n)")
_ARGUMENT = r"\{((?:[^{}]|\{[^{}]{0,500}\}){0,2000}+)\}"
_OPTION = r"(?:\[[^\[\]]{0,200}\])?"
_HEADING = re.compile(
    rf"\\(part|chapter|section|subsection|subsubsection|paragraph)\*?{_OPTION}{_ARGUMENT}"
)
_LEVELS = ("part", "chapter", "section", "subsection", "subsubsection", "paragraph")
_FIELD = re.compile(rf"\\(title|author|date|keywords){_OPTION}{_ARGUMENT}")
_INNER = r"\{([^{}]{0,2000})\}"
_DROPPED = re.compile(
    r"\\(?:label|index|vspace|hspace|vskip|thispagestyle|pagestyle|bibliographystyle|bibliography|"
    rf"setcounter|addtocounter|input|include|thanks|maketitle|tableofcontents)\b\*?{_OPTION}"
    rf"(?:{_INNER})?|\\(?:begin|end)\{{(?:document|center|figure|table|itemize|enumerate|"
    rf"description|abstract|quote|quotation)\*?\}}{_OPTION}"
)
_UNWRAPPED = re.compile(
    r"\\(?:emph|text(?:bf|it|tt|sc|sf|rm|up|sl|normal)|underline|mbox|caption|url|"
    rf"enquote){_OPTION}{_INNER}"
)
_FOOTNOTE = re.compile(rf"\\footnote{_OPTION}{_INNER}")
_ITEM = re.compile(r"\\item\b[ \t]*")
_ESCAPED = re.compile(r"\\([%&$#_{}])")
_PARAGRAPH = re.compile(r"\n(?:[ \t]*\n)+")
_MOST_NESTED = 4


def read(data: bytes, name: str) -> Document:
    """The document in a file of LaTeX. Raises UnreadableArticle."""
    del name
    text = re.sub(r"\r\n?", "\n", plain.decode(data))
    begin = _BEGIN.search(text)
    end = _END.search(text, begin.end()) if begin else None
    body = text[begin.end() if begin else 0 : end.start() if end else len(text)]
    composition = Composition()
    title = _body(composition, body)
    fields: dict[str, str] = {}
    for found in _FIELD.finditer(_COMMENT.sub("", text)):
        fields.setdefault(found[1], found[2])
    authors = re.split(r"\\(?:and|AND|And)\b|\\\\|,", fields.get("author", ""))
    metadata = Metadata(
        date_of(fields.get("date", "")),
        tuple(it for author in authors[:50] if (it := title_line(_plain(author)))),
        None,
        tuple(it for tag in fields.get("keywords", "").split(",") if (it := title_line(tag))),
    )
    if not composition:
        raise UnreadableArticle("the file contains no text")
    return composition.document(title_line(_plain(fields.get("title", ""))) or title, metadata)


def _body(composition: Composition, body: str) -> str:
    """Append the text between ``document``; returns the first heading."""
    at = 0
    title = ""
    open_ones: set[str] = set()
    while begin := _VERBATIM.search(body, at):
        last = f"\\end{{{begin[1]}}}"
        end = -1 if last in open_ones else body.find(last, begin.end())
        title = _sections(composition, body[at : begin.start()], title)
        if end < 0:  # it is never closed: what follows is text
            open_ones.add(last)
            at = begin.end()
            continue
        options = _OPTIONS.match(body, begin.end(), end)
        composition.add(body[options.end() if options else begin.end() : end], "code")
        at = end + len(last)
    return _sections(composition, body[at:], title)


def _sections(composition: Composition, text: str, title: str) -> str:
    text = _FIELD.sub("", _COMMENT.sub("", text))
    at = 0
    for found in _HEADING.finditer(text):
        _paragraphs(composition, text[at : found.start()])
        words = title_line(_plain(found[2]))[:LONGEST_HEADING]
        composition.add(words, "heading", _LEVELS.index(found[1]) + 1)
        title = title or words
        at = found.end()
    _paragraphs(composition, text[at:])
    return title


def _paragraphs(composition: Composition, text: str) -> None:
    for paragraph in _PARAGRAPH.split(_plain(text)):
        for number, item in enumerate(_ITEM.split(paragraph)):
            composition.add(
                f"- {item}" if number and item.strip() else item, "item" if number else "paragraph"
            )


def _plain(text: str) -> str:
    """The text without commands that only say how it looks."""
    for _ in range(_MOST_NESTED):
        text, changed = _UNWRAPPED.subn(r"\1", text)
        if not changed:
            break
    text = _FOOTNOTE.sub(r" (\1)", _DROPPED.sub("", text))
    text = text.replace("~", " ").replace("``", "“").replace("''", "”")
    return _ESCAPED.sub(r"\1", text)
