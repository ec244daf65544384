"""How the costs of an index grow with the number of its passages.

    python -m tests.benchmarks.growth CORPUS.jsonl WORK [--sizes 1000,10000,all]
        [--encoder stand-in|model] [--minutes 20]

For each size, from small to large: build, update, open and ask. What is measured already is kept.
Before a size that would end after ``--minutes``, judged by the size before, it stops and says so.
"""

import argparse
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.benchmarks import corpora, tokenizing, updating
from tests.benchmarks.asking import Asked
from tests.benchmarks.building import Run
from tests.benchmarks.encoders import MODEL, STAND_IN
from tests.benchmarks.figures import Figure, Measured, Results
from tests.benchmarks.harness import questions_of
from tests.benchmarks.machine import versions
from tests.benchmarks.opening import first_answers
from tests.benchmarks.served import memory_served

SIZES = "1000,10000,100000,all,1000000"
ALL = "all"
LEFT_OUT = "-left-out"
PROBED = 1_000_000
"""Characters of articles that are split to find out how long a passage is."""


@dataclass(frozen=True, slots=True)
class Sized:
    """The files of one size: a corpus, a folder with articles of its own, and an index of both."""

    folder: Path

    @property
    def corpus(self) -> Path:
        return self.folder / "corpus.jsonl"

    @property
    def edited(self) -> Path:
        return self.folder / "edited"

    @property
    def index(self) -> Path:
        return self.folder / "x.locus"


@dataclass(frozen=True, slots=True)
class Spent:
    """What a size took: characters of articles, seconds to build, and other seconds."""

    characters: int
    build: float
    other: float

    def expected(self, characters: int) -> float:
        """The seconds of another size: building grows with it, and a little faster."""
        return 1.1 * self.build * characters / self.characters + self.other


def main(
    corpus: Path, work: Path, sizes: Sequence[str], encoder: str, minutes: float, *, keep: bool
) -> None:
    """Measure every size that the time allows."""
    results = Results(work / "results")
    started = time.perf_counter()
    last: Spent | None = None
    for size in sizes:
        name = f"growth-{encoder}-{size}"
        articles = _articles(corpus, work, size, results)
        took = time.perf_counter()
        expected = last.expected(articles.characters) if last else 0.0
        left = 60 * minutes - (took - started)
        if expected > left and results.kept(f"{name}-ask", _inputs(corpus, size)) is None:
            told = f"{size} passages would take about {expected / 60:.0f} minutes more"
            results.forget(f"{name}{LEFT_OUT}")
            results.piece(f"{name}{LEFT_OUT}", {}, partial(Measured, printed=told))
            continue
        results.forget(f"{name}{LEFT_OUT}")
        build = _measure(results, name, corpus, size, encoder, Sized(work / name), articles)
        other = max(0.0, time.perf_counter() - took - build)
        last = Spent(articles.characters, build, other)
        if not keep:
            shutil.rmtree(work / name, ignore_errors=True)


def sized(sizes: str) -> list[str]:
    """The sizes of an option, from small to large; ``all`` keeps its place.

    Raises ValueError.
    """
    found = [size.strip() for size in sizes.split(",") if size.strip()]
    for size in found:
        if size != ALL and not (size.isdecimal() and int(size)):
            raise ValueError(f"unknown size {size!r}; give numbers of passages, or {ALL}")
    return found


def _inputs(corpus: Path, size: str) -> dict[str, object]:
    return {"corpus": corpus.name, "bytes": corpus.stat().st_size, "size": size}


def _articles(corpus: Path, work: Path, size: str, results: Results) -> corpora.Written:
    """How many articles and characters a size has."""
    if size == ALL:
        with corpus.open(encoding="utf-8") as file:
            articles = sum(1 for _ in file)
        return corpora.Written(articles, 0, corpus.stat().st_size)
    return corpora.Written(0, 0, int(int(size) * _passage_length(corpus, work, results)))


def _passage_length(corpus: Path, work: Path, results: Results) -> float:
    """The mean number of characters of articles for each passage."""

    def measure() -> Measured:
        sample = Sized(work / "probe")
        shutil.rmtree(sample.folder, ignore_errors=True)
        written = corpora.write(corpus, PROBED, sample.corpus)
        run = Run.of(sample.index, STAND_IN, sample.corpus)
        shutil.rmtree(sample.folder)
        length = written.characters / run.passages
        return Measured([Figure("Locus", "length", length, "", run.passages, STAND_IN)])

    return results.piece("probe", _inputs(corpus, "probe"), measure).figures[0].value


