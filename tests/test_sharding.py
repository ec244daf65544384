"""Updating an index of several shards: what is touched, what readers see, what is refused."""

import json
import shutil
import threading
from pathlib import Path

import pytest

from indexer.deriving.publishing import Candidate
from indexer.errors import DamagedIndex, GateClosed, IndexFolderError, NotAnIndex, VersionMismatch
from indexer.pipeline import build
from indexer.reading import articles as reading
from indexer.reading.part import ShardPart, shard_of
from indexer.sharding import building, in_turn, preparing
from indexer.sharding.verifying import repair, verify
from indexer.storing.shards.manifest import Manifest
from indexer.storing.shards.numbering import Numbering
from indexer.storing.shards.store import open_store
from indexer.storing.tuning import retune
from indexer.types import Tuning
from search import open_index
from tests.conftest import ARTICLES, Locus, written
from tests.hashing import HashingEncoder
from tests.histories import SMALL, ask, contents, run, write

SHARDS = 4
TEXTS = {
    f"{number}.txt": f"About {number}\n\nThe word of it is w{number}.\n" for number in range(12)
}


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    return written(tmp_path / "articles", TEXTS)


@pytest.fixture
def index(articles: Path, tmp_path: Path) -> Path:
    run(tmp_path / "x.locus", articles, shards=SHARDS)
    return tmp_path / "x.locus"


def generations(index: Path) -> list[int | None]:
    return [None if it is None else it.state.generation for it in Manifest.read(index).shards]


def bytes_of(folder: Path) -> dict[str, bytes]:
    """The derived files of a shard."""
    files = [path for path in folder.glob("**/*") if path.is_file()]
    return {str(path): path.read_bytes() for path in files if not path.name.startswith("locus.db")}


def test_a_name_always_belongs_to_the_same_shard() -> None:
    """Another rule would look for every article in another shard."""
    names = ["owls.txt", "night/bats.txt", "Größe.md", "4983"]
    assert [shard_of(name, 8) for name in names] == PINNED
    assert [ShardPart(n, 8).has("owls.txt") for n in range(8)].count(True) == 1


PINNED = [6, 0, 2, 2]


def test_a_changed_article_touches_its_shard_alone(index: Path, articles: Path) -> None:
    folders = Manifest.read(index).folders(index)
    before = list(map(bytes_of, folders))
    own = shard_of("3.txt", SHARDS)
    write(articles / "3.txt", "About 3\n\nThe word of it is walrus.\n")
    summary = run(index)
    assert (summary.changed, summary.unchanged, summary.embedded) == (1, 11, 1)
    assert generations(index) == [2 if shard == own else 1 for shard in range(SHARDS)]
    same = [old == new for old, new in zip(before, map(bytes_of, folders), strict=True)]
    assert same == [shard != own for shard in range(SHARDS)]
    assert ask(index, "walrus")[0] == "3.txt"
    assert run(index).has_changes is False
    assert Manifest.read(index).generation == 2


def test_a_renamed_article_is_moved_with_its_vectors(index: Path, articles: Path) -> None:
    names = [f"new-{number}.txt" for number in range(20)]
    other = next(it for it in names if shard_of(it, SHARDS) != shard_of("3.txt", SHARDS))
    (articles / "3.txt").rename(articles / other)
    summary = run(index)
    assert (summary.moved, summary.added, summary.removed, summary.embedded) == (1, 0, 0, 0)
    assert ask(index, "w3")[0] == other


def test_shards_have_together_what_one_index_has(index: Path, articles: Path) -> None:
    one = index.with_name("one.locus")
    run(one, articles)
    assert contents(index) == contents(one)
    with open_store(index) as store, store.snapshot() as (state, snapshot):
        assert (state.articles, snapshot.extent()[0]) == (12, state.passages)
        assert snapshot.article_names() == sorted(TEXTS)
        assert snapshot.sources() == [(str(articles), 12)]
        (named,) = snapshot.named("3.txt")
        assert named.text == TEXTS["3.txt"]


