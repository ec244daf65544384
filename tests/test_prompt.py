"""The prompt on a pseudo-terminal: questions, history and interruptions."""

import os
import re
import select
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from indexer.pipeline import build
from indexer.types import Splitting
from search.asking.history import MOST, History
from search.asking.prompt import HELP, PROMPT
from search.logged.reading import read_log
from tests.conftest import ROOT, Locus
from tests.hashing import HashingEncoder
from tests.serving import serving

SMALL = Splitting(target_tokens=12)
CTRL_C, CTRL_D, CTRL_R, UP = "\x03", "\x04", "\x12", "\x1b[A"

_PROGRAM = """
import fcntl, os, signal, sys, termios
signal.signal(signal.SIGINT, signal.default_int_handler)  # a runner in the background ignores it
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C reaches it
from pathlib import Path
from indexer.encoding import models
from tests.hashing import HashingEncoder

class Counted(HashingEncoder):
    def __init__(self):
        super().__init__()
        with Path(os.environ["LOADS"]).open("a") as log:
            log.write("loaded\\n")

    def encode_query(self, text):
        if "wait" in text:
            import time
            time.sleep(30)
        return super().encode_query(text)

models.load = lambda identity: Counted()
if os.environ.get("WITHOUT_READLINE"):
    sys.modules["readline"] = None
from search.cli import main
sys.argv = ["locus", *sys.argv[1:]]
main()
"""


class Terminal:
    """A user at a terminal, who types and reads the screen."""

    def __init__(
        self,
        folder: Path,
        arguments: tuple[str, ...],
        settings: dict[str, str],
        command: str = "search",
    ) -> None:
        self._ours, theirs = os.openpty()
        self._loads = folder / "loads"
        environment = {
            **{name: value for name, value in os.environ.items() if name != "NO_COLOR"},
            "TERM": "xterm",
            "LANG": "C.UTF-8",
            "XDG_STATE_HOME": str(folder / "state"),
            "LOADS": str(self._loads),
            "PYTHONPATH": str(ROOT),
            **settings,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, command, *arguments],
            cwd=folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
        )
        os.close(theirs)
        self.shown = ""
        self._seen = 0

    def type(self, text: str | bytes) -> None:
        os.write(self._ours, text if isinstance(text, bytes) else text.encode())

    def reads(self, pattern: str) -> str:
        """The output since the last call, up to the first match."""
        deadline = time.monotonic() + 60
        while not (found := re.compile(pattern).search(self.shown, self._seen)):
            assert time.monotonic() < deadline, (pattern, self.shown)
            assert self._more(), (pattern, self.shown)
        before, self._seen = self.shown[self._seen : found.end()], found.end()
        return before

    def asks(self, question: str, *, expect: str) -> str:
        """Type a question and read its answer, up to the next prompt."""
        self.type(question + "\r")
        return self.reads(expect) + self.reads(r"\n" + re.escape(PROMPT))

    def interrupts(self) -> None:
        """Press Ctrl-C, but not before Python waits for input: a signal just before it is lost."""
        quiet, last = 0, ""
        while quiet < 5:
            time.sleep(0.04)
            now = self._state()
            quiet = quiet + 1 if now == last and now.startswith("S") else 0
            last = now
        self.type(CTRL_C)

    def _state(self) -> str:
        """Whether the main thread sleeps, and its processor time so far; without /proc, "S"."""
        number = self.process.pid
        try:
            facts = Path(f"/proc/{number}/task/{number}/stat").read_text()
        except OSError:
            return "S"
        fields = facts.rpartition(")")[2].split()
        return " ".join((fields[0], fields[11], fields[12]))

    def ends(self) -> int:
        """Read the rest; the exit code."""
        while self._more():
            pass
        return self.process.wait(60)

    def loads(self) -> int:
        """How often the model was loaded."""
        return len(self._loads.read_text().splitlines()) if self._loads.exists() else 0

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def _more(self) -> bool:
        if not select.select([self._ours], [], [], 60)[0]:
            return False
        try:
            got = os.read(self._ours, 65536)
        except OSError:  # on Linux, this means that the other side is closed
            return False
        plain = re.sub(r"\x1b\[\?\d+[hl]", "", got.decode("utf-8", "replace"))
        self.shown += plain.replace("\r", "")
        return bool(got)