def _measure(
    results: Results,
    name: str,
    corpus: Path,
    size: str,
    encoder: str,
    its: Sized,
    articles: corpora.Written,
) -> float:
    """Measure what is not kept; returns the seconds of the build."""
    inputs = _inputs(corpus, size)
    pieces = [f"{name}-{what}" for what in ("build", "update", "ask")]
    queries = corpus.parent / "queries.jsonl"
    is_complete = all(results.kept(piece, inputs) for piece in pieces)
    if not is_complete and not (its.index.is_dir() and results.kept(pieces[0], inputs)):
        shutil.rmtree(its.folder, ignore_errors=True)
        results.forget(pieces[0])
    build = results.piece(
        pieces[0],
        inputs,
        lambda: Measured(list(_built(its, corpus, size, encoder, articles)), versions()),
    )
    passages = build.figures[0].passages
    results.piece(
        pieces[1], inputs, lambda: Measured(list(_updated(its, encoder, passages)), versions())
    )
    results.piece(
        pieces[2],
        inputs,
        lambda: Measured(list(_asked(its, encoder, passages, queries)), versions()),
    )
    return next(figure.value for figure in build.figures if figure.what == "build")


def _built(
    its: Sized, corpus: Path, size: str, encoder: str, articles: corpora.Written
) -> Iterator[Figure]:
    written = corpora.write(corpus, None if size == ALL else articles.characters, its.corpus)
    updating.write_files(its.corpus, its.edited)
    alone = tokenizing.seconds_per_million(its.corpus) * written.characters / 1e6
    run = Run.of(its.index, encoder, its.corpus, its.edited)
    disk = sum(path.stat().st_size for path in its.index.rglob("*") if path.is_file())
    for what, value, unit in (
        ("articles", float(run.articles), ""),
        ("copies", float(written.copies), ""),
        ("build", run.seconds, "s"),
        ("pipeline", run.pipeline, "s"),
        ("publishing", run.seconds - run.pipeline, "s"),
        ("build processor", run.processor, "s"),
        ("build encoding", run.encoding, "s"),
        ("tokenizing", alone, "s"),
        ("build peak", run.peak, "MiB"),
        ("disk", disk / 2**20, "MiB"),
        ("text", its.corpus.stat().st_size / 2**20, "MiB"),
    ):
        yield Figure("Locus", what, value, unit, run.passages, encoder)


def _updated(its: Sized, encoder: str, passages: int) -> Iterator[Figure]:
    time.sleep(3)  # until the files' times are old enough to be trusted
    none = updating.nothing(its.index, encoder)
    file = updating.one_file(its.index, encoder, its.edited)
    line = updating.one_line(its.index, encoder, its.corpus)
    for what, found in (("nothing", none), ("one file", file), ("one line", line)):
        yield Figure("Locus", f"update {what}", found.seconds, "s", passages, encoder)
        written = found.written / 1e6
        yield Figure("Locus", f"update {what} written", written, "MB", passages, encoder)


def _asked(its: Sized, encoder: str, passages: int, queries: Path) -> Iterator[Figure]:
    first = first_answers(its.index, encoder, questions_of(queries)[0])
    asked = Asked.of(its.index, encoder, queries)
    figures: list[tuple[str, float, str]] = [
        ("first answer", first, "s"),
        ("p50", asked.p50, "ms"),
        ("p95", asked.p95, "ms"),
        ("query encoding", asked.encoding, "ms"),
        ("one thread", asked.one_thread, "/s"),
        ("four threads", asked.four_threads, "/s"),
        ("memory", asked.memory, "MiB"),
        ("own memory", asked.own_memory, "MiB"),
    ]
    if asked.recall is not None:
        figures.append(("recall", asked.recall, ""))
    if encoder == MODEL:
        figures.append(("server memory", memory_served(its.index, queries), "MiB"))
    for what, value, unit in figures:
        yield Figure("Locus", what, value, unit, passages, encoder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.growth")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--encoder", choices=(STAND_IN, MODEL), default=STAND_IN)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--keep", action="store_true", help="keep the indexes")
    given = parser.parse_args()
    main(
        given.corpus.resolve(),
        given.work.resolve(),
        sized(given.sizes),
        given.encoder,
        given.minutes,
        keep=given.keep,
    )
