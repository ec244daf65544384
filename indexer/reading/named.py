"""Read the articles of a folder by name, without listing the folder."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from indexer.errors import UnreadableArticle
from indexer.reading import formats
from indexer.reading.articles import read_article, read_members
from indexer.types import Article


def read_named(root: Path, names: Iterable[str]) -> Iterator[Article]:
    """The articles with these names, as a source of this folder has them.

    Names that no readable article has are passed over.
    """
    root = root.resolve()
    containers: defaultdict[str, set[str]] = defaultdict(set)
    for name in names:
        try:
            path = (root / name).resolve()
            if not path.is_relative_to(root):
                continue
            container = _container(root, name)
            if container is not None:
                containers[container].add(name)
            elif path.is_file():
                yield read_article(path, name)
        # An odd name, or a file that Locus does not read: it cannot be indexed either.
        except (OSError, ValueError, UnreadableArticle):
            continue
    for container, wanted in containers.items():
        try:
            for name, found, _ in read_members(root / container, container):
                if name in wanted and isinstance(found, Article):
                    yield found
        except UnreadableArticle:
            continue


def _container(root: Path, name: str) -> str | None:
    """The file that contains several articles and may contain this one."""
    for place in (PurePosixPath(name), *PurePosixPath(name).parents):
        its = formats.FORMATS.get(formats.suffix_of(place.name))
        if its is not None and its.is_container and (root / place).is_file():
            return str(place)
    return None
