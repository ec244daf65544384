"""Check what a file's properties say of its article: title, authors, date and tags.

Programs fill in properties by themselves: a title is often a file name, an author the name of an
account.
"""

import re
from datetime import datetime

_TITLE_CHARS = 300
_PROGRAM = re.compile(
    r"^(microsoft (office )?(word|powerpoint|excel)|writer|impress)( - |:)", re.IGNORECASE
)
_FILE_NAME = re.compile(
    r"^\S+\.(pdf|docx?|dotx?|od[tp]|pptx?|rtf|txt|md|tex|dvi|ps|indd|qxd|html?|xml|xlsx?|p65|fm)$"
    r"|^[\w.-]*[\\/]\S+$|^[a-z]:[\\/]|^file:|\.(docx?|pptx?|indd|qxd|dvi)$",
    re.IGNORECASE,
)
_NO_TITLE = re.compile(
    r"(untitled|unbenannt|sans titre|sin título|no title|title|document|presentation|slide|"
    r"powerpoint presentation|powerpoint-präsentation|microsoft word|dokument|print|"
    r"about:blank|output|noname)[\s\d_-]*",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(
    r"(unknown|anonymous|user|owner|admin|administrator|root|author|default|none|n/a|"
    r"microsoft( office)?( user)?|windows user|python-docx|unbekannt)\d*",
    re.IGNORECASE,
)
_PDF_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?")
_ISO_DATE = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?(?![\d-])")
_OLDEST = 1000


def title(said: str | None, name: str) -> str:
    """The title that a property contains; empty if a program filled it in or it is a file name."""
    found = _one_line(said)
    if _PROGRAM.match(found) or _FILE_NAME.search(found) or _NO_TITLE.fullmatch(found):
        return ""
    file = name.rpartition("/")[2]
    if found in {file, file.rpartition(".")[0]} and not re.search(r"\w \w", found):
        return ""
    return found if len(found) <= _TITLE_CHARS and re.search(r"[^\W\d_]", found) else ""


def authors(said: str | None) -> tuple[str, ...]:
    """The names in a property, separated by semicolons."""
    names = (_one_line(part) for part in (said or "").split(";"))
    kept = (it for it in names if re.search(r"[^\W\d_]", it) and not _NO_AUTHOR.fullmatch(it))
    return tuple(dict.fromkeys(kept))


def tags(*said: str | None) -> tuple[str, ...]:
    """The tags in properties, separated by commas or semicolons."""
    found = (_one_line(tag) for text in said for tag in re.split(r"[;,]", text or ""))
    return tuple(dict.fromkeys(tag for tag in found if tag))


def language(said: str | None) -> str | None:
    """A language code in lower case, such as ``en-gb``; None if it is not one."""
    found = (said or "").strip().replace("_", "-").lower()
    return found if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", found) else None


def date(said: str | None) -> str | None:
    """A date in ISO 8601, from ISO 8601 with a time or from PDF's ``D:20240531``."""
    text = (said or "").strip()
    found = _ISO_DATE.match(text) or _PDF_DATE.match(text)
    if found is None:
        return None
    parts = [int(part) for part in found.groups() if part]
    try:
        datetime(*[*parts, 1, 1][:3])  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None
    if parts[0] < _OLDEST:
        return None
    return "-".join([f"{parts[0]:04}", *(f"{part:02}" for part in parts[1:])])


def _one_line(text: str | None) -> str:
    """The text without control characters, white space at its ends, and line ends."""
    kept = "".join(c if c.isprintable() else " " for c in text or "" if c not in "\0\ufeff")
    return " ".join(kept.split())
