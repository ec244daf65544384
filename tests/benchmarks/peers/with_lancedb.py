"""LanceDB: vectors and its full-text index, merged by its default reranker."""

from pathlib import Path

import lancedb  # type: ignore[import-not-found]
from sentence_transformers import SentenceTransformer

from tests.benchmarks.peers.peer import Given, K


class Tool:
    def __init__(self, given: Given, folder: Path) -> None:
        self._given, self._folder = given, folder
        self._model = SentenceTransformer(given.model, device="cpu", local_files_only=True)

    def index(self) -> None:
        vectors = self._model.encode(list(self._given.passages.values()), normalize_embeddings=True)
        rows = [
            {"id": id_, "text": text, "vector": vector}
            for (id_, text), vector in zip(self._given.passages.items(), vectors, strict=True)
        ]
        table = lancedb.connect(self._folder).create_table("passages", rows)
        table.create_fts_index("text")

    def open(self) -> None:
        self._table = lancedb.connect(self._folder).open_table("passages")

    def ask(self, question: str) -> list[str]:
        vector = self._model.encode([question], normalize_embeddings=True)[0]
        asked = self._table.search(query_type="hybrid").vector(vector).text(question)
        return [row["id"] for row in asked.limit(K).select(["id", "text"]).to_list()]
