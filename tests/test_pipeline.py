"""The whole pipeline with a hashing encoder: what a run adds, keeps, reuses and survives."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.arrays import Vectors
from indexer.deriving import publishing
from indexer.deriving.verify import verify
from indexer.encoding.encoder import EncoderIdentity
from indexer.errors import (
    DamagedIndex,
    IndexBusy,
    ModelError,
    NotAnIndex,
    SourceError,
    VersionMismatch,
)
from indexer.pipeline import build
from indexer.storing.database import open_for_writing
from indexer.storing.lock import writer_lock
from indexer.updating import drafting
from search import open_index
from search.limits import MODES, Mode
from tests.hashing import HashingEncoder, other_encoder
from tests.histories import SMALL, ask, contents, run, write


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "x.locus"


def test_articles_become_passages_that_are_found(articles: Path, index: Path) -> None:
    summary = run(index, articles)
    assert (summary.added, summary.articles, summary.generation) == (3, 3, 1)
    assert summary.embedded == summary.passages == len(contents(index))
    assert ask(index, "Which birds hunt mice at night?")[0] == "night/owls.txt"
    assert ask(index, "What carries trains?")[0] == "bridges.md"


def test_every_passage_is_its_article_s_text(articles: Path, index: Path) -> None:
    run(index, articles)
    for name, start, end, text, _ in contents(index):
        assert text == (articles / name).read_text("utf-8")[start:end]


def test_a_run_without_changes_embeds_and_publishes_nothing(articles: Path, index: Path) -> None:
    run(index, articles)
    encoder = HashingEncoder()
    summary = build(index, encoder=encoder, splitting=SMALL)
    assert (summary.unchanged, summary.generation, encoder.embedded) == (3, 1, [])


def test_an_edit_costs_what_it_changes(articles: Path, index: Path) -> None:
    run(index, articles)
    text = (articles / "bridges.md").read_text("utf-8")
    write(articles / "bridges.md", text + "\nThe oldest bridge was built of oak by monks.\n")
    (articles / "night/bats.txt").unlink()
    write(articles / "new.txt", "Comets\n\nA comet has a tail of dust and ice.\n")
    encoder = HashingEncoder()
    summary = run(index, encoder=encoder)
    assert (summary.added, summary.changed, summary.removed, summary.unchanged) == (1, 1, 1, 1)
    assert summary.embedded == len(encoder.embedded)
    assert not any("stone spans" in text for text in encoder.embedded)
    assert summary.reused > 0
    assert ask(index, "tail of a comet")[0] == "new.txt"
    assert "night/bats.txt" not in ask(index, "moths by echo")


def test_a_renamed_article_is_not_embedded_again(articles: Path, index: Path) -> None:
    run(index, articles)
    (articles / "night/owls.txt").rename(articles / "owls-moved.txt")
    encoder = HashingEncoder()
    summary = run(index, encoder=encoder)
    assert (summary.added, summary.moved, summary.removed, encoder.embedded) == (0, 1, 0, [])
    assert ask(index, "hunt mice")[0] == "owls-moved.txt"


def test_a_touched_file_is_read_and_found_unchanged(articles: Path, index: Path) -> None:
    run(index, articles)
    os.utime(articles / "bridges.md", ns=(1, 1))
    assert run(index).unchanged == 3


def test_a_file_changed_within_the_same_moment_is_noticed(articles: Path, index: Path) -> None:
    path = articles / "bridges.md"
    run(index, articles)
    found = path.stat()
    path.write_text(path.read_text("utf-8").replace("seven", "eight"), "utf-8")
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert run(index).changed == 1


texts = st.lists(
    st.sampled_from(["Owls hunt. ", "Tides rise. ", "Tea.\n\n", "The moon pulls the tides. "]),
    min_size=1,
).map("".join)
names = st.sampled_from(["a.txt", "b.txt", "c/d.md", "e.md"])
edits = st.lists(
    st.tuples(st.just("write"), names, texts)
    | st.tuples(st.just("remove"), names)
    | st.tuples(st.just("rename"), names, names),
    max_size=12,
)


def edit(source: Path, what: str, name: str, *to: str) -> None:
    path = source / name
    if what == "write":
        write(path, to[0])
    elif what == "remove":
        path.unlink(missing_ok=True)
    elif path.exists():
        (source / to[0]).parent.mkdir(exist_ok=True)
        path.rename(source / to[0])


def ranking(index: Path, question: str, mode: Mode) -> list[tuple[float, str, int, int]]:
    """Score and position of every hit; hits with equal scores are sorted by position."""
    with open_index(index, encoder=HashingEncoder()) as searcher:
        hits = searcher.search(question, 100, mode=mode).hits
    return sorted((round(-hit.score, 6), hit.article, hit.start, hit.end) for hit in hits)


@given(st.lists(edits, min_size=1, max_size=5), st.sampled_from([0, 3, 1000]))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_an_index_after_any_history_equals_one_made_from_scratch(
    tmp_path_factory: pytest.TempPathFactory, history: list[list[tuple[str, ...]]], small: int
) -> None:
    folder = tmp_path_factory.mktemp("history")
    source, index, fresh = folder / "source", folder / "x.locus", folder / "fresh.locus"
    write(source / "kept.txt", "A lighthouse. It warns ships of rocks.")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            publishing, "_SMALL", small
        )  # rebuild the base at once, now and then, never
        for step in history:
            for change in step:
                edit(source, *change)
            run(index, source)
    run(fresh, source)
    assert contents(index) == contents(fresh)
    assert verify(index).ok
    for mode in MODES:
        for question in ("Do owls hunt when tides rise?", "the moon"):
            assert ranking(index, question, mode) == ranking(fresh, question, mode)


def test_a_base_is_rebuilt_once_much_has_changed(
    articles: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(index, articles)
    assert (index / "vectors-1.faiss").exists()
    write(articles / "new.txt", "Comets\n\nA comet has a tail.\n")
    run(index)
    assert (index / "vectors-1.faiss").exists(), "a small change must not touch the base"
    monkeypatch.setattr(publishing, "_SMALL", 0)
    write(articles / "new.txt", "Comets\n\nA comet has two tails.\n")
    run(index)
    assert [path.name for path in index.glob("*.faiss")] == ["vectors-3.faiss"]
    assert ask(index, "comet tails")[0] == "new.txt"
    with closing(sqlite3.connect(index / "locus.db")) as connection:
        assert connection.execute("SELECT count(*) FROM articles WHERE died > 0").fetchone() == (0,)


class _Interrupted(HashingEncoder):
    """Raises KeyboardInterrupt when it encodes a certain word."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        if any("echo" in text for text in texts):
            raise KeyboardInterrupt
        return super().encode_passages(texts)


