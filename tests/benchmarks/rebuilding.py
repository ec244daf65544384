"""The cost of updating an index: ratios between things measured in one run.

    python -m tests.benchmarks.rebuilding CORPUS.jsonl WORK

All lines of the corpus but the last thousand are indexed in the folder WORK, unless that is there
from another time; then one article is edited, the thousand are added, and a smaller index is killed
and resumed. The figures of the plan are for the first 51,000 abstracts of a corpus.
"""

import json
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from indexer.encoding import models
from indexer.errors import LocusError
from indexer.reading.articles import open_source
from indexer.splitting.passages import embedding_text, split, title_context
from indexer.storing.database import open_for_reading
from indexer.types import Splitting
from tests.benchmarks.harness import LOCUS, child, in_turn, row
from tests.histories import run

NEW = 1000
RESUMED = 1500
FILES = 10_000
WRITTEN = (
    "import json, resource, subprocess, sys\n"
    "print(subprocess.run(sys.argv[1:], capture_output=True, check=True, text=True).stdout)\n"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_oublock * 512)"
)


def main(corpus: Path, work: Path) -> None:
    """Measure everything and print the table."""
    lines = corpus.read_text("utf-8").split("\n")[:-1]
    print(f"{len(lines) - NEW:,} articles, and {NEW:,} more\n")
    row("what", "figure", "bar")
    with tempfile.TemporaryDirectory() as scratch:
        nothing_changed(Path(scratch), lines)
    work.mkdir(exist_ok=True)
    seconds = built(work, corpus.name, lines[:-NEW])
    one_edit(work, corpus.name, lines[:-NEW], seconds)
    many_new(work, corpus.name, lines)
    with tempfile.TemporaryDirectory() as scratch:
        resume(Path(scratch), lines[:RESUMED])


def nothing_changed(folder: Path, lines: list[str]) -> None:
    """A run without changes, compared with Git on the same files."""
    tree = folder / "tree"
    for number in range(FILES):
        path = tree / f"{number % 100:02}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.loads(lines[number % len(lines)])["text"][:300] + f" {number}\n")
    (folder / "one").mkdir()
    (folder / "one/one.txt").write_text("One article.\n")
    run(folder / "tree.locus", tree)
    run(folder / "one.locus", folder / "one")
    git = ["git", "-C", str(tree), "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"], ["status"]):
        child([*git, *command])
    time.sleep(3)  # until the files' times are old enough to be trusted
    index = [str(LOCUS), "index", "--index"]
    for name in ("tree.locus", "one.locus"):
        child([*index, str(folder / name)])
    ours, startup = in_turn(
        lambda: child([*index, str(folder / "tree.locus")]),
        lambda: child([*index, str(folder / "one.locus")]),
        rounds=15,
    )
    status, _ = in_turn(lambda: child([*git, "status"]), lambda: None, rounds=15)
    row(
        f"nothing changed in {FILES:,} files: (run - start-up) / git status",
        f"{(ours - startup) / status:.1f}x",
        "3x",
    )


def built(work: Path, name: str, lines: list[str]) -> float:
    """How long the index in the folder took to build; it is built if it does not exist."""
    took = work / "seconds"
    (work / name).write_text("\n".join(lines) + "\n", "utf-8")
    command = [str(LOCUS), "index", str(work / name), "--index", str(work / "x.locus")]
    seconds = json.loads(child([*command, "--json"]))["seconds"]
    if not took.exists():
        took.write_text(str(seconds))
    return float(took.read_text())


def one_edit(work: Path, name: str, lines: list[str], seconds: float) -> None:
    times, written = [], []
    for number in (len(lines) // 3, len(lines) // 2, len(lines) // 5):
        article = json.loads(lines[number])
        article["text"] += f" This sentence, number {time.time_ns()}, is new."
        lines[number] = json.dumps(article)
        (work / name).write_text("\n".join(lines) + "\n", "utf-8")
        command = [str(LOCUS), "index", "--index", str(work / "x.locus"), "--json"]
        started = time.perf_counter()
        out = child([sys.executable, "-c", WRITTEN, *command]).splitlines()
        times.append(time.perf_counter() - started)
        written.append(int(out[-1]))
        assert json.loads(out[0])["articles"]["changed"] == 1, out
    row("one article edited: build / update", f"{seconds / statistics.median(times):.0f}", "200")
    row("- written for it", f"{statistics.median(written) / 1e6:.1f} MB", "5 MB")


def many_new(work: Path, name: str, lines: list[str]) -> None:
    encoder = models.load(models.identify(models.DEFAULT_MODEL))
    fresh = work / "new.jsonl"
    # Different from those of the last time, whose vectors the index may still have.
    articles = [json.loads(line) for line in lines[-NEW:]]
    told = [article | {"text": f"{time.time_ns()}. {article['text']}"} for article in articles]
    fresh.write_text("\n".join(map(json.dumps, told)) + "\n", "utf-8")
    texts = []
    for entry in open_source(fresh, lambda _: None).entries:
        article = entry.read()
        context = title_context(article.title, encoder.count_tokens, encoder.passage_limit)
        passages = split(
            article.text, context, encoder.count_tokens, encoder.passage_limit, Splitting()
        )
        texts += [embedding_text(context, passage.text) for passage in passages]
    encoder.encode_passages(texts[:64])
    started = time.perf_counter()
    for first in range(0, len(texts), 512):
        encoder.encode_passages(texts[first : first + 512])
    alone = time.perf_counter() - started
    command = [str(LOCUS), "index", str(fresh), "--index", str(work / "x.locus"), "--json"]
    summary = json.loads(child(command))
    assert summary["articles"]["added"] == NEW, summary
    row(f"{NEW:,} new articles: run / embedding", f"{summary['seconds'] / alone:.2f}", "1.3")
    child([*command[:2], "--forget", str(fresh), "--index", str(work / "x.locus")])


def resume(folder: Path, lines: list[str]) -> None:
    """Kill a build half-way, and compare the next run with a complete one."""
    source, index = folder / "corpus.jsonl", folder / "x.locus"
    source.write_text("\n".join(lines) + "\n", "utf-8")
    command = [str(LOCUS), "index", str(source), "--index", str(index), "--json"]
    whole = json.loads(child(command))
    shutil.rmtree(index)
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    while stored(index) < whole["passages"]["total"] / 2:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    rest = json.loads(child(command))
    share = rest["passages"]["reused"] / rest["passages"]["total"]
    row(
        f"resumed after a kill, {share:.0%} done: rest / whole",
        f"{rest['seconds'] / whole['seconds']:.2f}",
        "0.6 at 50%",
    )


def stored(index: Path) -> int:
    """How many passages a build has written."""
    try:
        with closing(open_for_reading(index)) as connection:
            return int(connection.execute("SELECT count(*) FROM vectors").fetchone()[0])
    except (LocusError, sqlite3.Error):
        return 0  # the tables do not exist yet


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
