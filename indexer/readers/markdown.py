"""Markdown, read as it is written: the text keeps its marks, so that offsets stay exact."""

import re

from indexer.readers import plain

_FRONT_MATTER = re.compile(
    r"\A---[^\S\n]*\r?\n(.*?)^(?:---|\.\.\.)[^\S\n]*$", re.DOTALL | re.MULTILINE
)
_TITLE_KEY = re.compile(r"""^title:[^\S\n]*(["']?)(\S.*?)\1[^\S\n]*\r?$""", re.MULTILINE)
_FENCED = re.compile(r"^(```|~~~).*?(?:^\1|\Z)", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(
    r"^ {0,3}#{1,6}[^\S\n]+(?P<marked>\S.{0,300}?)[^\S\n]*#*[^\S\n]*\r?$"
    r"|^(?P<underlined>\S.{0,300}?)[^\S\n]*\r?\n(?:=+|-+)[^\S\n]*\r?$",
    re.MULTILINE,
)


def read(data: bytes, name: str) -> tuple[str, str]:
    """Title and text of a Markdown file."""
    text = plain.decode(data)
    return _title(text) or plain.title_of(text, name), text


def _title(text: str) -> str | None:
    """The title of the front matter, or the first heading."""
    front = _FRONT_MATTER.match(text)
    if front and (key := _TITLE_KEY.search(front[1])):
        return key[2]
    heading = _HEADING.search(_FENCED.sub("", text[front.end() :] if front else text))
    return (heading["marked"] or heading["underlined"]).strip("*_` ") if heading else None
