"""Read mails (``.eml``): subject, sender, date, the text with its quotations, attachments."""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import islice

from indexer.errors import UnreadableArticle
from indexer.reading.formats.composition import Composition, title_line
from indexer.reading.formats.described.fields import language_of
from indexer.reading.formats.post import mail_parts
from indexer.reading.formats.post.mail_parts import MimePart, words_of
from indexer.types import Document, Metadata

ReadAttachment = Callable[[bytes, str], Document | None]
"""Reads an attachment by its name; None if its format is not read. Raises UnreadableArticle."""

_KNOWN = {"from", "to", "subject", "date", "message-id", "received", "content-type", "return-path"}
_PARAGRAPH = re.compile(r"\n(?:[ \t]*\n)+")
_QUOTED = re.compile(r"[ \t]*>")
_ENCRYPTED = {
    *("application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"),
}
_PERSON = re.compile(r'(?:"(?:[^"\\]|\\.){0,300}+"|<[^<>]{0,300}+>|\([^()]{0,300}+\)|[^,;])++')
_IN_BRACKETS = re.compile(r"<([^<>]*)>")
_COMMENT = re.compile(r"\(([^()]*)\)")
_MOST_NAMES = 20
_MOST_ATTACHMENTS = 100
_LONGEST_NAME = 100


def read(data: bytes, name: str, read_attachment: ReadAttachment | None = None) -> Document:
    """The document in a mail, and in its attachments that ``read_attachment`` reads.

    By default those are all of a format that Locus reads.
    """
    del name
    headers, body = mail_parts.split(data)
    if not _KNOWN & headers.keys():
        raise UnreadableArticle("not a mail: it has no From, To, Subject or Date")
    parts = list(mail_parts.parts_of(headers, body))
    if not (texts := _texts(parts)) and any(_is_encrypted(part) for part in parts):
        raise UnreadableArticle("the mail is encrypted")
    title = words_of(headers.get("subject", ""))
    sent = _sent(headers.get("date", ""))
    composition = Composition()
    composition.add(_top(headers, sent))
    top = len(composition)
    for part in texts:
        if part.kind == "text/html":
            with suppress(UnreadableArticle):  # a picture alone: the rest of the mail counts
                composition.include(html_text(part.text()))
        else:
            _add_text(composition, part.text())
    attached = [part for part in parts if part.name and not _is_signature(part)]
    if len(composition) == top and not attached:
        composition.add(title_line(title))
    _attach(composition, attached, read_attachment or _attachment)
    if not composition:
        raise UnreadableArticle("the mail contains no text")
    metadata = Metadata(
        sent.date().isoformat() if sent else None,
        _names(headers, "from", addresses=False),
        language_of(headers.get("content-language", "").partition(",")[0]),
        _tags(headers),
    )
    return composition.document(title, metadata)


def _attachment(data: bytes, name: str) -> Document | None:
    """An attachment of a format that Locus reads, but no mail and nothing with several articles."""
    from indexer.reading import formats  # complete only after this module was found in it

    its = formats.FORMATS.get(formats.suffix_of(name))
    if its is None or its.is_container or its.module == __name__:
        return None
    return formats.read(data, name)


def html_text(html: str) -> Document:
    """The document in the HTML of a mail. Raises UnreadableArticle."""
    from indexer.reading.formats.web.html import read_all  # few mails have HTML alone

    return read_all(html)


def _texts(parts: Iterable[MimePart]) -> list[MimePart]:
    """The parts that are the mail's own text; of alternatives the plain one, if it has any."""
    texts = [part for part in parts if not part.name and part.text().strip()]
    plain = {part.choice for part in texts if part.kind == "text/plain"}
    return [
        part
        for part in texts
        if part.kind in {"text/plain", "message/rfc822"}
        or (part.kind == "text/html" and (not part.choice or part.choice not in plain))
    ]


