"""The command asks a server that runs on its index, and gets the same answer as without it."""

import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer import __version__
from indexer.arrays import Vectors
from indexer.errors import ModelError
from indexer.pipeline import build
from indexer.storing.schema import identity
from indexer.types import Splitting
from search import open_index
from search.asking.answering import Answering
from search.cli import main
from search.limits import MODES
from search.serving import client as asking
from search.serving import local
from search.serving.client import ask
from search.types import Answer, Hit, Options, Span
from tests.hashing import HashingEncoder
from tests.serving import refuse, serving

SMALL = Splitting(target_tokens=12)
OWLS = "who hunts mice at night"


@pytest.fixture
def index(copied_index: Path) -> Path:
    return copied_index


def another_index(folder: Path) -> None:
    """An index of one article about comets."""
    source = folder.with_suffix(".articles")
    source.mkdir()
    (source / "comets.md").write_text("# Comets\n\nA comet has a tail of dust.\n")
    build(folder, [source], encoder=HashingEncoder(), splitting=SMALL)


def answered(folder: Path, query: str = OWLS, options: Options | None = None) -> Answer:
    answer = ask(folder, query, options or Options())
    assert answer is not None
    return answer


# The same answer


numbers = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(0, 1 << 40)
spans = st.builds(Span, counts, counts)
hits = st.builds(
    Hit,
    rank=counts,
    score=numbers,
    semantic=st.none() | numbers,
    lexical=st.none() | numbers,
    article=st.text(),
    source=st.text(),
    title=st.text(),
    sha256=st.text(),
    start=counts,
    end=counts,
    line=counts,
    text=st.text(),
    highlight=st.none() | spans,
    rerank=st.none() | numbers,
)
answers = st.builds(
    Answer,
    query=st.text(),
    mode=st.sampled_from(MODES),
    took_ms=st.integers(0, 1 << 30).map(lambda microseconds: round(microseconds / 1000, 3)),
    generation=counts,
    articles=counts,
    passages=counts,
    hits=st.lists(hits, max_size=3).map(tuple),
    warnings=st.lists(st.text(), max_size=2).map(tuple),
    confidence=st.none() | numbers,
    corrected=st.none() | st.text(),
)


@given(answers)
def test_an_answer_is_the_same_again_from_its_json(answer: Answer) -> None:
    assert Answer.from_json(json.loads(json.dumps(answer.as_json()))) == answer


SOUND = Answer(
    OWLS, "hybrid", 1.5, 1, 3, 4,
    (Hit(1, 0.9, 0.8, 2.0, "a.txt", "/s", "A", "0" * 64, 0, 3, 1, "abc", Span(0, 2)),),
    ("cut",), 0.7, "who hunts mice",
)  # fmt: skip


