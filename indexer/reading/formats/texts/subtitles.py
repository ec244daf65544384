"""Read subtitles (``.srt``, ``.vtt``): what is said, as paragraphs, and when each begins."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from indexer.errors import UnreadableArticle
from indexer.reading.formats.composition import Composition
from indexer.reading.formats.described.fields import language_of
from indexer.reading.formats.texts import plain
from indexer.types import Document, Metadata

_LINE_END = re.compile(r"\r\n?|\n")
_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"\s*(-?){_TIME}\s*-->\s*-?{_TIME}")
"""Programs that shift subtitles write times before the beginning, which are taken for it."""
_SPEAKER = re.compile(r"<v(?:\.[^\s>]{0,100})?\s+([^>]{1,100})>")
_TAG = re.compile(r"</?[a-zA-Z0-9][^<>]{0,200}>|\{\\[^{}]{0,200}\}")
_DASH = re.compile(r"[-–—]\s*(?=\w)")
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
_PAUSE = 4.0
"""Seconds without words, after which a paragraph begins."""
_PARAGRAPH = 500
"""Characters, after which a paragraph ends with the next sentence."""
_LONGEST_PARAGRAPH = 1500


@dataclass(frozen=True, slots=True)
class _Cue:
    """Lines that are shown together, with times in seconds."""

    start: float
    end: float
    lines: list[str]


def read(data: bytes, name: str) -> Document:
    """The document in a file of subtitles. Raises UnreadableArticle."""
    del name
    lines = _LINE_END.split(plain.decode(data))
    composition = Composition()
    words: list[str] = []
    length, start, end = 0, 0.0, 0.0
    for cue in _cues(lines):
        opens = cue.start - end > _PAUSE or bool(_DASH.match(cue.lines[0]))
        full = length > _PARAGRAPH and _SENTENCE_END.search(words[-1])
        if words and (opens or full or length > _LONGEST_PARAGRAPH):
            _add(composition, start, words)
            words, length = [], 0
        start = start if words else cue.start
        end = max(end, cue.end) if words else cue.end
        words += cue.lines
        length += sum(map(len, cue.lines))
    _add(composition, start, words)
    if not composition:
        raise UnreadableArticle("no subtitles: no lines after a time such as 00:01:02,500 -->")
    title, language = _header(lines)
    return composition.document(title, Metadata(language=language))


def _add(composition: Composition, start: float, words: list[str]) -> None:
    minutes, seconds = divmod(int(start), 60)
    composition.locate(f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}")
    composition.add(" ".join(words))


def _cues(lines: list[str]) -> Iterator[_Cue]:
    """The cues with words, in order; lines that repeat those of the cue before are left out."""
    shown: list[str] = []
    times: tuple[float, float] | None = None
    before: list[str] = []
    for at, line in enumerate([*lines, ""]):
        found = _TIMES.match(line) if "-->" in line else None
        if not found and line.strip():
            if times:
                shown.append(line)
            continue
        # The number of the next cue may follow without an empty line.
        if found and shown and lines[at - 1].strip().isdigit():
            shown.pop()
        if times and shown:
            words = [it for line in shown if (it := _words(line))]
            # Captions that roll show each line twice.
            fresh = [it for it in words if it not in before]
            if fresh:
                yield _Cue(*times, fresh)
            before = words[-4:]
            shown = []
        times = _span(*found.groups()) if found else None


def _words(line: str) -> str:
    """A line without its tags; a speaker's name is kept before what is said."""
    line = _TAG.sub("", _SPEAKER.sub(r"\1: ", line))
    return " ".join(html.unescape(line).split())


def _span(sign: str, *groups: str | None) -> tuple[float, float]:
    """When a cue begins and ends."""
    return (0.0, 0.0) if sign else (_seconds(groups[:4]), _seconds(groups[4:]))


def _seconds(groups: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, rest = groups
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + float(f".{rest}")


def _header(lines: list[str]) -> tuple[str, str | None]:
    """The title and the language that a file of WebVTT may begin with."""
    if not lines[0].startswith("WEBVTT"):
        return "", None
    title = lines[0].removeprefix("WEBVTT").strip(" \t-–")
    language = None
    for line in lines[1:20]:
        if not line.strip():
            break
        key, _, value = line.partition(":")
        language = language_of(value) if key.strip().lower() == "language" else language
    return title, language
