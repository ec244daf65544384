"""What each peer can do, and the passages that all of them get."""

import json
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

K = 10


@dataclass(frozen=True, slots=True)
class Place:
    """A passage by its place in an article; as text ``ARTICLE:START-END``, which is its id."""

    article: str
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.article}:{self.start}-{self.end}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        article, _, span = text.rpartition(":")
        start, end = span.split("-")
        return cls(article, int(start), int(end))


@dataclass(frozen=True, slots=True)
class Given:
    """What a peer gets: the articles as a file, their passages by id, and the model's folder."""

    corpus: Path
    passages: dict[str, str]
    model: str

    @classmethod
    def read(cls, corpus: str, passages: str, model: str) -> "Given":
        return cls(Path(corpus), json.loads(Path(passages).read_text("utf-8")), model)


class Peer(Protocol):
    """A tool that finds passages. The model is loaded when it is constructed.

    Constructed with what it gets and a folder of its own.
    """

    def index(self) -> None:
        """Embed all passages and store everything in the folder."""
        ...

    def open(self) -> None:
        """Open what was indexed."""
        ...

    def ask(self, question: str) -> list[str]:
        """The ids of the best ``K`` passages."""
        ...


def load(peer: str, given: Given, folder: Path) -> Peer:
    """The peer with this name, whose package only its environment has."""
    module = import_module(f"tests.benchmarks.peers.with_{peer.lower()}")
    loaded: Peer = module.Tool(given, folder)
    return loaded
