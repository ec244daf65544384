"""A small dataset to judge, and a judge who is killed while judging."""

import json
import os
import random
import signal
import subprocess
import threading
import time
from pathlib import Path

from search.judging.acts import Act
from search.judging.book import Book
from search.judging.journal import NAME
from search.judging.qrels import grades_in
from tests.command import LOCUS

ANIMALS = ["Who hunts mice at night?", "What do bats find by echo?", "What spans the river?"]
PATIENCE = 30
"""Seconds after which a judge who has stopped saving is killed."""


def dataset(folder: Path, questions: list[str] = ANIMALS) -> Path:
    """A dataset folder with questions q1, q2, and so on, and nothing else."""
    folder.mkdir()
    lines = [json.dumps({"_id": f"q{n}", "text": it}) for n, it in enumerate(questions, 1)]
    (folder / "queries.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def acts_of(folder: Path) -> list[Act]:
    """The acts in the journal on the disk, without one that was cut off."""
    path = folder / NAME
    data = path.read_bytes() if path.exists() else b""
    return [Act.from_json(json.loads(it)) for it in data[: data.rfind(b"\n") + 1].splitlines()]


def killed(folder: Path, index: Path, seed: int) -> tuple[int, int]:
    """Judge with random keys, and kill -9 at a random moment after the first judgement was saved.

    Returns how many judgements were shown as saved, and how many of those are lost: not in the
    journal, not as they were typed, or not in the qrels file as the kill left it.
    """
    draw = random.Random(seed)
    keys = [*"01230123", *(draw.choice("0123u") for _ in range(400))]
    before = len(acts_of(folder))
    wanted = draw.randrange(1, 40)
    shown = 0
    with subprocess.Popen(
        [LOCUS, "judge", folder, "lexical", "--as", "ann", "--index", index],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
    ) as judge:
        assert judge.stdin is not None
        assert judge.stdout is not None
        stuck = threading.Timer(PATIENCE, judge.kill)
        stuck.start()
        judge.stdin.write("".join(f"{key}\n" for key in keys))
        judge.stdin.flush()
        for line in judge.stdout:
            shown += line.startswith(("Saved.", "Taken back"))
            if shown == wanted:
                break
        time.sleep(draw.random() * 0.02)
        judge.send_signal(signal.SIGKILL)
        shown += sum(line.startswith(("Saved.", "Taken back")) for line in judge.stdout)
        stuck.cancel()
    return shown, _lost(folder, before, keys, shown)


def _lost(folder: Path, before: int, keys: list[str], shown: int) -> int:
    acts = acts_of(folder)
    book, states = Book(), []
    for number, act in enumerate(acts, 1):
        book.add(act)
        if number >= before + shown:
            states.append(dict(book.grades))
    kept = 0
    for act, key in zip(acts[before:], keys, strict=False):
        if key != ("u" if act.undo is not None else str(act.grade)):
            break
        kept += 1
    on_disk = grades_in((folder / "qrels" / "test.tsv").read_bytes())
    return max(shown - kept, 0) or int(on_disk not in states)


def rounds(folder: Path, index: Path, count: int) -> tuple[int, int]:
    """The same again and again, in a new dataset each 20 times; returns the sums."""
    shown = lost = 0
    for number in range(count):
        place = folder / f"dataset-{number // 20}"
        if not place.exists():
            dataset(place, [f"What hunts by the river at night in year {n}?" for n in range(300)])
        more = killed(place, index, number)
        shown, lost = shown + more[0], lost + more[1]
    return shown, lost
