"""Build an index in this process, and print what it cost as JSON.

    python -m tests.benchmarks.building INDEX stand-in|model SOURCE...

The pipeline ends when the last passage is stored; what remains is publishing, with the FAISS and
tantivy files. ``written`` is what an update costs the disk.
"""

import json
import resource
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from indexer import Progress, build
from tests.benchmarks.encoders import encoder_named
from tests.benchmarks.harness import child


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the pipeline: seconds, processor seconds, MiB of memory, and bytes written."""

    articles: int
    passages: int
    changed: int
    seconds: float
    pipeline: float
    processor: float
    encoding: float
    peak: float
    written: int

    @classmethod
    def of(cls, index: Path, encoder: str, *sources: Path) -> Self:
        """Run in a process of its own, so that its memory is that of this run alone."""
        program = [sys.executable, "-m", "tests.benchmarks.building"]
        return cls(**json.loads(child([*program, str(index), encoder, *map(str, sources)])))

    @classmethod
    def here(cls, index: Path, encoder: str, *sources: Path) -> Self:
        loaded = encoder_named(encoder)
        loaded.encode_query("The model is loaded before the clock starts.")
        stored: dict[int, float] = {}
        before, before_written = time.process_time(), _written()
        started = time.perf_counter()

        def note(progress: Progress) -> None:
            stored.setdefault(progress.passages, time.perf_counter() - started)

        summary = build(index, sources, encoder=loaded, progress=note)
        seconds = time.perf_counter() - started
        return cls(
            articles=summary.articles,
            passages=summary.passages,
            changed=summary.changed,
            seconds=seconds,
            pipeline=stored[max(stored)] if stored else seconds,
            processor=time.process_time() - before,
            encoding=loaded.on_passages,
            peak=_usage().ru_maxrss / 1024,
            written=_written() - before_written,
        )


def _usage() -> resource.struct_rusage:
    return resource.getrusage(resource.RUSAGE_SELF)


def _written() -> int:
    return _usage().ru_oublock * 512


if __name__ == "__main__":
    index, encoder, *sources = sys.argv[1:]
    print(json.dumps(asdict(Run.here(Path(index), encoder, *map(Path, sources)))))
