"""Derive a title for a text that has none."""

import re
from pathlib import PurePosixPath

from indexer.splitting.sentences import sentences

_LINE = re.compile(r"\S[^\n\r\f\u2028\u2029]*")
_TITLE_CHARS = 120
_WORD_LETTERS = 3
_INSIDE = r"[^\0-\x1f\x7f-\U0010ffff.!?)]"
_IN_ONE_SENTENCE = re.compile(rf"{_INSIDE}{{{_TITLE_CHARS}}}(?! ){_INSIDE}")
"""A beginning in ASCII that is longer than a title and has no mark at which sentencex ends one.
Finding its sentences would take most of the time of reading a line of a large file."""


def title_of(text: str, name: str) -> str:
    """A title for a text without a heading.

    It is the first line, if that is short enough to be a title; otherwise the file's name, if that
    contains words; otherwise the first sentence, shortened to the length of a title.
    """
    match = _LINE.search(text)
    line = match[0].strip() if match else ""
    if 0 < len(line) <= _TITLE_CHARS:
        return _without_full_stop(line)
    words = re.split(r"[\W_]+", PurePosixPath(name).stem)
    if any(len(word) >= _WORD_LETTERS and word.isalpha() for word in words):
        return " ".join(word for word in words if word)
    if not line:
        return name
    if not _IN_ONE_SENTENCE.match(line):
        first = sentences(line[: 2 * _TITLE_CHARS])[0]
        if first.end <= _TITLE_CHARS:
            return _without_full_stop(line[first.start : first.end])
    beginning = line[:_TITLE_CHARS]
    return (beginning.rpartition(" ")[0] or beginning).rstrip(",;:—–- ") + "…"


def _without_full_stop(line: str) -> str:
    return line[:-1] if line.endswith(".") and not line.endswith("..") and line != "." else line