def places(given: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to each value in a JSON object."""
    if path:
        yield path
    if isinstance(given, dict | list):
        items = given.items() if isinstance(given, dict) else enumerate(given)
        for name, value in items:
            yield from places(value, (*path, name))


@pytest.mark.parametrize("place", list(places(SOUND.as_json())), ids=str)
def test_what_is_no_answer_is_taken_for_none(place: tuple[Any, ...]) -> None:
    """Replace each value in turn by one of a wrong type, and drop each key of an object in turn."""
    for lose in (False, True):
        given = json.loads(json.dumps(SOUND.as_json()))
        within = given
        for name in place[:-1]:
            within = within[name]
        if lose and isinstance(within, list):
            continue  # a list may be shorter
        within[place[-1]] = object()
        if lose:
            del within[place[-1]]
        with pytest.raises(ValueError, match=r"missing|object|type|mode|warnings"):
            Answer.from_json(given)


@pytest.mark.parametrize("given", [[], None, "answer", 1], ids=str)
def test_what_is_no_object_is_no_answer(given: object) -> None:
    with pytest.raises(ValueError, match="object"):
        Answer.from_json(given)


@pytest.mark.parametrize(
    ("query", "options"),
    [
        (OWLS, Options()),
        (OWLS, Options(k=1)),
        (OWLS, Options(mode="lexical")),
        (OWLS, Options(under="night")),
        (OWLS, Options(k=3, per_article=1)),
        ("zebra", Options(min_confidence=1.0)),
        ("owls of the forets", Options(mode="lexical")),
        ("owls of the forets", Options(mode="lexical", literal=True)),
    ],
)
def test_a_server_answers_as_the_searcher_does(index: Path, query: str, options: Options) -> None:
    with open_index(index, encoder=HashingEncoder()) as searcher:
        expected = searcher.search(query, **options.as_json())
    assert expected.confidence == round(expected.confidence or 0, 3)
    with serving(index, beside=True):
        answer = answered(index, query, options)
    assert {**answer.as_json(), "took_ms": 0} == {**expected.as_json(), "took_ms": 0}
    assert bool(answer.hits) == (query != "zebra")
    is_corrected = query == "owls of the forets" and not options.literal
    assert answer.corrected == ("owls of the forest" if is_corrected else None)


@pytest.fixture
def locus_search(
    index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run ``locus search`` in this process: its exit code, standard output and standard error."""
    log = logging.getLogger("locus")
    for name, value in (("handlers", []), ("propagate", log.propagate), ("level", log.level)):
        monkeypatch.setattr(log, name, value)  # undo what the command sets
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    monkeypatch.setattr("indexer.encoding.models.load", lambda _: HashingEncoder())
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["locus", "search", *arguments, "--index", str(index)])
        log.handlers.clear()
        main()
        return codes.pop(), *capsys.readouterr()

    return run


def test_a_filter_that_allows_no_article_is_said_once(
    locus_search: Callable[..., tuple[int, str, str]],
) -> None:
    for options in (["--since", "2030"], ["--author", "nobody"], ["--under", "nowhere"]):
        code, out, err = locus_search("owls", *options)
        assert (code, out) == (1, "")
        assert err.startswith("locus: no articles ")
        assert "no matches" not in err


def test_the_command_prints_the_same_whoever_answers(
    index: Path, locus_search: Callable[..., tuple[int, str, str]]
) -> None:
    commands = [
        [OWLS, "-k", "2"],
        [OWLS, "-k", "2", "--json"],
        [OWLS, "--jsonl", "--per-article", "1"],
        ["owls", "--under", "nowhere"],
        ["zxqv blorp", "--min-confidence", "1"],
        ["owls of the forets", "--mode", "lexical"],
        ["owls of the forets", "--mode", "lexical", "--literal"],
        ["owls of the forets", "--mode", "lexical", "--jsonl"],
        ["owls", "-k", "0"],
        ["owls mice " * 150, "-k", "1"],  # longer than the model reads
        ["owls mice " * 500, "-k", "1"],  # longer than a server takes
    ]

    def all_of_them() -> list[tuple[int, str, str]]:
        done = [locus_search(*command) for command in commands]
        return [(code, _untimed(out), err) for code, out, err in done]

    alone = all_of_them()
    assert [code for code, _, _ in alone] == [0, 0, 0, 1, 1, 0, 0, 0, 2, 0, 0]
    with serving(index, beside=True):
        answered(index)
        assert all_of_them() == alone


def _untimed(shown: str) -> str:
    if not shown.startswith('{"query"'):
        return shown
    return json.dumps({**json.loads(shown), "took_ms": 0})


