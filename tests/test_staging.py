"""The next generation is staged beside the current one, and taken up where a run was cut short."""

from dataclasses import replace
from pathlib import Path

import pytest

from indexer.storing.database import transaction
from indexer.storing.drafts import Changes, Draft, LiveArticle
from indexer.storing.publication import name_derived, sweep
from indexer.storing.sources import forget, remember, remembered_sources
from indexer.storing.staging import Staging
from indexer.storing.state import Derived, read_state
from indexer.storing.store import Store
from indexer.types import Selection, Splitting
from tests.hashing import IDENTITY
from tests.staged import NO_FILE, draft, publish, rows_of, staging

OTHER = replace(IDENTITY, files="2" * 64)


def source_of(staged: Staging) -> int:
    """The number of the index's first source."""
    return next(iter(remembered_sources(staged.connection).values())).number


def added(staged: Staging, name: str = "new.txt", *sentences: str) -> Draft:
    """An article that is stored whole."""
    it = draft(source_of(staged), name, *(sentences or ("Comets are dust.", "Tides follow.")))
    staged.store(rows_of(it))
    return it


def standing(staged: Staging) -> dict[str, LiveArticle]:
    return {it.name: it for it in staged.live_articles(source_of(staged))}


def seen(index: Path) -> list[str]:
    with Store(index) as store, store.snapshot() as (_, snapshot):
        return snapshot.article_names()


def test_what_is_staged_is_seen_by_the_staging_s_snapshot_alone_until_it_is_published(
    copied_index: Path,
) -> None:
    before = seen(copied_index)
    with staging(copied_index) as staged:
        added(staged)
        staged.retire([standing(staged)["bridges.md"].id])
        assert seen(copied_index) == before == staged.snapshot(1).article_names()
        assert staged.snapshot().article_names() == ["new.txt", "night/bats.txt", "night/owls.txt"]
        assert staged.changes().articles_added == staged.changes().articles_ended == 1
        publish(staged)
    assert seen(copied_index) == ["new.txt", "night/bats.txt", "night/owls.txt"]


def test_the_counts_of_the_next_generation_follow_from_the_changes(copied_index: Path) -> None:
    with staging(copied_index) as staged:
        current = read_state(staged.connection, copied_index)
        assert current is not None
        assert staged.changes() == Changes(0, 0, 0, 0)
        assert not staged.changes()
        added(staged)
        bridges = standing(staged)["bridges.md"].id
        ended = len(staged.snapshot().passages_of("bridges.md"))
        staged.retire([bridges])
        assert staged.changes() == Changes(1, 2, 1, ended)
        state = staged.state(vectors=NO_FILE, lexical=NO_FILE, calibration="{}")
        assert (state.generation, state.articles) == (2, 3)
        assert state.passages == current.passages + 2 - ended == staged.snapshot().extent()[0]
        publish(staged, calibration="{}")
        published = read_state(staged.connection, copied_index)
        assert published == replace(state, published=published.published if published else "")


def test_an_article_goes_on_in_the_next_call_and_is_complete_with_its_last_passage(
    copied_index: Path,
) -> None:
    complete = "SELECT complete FROM articles WHERE name = 'new.txt'"
    with staging(copied_index) as staged:
        rows = rows_of(draft(source_of(staged), "new.txt", "One.", "Two.", "Three."))
        staged.store(rows[:1])
        staged.store([])
        staged.store(rows[1:2])
        assert staged.connection.execute(complete).fetchall() == [(0,)]
        staged.store(rows[2:])
        assert staged.connection.execute(complete).fetchall() == [(1,)]
        assert len(staged.snapshot().passages_of("new.txt")) == 3


def test_a_run_that_is_cut_short_leaves_its_complete_articles_to_the_next(
    copied_index: Path,
) -> None:
    with staging(copied_index) as staged:
        added(staged)
        staged.store(rows_of(draft(source_of(staged), "half.txt", "One.", "Two."))[:1])
        staged.retire([standing(staged)["bridges.md"].id])
    with staging(copied_index) as staged:
        assert staged.generation == 2
        found = standing(staged)
        assert sorted(found) == ["bridges.md", "new.txt", "night/bats.txt", "night/owls.txt"]
        assert (found["new.txt"].born, found["bridges.md"].born) == (2, 1)
        assert not staged.untouched(source_of(staged))


@pytest.mark.parametrize(
    "changed", [{"encoder": OTHER}, {"splitting": Splitting(13)}, {"from_scratch": True}], ids=str
)
def test_with_other_settings_nothing_of_the_current_generation_stays(
    copied_index: Path, changed: dict[str, object]
) -> None:
    with staging(copied_index, **changed) as staged:  # type: ignore[arg-type]
        assert staged.rebuilds
        assert not any(staged.keeps(it) for it in standing(staged).values())
        assert not staged.untouched(source_of(staged))
        added(staged)
        assert staged.keeps(standing(staged)["new.txt"])


