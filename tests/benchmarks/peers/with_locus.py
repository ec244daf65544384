"""Locus itself. It also reads the articles and splits them, which the peers are spared."""

from pathlib import Path

from indexer import build
from indexer.encoding import models
from search import Searcher, open_index
from tests.benchmarks.peers.peer import Given, K, Place


class Tool:
    def __init__(self, given: Given, folder: Path) -> None:
        self._given, self._folder = given, folder / "x.locus"
        self._encoder = models.load(models.identify(models.DEFAULT_MODEL))
        self._searcher: Searcher

    def index(self) -> None:
        self._encoder.encode_passages(["The model is loaded before the clock starts."])
        build(self._folder, [self._given.corpus], encoder=self._encoder)

    def open(self) -> None:
        self._searcher = open_index(self._folder, encoder=self._encoder)

    def ask(self, question: str) -> list[str]:
        hits = self._searcher.search(question, K).hits
        return [str(Place(hit.article, hit.start, hit.end)) for hit in hits]
