"""The file that an article was read from, by what the index has of it. Light to import."""

from pathlib import Path


def is_corpus(source: Path) -> bool:
    """Whether a source is a ``.jsonl`` file, whose articles are lines; also one that is gone."""
    return source.suffix.lower() == ".jsonl" and not source.is_dir()


def file_of(source: Path, article: str) -> Path:
    """Where the file of an article is, or was, if its source is a folder or that very file."""
    return source if source.is_file() else source / article
