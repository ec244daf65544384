"""Find the file that an article was read from. Imports nothing heavy."""

from pathlib import Path


def is_corpus(source: Path) -> bool:
    """Whether a source is a ``.jsonl`` file, with one article per line; it may no longer exist."""
    return source.suffix.lower() == ".jsonl" and not source.is_dir()


def file_of(source: Path, article: str) -> Path:
    """The path of an article's file, if its source is a folder or that file; it may not exist."""
    return source if source.is_file() else source / article
