"""An open index: one generation per question, newer ones are noticed, no deleted passages."""

import json
import sqlite3
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from indexer.deriving import vectors
from indexer.deriving.flat import header
from indexer.deriving.lexical import LexicalIndex
from indexer.deriving.vectors import VectorIndex
from indexer.errors import DamagedIndex, IndexFolderError, QueryError
from indexer.pipeline import build
from indexer.storing.state import State
from indexer.storing.store import Store
from indexer.types import Splitting
from search import Searcher, open_index
from search.limits import MODES
from search.question import no_article_under
from search.ranking import meaning
from search.ranking.generation import Generation
from search.scaling import reading
from search.types import Answer
from tests.conftest import ROOT, written
from tests.hashing import HashingEncoder

SMALL = Splitting(target_tokens=12)


@pytest.fixture
def index(articles: Path, tmp_path: Path) -> Path:
    build(tmp_path / "x.locus", [articles], encoder=HashingEncoder(), splitting=SMALL)
    return tmp_path / "x.locus"


def opened(index: Path) -> Searcher:
    return open_index(index, encoder=HashingEncoder())


@pytest.mark.parametrize(
    ("query", "k", "mode", "reason"),
    [
        ("", 10, "hybrid", "empty"),
        (" \n", 10, "hybrid", "empty"),
        ("owls", 0, "hybrid", "got 0"),
        ("owls", 1001, "hybrid", "got 1001"),
        ("owls", 10, "psychic", "unknown mode 'psychic'"),
        ("\ud800", 10, "hybrid", "not valid UTF-8"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    index: Path, query: str, k: int, mode: str, reason: str
) -> None:
    with opened(index) as searcher, pytest.raises(QueryError, match=reason):
        searcher.search(query, k, mode=mode)  # type: ignore[arg-type]


OWLS_AND_BATS = {"night/owls.txt", "night/bats.txt"}


@pytest.mark.parametrize(
    "under",
    [
        "night",
        "night/",
        "./night",
        "././night/",
        "night/*",
        "./night/*.txt",
        "*s.txt",
        "articles/night",
        "articles/night/",
        "articles/night/*s.txt",
        "{source}/night",
        "{source}/night/",
        "{source}/*.txt",
    ],
)
def test_a_folder_is_named_from_its_source_on_or_whole(
    index: Path, articles: Path, under: str
) -> None:
    with opened(index) as searcher:
        answer = searcher.search("bridges", under=under.format(source=articles))
    assert {hit.article for hit in answer.hits} == OWLS_AND_BATS
    assert answer.warnings == ()


@pytest.mark.parametrize("under", [".", "./", "articles", "*", "{source}", "{parent}", "/"])
def test_a_source_and_what_is_above_it_hold_all_its_articles(
    index: Path, articles: Path, under: str
) -> None:
    with opened(index) as searcher:
        name = under.format(source=articles, parent=articles.parent)
        found = {hit.article for hit in searcher.search("bridges", under=name).hits}
    assert found == {*OWLS_AND_BATS, "bridges.md"}


def test_a_folder_of_an_article_comes_before_a_source_of_that_name(
    index: Path, articles: Path, tmp_path: Path
) -> None:
    source = tmp_path / "night"
    source.mkdir()
    (source / "moon.txt").write_text("The moon\n\nThe moon is full.\n")
    build(index, [articles, source], encoder=HashingEncoder(), splitting=SMALL)
    with opened(index) as searcher:
        found = searcher.search("moon", under="night").hits
        assert {hit.article for hit in found} == OWLS_AND_BATS
        (hit,) = searcher.search("moon", under="night/moon.txt").hits
        assert hit.article == "moon.txt"
        (hit,) = searcher.search("moon", under=str(source)).hits
        assert hit.article == "moon.txt"


def test_an_article_s_name_that_looks_like_a_path_is_found_as_it_is(tmp_path: Path) -> None:
    names = ["http://site.org/a", "/wiki/Owl", "./here"]
    lines = [json.dumps({"_id": name, "text": f"{name} tells of owls."}) for name in names]
    (tmp_path / "c.jsonl").write_text("\n".join(lines))
    build(tmp_path / "y.locus", [tmp_path / "c.jsonl"], encoder=HashingEncoder())
    with opened(tmp_path / "y.locus") as searcher:
        for under, name in zip(("http://site.org/", "/wiki", "./here"), names, strict=True):
            (hit,) = searcher.search("owls", under=under).hits
            assert hit.article == name


@pytest.mark.parametrize(
    ("under", "hint"),
    [
        ("day", ""),
        ("nigh", " Did you mean 'night'?"),
        ("../night", " Did you mean 'night'?"),
        ("{source}/day", ""),
        ("{source}s", ""),
        ("*.pdf", ""),
        ("owls.txt", " Did you mean 'night/owls.txt'?"),
    ],
)
def test_that_no_article_is_under_a_name_is_a_warning(
    index: Path, articles: Path, under: str, hint: str
) -> None:
    name = under.format(source=articles)
    with opened(index) as searcher:
        answer = searcher.search("bridges", under=name)
    assert (answer.hits, answer.warnings) == ((), (no_article_under(name) + hint,))


def test_a_name_that_no_article_has_is_met_with_one_that_is_near(index: Path) -> None:
    with opened(index) as searcher:
        assert searcher.near("day/owls.txt") == ["night/owls.txt"]
        near = r"no article 'owls' in .*x\.locus\. Did you mean 'night/owls\.txt'\?$"
        with pytest.raises(QueryError, match=near):
            searcher.explain("bridges", "owls")


def test_a_searcher_takes_up_a_new_generation(index: Path, articles: Path) -> None:
    with opened(index) as searcher:
        assert searcher.search("a comet has a tail").hits[0].article != "new.txt"
        (articles / "new.txt").write_text("Comets\n\nA comet has a tail of dust.\n")
        (articles / "bridges.md").unlink()
        build(index, encoder=HashingEncoder(), splitting=SMALL)
        answer = searcher.search("a comet has a tail", 50)
        assert (answer.generation, answer.hits[0].article) == (2, "new.txt")
        assert "bridges.md" not in {hit.article for hit in answer.hits}
        build(index, encoder=HashingEncoder(), splitting=SMALL, rebuild=True)
        assert searcher.search("a comet has a tail").generation == 3


def test_readers_beside_a_writer_see_whole_generations(index: Path, articles: Path) -> None:
    """All articles of a generation contain one number, so a mixture would show two."""
    for path in articles.rglob("*.*"):
        path.unlink()
    failures: list[str] = []
    done = threading.Event()

    def number(round_: int) -> None:
        for name in "abc":
            (articles / f"{name}.txt").write_text(f"The number is n{round_}.\n")
        build(index, encoder=HashingEncoder(), splitting=SMALL, rebuild=round_ % 5 == 0)

    def read() -> None:
        with opened(index) as searcher:
            while not done.is_set():
                answer = searcher.search("what is the number", 10)
                texts = {hit.text for hit in answer.hits}
                if len(texts) != 1 or len(answer.hits) != 3 or answer.warnings:
                    failures.append(f"{answer.generation}: {texts} {answer.warnings}")

    number(1)
    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for round_ in range(2, 30):
        number(round_)
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []


@pytest.mark.parametrize("file", ["_vector_index", "_lexical_index"])
def test_files_that_a_writer_has_just_replaced_are_not_made_again_in_memory(
    index: Path, articles: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    module = meaning if file == "_vector_index" else reading
    read = getattr(module, file)
    (articles / "new.txt").write_text("Comets\n\nA comet has a tail of dust.\n")

    def swapped(folder: Path, state: State, *rest: object) -> object:
        """The file, opened after a writer has published the next generation and removed it."""
        if state.generation == 1:
            build(index, encoder=HashingEncoder(), splitting=SMALL, rebuild=True)
        return read(folder, state, *rest)

    monkeypatch.setattr(module, file, swapped)
    monkeypatch.setattr(LexicalIndex, "in_memory", lambda *_: pytest.fail("words were indexed"))
    with opened(index) as searcher:
        answer = searcher.search("a comet has a tail")
        assert (answer.generation, answer.hits[0].article) == (2, "new.txt")
        assert answer.warnings == ()
        explained = searcher.explain("a comet has a tail", "new.txt")
        assert explained.article == "new.txt"


@pytest.mark.parametrize("lost", ["lexical/1", "vectors-1.faiss"])
def test_a_file_that_is_lost_is_made_again_once_and_named(index: Path, lost: str) -> None:
    with opened(index) as searcher:
        right = searcher.search("stone bridge").hits
    (index / lost).rename(index / "elsewhere")
    with opened(index) as searcher:
        answer = searcher.search("stone bridge")
        assert answer.hits == right
        assert len(answer.warnings) == 1
        assert lost in answer.warnings[0]
        (index / "elsewhere").rename(index / lost)
        assert searcher.search("stone bridge").warnings == answer.warnings, "it is kept"


def test_several_threads_share_one_searcher(index: Path) -> None:
    with opened(index) as searcher:
        expected = [hit.text for hit in searcher.search("stone bridge").hits]
        found: list[list[str]] = []
        threads = [
            threading.Thread(
                target=lambda: found.append([h.text for h in searcher.search("stone bridge").hits])
            )
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [expected] * 8


def test_near_copies_and_crowding_articles_step_back(tmp_path: Path) -> None:
    source = tmp_path / "birds"
    source.mkdir()
    report = "Owls hunt mice at night in the old forest near the mill, and sleep by day in oaks."
    (source / "one.txt").write_text(report)
    (source / "two.txt").write_text(report + " Indeed.")
    (source / "three.txt").write_text(
        "\n\n".join(
            f"Owls at night: {place}."
            for place in (
                "a barn roof with broken tiles",
                "some church tower and its silent bell",
                "every hollow tree along our lane",
                "snowy fields under full moon",
                "chimneys, gates, posts",
                "that ruin which nobody owns",
                "dunes by cold northern seas",
            )
        )
    )
    (source / "four.txt").write_text("An owl was seen at night.")
    index = tmp_path / "x.locus"
    build(index, [source], encoder=HashingEncoder(), splitting=Splitting(10))
    with opened(index) as searcher:
        hits = searcher.search("Do owls hunt mice at night?", 10).hits
        articles = [hit.article for hit in hits]
        assert len(hits) == 10, "who steps back is not lost"
        assert articles[0] in {"one.txt", "two.txt"}
        assert articles.count("three.txt") == 7
        copy = max(articles.index("one.txt"), articles.index("two.txt"))
        assert copy > articles.index("four.txt"), "the copy steps back"
        assert articles[-1] == "three.txt", "and so do the sixth and seventh of an article"
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        few = searcher.search("Do owls hunt mice at night?", 4, per_article=1).hits
        assert len({hit.article for hit in few[:3]}) == 3
        with pytest.raises(QueryError, match="at least 1"):
            searcher.search("owls", per_article=0)


def test_confidence_tells_what_the_index_answers(seeds_index: Path) -> None:
    with open_index(seeds_index) as searcher:
        for mode in MODES:
            known = searcher.search("Why do corals turn white?", mode=mode)
            unknown = searcher.search("Who repaired the brakes of my cousin's van?", mode=mode)
            assert known.confidence is not None
            assert unknown.confidence is not None
            assert known.confidence > 0.6, mode
            assert unknown.confidence < 0.4, mode
        assert unknown.hits, "without a wish for confidence there are hits"
        assert searcher.search("Who repaired my van?", min_confidence=0.5).hits == ()
        assert searcher.search("Why do corals turn white?", min_confidence=0.5).hits
        with pytest.raises(QueryError, match="from 0 to 1"):
            searcher.search("owls", min_confidence=2)


def test_a_longer_page_begins_as_a_shorter_one(seeds_index: Path) -> None:
    with open_index(seeds_index) as searcher:
        for mode in MODES:
            short = searcher.search("Why are leaves green?", 10, mode=mode, per_article=9).hits
            long = searcher.search("Why are leaves green?", 60, mode=mode, per_article=9).hits
            assert long[: len(short)] == short
            scores = [hit.score for hit in long]
            assert scores == sorted(scores, reverse=True)


def everything(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    """Each file and folder by path, with its time and bytes."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mtime_ns,
            path.read_bytes() if path.is_file() else None,
        )
        for path in folder.rglob("*")
    }


def test_searching_writes_nothing(index: Path) -> None:
    before = everything(index)
    with opened(index) as searcher:
        searcher.search("owls", under="night")
        searcher.explain("owls", "night/owls.txt")
        searcher.named("night/owls.txt")
        searcher.articles()
    after = everything(index)
    # What SQLite shares between processes it leaves behind where a reader is the last: an empty
    # log, and an index of it.
    assert after.pop("locus.db-wal", (0, b""))[1] == b""
    after.pop("locus.db-shm", None)
    assert after == before


def test_a_closed_searcher_says_that_it_is_closed(index: Path) -> None:
    searcher = opened(index)
    searcher.search("owls")
    searcher.close()
    searcher.close()
    with pytest.raises(IndexFolderError, match=r"is closed\. Open it again") as raised:
        searcher.search("owls")
    assert not isinstance(raised.value, DamagedIndex)
    assert searcher.folder == index


@pytest.mark.parametrize("slip", ["SELECT nothing FROM articles", "SELECT :given", "SELEC"])
def test_a_statement_that_is_wrong_is_not_called_damage(index: Path, slip: str) -> None:
    with Store(index) as store, pytest.raises(IndexFolderError) as raised:  # noqa: SIM117
        with store.snapshot() as (_, snapshot):
            snapshot.rows(slip)
    assert not isinstance(raised.value, DamagedIndex)
    assert "verify" not in str(raised.value)


def test_a_searcher_that_nothing_refers_to_has_closed_its_database(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = []

    class Noting(sqlite3.Connection):
        def close(self) -> None:
            closed.append(self)
            super().close()

    connect = partial(sqlite3.connect, factory=Noting)
    monkeypatch.setattr(sqlite3, "connect", connect)
    searcher = opened(index)
    searcher.search("owls")
    assert closed == []
    del searcher
    assert len(closed) == 1


def test_an_article_is_given_as_it_was_indexed(index: Path, articles: Path) -> None:
    with opened(index) as searcher:
        (article,) = searcher.named("night/owls.txt")
        assert (article.title, article.source) == ("Owls of the forest", str(articles))
        assert article.text == (articles / "night/owls.txt").read_text()
        hits = [hit for hit in searcher.search("owls", 50).hits if hit.article == article.name]
        assert sorted((hit.start, hit.end) for hit in hits) == list(article.passages)
        assert searcher.named("night/owls.txt", "elsewhere") == []
        assert searcher.named("night/%.txt") == []
        (articles / "night/owls.txt").unlink()
        build(index, encoder=HashingEncoder())
        assert searcher.named("night/owls.txt") == []


def test_a_name_that_two_sources_have_is_two_articles(index: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "bridges.md").write_text("# Other bridges\n\nThese are of rope.\n")
    build(index, [other], encoder=HashingEncoder(), splitting=SMALL)
    with opened(index) as searcher:
        both = searcher.named("bridges.md")
        assert [article.title for article in both] == ["Bridges", "Other bridges"]
        (one,) = searcher.named("bridges.md", str(other))
        assert one.title == "Other bridges"


def test_a_text_that_is_not_what_was_written_is_an_error(index: Path) -> None:
    database = sqlite3.connect(index / "locus.db")
    database.execute(
        "UPDATE texts SET text = 'forged' WHERE article ="
        " (SELECT id FROM articles WHERE name = 'bridges.md')"
    )
    database.commit()
    database.close()
    with opened(index) as searcher, pytest.raises(DamagedIndex, match=r"bridges\.md"):
        searcher.named("bridges.md")


@pytest.mark.parametrize("exact", [False, True])
def test_an_exact_search_says_so_to_the_vectors(
    small_index: Path, monkeypatch: pytest.MonkeyPatch, exact: bool
) -> None:
    asked = []
    search = VectorIndex.search

    def noting(index: VectorIndex, *given: Any, exact: bool) -> Any:
        asked.append(exact)
        return search(index, *given, exact=exact)

    monkeypatch.setattr(VectorIndex, "search", noting)
    with open_index(small_index, encoder=HashingEncoder()) as searcher:
        assert searcher.search("owls at night", exact=exact).hits[0].article == "night/owls.txt"
        assert next(searcher.search_many(["owls at night"], exact=exact)).hits
        assert searcher.similar("night/owls.txt", exact=exact).hits
    assert asked == [exact] * 3


def test_a_search_by_keywords_loads_no_faiss(small_index: Path) -> None:
    program = (
        "import sys; from search import open_index\n"
        f"with open_index({str(small_index)!r}) as index:\n"
        "    hits = index.search('stone bridge', mode='lexical').hits\n"
        "print(hits[0].article, 'faiss' in sys.modules, 'openvino' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["bridges.md", "False", "False"]


def test_a_search_by_meaning_after_one_by_keywords_has_the_vectors(small_index: Path) -> None:
    with opened(small_index) as first, opened(small_index) as other:
        first.search("stone bridge", mode="lexical")
        found, right = first.search("stone bridge"), other.search("stone bridge")
        assert found.hits == right.hits
        assert found.hits[0].semantic is not None


@pytest.mark.parametrize("ask", ["search", "similar"])
def test_a_vector_that_is_found_damaged_when_it_is_read_is_taken_from_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: str
) -> None:
    """Opening a large index does not read its vectors, so their damage is found by a question."""

    def asked(searcher: Searcher) -> Answer:
        return searcher.similar("7.txt") if ask == "similar" else searcher.search("bridge 7")

    monkeypatch.setattr(vectors, "_EXACT_LIMIT", 16)
    monkeypatch.setattr(vectors, "_NEAR", 8)
    texts = {f"{n}.txt": f"Bridge {n} crosses river {n % 7} near town {n % 5}." for n in range(90)}
    index = tmp_path / "x.locus"
    build(index, [written(tmp_path / "mine", texts)], encoder=HashingEncoder(), splitting=SMALL)
    with opened(index) as searcher:
        right = asked(searcher)
    file = index / "vectors-1.faiss"
    data = bytearray(file.read_bytes())
    begun = len(header(0, HashingEncoder().identity.dimension))
    for row in range(90):
        data[begun + row * 2 * HashingEncoder().identity.dimension] ^= 1
    file.write_bytes(data)
    with opened(index) as searcher:
        found = asked(searcher)
        assert [hit.text for hit in found.hits] == [hit.text for hit in right.hits]
        (warning,) = found.warnings
        assert "vectors-1.faiss is damaged (checksum mismatch)" in warning
        assert "verify --repair" in warning
        assert asked(searcher).warnings == (warning,)


def test_an_explanation_compares_all_vectors_if_it_is_exact(
    small_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = []
    by_meaning = Generation.by_meaning

    def seen(self: Generation, *given: Any, **options: Any) -> Any:
        searched.append(options["exact"])
        return by_meaning(self, *given, **options)

    monkeypatch.setattr(Generation, "by_meaning", seen)
    with open_index(small_index, encoder=HashingEncoder()) as index:
        for exact in (True, False):
            index.explain("who hunts at night", index.articles()[0], exact=exact)
    assert searched == [True, True, False, False]
