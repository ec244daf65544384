"""The measurements that README quotes: ratios, each between two things measured in one run.

    python -m tests.benchmarks.ratios [CORPUS.jsonl [QUERIES.jsonl]]

Without arguments the seeds are measured. They are few, so the figures then only show that the
harness runs.
"""

import json
import statistics
import sys
import tempfile
from itertools import cycle
from pathlib import Path

import numpy as np

from indexer.arrays import Vectors
from indexer.encoding import models
from indexer.encoding.encoder import Encoder
from indexer.encoding.finding import find
from indexer.encoding.reference import ReferenceEncoder, load_model
from indexer.reading.articles import open_source
from indexer.splitting.passages import embedding_text, split, title_context
from indexer.types import Splitting
from search import open_index
from tests.benchmarks.harness import LOCUS, arguments, child, in_turn, peak, questions_of, row

QUESTION = "How many soldiers were taken out of Insein Prison?"
PLAIN_SEARCH = """
import faiss, sys
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu", local_files_only=True)
index = faiss.read_index(sys.argv[2])
print(index.search(model.encode([sys.argv[3]], normalize_embeddings=True), 10))
"""

TIMED = """
texts = json.load(open(sys.argv[2]))
encode(texts[:64])
started = time.perf_counter()
for n in range(0, len(texts), 512):
    encode(texts[n : n + 512])
print(time.perf_counter() - started)
"""
PLAIN = f"""
import json, sys, time
from sentence_transformers import SentenceTransformer
encode = SentenceTransformer(sys.argv[1], device="cpu", local_files_only=True).encode
{TIMED}"""
COMPILED = f"""
import json, sys, time
from indexer.encoding import models
encode = models.load(models.identify(models.DEFAULT_MODEL)).encode_passages
{TIMED}"""


def main(corpus: Path, queries: Path) -> None:
    """Measure everything on one corpus and print the table."""
    identity = models.identify(models.DEFAULT_MODEL)
    folder = find(models.DEFAULT_MODEL, allow_download=False)
    compiled = models.load(identity)
    plain = load_model(folder, "cpu")
    texts = passage_texts(corpus, compiled)
    questions = questions_of(queries)
    print(f"{len(texts):,} passages, {len(questions)} questions, {compiled.form}\n")
    row("what", "figure", "bar")

    with tempfile.TemporaryDirectory() as scratch:
        sample = Path(scratch) / "sample.json"
        sample.write_text(json.dumps(texts[:: max(1, len(texts) // 384)]), "utf-8")
        ratios = [
            encoding_seconds(PLAIN, folder, sample) / encoding_seconds(COMPILED, folder, sample)
            for _ in range(3)
        ]
    speed = f"{statistics.median(ratios):.1f}x"
    row(
        "embedding: plain SentenceTransformer.encode / compiled", speed, "5x with AMX, 1.5x without"
    )

    reference = ReferenceEncoder(plain, identity)
    vectors, exact = compiled.encode_passages(texts), reference.encode_passages(texts)
    row(
        "agreement with the reference: least cosine",
        f"{(vectors * exact).sum(1).min():.5f}",
        "0.999",
    )
    asked = np.stack([compiled.encode_query(question) for question in questions])
    meant = np.stack([reference.encode_query(question) for question in questions])
    row("- overlap of the top 10", f"{overlap(asked @ vectors.T, meant @ exact.T):.4f}", "0.99")

    with tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch) / "bench.locus"
        everything = Path(scratch) / "texts.json"
        everything.write_text(json.dumps(texts), "utf-8")
        command = [str(LOCUS), "index", str(corpus), "--index", str(index), "--rebuild", "--json"]
        ratios = []
        for _ in range(3):
            bare = encoding_seconds(COMPILED, folder, everything)
            ratios.append(bare / json.loads(child(command))["seconds"])
        row("index: bare encoder's time / whole run's", f"{statistics.median(ratios):.2f}", "0.85")
        row("- peak memory of the run", peak(command), "1,536 MiB")

        search = [str(LOCUS), "search", QUESTION, "--index", str(index)]
        faiss_file = str(next(index.glob("*.faiss")))
        rival = [sys.executable, "-c", PLAIN_SEARCH, str(folder), faiss_file, QUESTION]
        ours, theirs = in_turn(lambda: child(search), lambda: child(rival), rounds=5)
        row("cold search: sentence-transformers and faiss / locus", f"{theirs / ours:.1f}x", "8x")
        row("- peak memory of a cold search", peak(search), "300 MiB")

        with open_index(index, encoder=compiled) as searcher:
            for mode in ("semantic", "hybrid"):
                some = cycle(questions)
                with_index, alone = in_turn(
                    lambda mode=mode, some=some: searcher.search(next(some), mode=mode),  # type: ignore[misc]
                    lambda some=some: compiled.encode_query(next(some)),  # type: ignore[misc]
                    rounds=300,
                )
                row(f"warm {mode} query / encoding it alone", f"{with_index / alone:.2f}", "2")


def passage_texts(corpus: Path, encoder: Encoder) -> list[str]:
    texts: list[str] = []
    for entry in open_source(corpus, lambda _: None).entries:
        article = entry.read()
        count, limit = encoder.count_tokens, encoder.passage_limit
        context = title_context(article.title, count, limit)
        found = split(article.text, context, count, limit, Splitting())
        texts.extend(embedding_text(context, passage.text) for passage in found)
    return texts


def encoding_seconds(program: str, model: Path, texts: Path) -> float:
    """Seconds an encoder needs for texts, in a process of its own, without loading and warm-up."""
    return float(child([sys.executable, "-c", program, str(model), str(texts)]))


def overlap(one: Vectors, other: Vectors, k: int = 10) -> float:
    """The mean share of the ``k`` best columns per row that two matrices have in common."""
    pairs = zip(np.argsort(-one)[:, :k], np.argsort(-other)[:, :k], strict=True)
    return statistics.mean(len(set(a.tolist()) & set(b.tolist())) / k for a, b in pairs)


if __name__ == "__main__":
    main(*arguments())