@contextmanager
def terminal(folder: Path, *arguments: str, **settings: str) -> Iterator[Terminal]:
    """The prompt for ``folder / "x.locus"``, once it is shown."""
    it = Terminal(folder, ("--index", "x.locus", *arguments), settings)
    try:
        it.reads(re.escape(PROMPT))
        yield it
    finally:
        it.close()


@pytest.fixture
def folder(articles: Path, tmp_path: Path) -> Path:
    build(tmp_path / "x.locus", [articles], encoder=HashingEncoder(), splitting=SMALL)
    return tmp_path


OWLS = r" 1\. .*Owls of the forest"
BATS = r" 1\. .*Bats"


def test_questions_are_answered_one_after_another_by_one_warm_index(folder: Path) -> None:
    with terminal(folder, "-k", "1") as person:
        greeting = (
            "locus: Searching 3 articles in x.locus. Type a question, help, or Ctrl-D to quit.\n"
        )
        assert person.shown == greeting + PROMPT
        while person.loads() == 0:  # before anything is asked
            assert person.process.poll() is None
            time.sleep(0.05)
        first = person.asks("who hunts mice at night", expect=OWLS)
        assert "night/owls.txt:" in first
        assert "2. " not in first
        assert "night/bats.txt:" in person.asks("moths by echo", expect=BATS)
        assert person.loads() == 1
        person.type(CTRL_D)
        assert person.ends() == 0
        assert person.shown.endswith("\n")


def test_an_answer_is_shown_as_the_command_shows_it(folder: Path) -> None:
    with terminal(folder, "-k", "2", NO_COLOR="1") as person:
        shown = person.asks("who hunts mice", expect=OWLS)
    once = Terminal(folder, ("who hunts mice", "--index", "x.locus", "-k", "2"), {"NO_COLOR": "1"})
    try:
        assert once.ends() == 0
        assert shown == f"who hunts mice\n{once.shown}{PROMPT}"
    finally:
        once.close()


def test_the_options_are_those_of_every_question(folder: Path) -> None:
    with terminal(folder, "--under", "night", "-k", "1", "--mode", "lexical") as person:
        assert "Bridges" not in person.asks("bridge or owls", expect=OWLS)
        assert "no matches under night. " in person.asks("bridge", expect="no matches")
        assert person.loads() == 0  # words need no model
        person.type(CTRL_D)
        assert person.ends() == 0


def test_a_corrected_question_is_shown_with_what_to_type_instead(folder: Path) -> None:
    options = ("--mode", "lexical", "-k", "1", "--under", "night")
    with terminal(folder, *options, NO_COLOR="1") as person:
        shown = person.asks("owls of the forets", expect=OWLS)
        assert _unstyled(shown).startswith(
            "owls of the forets\nShowing results for owls of the forest\n"
            "Search instead for owls of the forets: put the words in quotation marks\n\n 1. "
        )
        assert "Showing" not in person.asks('owls of the "forets"', expect=OWLS)
    with terminal(folder, *options, "--literal") as person:
        assert "Showing" not in person.asks("owls of the forets", expect=OWLS)


def test_a_result_is_shown_in_its_article_by_its_number(folder: Path, articles: Path) -> None:
    with terminal(folder, "-k", "2", NO_COLOR="1") as person:
        person.asks("1", expect="locus: no results to show. Type a question first")
        person.asks("who hunts mice", expect=OWLS)
        shown = person.asks("show 1", expect="Owls of the forest")
        assert _unstyled(shown) == (
            "show 1\nOwls of the forest\nnight/owls.txt:1  characters 0-71\n\n"
            f"{(articles / 'night/owls.txt').read_text()}\n{PROMPT}"
        )
        again = person.asks("1", expect="Owls of the forest")
        assert again.removeprefix("1") == shown.removeprefix("show 1")
        person.asks("3", expect="locus: no result 3: the last answer has 2 results")
        person.asks("show 0", expect="locus: no result 0: the last answer has 2 results")
        (articles / "night/owls.txt").write_text("Owls\n\nOwls hunt voles at night.\n")
        build(folder / "x.locus", encoder=HashingEncoder(), splitting=SMALL)
        person.asks(
            "1", expect="locus: 'night/owls.txt' has changed since this search. Search again"
        )


def _unstyled(shown: str) -> str:
    return re.sub(r"\x1b\[[\d;]*m", "", shown)


