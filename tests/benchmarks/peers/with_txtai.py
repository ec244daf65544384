"""txtai with dense and sparse vectors (BM25) side by side, as its documentation shows it."""

from pathlib import Path

from txtai import Embeddings  # type: ignore[import-not-found]

from tests.benchmarks.peers.peer import Given, K


class Tool:
    def __init__(self, given: Given, folder: Path) -> None:
        self._given, self._folder = given, folder
        self._embeddings = Embeddings(
            path=given.model, method="sentence-transformers", hybrid=True, content=True, gpu=False
        )

    def index(self) -> None:
        self._embeddings.index((id_, text, None) for id_, text in self._given.passages.items())
        self._embeddings.save(str(self._folder / "index"))

    def open(self) -> None:
        self._embeddings.load(str(self._folder / "index"))

    def ask(self, question: str) -> list[str]:
        return [found["id"] for found in self._embeddings.search(question, K)]
