"""Find the file that an article was read from. Imports nothing heavy."""

import os
from collections.abc import Iterable
from pathlib import Path


def is_corpus(source: Path) -> bool:
    """Whether a source is a ``.jsonl`` file, with one article per line; it may no longer exist."""
    return source.suffix.lower() == ".jsonl" and not source.is_dir()


def file_of(source: Path, article: str) -> Path:
    """The path of an article's file, if its source is a folder or that file; it may not exist.

    For an article of a file that contains several, it is that file.
    """
    if source.is_file():
        return source
    path = source / article
    return next((it for it in (path, *path.parents) if _is_file(it)), path)


def _is_file(path: Path) -> bool:
    """Whether a path is a file: the name of a file in an archive may be longer than paths are."""
    try:
        return path.is_file()
    except OSError:
        return False


def names_of(sources: Iterable[Path], path: str) -> list[str]:
    """The names that the file at ``path`` has, or would have, in these sources.

    >>> names_of([Path("/home/ann/articles")], "/home/ann/articles/notes/owls.md")
    ['notes/owls.md']
    """
    place = Path(os.path.normpath(Path(path).absolute()))
    return [
        place.name if place == source else place.relative_to(source).as_posix()
        for source in sources
        if place.is_relative_to(source) and not is_corpus(source)
    ]