def test_who_asks_a_server_loads_nothing_heavy(index: Path) -> None:
    """Only the server has the encoder of the index, so only the server can answer."""
    program = (
        "import os, sys; from search.cli import main\n"
        "heavy = {'numpy', 'openvino', 'faiss', 'tantivy', 'sqlite3', 'torch', 'rich',\n"
        "         'starlette', 'uvicorn', 'search.searcher', 'tempfile.TemporaryDirectory'}\n"
        "os._exit = lambda code: print('LOADED', sorted(heavy & set(sys.modules)), code)\n"
        "for arguments in ['--json'], ['--jsonl'], ['--under', 'nowhere'], []:\n"
        f"    sys.argv = ['locus', 'search', {OWLS!r}, '--index', {str(index)!r}, *arguments]\n"
        "    main()"
    )
    with serving(index, beside=True):
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )
    assert [line for line in done.stdout.splitlines() if line.startswith("LOADED")] == [
        "LOADED [] 0",
        "LOADED [] 0",
        "LOADED [] 1",
        "LOADED ['rich'] 0",
    ]
    assert done.stderr.count("\n") == 1
    assert "nowhere" in done.stderr


# Of this very index


def test_a_new_generation_is_seen_at_once(own_index: Path, articles: Path) -> None:
    with serving(own_index, beside=True):
        assert answered(own_index).generation == 1
        (articles / "new.txt").write_text("Comets\n\nA comet has a tail of dust.\n")
        build(own_index, encoder=HashingEncoder(), splitting=SMALL)
        answer = answered(own_index, "a comet has a tail")
        assert (answer.generation, answer.hits[0].article) == (2, "new.txt")


def test_a_server_of_another_folder_is_not_believed(index: Path, tmp_path: Path) -> None:
    with serving(index, beside=True):
        answered(index)
        moved = index.rename(tmp_path / "moved.locus")
        assert local.exists(moved)
        assert ask(moved, OWLS, Options()) is None  # the server looks where no index is now
        another_index(index)
        assert ask(moved, OWLS, Options()) is None  # the server answers from the new index
        while not local.exists(index):  # it makes its socket again there
            time.sleep(0.02)
        assert answered(index).hits[0].article == "comets.md"
        assert ask(moved, OWLS, Options()) is None


