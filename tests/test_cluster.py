"""Preparing the shards of an index with tasks on Ray: what is written, repeated and kept."""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from indexer.arrays import Vectors
from indexer.errors import ClusterError, ModelError
from indexer.pipeline import build
from indexer.reading.part import shard_of
from indexer.sharding import cluster
from indexer.storing.shards.manifest import Manifest
from indexer.types import Span
from indexer.updating import drafting
from indexer.updating.summary import Summary
from tests.conftest import written
from tests.hashing import HashingEncoder
from tests.histories import SMALL, ask, contents, run, write

SHARDS = 2
TEXTS = {
    f"{number}.txt": f"About {number}\n\nThe word of it is w{number}.\n" for number in range(12)
}
HAS_RAY = find_spec("ray") is not None
"""Not imported here, for it reads its settings when it is imported."""


@dataclass
class Logged(HashingEncoder):
    """Writes the text of each passage that it encodes to ``log``, in whatever process it is.

    The process that is the first to reach ``kills`` dies, or the passage that contains ``fails``
    raises an error. The cluster's processes embed ``window`` passages together, if it is given.
    """

    log: str = ""
    kills: str = ""
    fails: str = ""
    window: int = 0

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if self.window:
            drafting._WINDOW = self.window
        return super().count_tokens(texts)

    def encode_with_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, Vectors]:
        if self.fails and any(self.fails in text for text in texts):
            raise ModelError("the model is broken")
        with Path(self.log).open("a", encoding="utf-8") as log:
            log.writelines(text.replace("\n", " ") + "\n" for text in texts)
        if self.kills and any(self.kills in text for text in texts):
            with Path(self.log + ".killed").open("a") as marks:
                marks.write("x")
            if Path(self.log + ".killed").stat().st_size == 1:
                os.kill(os.getpid(), signal.SIGKILL)
        return super().encode_with_parts(texts, parts)


def encoded(log: Path) -> list[str]:
    return log.read_text("utf-8").splitlines() if log.exists() else []


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    if not HAS_RAY:
        pytest.skip("needs the extra ray")
    with cluster.prepared_on("local"):
        import ray

        yield ray


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    return written(tmp_path / "articles", TEXTS)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "x.locus"


def build_on_ray(index: Path, articles: Path, encoder: HashingEncoder, **options: Any) -> Summary:
    wanted: dict[str, Any] = {"shards": SHARDS, "splitting": SMALL, "ray": "local"}
    return build(index, [articles], encoder=encoder, **(wanted | options))


def test_tasks_write_what_one_process_writes_and_update_what_has_changed(
    ray: Any, articles: Path, index: Path, tmp_path: Path
) -> None:
    here = run(tmp_path / "here.locus", articles, shards=SHARDS)
    log = tmp_path / "log"
    told: list[bool] = []
    summary = build_on_ray(
        index, articles, Logged(log=str(log)), progress=lambda it: told.append(it.done <= it.total)
    )
    assert (summary.added, summary.embedded) == (here.added, here.embedded)
    assert contents(index) == contents(tmp_path / "here.locus")
    assert len(encoded(log)) == here.embedded
    for number in range(12):
        assert ask(index, f"w{number}") == ask(tmp_path / "here.locus", f"w{number}")
    assert all(told)

    log.unlink()
    write(articles / "3.txt", "About 3\n\nThe word of it is walrus.\n")
    summary = build_on_ray(index, articles, Logged(log=str(log)))
    assert (summary.changed, summary.unchanged, len(encoded(log))) == (1, 11, 1)
    states = [it.state.generation for it in Manifest.read(index).shards if it is not None]
    assert sorted(states) == [1, 2]
    assert ask(index, "walrus")[0] == "3.txt"


def test_a_killed_process_is_replaced_and_continues_with_what_is_stored(
    ray: Any, index: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    many = {
        f"{n}.txt": f"About {n}\n\n" + "".join(f"Word w{n}x{m}.\n\n" for m in range(90))
        for n in range(40)
    }
    articles, log = written(tmp_path / "many", many), tmp_path / "log"
    here = run(tmp_path / "here.locus", articles, shards=SHARDS)
    encoder = Logged(log=str(log), kills="w37x80", window=16)
    summary = build_on_ray(index, articles, encoder)
    assert Path(f"{log}.killed").exists()
    assert capfd.readouterr() == ("", "")
    assert contents(index) == contents(tmp_path / "here.locus")
    names = [name for name in sorted(many) if shard_of(name, SHARDS) == shard_of("37.txt", SHARDS)]
    assert names.index("37.txt") > 5  # so it dies after several windows
    twice = len(encoded(log)) - here.embedded
    # The window that it died in, and those that wait to be stored.
    assert 0 < twice <= 3 * encoder.window
    assert summary.passages == here.passages


def test_a_shard_that_fails_is_named_and_the_old_answers_stay(
    ray: Any, articles: Path, index: Path, tmp_path: Path
) -> None:
    log = str(tmp_path / "log")
    build_on_ray(index, articles, Logged(log=log))
    before = (index / "shards.json").read_bytes()
    write(articles / "3.txt", "About 3\n\nThe word of it is walrus.\n")
    write(articles / "4.txt", "About 4\n\nThe word of it is weasel.\n")
    with pytest.raises(ModelError, match=r"^shard \d of 2: the model is broken$"):
        build_on_ray(index, articles, Logged(log=log, fails="walrus"))
    assert (index / "shards.json").read_bytes() == before
    assert ask(index, "w3")[0] == "3.txt"
    assert "walrus" not in str(contents(index))
    build_on_ray(index, articles, Logged(log=log))
    assert ask(index, "walrus")[0] == "3.txt"


def test_without_ray_a_message_says_what_to_install(
    articles: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterError, match=r"pip install 'locus-search\[ray\]'"):
        build_on_ray(index, articles, HashingEncoder())
    assert not index.exists()


def test_an_address_must_be_one_and_an_index_must_have_shards(articles: Path, index: Path) -> None:
    with pytest.raises(ClusterError, match="Use HOST:PORT, auto or local"):
        build_on_ray(index, articles, HashingEncoder(), ray="ray://head:10001")
    if not HAS_RAY:
        pytest.skip("needs the extra ray")
    with pytest.raises(ClusterError, match="Add --shards N"):
        build_on_ray(index, articles, HashingEncoder(), shards=None)
    assert not index.exists()