def _top(headers: dict[str, str], sent: datetime | None) -> str:
    """The lines that a reader of the mail sees above its text."""
    date = f"{sent:%Y-%m-%d %H:%M}" if sent else title_line(words_of(headers.get("date", "")))
    lines = (
        ("From", "; ".join(_names(headers, "from", addresses=True))),
        ("To", "; ".join(_names(headers, "to", addresses=True))),
        ("Cc", "; ".join(_names(headers, "cc", addresses=True))),
        ("Date", date),
    )
    return "\n".join(f"{label}: {said}" for label, said in lines if said)


def _names(headers: dict[str, str], field: str, *, addresses: bool) -> tuple[str, ...]:
    """The people in a header; their addresses only if asked for, or if they have no name."""
    found = []
    # The standard library's parser ends in a RecursionError for many brackets.
    for person in islice(_PERSON.finditer(headers.get(field, "")), _MOST_NAMES):
        said = person[0].rpartition(":")[2] if person[0].lstrip()[:1] != '"' else person[0]
        bracketed = _IN_BRACKETS.search(said)
        comment = _COMMENT.search(said)
        address = _shown(bracketed[1] if bracketed else _COMMENT.sub("", said))
        name = _shown(said[: bracketed.start()] if bracketed else comment[1] if comment else "")
        found.append(f"{name} <{address}>" if name and address and addresses else name or address)
    return tuple(dict.fromkeys(filter(None, found)))


def _shown(said: str) -> str:
    return title_line(words_of(said.strip().strip('"').replace("\\", "")))[:_LONGEST_NAME]


def _sent(value: str) -> datetime | None:
    """The date in the sender's own time, as the sender would name it."""
    try:
        return parsedate_to_datetime(words_of(value)[:_LONGEST_NAME])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _tags(headers: dict[str, str]) -> tuple[str, ...]:
    said = ",".join(headers.get(key, "") for key in ("keywords", "x-keywords", "x-gmail-labels"))
    return tuple(dict.fromkeys(tag for it in words_of(said).split(",") if (tag := it.strip())))


def _add_text(composition: Composition, text: str) -> None:
    """Append a plain text; lines that begin with ``>`` are quotations."""
    for paragraph in _PARAGRAPH.split(text):
        lines: list[str] = []
        quoted = False
        for line in paragraph.split("\n"):
            if lines and bool(_QUOTED.match(line)) != quoted:
                composition.add("\n".join(lines), "quote" if quoted else "paragraph")
                lines = []
            quoted = bool(_QUOTED.match(line))
            lines.append(line.rstrip())
        composition.add("\n".join(lines), "quote" if quoted else "paragraph")


def _attach(
    composition: Composition, parts: list[MimePart], read_attachment: ReadAttachment
) -> None:
    """Append the attachments: each that is read under a heading, the others by name."""
    named = []
    for number, part in enumerate(parts):
        name = title_line(part.name)
        document = None
        try:
            if number < _MOST_ATTACHMENTS:
                document = read_attachment(part.data, part.name)
            elif number == _MOST_ATTACHMENTS:
                composition.leave_out(
                    "attachments",
                    f"only the first {_MOST_ATTACHMENTS:,} of {len(parts):,} are read",
                )
        except UnreadableArticle as error:
            composition.leave_out(f"attachment {name}", error)
            name = f"{name} (not read: {error})"
        if not part.kind:
            composition.leave_out("parts", name.strip("()"))
        if document is None or not document.text.strip():
            named.append(name)
            continue
        composition.locate(f"attachment {name}")
        composition.add(f"Attachment: {name}", "heading", 1)
        composition.include(document, f"attachment {name}, ")
    if named:
        composition.locate("attachments")
        composition.add("\n".join(("Attachments:", *named)))


def _is_encrypted(part: MimePart) -> bool:
    return part.kind in _ENCRYPTED


def _is_signature(part: MimePart) -> bool:
    return part.kind.startswith("application/") and part.kind.endswith("-signature")
