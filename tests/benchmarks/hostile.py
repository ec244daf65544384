"""Index good articles among files made to break readers, and check that none of them is lost.

    python -m tests.benchmarks.hostile FOLDER

FOLDER should not exist. It takes some minutes, because some files take a reader to its time limit.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.harness import LOCUS, row
from tests.benchmarks.hostile_large import ALL

GOOD = 200
SPARSE = ("txt", "csv", "mbox", "pdf", "zip", "txt.gz", "csv.gz")
DEEP = 200


def main(folder: Path) -> None:
    """Write the files, index them twice, and print the rows of the table."""
    articles = folder / "articles"
    written(articles)
    command: list[str | Path] = [LOCUS, "index", articles, "--index", folder / "index", "--json"]
    for run in ("first", "second"):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        told = json.loads(done.stdout) if done.stdout else {}
        row(f"{run} run: exit code", f"{done.returncode}", "0")
        row("- tracebacks", f"{done.stderr.count('Traceback')}", "0")
        row("- files and parts of files that were skipped", f"{len(told.get('skipped', []))}", "")
    listed = subprocess.run(
        [LOCUS, "list", "good*", "--index", folder / "index"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    row("good articles in the index", f"{len(listed.stdout.splitlines())}", f"{GOOD + 1}")


def written(folder: Path) -> None:
    """Write good articles, all hostile files, and what is no file at all."""
    folder.mkdir(parents=True)
    for number in range(GOOD):
        text = f"Article {number}\n\nThe marker zq{number}qz stands near harbour {number}.\n"
        (folder / f"good{number:03}.txt").write_text(text, "utf-8")
    for kind in ALL:
        for name, data in kind():
            (folder / name).write_bytes(data)
    for suffix in SPARSE:
        with (folder / f"sparse.{suffix}").open("wb") as file:
            file.truncate(2**40)
    deep = folder
    for _ in range(DEEP):
        deep /= "good"
        deep.mkdir()
    (deep / "good.txt").write_text("The marker zqdeepqz is far down.", "utf-8")
    os.mkfifo(folder / "pipe.txt")
    for name, target in (("zero.pdf", "/dev/zero"), ("loop.pdf", "loop.pdf"), ("self", ".")):
        (folder / name).symlink_to(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