@pytest.mark.parametrize("leave", ["quit", "exit", ":q", " QUIT "])
def test_words_of_other_prompts_are_known(folder: Path, leave: str) -> None:
    with terminal(folder) as person:
        for ask in ("help", "?"):
            assert person.asks(ask, expect="leave; also").startswith(f"{ask}\n{HELP}\n"[:20])
        person.type(f"{leave}\r")
        assert person.ends() == 0
    assert not (folder / "state").exists(), "they are no questions to remember"


def test_no_color_is_honoured(folder: Path) -> None:
    for setting in ({}, {"NO_COLOR": "1"}):
        with terminal(folder, "-k", "1", **setting) as person:
            shown = person.asks("who hunts mice", expect=OWLS)
            assert ("\x1b[1;33m" in shown) == (not setting)


def test_an_empty_line_does_nothing(folder: Path) -> None:
    with terminal(folder) as person:
        for line in ("", "   ", "\t"):
            person.type(line + "\r")
            assert person.reads(r"\nquestion> ").strip() == PROMPT.strip()
        assert not (folder / "state").exists()
        person.type(CTRL_D)
        assert person.ends() == 0


def test_ctrl_c_drops_the_line_and_twice_on_an_empty_one_leaves(folder: Path) -> None:
    with terminal(folder, "-k", "1") as person:
        for _ in range(3):
            person.type("who builds brid")
            person.reads("brid")
            person.interrupts()
            assert "1." not in person.reads(r"\nquestion> ")
        person.interrupts()  # the first on an empty line
        person.reads(r"\nquestion> ")
        person.asks("who hunts mice", expect=OWLS)
        person.interrupts()
        person.reads(r"\nquestion> ")
        person.asks("moths by echo", expect=BATS)  # between the two, so that they are not two
        person.interrupts()
        person.reads(r"\nquestion> ")
        person.interrupts()
        assert person.ends() == 0


def test_ctrl_c_gives_up_an_answer_and_not_the_prompt(folder: Path) -> None:
    with terminal(folder, "-k", "1") as person:
        while person.loads() == 0:
            time.sleep(0.05)
        for _ in range(2):
            person.type("wait for owls\r")
            person.reads("owls\n")
            time.sleep(0.2)
            person.interrupts()
            person.reads(r"\nquestion> ")
        person.asks("who hunts mice", expect=OWLS)


def test_an_error_ends_its_question_alone(folder: Path) -> None:
    with terminal(folder, "-k", "0") as person:
        for _ in range(2):
            shown = person.asks("owls", expect=r"locus: k must be from 1 to 1000 \(got 0\)")
            assert "Traceback" not in shown
        person.type(CTRL_D)
        assert person.ends() == 0


@pytest.mark.parametrize("readline", [True, False])
@pytest.mark.parametrize("decoding", ["strict", "surrogateescape"])
def test_what_is_not_text_is_an_error_of_its_question(
    folder: Path, readline: bool, decoding: str
) -> None:
    settings = {} if readline else {"WITHOUT_READLINE": "1"}
    settings["PYTHONIOENCODING"] = f"utf-8:{decoding}"
    with terminal(folder, "-k", "1", **settings) as person:
        person.type(b"owls \xff\xfe\r")
        person.reads("locus: the question is not valid UTF-8 text")
        person.asks("who hunts mice", expect=OWLS)


def test_a_new_generation_is_taken_up(folder: Path) -> None:
    with terminal(folder, "-k", "1") as person:
        person.asks("a comet has a tail", expect=r" 1\. ")
        (folder / "articles/new.txt").write_text("Comets\n\nA comet has a tail of dust.\n")
        build(folder / "x.locus", encoder=HashingEncoder(), splitting=SMALL)
        assert "new.txt:" in person.asks("a comet has a tail", expect=r" 1\. .*Comets")


def test_a_server_answers_for_it_and_when_it_ends_no_question_is_lost(folder: Path) -> None:
    with serving(folder / "x.locus", beside=True):
        it = terminal(folder, "-k", "1")
        person = it.__enter__()
        person.asks("who hunts mice", expect=OWLS)
        assert person.loads() == 0
    try:
        person.asks("moths by echo", expect=BATS)
        assert person.loads() == 1
    finally:
        it.__exit__(None, None, None)


