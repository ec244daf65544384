"""Edit one article of an index, in a file of its own or in a line of a large file, and update.

    python -m tests.benchmarks.updating INDEX stand-in|model CORPUS.jsonl FOLDER

An article in a file of its own shows what an update costs. One line of a large file shows also what
it costs to read that file again and to compare each of its articles.
"""

import json
import re
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.building import Run

ROUNDS = 3
FILES = 10
_WORD = re.compile(rb"[a-z]{6,}")


@dataclass(frozen=True, slots=True)
class Updated:
    """Medians of several updates: seconds, and bytes written."""

    seconds: float
    written: float

    @classmethod
    def of(cls, runs: list[Run]) -> "Updated":
        return cls(
            statistics.median(run.seconds for run in runs),
            statistics.median(run.written for run in runs),
        )


def write_files(corpus: Path, folder: Path) -> None:
    """The first articles of a corpus, each in a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    with corpus.open(encoding="utf-8") as file:
        for number in range(FILES):
            text = json.loads(next(file))["text"]
            (folder / f"{number}.txt").write_text(f"Article {number}\n\n{text}\n", "utf-8")


def nothing(index: Path, encoder: str) -> Updated:
    return Updated.of([Run.of(index, encoder) for _ in range(ROUNDS)])


def one_file(index: Path, encoder: str, folder: Path) -> Updated:
    """Add a sentence to one article that has a file of its own."""
    runs = []
    for round_ in range(ROUNDS):
        path = folder / f"{round_}.txt"
        new = f"This sentence, number {time.time_ns()}, is new.\n"
        path.write_text(path.read_text("utf-8") + new, "utf-8")
        runs.append(_one_changed(index, encoder))
    return Updated.of(runs)


def one_line(index: Path, encoder: str, corpus: Path) -> Updated:
    """Change a word of one article in the middle of a large file, which keeps its length."""
    edit_line(corpus, time.time_ns())
    return Updated.of([_one_changed(index, encoder)])


def edit_line(corpus: Path, number: int) -> None:
    """Replace a word of the article in the middle of the file with another of the same length."""
    with corpus.open("r+b") as file:
        file.seek(corpus.stat().st_size // 2)
        file.readline()
        at = file.tell()
        line = file.readline()
        word = _WORD.search(line, line.index(b'"text": "') + len('"text": "'))
        if word is None:
            raise ValueError(f"no word to edit in the line at byte {at:,} of {corpus}")
        file.seek(at + word.start())
        shift = 1 + number % 25
        file.write(bytes((letter - 97 + shift) % 26 + 97 for letter in word[0]))


def _one_changed(index: Path, encoder: str) -> Run:
    run = Run.of(index, encoder)
    if run.changed != 1:
        raise RuntimeError(f"one article was edited, but the update found {run.changed}")
    return run


if __name__ == "__main__":
    index, encoder, corpus, folder = sys.argv[1:]
    print("nothing changed:", nothing(Path(index), encoder))
    print("one file edited:", one_file(Path(index), encoder, Path(folder)))
    print("one line edited:", one_line(Path(index), encoder, Path(corpus)))
