"""The articles in files that contain several: which of these files have not changed."""

from collections import defaultdict
from collections.abc import Iterable

from indexer.reading.articles import Entry
from indexer.storing.drafts import LiveArticle


class Containers:
    """The stored articles of a source's containers, and the containers that were read.

    A container is not read again if all of its articles have its size and time. They get these only
    when it was read to its end: after an interruption it is read again.
    """

    def __init__(self, live: Iterable[LiveArticle]) -> None:
        self.complete: list[tuple[str, int, int]] = []
        """The name, size and time of each container that was read to its end."""
        self._live: defaultdict[str, dict[str, LiveArticle]] = defaultdict(dict)
        for it in live:
            if it.container is not None:
                self._live[it.container][it.name] = it

    def articles(self, name: str) -> list[LiveArticle]:
        """The stored articles of the container ``name``; none if it is no container."""
        return list(self._live.get(name, {}).values())

    def unchanged(self, entry: Entry) -> list[LiveArticle]:
        """The stored articles of a container, if it has not changed since they were stored."""
        held, look = self.articles(entry.name), (entry.size, entry.mtime_ns)
        return held if all((it.size, it.mtime_ns) == look for it in held) else []