def test_a_copy_of_an_index_is_not_the_index(index: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.locus"
    with serving(index, beside=True):
        subprocess.run(["cp", "-r", index, copy], check=True)
        assert local.exists(copy)
        assert ask(copy, OWLS, Options()) is None
        (copy / local.NAME).unlink()
        os.link(index / local.NAME, copy / local.NAME)
        assert ask(copy, OWLS, Options()) is None


def test_an_index_replaced_while_it_is_asked_is_not_answered_for(
    index: Path, tmp_path: Path
) -> None:
    class Replacing(HashingEncoder):
        def encode_query(self, text: str) -> Vectors:
            if not (tmp_path / "old.locus").exists():
                index.rename(tmp_path / "old.locus")
                another_index(index)
            return super().encode_query(text)

    with serving(index, encoder=Replacing(), beside=True):
        assert ask(index, OWLS, Options()) is None
    assert (tmp_path / "old.locus" / local.NAME).exists(), "it was moved: not the server's any more"


# Anything amiss


def test_without_a_server_there_is_no_answer(index: Path) -> None:
    assert ask(index, OWLS, Options()) is None
    with closing(socket.socket(socket.AF_UNIX)) as dead:
        dead.bind(str(index / local.NAME))
    assert local.exists(index)
    assert ask(index, OWLS, Options()) is None
    (index / local.NAME).unlink()
    (index / local.NAME).write_text("no socket")
    assert ask(index, OWLS, Options()) is None
    assert ask(index / "nowhere", OWLS, Options()) is None


def test_the_socket_of_another_user_is_left_alone(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(index, beside=True):
        facts = (index / local.NAME).lstat()
        strange = os.stat_result((*facts[:4], os.geteuid() + 1, *facts[5:10]))
        monkeypatch.setattr(Path, "lstat", lambda _: strange)
        assert ask(index, OWLS, Options()) is None
        monkeypatch.undo()
        answered(index)


def test_a_link_to_a_socket_is_left_alone(index: Path, tmp_path: Path) -> None:
    with serving(index, beside=True):
        (index / local.NAME).rename(tmp_path / "elsewhere")
        (index / local.NAME).symlink_to(tmp_path / "elsewhere")
        assert ask(index, OWLS, Options()) is None


@contextmanager
def scripted(folder: Path, reply: bytes | None) -> Iterator[None]:
    """A server that answers anything with the same bytes, or takes connections and is silent."""
    with local.listening(folder, refuse) as listener:
        assert listener is not None

        def answer() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                asked = b""
                while not asked.endswith(b"}"):
                    asked += connection.recv(1 << 16)
                assert reply is not None
                connection.sendall(reply)

        if reply is not None:
            thread = threading.Thread(target=answer)
            thread.start()
        yield
        if reply is not None:
            thread.join(30)


def reply(headers: dict[str, str], status: str = "200 OK", body: bytes | None = None) -> bytes:
    """An answer by HTTP."""
    content = json.dumps(SOUND.as_json()).encode() if body is None else body
    sent = {"content-length": str(len(content)), "connection": "close", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + content


def test_only_a_whole_answer_of_this_index_and_version_counts(index: Path) -> None:
    of_this_index = {local.INDEX: identity(index) or ""}
    of_this_version = {local.VERSION: __version__}
    ours = of_this_index | of_this_version
    sound = reply(ours)
    with scripted(index, sound):
        assert ask(index, OWLS, Options()) == SOUND
    for bad in (
        reply(of_this_version | {local.INDEX: "1:2"}),
        reply(of_this_version),
        reply(of_this_index | {local.VERSION: "0.0.9"}),
        reply(of_this_index),
        reply(ours, "503 Service Unavailable"),
        reply(ours, "204 No Content"),
        reply(ours, "302 Found"),
        reply(ours, body=b"{}"),
        reply(ours, body=b"[]"),
        reply(ours, body=b"<html>"),
        reply(ours, body=b"\xff"),
        reply(ours, body=b"[" * 100_000),
        sound[:-1],
        sound[:40],
        sound[:5],
        b"",
        b"\x16\x03\x01",
        b"HTTP/1.1 " + b"2" * 70_000,
    ):
        with scripted(index, bad):
            assert ask(index, OWLS, Options()) is None, bad[:100]


def test_a_server_that_is_silent_is_not_waited_for(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE", 0.2)
    with scripted(index, None):
        assert ask(index, OWLS, Options()) is None


def test_what_a_server_refuses_is_asked_elsewhere(index: Path) -> None:
    with serving(index, beside=True):
        for query, options in (
            ("owls " * 500, Options()),
            ("owls \udcff", Options()),
            ("owls", Options(k=0)),
            ("owls", Options(min_confidence=float("nan"))),
        ):
            assert ask(index, query, options) is None


# Who answers


def test_a_question_is_answered_without_the_server_once_it_ends(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[HashingEncoder] = []

    def load(_: object) -> HashingEncoder:
        loaded.append(HashingEncoder())
        return loaded[-1]

    monkeypatch.setattr("indexer.encoding.models.load", load)
    with Answering(index) as answering:
        with serving(index, beside=True):
            assert answering.articles() == 3
            answering.warm("hybrid")
            first = answering.ask(OWLS, Options())
            assert loaded == []
        second = answering.ask(OWLS, Options())
        assert len(loaded) == 1
        assert first.hits == second.hits
        answering.ask(OWLS, Options())
        assert len(loaded) == 1


def test_an_index_made_anew_is_taken_up(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.encoding.models.load", lambda _: HashingEncoder())
    with Answering(index) as answering:
        assert answering.ask(OWLS, Options()).hits[0].article == "night/owls.txt"
        shutil.move(index, tmp_path / "old.locus")
        another_index(index)
        assert answering.ask(OWLS, Options()).hits[0].article == "comets.md"


def test_a_server_is_not_asked_to_rerank(index: Path) -> None:
    with (
        serving(index, beside=True),
        Answering(index, "no/model") as answering,
        pytest.raises(ModelError, match="no/model"),
    ):
        answering.ask(OWLS, Options())
