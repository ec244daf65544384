"""Corpora of a given size: the first articles of a corpus, then perturbed copies of all of them.

    python -m tests.benchmarks.corpora CORPUS.jsonl CHARACTERS OUT.jsonl

In a copy, a tenth of the words is missing and a tenth is swapped with the next word. So a copy is
near its article and never equal to it, and the same on every machine.
"""

import itertools
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SHARE = 0.1
"""The share of words that a copy drops, and the share that it swaps."""


@dataclass(frozen=True, slots=True)
class Written:
    """How many articles were written, how many of them copies, and their characters of text."""

    articles: int
    copies: int
    characters: int


def write(corpus: Path, characters: int | None, out: Path) -> Written:
    """Write articles with at least so many characters in total; None: the corpus as it is."""
    articles = copies = written = 0
    unfinished = out.with_suffix(".part")
    out.parent.mkdir(parents=True, exist_ok=True)
    with unfinished.open("w", encoding="utf-8") as file:
        for round_, article in _articles(corpus, is_endless=characters is not None):
            file.write(json.dumps(article, ensure_ascii=False) + "\n")
            articles += 1
            copies += round_ > 0
            written += len(article["text"])
            if characters is not None and written >= characters:
                break
    unfinished.replace(out)
    return Written(articles, copies, written)


def perturbed(text: str, seed: str) -> str:
    """A text with some words missing and some swapped; ``seed`` decides which."""
    words = text.split(" ")
    chance = random.Random(seed)
    some = max(1, int(SHARE * len(words)))
    for place in chance.sample(range(len(words)), min(some, len(words) - 1)):
        words[place] = ""
    words = [word for word in words if word]
    for place in chance.sample(range(len(words) - 1), min(some, max(0, len(words) - 1))):
        words[place], words[place + 1] = words[place + 1], words[place]
    return " ".join(words)


def _articles(corpus: Path, *, is_endless: bool) -> Iterator[tuple[int, dict[str, str]]]:
    """The articles, then if it is endless copies of all, again and again, with their round."""
    for round_ in itertools.count():
        empty = True
        with corpus.open(encoding="utf-8") as file:  # unlike splitlines, only "\n" ends a line
            for line in file:
                if not line.strip():
                    continue
                read = json.loads(line)
                article = {"_id": read["_id"], "title": read.get("title", ""), "text": read["text"]}
                if round_:
                    article["_id"] += f"~{round_}"
                    article["text"] = perturbed(article["text"], article["_id"])
                empty = False
                yield round_, article
        if empty or not is_endless:
            return


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