def test_the_number_of_shards_is_kept_and_changed_by_a_rebuild_only(
    index: Path, articles: Path
) -> None:
    before = contents(index)
    with pytest.raises(IndexFolderError, match="--shards 2 --rebuild"):
        run(index, shards=2)
    assert run(index, shards=SHARDS).has_changes is False
    with open_index(index, encoder=HashingEncoder()) as searcher:
        assert searcher.search("w3").hits[0].article == "3.txt"
        run(index, shards=2, rebuild=True)
        assert Manifest.read(index).count == 2
        assert searcher.search("w3").hits[0].article == "3.txt"
    assert contents(index) == before
    assert [path.name for path in index.glob("shards-*")] == ["shards-2"]


def test_an_index_without_shards_is_divided_by_a_rebuild_only(
    articles: Path, tmp_path: Path
) -> None:
    index = tmp_path / "one.locus"
    run(index, articles)
    before = contents(index)
    retune(index, Tuning(meaning=2.0))
    with pytest.raises(IndexFolderError, match="--rebuild"):
        run(index, shards=2)
    run(index, shards=2, rebuild=True)
    assert contents(index) == before
    assert sorted(path.name for path in index.iterdir()) == [
        *("shards-1", "shards.json", "writer.lock"),
    ]
    with open_store(index) as store, store.snapshot() as (state, _):
        assert (state.generation, state.tuning.meaning) == (2, 2.0)


def test_readers_see_all_shards_change_at_once(index: Path, articles: Path) -> None:
    """All articles of a generation contain one number, so a mixture would show two."""
    failures: list[str] = []
    done = threading.Event()

    def number(round_: int) -> None:
        for name in TEXTS:
            write(articles / name, f"About {name}\n\nThe number is n{round_} here.\n")
        run(index)

    def read() -> None:
        with open_index(index, encoder=HashingEncoder()) as searcher:
            while not done.is_set():
                answer = searcher.search("the number here", 12)
                texts = {hit.text.split()[-2] for hit in answer.hits}
                if len(texts) != 1 or len(answer.hits) != 12 or answer.warnings:
                    failures.append(f"{answer.generation}: {texts} {answer.warnings}")

    number(0)
    reader = threading.Thread(target=read)
    reader.start()
    for round_ in range(1, 5):
        number(round_)
    done.set()
    reader.join()
    assert failures == []


def test_a_gate_sees_all_shards_and_what_it_refuses_is_not_published(
    index: Path, articles: Path
) -> None:
    write(articles / "3.txt", "About 3\n\nThe word of it is walrus.\n")
    seen: list[tuple[int, int, int]] = []

    def gate(candidate: Candidate) -> None:
        live, snapshot = candidate.live, candidate.snapshot
        (walrus,) = snapshot.named("3.txt")
        assert "walrus" in walrus.text
        generation = live.generation if live else 0
        seen.append((generation, candidate.state.generation, len(snapshot.article_names())))
        raise GateClosed("no")

    with pytest.raises(GateClosed):
        build(index, encoder=HashingEncoder(), splitting=SMALL, gate=gate)
    assert seen == [(1, 2, 12)]
    assert generations(index) == [1] * SHARDS
    assert ask(index, "w3")[0] == "3.txt"
    encoder = HashingEncoder()
    run(index, encoder=encoder)
    assert encoder.embedded == [], "what was refused is kept"


def test_what_the_manifest_publishes_is_seen_before_the_databases_follow(
    index: Path, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in TEXTS:
        write(articles / name, f"About {name}\n\nThe walrus of {name}.\n")

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(building, "finish", stopped)
        with pytest.raises(KeyboardInterrupt):
            run(index)
    assert len(set(ask(index, "walrus"))) == 12
    assert verify(index).ok
    encoder = HashingEncoder()
    assert run(index, encoder=encoder).has_changes is False
    assert encoder.embedded == []
    with open_store(Manifest.read(index).folder(index, 0)) as store, store.snapshot() as (own, _):
        assert own.generation == 2


def test_a_damaged_shard_is_named_and_repaired(index: Path) -> None:
    path = index / "shards-1/2/vectors-1.faiss"
    path.write_bytes(b"lost")
    with open_index(index, encoder=HashingEncoder()) as searcher:
        answer = searcher.search("w3")
        assert answer.hits[0].article == "3.txt"
        assert len(answer.warnings) == 1
    assert [it.file for it in verify(index).problems] == ["shards-1/2/vectors-1.faiss"]
    assert repair(index).repaired == ["shards-1/2/vectors-1r.faiss"]
    assert verify(index).ok
    with open_index(index, encoder=HashingEncoder()) as searcher:
        assert searcher.search("w3").warnings == ()
    shutil.rmtree(index / "shards-1/1/lexical/1")
    with open_index(index, encoder=HashingEncoder()) as searcher:
        assert searcher.search("w3", mode="lexical").hits[0].article == "3.txt"
    assert repair(index).repaired == ["shards-1/1/lexical/1r"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"generation": 7}, DamagedIndex),
        ({"shards": []}, DamagedIndex),
        ({"format": 99}, VersionMismatch),
        ({"format": "1"}, DamagedIndex),
    ],
)
def test_a_manifest_that_was_changed_is_not_read(
    index: Path, change: dict[str, object], error: type[Exception]
) -> None:
    path = index / "shards.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(error, match=r"shards\.json"):
        open_index(index)
    path.write_bytes(b"\xff{")
    with pytest.raises(DamagedIndex, match=r"shards\.json"):
        open_index(index)