def test_no_index_is_said_before_anything_is_asked(folder: Path) -> None:
    person = Terminal(folder, ("--index", "nowhere"), {})
    try:
        assert person.ends() == 2
        assert person.shown.startswith("locus: no index in nowhere. Create one with")
    finally:
        person.close()


def test_it_needs_a_terminal_on_both_sides_and_no_json(folder: Path, locus: Locus) -> None:
    done = locus("search", "--index", "x.locus", check=2)
    assert done.stderr.startswith("locus: no question given")
    assert len(done.stderr.splitlines()) == 1
    for option in ("--json", "--jsonl"):
        person = Terminal(folder, ("--index", "x.locus", option), {})
        try:
            assert person.ends() == 2
            assert person.shown == "locus: --json and --jsonl need a question\n"
        finally:
            person.close()


# History


def test_questions_are_remembered_from_one_run_to_the_next(folder: Path) -> None:
    path = folder / "state/locus/history"
    with terminal(folder, "-k", "1") as person:
        person.asks("who hunts mice", expect=OWLS)
        person.asks("moths by echo", expect=BATS)
        person.asks("moths by echo", expect=BATS)
    assert path.read_text() == "who hunts mice\nmoths by echo\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with terminal(folder, "-k", "1") as person:
        person.asks(UP, expect=BATS)
        person.type(CTRL_R + "hunts")
        person.reads("who hunts mice")
        person.asks("", expect=OWLS)


def test_without_readline_it_asks_all_the_same(folder: Path) -> None:
    with terminal(folder, "-k", "1", WITHOUT_READLINE="1") as person:
        person.asks("who hunts mice", expect=OWLS)
        person.interrupts()
        person.reads(r"\nquestion> ")
        person.interrupts()
        assert person.ends() == 0
    assert (folder / "state/locus/history").read_text() == "who hunts mice\n"


@pytest.mark.parametrize("setting", ["", "x.locus", "/dev/null", "articles/bridges.md/history"])
def test_where_no_history_can_be_kept_nothing_is_said(folder: Path, setting: str) -> None:
    """No history; a folder; a device, whose mode must not change; a path below a file."""
    mode = Path("/dev/null").stat().st_mode
    with terminal(folder, "-k", "1", LOCUS_HISTORY=setting) as person:
        person.asks("who hunts mice", expect=OWLS)
        person.type(CTRL_D)
        assert person.ends() == 0
        assert "\nlocus:" not in person.shown
    assert not (folder / "state").exists()
    assert Path("/dev/null").stat().st_mode == mode


def test_another_file_can_be_named_and_becomes_private(folder: Path) -> None:
    path = folder / "mine"
    path.write_text("older\n")
    path.chmod(0o644)
    with terminal(folder, "-k", "1", LOCUS_HISTORY="mine") as person:
        person.asks("who hunts mice", expect=OWLS)
    assert path.read_text() == "older\nwho hunts mice\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_history_keeps_the_last_thousand(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_text("".join(f"{n}\n" for n in range(MOST + 5)))
    history = History(path)
    assert history.questions == [str(n) for n in range(5, MOST + 5)]
    history.add("two\nlines  in one")
    assert path.read_text().splitlines() == [*history.questions[:-1], "two lines in one"]
    assert len(History(path).questions) == MOST


def test_a_damaged_history_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_bytes(b"\xff\xfeowls\n\n\nbats")
    assert History(path).questions == ["\ufffd\ufffdowls", "bats"]


def test_questions_are_kept_with_what_is_shown_if_the_user_wants_that(folder: Path) -> None:
    log = folder / "asked.jsonl"
    with terminal(folder, "-k", "2", LOCUS_LOG=str(log)) as person:
        assert f"questions are kept in {log}. To delete them: locus log --delete" in person.shown
        person.asks("who hunts mice at night", expect=OWLS)
        person.asks("show 2", expect="characters")
        person.asks("who finds moths by echo", expect=BATS)
        person.asks("show 9", expect="no result 9")
        person.asks("1", expect="Bats")
        person.type(CTRL_D)
        assert person.ends() == 0
    first, second = read_log(log, print)
    assert (first.question.query, first.question.by) == ("who hunts mice at night", "prompt")
    assert [it.rank for it in first.openings] == [2]
    assert [it.passage.article for it in second.openings] == ["night/bats.txt"]