def test_with_the_same_settings_all_of_it_can_stay(copied_index: Path) -> None:
    with staging(copied_index, encoder=replace(IDENTITY, name="another name")) as staged:
        assert not staged.rebuilds
        assert all(staged.keeps(it) for it in standing(staged).values())
        assert staged.untouched(source_of(staged))


def test_what_was_staged_for_another_model_dies_unseen_and_lends_its_vectors(
    copied_index: Path,
) -> None:
    with staging(copied_index, encoder=OTHER) as staged:
        rows = rows_of(added(staged))
    with staging(copied_index) as staged:
        assert "new.txt" not in standing(staged)
        assert staged.changes() == Changes(0, 0, 0, 0)
        known = staged.known_vectors([row.key for row in rows])
        assert known == {row.key: row.vectors for row in rows}


def test_vectors_of_any_article_are_known_by_their_keys(
    copied_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.storing.staging._KEYS_A_QUERY", 2)
    with staging(copied_index) as staged:
        rows = rows_of(draft(source_of(staged), "a", "One.", "Two.", "Three."))
        staged.store(rows)
        staged.retire([standing(staged)["a"].id])
        keys = [row.key for row in rows]
        assert staged.known_vectors([*keys, b"unknown"]) == {row.key: row.vectors for row in rows}
        assert staged.known_vectors([]) == {}


def test_afresh_no_vectors_are_taken_over(copied_index: Path) -> None:
    with staging(copied_index) as staged:
        key = staged.connection.execute("SELECT key FROM passages").fetchone()[0]
        assert list(staged.known_vectors([key])) == [key]
    with staging(copied_index, from_scratch=True) as staged:
        assert staged.known_vectors([key]) == {}


def test_an_article_is_known_by_its_last_look_and_its_text(copied_index: Path) -> None:
    with staging(copied_index) as staged:
        owls, bats = (standing(staged)[f"night/{name}.txt"] for name in ("owls", "bats"))
        staged.restamp([(owls.id, 5, 77)])
        staged.restamp([])
        assert standing(staged)["night/owls.txt"] == owls._replace(size=5, mtime_ns=77)
        assert standing(staged)["night/bats.txt"] == bats
        assert staged.article(owls).text.startswith("Owls of the forest\n\nOwls hunt mice")
        assert staged.count(source_of(staged)) == 3
        staged.retire([owls.id])
        assert staged.count(source_of(staged)) == 2
        assert staged.count(99) == 0


def test_a_source_s_stamp_is_noted_when_the_generation_is_published_or_withdrawn(
    copied_index: Path,
) -> None:
    def stamp(staged: Staging) -> str | None:
        return next(iter(remembered_sources(staged.connection).values())).stamp

    with staging(copied_index) as staged:
        before = stamp(staged)
        staged.note(source_of(staged), "one", [])
        assert stamp(staged) == before
        publish(staged)
        assert stamp(staged) == "one"
    with staging(copied_index) as staged:
        staged.note(source_of(staged), None, [])
        staged.withdraw()
        assert stamp(staged) is None
        state = read_state(staged.connection, copied_index)
        assert state is not None
        assert state.generation == 2
    with staging(copied_index) as staged:
        assert staged.generation == 3, "what was withdrawn left no number behind"


def test_the_articles_of_a_forgotten_source_end_and_the_source_goes_with_them(
    copied_index: Path,
) -> None:
    with staging(copied_index) as staged:
        (path,) = remembered_sources(staged.connection)
        other = remember(staged.connection, Path("/other"), Selection())
        staged.store(rows_of(draft(other.number, "a", "One.")))
        forget(staged.connection, path)
        ended = staged.retire_forgotten()
        assert sorted(title for title, _ in ended) == ["Bats", "Bridges", "Owls of the forest"]
        assert all(len(sha256) == 64 for _, sha256 in ended)
        publish(staged)
        count = "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM vectors)"
        assert staged.connection.execute(count).fetchone()[0] == 4
        sweep(staged.connection, staged.generation)
        assert staged.connection.execute(count).fetchone() == (1, 1)
        assert staged.connection.execute("SELECT path FROM sources").fetchall() == [("/other",)]
    assert seen(copied_index) == ["a"]


def test_what_was_staged_of_a_forgotten_source_is_not_told_as_ended(copied_index: Path) -> None:
    with staging(copied_index) as staged:
        (path,) = remembered_sources(staged.connection)
        added(staged)
        forget(staged.connection, path)
        assert len(staged.retire_forgotten()) == 3
        assert staged.changes().articles_added == 0


def test_derived_files_are_named_each_kind_once(copied_index: Path) -> None:
    one, two = Derived("one", "1", 1, 2, 3), Derived("two", "2", 4, 5, 6)
    with staging(copied_index) as staged:
        with transaction(staged.connection) as run:
            name_derived(run, vectors=one, lexical=one)
            name_derived(run, vectors=two)
        state = read_state(staged.connection, copied_index)
        assert state is not None
        assert (state.vectors, state.lexical) == (two, one)
