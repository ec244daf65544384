"""sentence-transformers and faiss, without anything around them."""

import json
from pathlib import Path

import faiss
from sentence_transformers import SentenceTransformer

from tests.benchmarks.peers.peer import Given, K


class Tool:
    def __init__(self, given: Given, folder: Path) -> None:
        self._given, self._folder = given, folder
        self._model = SentenceTransformer(given.model, device="cpu", local_files_only=True)

    def index(self) -> None:
        texts = list(self._given.passages.values())
        vectors = self._model.encode(texts, normalize_embeddings=True)
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        faiss.write_index(index, str(self._folder / "vectors.faiss"))
        (self._folder / "passages.json").write_text(json.dumps(self._given.passages), "utf-8")

    def open(self) -> None:
        self._index = faiss.read_index(str(self._folder / "vectors.faiss"))
        self._ids = list(json.loads((self._folder / "passages.json").read_text("utf-8")))

    def ask(self, question: str) -> list[str]:
        vectors = self._model.encode([question], normalize_embeddings=True)
        _, rows = self._index.search(vectors, K)
        return [self._ids[row] for row in rows[0] if row >= 0]
