"""An index that is open for reading: which generation is seen, by whom, and for how long."""

import gc
import sqlite3
import threading
import weakref
from contextlib import closing
from pathlib import Path

import pytest

from indexer.errors import DamagedIndex, IndexFolderError, NotAnIndex
from indexer.storing.database import open_for_writing
from indexer.storing.lock import writer_lock
from indexer.storing.schema import DATABASE
from indexer.storing.sources import remembered_sources
from indexer.storing.store import Store
from tests.staged import draft, publish, rows_of, staging


def publish_one_more(index: Path) -> None:
    with staging(index) as staged:
        (source,) = remembered_sources(staged.connection).values()
        staged.store(rows_of(draft(source.number, "new.txt", "Comets are dust.")))
        publish(staged)


def names(store: Store) -> tuple[int, list[str]]:
    with store.snapshot() as (state, snapshot):
        return state.generation, snapshot.article_names()


def test_an_index_that_is_begun_and_not_published_is_none(tmp_path: Path) -> None:
    with staging(tmp_path):
        pass
    with (
        Store(tmp_path) as store,
        pytest.raises(NotAnIndex, match=str(tmp_path)),
        store.snapshot(),
    ):
        pass


def test_a_snapshot_stays_the_same_while_another_generation_is_published(
    copied_index: Path,
) -> None:
    with Store(copied_index) as store:
        with store.snapshot() as (state, snapshot):
            before = snapshot.article_names()
            publish_one_more(copied_index)
            assert (state.generation, snapshot.article_names()) == (1, before)
        assert names(store) == (2, ["bridges.md", "new.txt", "night/bats.txt", "night/owls.txt"])


def test_an_error_in_a_snapshot_s_block_ends_the_snapshot(copied_index: Path) -> None:
    with Store(copied_index) as store:
        with pytest.raises(ZeroDivisionError), store.snapshot():
            raise ZeroDivisionError
        publish_one_more(copied_index)
        assert names(store)[0] == 2


def test_an_error_of_sqlite_in_the_block_is_an_error_of_the_index(small_index: Path) -> None:
    with Store(small_index) as store:
        with pytest.raises(IndexFolderError) as refused, store.snapshot() as (_, snapshot):
            snapshot.rows("SELECT nothing")
        assert not isinstance(refused.value, DamagedIndex)
        assert names(store)[0] == 1


def test_a_closed_store_says_so_and_can_be_closed_again(small_index: Path) -> None:
    store = Store(small_index)
    store.close()
    store.close()
    with pytest.raises(IndexFolderError, match=str(small_index)), store.snapshot():
        pass


def test_a_store_that_nothing_refers_to_closes_its_connections(small_index: Path) -> None:
    store = Store(small_index)
    (connection,) = (it.connection for it in store._idle)
    gone = weakref.ref(store)
    del store
    gc.collect()
    assert gone() is None
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_threads_read_at_the_same_time_and_each_finishes_what_it_reads(small_index: Path) -> None:
    store = Store(small_index)
    with store.snapshot() as (_, first), store.snapshot() as (_, second):
        assert first.article_names() == second.article_names() != []
        store.close()
        assert first.article_names() == second.article_names(), "still open"
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        first.article_names()
    with pytest.raises(IndexFolderError, match="is closed"), store.snapshot():
        pass


def test_idle_connections_are_used_again(small_index: Path) -> None:
    with Store(small_index) as store:
        for _ in range(3):
            with store.snapshot(), store.snapshot():
                pass
        assert len(store._idle) == 2


def test_several_threads_read_one_store(small_index: Path) -> None:
    found: list[tuple[int, list[str]]] = []
    with Store(small_index) as store:
        expected = names(store)
        threads = [threading.Thread(target=lambda: found.append(names(store))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [expected] * 8


def test_an_index_that_is_deleted_or_made_anew_is_noticed(copied_index: Path) -> None:
    path = copied_index / DATABASE
    with Store(copied_index) as store:
        assert not store.is_replaced()
        publish_one_more(copied_index)
        assert not store.is_replaced(), "a new generation is no new index"
        data = path.read_bytes()
        path.rename(copied_index / "old")
        assert store.is_replaced()
        path.write_bytes(data)
        assert store.is_replaced()


def test_a_writer_is_seen_while_it_writes(copied_index: Path) -> None:
    with Store(copied_index) as store:
        assert not store.has_writer()
        with writer_lock(copied_index):
            assert store.has_writer()
        assert not store.has_writer()


def test_a_database_that_cannot_be_shared_is_opened_again_when_its_file_changes(
    copied_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a file system that cannot be written, where SQLite notices no change."""
    with open_for_writing(copied_index) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    real = sqlite3.connect

    def connect(address: str, **options: object) -> sqlite3.Connection:
        if "immutable" not in address:
            raise sqlite3.OperationalError("unable to open database file")
        return real(address, **options)  # type: ignore[call-overload,no-any-return]

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", connect)
        with Store(copied_index) as store:
            assert names(store)[0] == 1
            patched.setattr(sqlite3, "connect", real)
            publish_one_more(copied_index)
            with closing(real(copied_index / DATABASE)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            patched.setattr(sqlite3, "connect", connect)
            assert names(store)[0] == 2
