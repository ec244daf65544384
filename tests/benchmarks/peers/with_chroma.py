"""Chroma as it is: vectors in its own graph, without keywords, on the disk."""

from pathlib import Path

import chromadb  # type: ignore[import-not-found]
from sentence_transformers import SentenceTransformer

from tests.benchmarks.peers.peer import Given, K


class Tool:
    def __init__(self, given: Given, folder: Path) -> None:
        self._given = given
        self._model = SentenceTransformer(given.model, device="cpu", local_files_only=True)
        settings = chromadb.Settings(anonymized_telemetry=False)
        self._client = chromadb.PersistentClient(str(folder), settings)

    def index(self) -> None:
        ids, texts = list(self._given.passages), list(self._given.passages.values())
        vectors = self._model.encode(texts, normalize_embeddings=True)
        passages = self._client.create_collection(
            "passages", metadata={"hnsw:space": "cosine"}, embedding_function=None
        )
        most = self._client.get_max_batch_size()
        for first in range(0, len(ids), most):
            some = slice(first, first + most)
            passages.add(ids=ids[some], documents=texts[some], embeddings=vectors[some])

    def open(self) -> None:
        self._passages = self._client.get_collection("passages", embedding_function=None)

    def ask(self, question: str) -> list[str]:
        vectors = self._model.encode([question], normalize_embeddings=True)
        found: list[str] = self._passages.query(query_embeddings=vectors, n_results=K)["ids"][0]
        return found