def test_a_shard_is_updated_by_its_index_alone(index: Path, articles: Path) -> None:
    with pytest.raises(IndexFolderError, match="is a shard of the index"):
        run(index / "shards-1/0", articles)
    assert ask(index / "shards-1" / str(shard_of("3.txt", SHARDS)), "w3")[0] == "3.txt"


def test_an_interrupted_first_run_is_not_finished_and_goes_on_without_options(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, prepare = tmp_path / "x.locus", preparing.prepare
    calls: list[int] = []

    def stopped(*given: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return prepare(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(in_turn, "prepare", stopped)
        with pytest.raises(KeyboardInterrupt):
            run(index, articles, shards=SHARDS)
    with pytest.raises(NotAnIndex, match="not finished"):
        ask(index, "w3")
    encoder = HashingEncoder()
    assert run(index, encoder=encoder).articles == 12
    assert 0 < len(encoder.embedded) < 12
    assert Manifest.read(index).count == SHARDS


def test_a_forgotten_source_leaves_all_shards(index: Path, articles: Path, tmp_path: Path) -> None:
    more = written(tmp_path / "more", {f"m{n}.txt": f"More\n\nThe moth m{n}.\n" for n in range(6)})
    assert run(index, more).articles == 18
    summary = build(index, encoder=HashingEncoder(), splitting=SMALL, forget=[more])
    assert (summary.removed, summary.articles) == (6, 12)
    with open_store(index) as store, store.snapshot() as (_, snapshot):
        assert snapshot.sources() == [(str(articles), 12)]


def test_rows_are_numbered_over_all_shards() -> None:
    numbering = Numbering(3)
    numbers = [numbering.number(row, shard) for row in range(1, 5) for shard in range(3)]
    assert numbers == sorted(set(numbers))
    assert numbering.by_shard(numbers) == {shard: [1, 2, 3, 4] for shard in range(3)}


def test_the_commands_open_an_index_of_shards(
    locus: Locus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_IN_DOUBT_NS", -(10**12))  # no file is too new to be trusted
    for name, text in ARTICLES.items():
        write(tmp_path / "articles" / name, text)
    done = locus("index", "articles", "--shards", 3, check=0)
    assert "3 articles" in done.stdout
    assert "3 shards" in locus("status", check=0).stdout
    assert len(json.loads(locus("status", "--json", check=0).stdout)["shards"]) == 3
    assert locus("list", check=0).stdout.split() == sorted(ARTICLES)
    assert locus("list", "night", check=0).stdout.split() == ["night/bats.txt", "night/owls.txt"]
    assert "Owls hunt mice" in locus("show", "night/owls.txt", check=0).stdout
    assert "OK" in locus("verify", check=0).stdout
    assert "Nothing to read; 3 unchanged" in locus("index", "--dry-run", check=0).stdout
    assert "4 shards" not in locus("index", "--shards", 4, check=2).stderr
    found = json.loads(
        locus("search", "who hunts mice", "--json", "--under", "night", check=0).stdout
    )
    assert found["hits"][0]["article"] == "night/owls.txt"
    assert "night/none.txt" in locus("show", "night/none.txt", check=2).stderr
