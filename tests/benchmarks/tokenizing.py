"""How long a batch tokenization of a corpus takes: the least that any pipeline needs.

    python -m tests.benchmarks.tokenizing CORPUS.jsonl

It prints seconds for a million characters, over at most ``ARTICLES`` articles, as JSON.
"""

import json
import sys
import time
from itertools import islice
from pathlib import Path

from tests.benchmarks.encoders import STAND_IN, encoder_named
from tests.benchmarks.harness import child

ARTICLES = 10_000
BATCH = 512


def seconds_per_million(corpus: Path) -> float:
    """In a process of its own."""
    return float(child([sys.executable, "-m", "tests.benchmarks.tokenizing", str(corpus)]))


def _measured(corpus: Path) -> float:
    count = encoder_named(STAND_IN).count_tokens  # with the tokenizer of the model
    with corpus.open(encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in islice(file, ARTICLES)]
    count(texts[:BATCH])
    started = time.perf_counter()
    for first in range(0, len(texts), BATCH):
        count(texts[first : first + BATCH])
    return (time.perf_counter() - started) * 1e6 / max(1, sum(map(len, texts)))


if __name__ == "__main__":
    print(_measured(Path(sys.argv[1])))
