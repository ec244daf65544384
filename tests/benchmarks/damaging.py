"""Damage files of every format, and read each as a run reads it: in the worker, with its limits.

    python -m tests.benchmarks.damaging FOLDER [COUNT] [SEED]

FOLDER keeps the undamaged files, which Pandoc, LibreOffice and Chromium write if they are
installed, and every damaged file on which something went wrong. What is read depends on the seed
alone. Wrong is a reader that crashes, hangs, takes too much memory or fails with an exception, an
article whose passages are not its text, and an undamaged file that is read otherwise afterwards.
"""

import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from indexer.errors import ReaderFailed, UnreadableArticle
from indexer.reading import articles, formats, process
from indexer.reading.process import Limits
from indexer.splitting.passages import split
from indexer.types import Article, Splitting
from tests.benchmarks.damage import damaged
from tests.benchmarks.harness import row
from tests.benchmarks.undamaged import made

COUNT = 100_000
SEED = 5628
SECONDS = 20.0
"""A damaged file is small: a reader that takes longer would take minutes for a large one."""
_SPLIT_EVERY = 20
_CHECK_EVERY = 250
_NO_REASON = re.compile(r"reader failed|Traceback|object has no attribute")

Outcome = list[tuple[str, Article | UnreadableArticle]]


def main(folder: Path, count: int = COUNT, seed: int = SEED) -> None:
    """Read so many damaged files, about as many of each format, and print what went wrong."""
    process.LIMITS = Limits(seconds=SECONDS)
    good = made(folder / "undamaged")
    before = {name: outcome_of(folder, name, data) for name, data in good.items()}
    for name, found in before.items():
        if not any(isinstance(it, Article) for _, it in found):
            print(f"not read although undamaged: {name}: {found}")
    by_suffix: dict[str, list[str]] = {}
    for name in good:
        by_suffix.setdefault(formats.suffix_of(name), []).append(name)
    suffixes = sorted(by_suffix)
    read, refused, wrong = Counter[str](), Counter[str](), 0
    spent: Counter[str] = Counter()
    for number in range(count):
        chance = random.Random(f"{seed} {number}")
        suffix = suffixes[number % len(suffixes)]
        name = chance.choice(by_suffix[suffix])
        other = good[chance.choice(by_suffix[suffix])]
        data = damaged(good[name], other, suffix, chance)
        started = time.perf_counter()
        found = outcome_of(folder, name, data)
        spent[suffix] += int(1e6 * (time.perf_counter() - started))
        problems = list(problems_of(found, number))
        if number % _CHECK_EVERY == 0 and outcome_of(folder, name, good[name]) != before[name]:
            problems.append(f"{name} is read otherwise afterwards")
        for problem in problems:
            wrong += 1
            kept = folder / f"wrong-{seed}-{number}{suffix}"
            kept.write_bytes(data)
            print(f"{kept.name}: {problem}", flush=True)
        is_read = any(isinstance(it, Article) for _, it in found)
        (read if is_read else refused)[suffix] += 1
        if number % 5000 == 4999:
            print(f"... {number + 1:,} files", flush=True)
    row(f"{count:,} damaged files: wrong", f"{wrong}", "0")
    for suffix in suffixes:
        total = read[suffix] + refused[suffix]
        mean = spent[suffix] / 1000 / max(1, total)
        row(f"- {suffix}: {total:,} files, read / ms a file", f"{read[suffix]:,} / {mean:.1f}", "")


def outcome_of(folder: Path, name: str, data: bytes) -> Outcome:
    """The articles in a file, and what could not be read in it."""
    path = folder / f"now-{name}"
    path.write_bytes(data)
    found: Outcome = []
    try:
        if formats.FORMATS[formats.suffix_of(name)].is_container:
            with closing(articles.read_members(path, name)) as members:
                found += [(member, it) for member, it, _ in members]
        else:
            found.append((name, articles.read_article(path, name)))
    except UnreadableArticle as error:
        found.append((name, error))
    return found


def problems_of(found: Outcome, number: int) -> Iterator[str]:
    """What is wrong with an outcome."""
    for name, it in found:
        if isinstance(it, ReaderFailed) or (
            isinstance(it, UnreadableArticle) and (_NO_REASON.search(str(it)) or not str(it))
        ):
            yield f"{name!r}: {it}"
        elif isinstance(it, Article) and number % _SPLIT_EVERY == 0:
            passages = split(it.text, it.title, _tokens, 256, Splitting(), it.blocks)
            if any(it.text[one.start : one.end] != one.text for one in passages):
                yield f"{name!r}: a passage is not the text at its place"
            words = "".join(it.text.split())
            if "".join("".join(one.text.split()) for one in passages) != words:
                yield f"{name!r}: its passages are not all of its text"


def _tokens(texts: Sequence[str]) -> list[int]:
    return [len(text) // 4 + 1 for text in texts]


if __name__ == "__main__":
    where, *numbers = sys.argv[1:]
    Path(where).mkdir(parents=True, exist_ok=True)
    main(Path(where), *map(int, numbers))