def test_an_interrupted_first_run_goes_on_where_it_stopped(
    articles: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "_WINDOW", 1)
    first = _Interrupted()
    with pytest.raises(KeyboardInterrupt):
        run(index, articles, encoder=first)
    assert first.embedded
    with pytest.raises(NotAnIndex, match="is not finished yet"):
        ask(index, "owls")
    second = HashingEncoder()
    summary = run(index, encoder=second)
    assert summary.added == 3
    assert not set(first.embedded) & set(second.embedded), "nothing is embedded twice"
    assert summary.embedded + summary.reused == summary.passages


def test_an_interrupted_update_leaves_readers_what_they_had(
    articles: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(articles / "night/bats.txt", "Bats\n\nBats sleep in caves.\n")
    run(index, articles)
    before = contents(index)
    write(articles / "bridges.md", "# Bridges\n\nAll bridges are gone now.\n")
    write(articles / "night/bats.txt", "Bats\n\nBats find moths by echo.\n")
    monkeypatch.setattr(drafting, "_WINDOW", 1)
    with pytest.raises(KeyboardInterrupt):
        run(index, encoder=_Interrupted())
    assert contents(index) == before
    assert run(index).changed == 2
    assert "All bridges are gone now." in contents(index)[0][3]


def test_an_interrupted_run_with_another_model_does_not_leak_into_the_next(
    articles: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(index, articles)
    before = contents(index)
    monkeypatch.setattr(drafting, "_WINDOW", 1)
    interrupted = _Interrupted(other_encoder().identity)
    with pytest.raises(KeyboardInterrupt):
        run(index, encoder=interrupted)
    for _ in range(2):
        assert run(index).unchanged == 3
        assert contents(index) == before


def test_another_model_replaces_all_vectors_in_one_step(articles: Path, index: Path) -> None:
    run(index, articles)
    other = other_encoder(dimension=48)
    summary = run(index, encoder=other)
    assert (summary.unchanged, summary.generation) == (3, 2)
    assert summary.embedded == summary.passages
    assert ask(index, "hunt mice", other)[0] == "night/owls.txt"


def test_a_rebuild_embeds_everything_again(articles: Path, index: Path) -> None:
    run(index, articles)
    encoder = HashingEncoder()
    summary = build(index, encoder=encoder, splitting=SMALL, rebuild=True)
    assert summary.embedded == summary.passages == len(encoder.embedded)
    assert [path.name for path in index.glob("*.faiss")] == ["vectors-2.faiss"]


def test_a_rebuild_refuses_to_lose_a_source_that_is_gone(
    articles: Path, index: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.txt"
    write(other, "Comets\n\nA comet has a tail.\n")
    run(index, articles, other)
    before = contents(index)
    other.unlink()
    with pytest.raises(SourceError, match=r"other\.txt no longer exists; rebuilding would"):
        build(index, encoder=HashingEncoder(), splitting=SMALL, rebuild=True)
    assert run(index).problems, "a source that is gone is told"
    assert contents(index) == before, "and its articles stay"


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(articles: Path, index: Path) -> None:
    (articles / "empty.txt").write_text("")
    (articles / "blob.txt").write_bytes(b"\0\1")
    summary = run(index, articles, articles / "nowhere")
    assert {(s.article, s.reason) for s in summary.skipped} == {
        ("empty.txt", "the file is empty"),
        ("blob.txt", "looks like a binary file, not text (NUL byte at offset 0)"),
    }
    assert summary.added == 3
    assert "nowhere" in summary.problems[0]


def test_nothing_is_created_where_there_is_nothing_to_read(tmp_path: Path, index: Path) -> None:
    with pytest.raises(SourceError, match="nowhere"):
        run(index, tmp_path / "nowhere")
    with pytest.raises(SourceError, match="nothing to index yet"):
        run(index)
    assert not index.exists()


def test_one_text_in_two_articles_is_embedded_once(tmp_path: Path, index: Path) -> None:
    text = "Comets\n\nA comet has a tail of dust.\n"
    for name in ("one.txt", "two.txt"):
        write(tmp_path / "source" / name, text)
    encoder = HashingEncoder()
    assert run(index, tmp_path / "source", encoder=encoder).passages == 2
    assert len(encoder.embedded) == 1
    assert ask(index, "tail of a comet") == ["one.txt", "two.txt"]


def test_an_article_longer_than_a_window_is_stored_whole(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "_WINDOW", 4)
    text = "\n\n".join(f"Paragraph {n} tells of the tide and of the moon." for n in range(40))
    write(tmp_path / "long.txt", text)
    run(index, tmp_path / "long.txt")
    rows = contents(index)
    assert len(rows) > 10
    assert rows[-1][2] == len(text)


def test_a_second_writer_is_refused_by_name(articles: Path, index: Path) -> None:
    run(index, articles)
    with writer_lock(index), pytest.raises(IndexBusy, match=rf"\(PID {os.getpid()}\)"):
        run(index)
    assert run(index).unchanged == 3


def test_a_setting_or_a_model_that_is_unknown_leaves_no_folder(articles: Path, index: Path) -> None:
    with pytest.raises(SourceError, match="unknown language 'klingon'"):
        build(index, [articles], encoder=HashingEncoder(), language="klingon")
    with pytest.raises(ModelError, match="model 'no/such-model' was not found"):
        build(index, [articles], model="no/such-model")
    assert not index.exists()


def test_a_first_run_interrupted_while_the_model_is_prepared_leaves_no_folder(
    articles: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> EncoderIdentity:
        raise KeyboardInterrupt

    monkeypatch.setattr("indexer.encoding.models.identify", interrupt)
    with pytest.raises(KeyboardInterrupt):
        build(index, [articles])
    assert not index.exists()


def test_a_first_run_interrupted_while_the_model_is_loaded_goes_on_without_its_sources_named(
    articles: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: EncoderIdentity) -> HashingEncoder:
        raise KeyboardInterrupt

    encoder = HashingEncoder()
    monkeypatch.setattr("indexer.encoding.models.identify", lambda *_, **__: encoder.identity)
    with pytest.raises(KeyboardInterrupt):
        build(index, [articles], load=interrupt)
    assert build(index, load=lambda _: encoder).added == 3
    assert ask(index, "Which birds hunt mice at night?")[0] == "night/owls.txt"


def test_an_index_that_was_begun_without_sources_asks_for_them(index: Path) -> None:
    with open_for_writing(index):
        pass
    with pytest.raises(SourceError, match=r"nothing to index yet\. Name a folder, .* --index"):
        run(index)


@pytest.mark.parametrize("where", ["articles", "articles/night"])
def test_no_index_is_made_among_other_files(articles: Path, where: str) -> None:
    folder = articles.parent / where
    before = sorted(folder.iterdir())
    with pytest.raises(NotAnIndex, match=rf"{folder} contains other files \(b.*own folder\. Name"):
        run(folder, articles)
    assert sorted(folder.iterdir()) == before
    with pytest.raises(NotAnIndex, match=rf"To index the files in it, run `locus index {folder}`"):
        ask(folder, "owls")
    run(folder / ".locus", articles)
    with pytest.raises(NotAnIndex, match=rf"but {folder}/\.locus is\. Use --index {folder}/"):
        ask(folder, "owls")


def test_an_index_is_made_in_an_empty_folder_and_where_one_was_left_unfinished(
    articles: Path, index: Path
) -> None:
    index.mkdir()
    (index / ".DS_Store").touch()
    assert run(index, articles).added == 3
    (index / "locus.db").unlink()
    (index / ".vectors-2.faiss.77.tmp").touch()
    (index / "serve.sock").touch()
    assert run(index, articles).added == 3
    assert ask(index, "What carries trains?")[0] == "bridges.md"


def test_a_lost_derived_file_is_said_and_made_again(articles: Path, index: Path) -> None:
    run(index, articles)
    (index / "vectors-1.faiss").write_bytes(b"not faiss")
    for path in (index / "lexical/1").iterdir():
        path.unlink()
    with open_index(index, encoder=HashingEncoder()) as searcher:
        answer = searcher.search("Which birds hunt mice?")
    assert answer.hits[0].article == "night/owls.txt"
    assert len(answer.warnings) == 2
    encoder = HashingEncoder()
    assert run(index, encoder=encoder).generation == 1
    assert encoder.embedded == []
    with open_index(index, encoder=HashingEncoder()) as searcher:
        assert searcher.search("Which birds hunt mice?").warnings == ()


def test_a_folder_that_is_no_index_is_refused(tmp_path: Path, articles: Path) -> None:
    with pytest.raises(NotAnIndex, match=r"nowhere\. Create one with `locus index SOURCE --index "):
        open_index(tmp_path / "nowhere")
    with pytest.raises(NotAnIndex, match="is not a Locus index"):
        open_index(articles)
    (articles / "locus.db").write_bytes(b"something else entirely" * 100)
    with pytest.raises(DamagedIndex):
        open_index(articles)
    with closing(sqlite3.connect(tmp_path / "locus.db")) as connection:
        connection.execute("CREATE TABLE mine (a)")
    with pytest.raises(NotAnIndex, match="is not a Locus database"):
        open_index(tmp_path)
    with pytest.raises(NotAnIndex, match="is not a Locus database"):
        run(tmp_path, articles)


@pytest.mark.parametrize(
    ("version", "advice"),
    [(99, "by a newer .* Upgrade Locus"), (0, "by an older .* index your sources again")],
)
def test_another_version_is_refused_with_what_to_do(
    articles: Path, index: Path, version: int, advice: str
) -> None:
    run(index, articles)
    with closing(sqlite3.connect(index / "locus.db")) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(VersionMismatch, match=advice):
        open_index(index)
    with pytest.raises(VersionMismatch, match=advice):
        run(index)


def test_another_language_or_length_is_staged_and_nothing_is_embedded_for_it(
    articles: Path, index: Path
) -> None:
    write(articles / "haus.md", "Die Häuser der Stadt sind alt.")
    run(index, articles)
    assert "haus.md" not in ask_words(index, "Haus")
    summary = build(index, encoder=HashingEncoder(), language="german")
    assert (summary.generation, summary.embedded, summary.unchanged) == (2, 0, 4)
    assert ask_words(index, "Haus")[0] == "haus.md"
    assert build(index, encoder=HashingEncoder()).generation == 2, "it is remembered"
    assert build(index, encoder=HashingEncoder(), passage_tokens=30).generation == 3
    assert ask_words(index, "Haus")[0] == "haus.md", "and is kept beside a new length"
    with pytest.raises(SourceError, match="unknown language 'klingon'"):
        build(index, encoder=HashingEncoder(), language="klingon")


def ask_words(index: Path, question: str) -> list[str]:
    with open_index(index, encoder=HashingEncoder()) as searcher:
        return [hit.article for hit in searcher.search(question, mode="lexical").hits]
