"""Convert the fields of a file, such as front matter or the columns of a row, to metadata."""

import re
from collections.abc import Iterable, Mapping
from datetime import date

from indexer.reading.formats.composition import title_line
from indexer.types import Metadata

TITLE = ("title", "name", "subject", "headline", "heading")
DATE = (
    *("date", "published", "pubdate", "publication date", "date published", "published at"),
    *("publish date", "published on", "created", "created at", "date created", "datetime", "year"),
)
AUTHOR = ("author", "authors", "creator", "byline", "written by")
TAGS = ("tags", "tag", "keywords", "categories", "category", "labels", "topics", "filetags")
LANGUAGE = ("language", "lang", "locale")
DESCRIBING = {*DATE, *AUTHOR, *TAGS, *LANGUAGE}

Fields = Mapping[str, Iterable[str]]
"""The values of each field by its ``key_of``."""

_MOST_VALUES = 100
_LONGEST_VALUE = 200
_ISO = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?|/(\d\d?)/(\d\d?))?(?![\d/-])")
_POINTS = re.compile(r"(\d\d?)\.\s?(\d\d?)\.\s?(\d{4})(?!\d)")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?!\d)")
_WORDS = re.compile(
    r"(?:(\d{1,2})\.?\s+)?([A-Za-z]{3,9})\.?\s+(?:(\d{1,2})(?:st|nd|rd|th)?,\s*)?(\d{4})"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_ADDRESS = re.compile(r"\s*<[^<>]*>")


def key_of(name: str) -> str:
    """The name of a field as it is looked up: lower case, with single spaces between words."""
    return " ".join(re.split(r"[\W_]+", name[:_LONGEST_VALUE].lower())).strip()


def metadata_of(fields: Fields) -> Metadata:
    """The metadata that the fields contain; a value that cannot be understood is left out."""
    dates = (date_of(value) for value in _values(fields, DATE))
    languages = (language_of(value) for value in _values(fields, LANGUAGE))
    return Metadata(
        next((it for it in dates if it), None),
        tuple(dict.fromkeys(_parts(_values(fields, AUTHOR), " ?; ?| and "))),
        next((it for it in languages if it), None),
        tuple(dict.fromkeys(_parts(_values(fields, TAGS), " ?[;,|] ?"))),
    )


def title_in(fields: Fields) -> str:
    """The title that the fields contain; empty if there is none."""
    return next((it for value in _values(fields, TITLE) if (it := title_line(value))), "")


def date_of(value: str) -> str | None:
    """The date at the beginning of ``value`` in ISO 8601, as exact as it is written there.

    The order of day and month must be certain: ``3/4/2024`` is no date.

    >>> date_of("31 May 2024"), date_of("2024-5"), date_of("31.05.2024")
    ('2024-05-31', '2024-05', '2024-05-31')
    """
    value = value[:_LONGEST_VALUE].strip().strip("\"'<>[]")
    if found := _ISO.match(value):
        year, month, day, other_month, other_day = found.groups()
        return _iso(year, month or other_month, day or other_day)
    if found := _COMPACT.match(value):
        return _iso(*found.groups())
    if found := _POINTS.match(value):
        return _iso(found[3], found[2], found[1])
    if found := _WORDS.search(value):
        month = found[2][:3].lower()
        if month in _MONTHS:
            return _iso(found[4], str(_MONTHS.index(month) + 1), found[1] or found[3])
    return None


def language_of(value: str) -> str | None:
    """A BCP 47 code in lower case, None if ``value`` is not one."""
    found = _LANGUAGE.match(value.strip())
    rest = value.strip()[found.end() :] if found else ""
    # Locales may end with an encoding, as in de_DE.UTF-8.
    return found[0].replace("_", "-").lower() if found and rest[:1] in {"", "."} else None


def _iso(year: str, month: str | None, day: str | None) -> str | None:
    try:
        found = date(int(year), int(month or 1), int(day or 1)).isoformat()
    except ValueError:
        return None
    return found if day else found[:7] if month else found[:4]


def _values(fields: Fields, keys: Iterable[str]) -> Iterable[str]:
    for key in keys:
        yield from fields.get(key, ())


def _parts(values: Iterable[str], between: str) -> list[str]:
    lines = (" ".join(value[: 50 * _LONGEST_VALUE].split()) for value in values)
    found = (part for line in lines for part in re.split(between, line))
    words = (title_line(_ADDRESS.sub("", part)).strip("\"'") for part in found)
    return [word for word in words if word and len(word) <= _LONGEST_VALUE][:_MOST_VALUES]
