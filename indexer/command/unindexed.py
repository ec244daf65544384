"""Why a file is not in the index: the answer for a name that no article has.

It lists the sources again, which takes time proportional to the number of their files, but only
when someone asks for such a name.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from indexer.errors import SourceError, UnreadableArticle
from indexer.reading.articles import open_source
from indexer.reading.formats import FORMATS, READERS_VERSION, suffix_of, unsupported
from indexer.storing.database import database_errors, open_for_reading
from indexer.storing.origin import is_corpus, names_of
from indexer.storing.shards.manifest import databases
from indexer.storing.skips import SkippedFile, known_skips
from indexer.storing.sources import RememberedSource, remembered_sources
from indexer.types import Selection, Skipped


def why_not_indexed(index: Path, asked: str) -> str | None:
    """A sentence on the file that ``asked`` names, which no article does; None for no such file.

    ``asked`` is a path, or a name relative to a source. Raises IndexFolderError if the index
    cannot be read.
    """
    sources: dict[Path, RememberedSource] = {}
    skipped: dict[Path, dict[str, SkippedFile]] = {}
    for folder in databases(index):
        with database_errors(folder), closing(open_for_reading(folder)) as connection:
            for source, its in remembered_sources(connection).items():
                sources[source] = its
                skips = known_skips(connection, its.number, READERS_VERSION)
                skipped.setdefault(source, {}).update((it.name, it) for it in skips)
    for source, remembered in sources.items():
        for name in _names(source, asked):
            reason = _reason(source, name, remembered.selection, skipped[source].get(name))
            return f"{name} is not in the index: {reason}"
        # An article in a file that contains several is no file.
        if (known := skipped[source].get(asked)) is not None and known.container is not None:
            return f"{asked} is not in the index: {known.reason}"
    return None


def _names(source: Path, asked: str) -> Iterator[str]:
    """The names that existing files have in a source and that ``asked`` may mean."""
    if is_corpus(source):
        return
    if source.is_file():
        if asked == source.name or names_of([source], asked):
            yield source.name
        return
    for path in (source / asked, Path(asked).absolute()):
        place = Path(os.path.normpath(path))
        is_within = place != source and place.is_relative_to(source)
        if is_within and os.path.lexists(place) and not place.is_dir():
            yield place.relative_to(source).as_posix()


def _reason(source: Path, name: str, selection: Selection, known: SkippedFile | None) -> str:
    skipped: list[Skipped] = []
    try:
        found = open_source(source, skipped.append, selection)
        entry = next((it for it in found.entries if it.name == name), None)
        if entry is not None:
            look = entry.size, entry.mtime_ns
            if known is not None and look == (known.size, known.mtime_ns):
                raise UnreadableArticle(known.reason)  # finding it again can take minutes
            if entry.members is None:
                entry.read()
            return "it is new since the last update. Run `locus index`"
    except (SourceError, UnreadableArticle) as error:
        return str(error)
    for one in skipped:
        if one.article == name:
            return one.reason
    if suffix_of(name) not in FORMATS:
        return unsupported(suffix_of(name))
    if not selection.hidden and any(part.startswith(".") for part in name.split("/")):
        return (
            "hidden files are skipped. Run `locus index --hidden` with its source to include them"
        )
    return (
        "it is excluded by a .locusignore file or by --exclude. `locus status` shows the patterns"
    )
