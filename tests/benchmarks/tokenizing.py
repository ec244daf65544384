"""How long a batch tokenization of a corpus takes: the least that any pipeline needs.

    python -m tests.benchmarks.tokenizing CORPUS.jsonl

It prints seconds for a million characters, over at most ``ARTICLES`` articles, as JSON. The texts
are tokenized by the library alone: Locus itself counts most tokens without it.
"""

import json
import sys
import time
from itertools import islice
from pathlib import Path

import tokenizers

from indexer.encoding.finding import find
from indexer.encoding.models import DEFAULT_MODEL
from tests.benchmarks.harness import child

ARTICLES = 10_000
BATCH = 512


def seconds_per_million(corpus: Path) -> float:
    """In a process of its own."""
    return float(child([sys.executable, "-m", "tests.benchmarks.tokenizing", str(corpus)]))


def _measured(corpus: Path) -> float:
    folder = find(DEFAULT_MODEL, allow_download=False)
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    with corpus.open(encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in islice(file, ARTICLES)]
    tokenizer.encode_batch_fast(texts[:BATCH], add_special_tokens=False)
    started = time.perf_counter()
    for first in range(0, len(texts), BATCH):
        encoded = tokenizer.encode_batch_fast(
            texts[first : first + BATCH], add_special_tokens=False
        )
        _ = [len(encoding) for encoding in encoded]
    return (time.perf_counter() - started) * 1e6 / max(1, sum(map(len, texts)))


if __name__ == "__main__":
    print(_measured(Path(sys.argv[1])))
