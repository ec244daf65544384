"""``locus evaluate --from-log``: what a log shows, by questions whose outcome is known."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.pipeline import build
from indexer.types import Splitting
from search import open_index
from search.checking.citation import Citation
from search.evaluation.measured.replay import replay
from search.evaluation.measured.usage import (
    RANKS,
    Usage,
    UsageShare,
    reciprocal_ranks,
    similar,
)
from search.logged.entries import Entry, LoggedQuestion, Way
from search.logged.reading import KeptQuestion, read_log
from search.types import Options
from tests.conftest import ARTICLES, Locus
from tests.hashing import HashingEncoder
from tests.logs import NOON, of_index, opening, question, written_log

ECHO = "Bats find moths by echo."


def asked(
    query: str,
    seconds: int,
    ranks: Sequence[int] = (),
    *,
    by: Way = "page",
    hits: int = 10,
    confidence: float | None = 0.9,
) -> KeptQuestion:
    at = NOON + timedelta(seconds=seconds)
    its = question(query, at, by=by, hits=hits, confidence=confidence)
    return KeptQuestion(its, tuple(opening(its, rank) for rank in ranks))


def counts(questions: Sequence[KeptQuestion]) -> dict[str, tuple[int, int]]:
    return {it.name: (it.count, it.questions) for it in Usage.of(questions).shares}


DAY = [
    asked("who hunts at night", 0, [2, 1]),
    asked("which bats use an echo", 60),  # reworded by the next
    asked("which bats find prey by echo", 100, [1]),
    asked("how do bridges stand", 1000, hits=0, confidence=0.1),  # left: the next is too late
    asked("how do bridges stand up", 1000 + 121),  # left: the next is about something else
    asked("green tea", 1150),  # left: the next was asked elsewhere
    asked("green teas", 1160, by="search"),
    asked("Who hunts  at NIGHT", 5000, [7], confidence=None),
]


def test_each_question_that_is_followed_has_one_outcome() -> None:
    found = counts(DAY)
    assert found["opened something"] == (3, 7)
    assert found["nothing opened, reworded"] == (1, 7)
    assert found["nothing opened, left"] == (3, 7)
    outcomes = Usage.of(DAY).outcomes
    assert [outcomes.get(kept.question.id) for kept in DAY] == [
        *("opened", "reworded", "opened", "left", "left", "left", None, "opened")
    ]


def test_the_shares_of_all_questions() -> None:
    found = counts(DAY)
    assert found["no hits"] == (1, 8)
    assert found["no good match"] == (1, 7)
    assert found["reworded soon after"] == (1, 8)
    assert found["asked before"] == (1, 8)
    assert found["first opened at rank 1"] == (1, 3)


def test_the_rank_that_counts_is_that_of_the_first_opening() -> None:
    found = Usage.of(DAY)
    assert found.reciprocal is not None
    assert found.reciprocal.mean == pytest.approx((1 / 2 + 1 / 1 + 1 / 7) / 3)
    assert found.reciprocal.low <= found.reciprocal.mean <= found.reciprocal.high
    assert dict(zip((name for name, *_ in RANKS), found.ranks, strict=True)) == {
        "1": 1,
        "2": 1,
        "3": 0,
        "4 to 10": 1,
        "11 and more": 0,
    }


def test_a_question_whose_hits_were_opened_is_reworded_after_the_last_of_them() -> None:
    late = asked("who hunts at night", 0)
    late = replace(late, openings=(opening(late.question, 100),))
    assert counts([late, asked("who hunts by night", 219)])["reworded soon after"] == (1, 2)
    assert counts([late, asked("who hunts by night", 221)])["reworded soon after"] == (0, 2)


def test_without_openings_there_is_no_rank() -> None:
    found = Usage.of([asked("who hunts at night", 0, by="search")])
    assert found.reciprocal is None
    shares = {it.name: it for it in found.shares}
    assert shares["opened something"].share is None
    assert shares["opened something"].as_json()["low"] is None


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("which bats use an echo", "bats echo", True),
        ("Почему море солёное", "почему солёное море?", True),
        ("鷺は何を食べる", "鷺は何を食べますか", True),
        ("green tea", "stone bridges of Rome", False),
        ("a", "a", True),
    ],
)
def test_similar_words(one: str, other: str, are: bool) -> None:
    assert similar(one, other) is are
    assert similar(other, one) is are


@given(count=st.integers(0, 400), more=st.integers(0, 400))
def test_an_interval_contains_its_share_and_stays_within_0_and_1(count: int, more: int) -> None:
    share = UsageShare("any", count, count + more)
    if not count + more:
        assert share.share is share.low is share.high is None
        return
    assert share.low is not None
    assert share.high is not None
    assert share.share is not None
    assert 0 <= share.low <= share.share + 1e-12
    assert share.share - 1e-12 <= share.high <= 1
    assert share.high - share.low > 0


def test_the_interval_is_wilsons() -> None:
    share = UsageShare("any", 8, 20)  # R: prop.test(8, 20, correct = FALSE)
    assert share.low == pytest.approx(0.2188, abs=5e-5)
    assert share.high == pytest.approx(0.6134, abs=5e-5)


def test_a_passage_that_does_not_come_back_counts_as_0() -> None:
    found = reciprocal_ranks("now", [1, None])
    assert found is not None
    assert (found.mean, found.queries) == (0.5, 2)


# Asked again


@pytest.fixture
def log(own_index: Path, tmp_path: Path) -> Path:
    """Questions about an index, of which the answer to the first was opened at rank 2."""
    bats = replace(question("who finds moths by echo"), options=Options(k=2, mode="lexical"))
    owls = replace(question("who hunts mice", NOON + timedelta(hours=1)), by="prompt")
    again = replace(owls, id="0" * 16, time=NOON + timedelta(hours=2))
    start = ARTICLES["night/bats.txt"].index(ECHO)
    cited = Citation("night/bats.txt", start, start + len(ECHO), ECHO)
    gone = Citation("gone.md", 0, 20, "Zebras sleep standing.")
    its: list[LoggedQuestion] = [of_index(it, own_index) for it in (bats, owls, again)]
    entries: list[Entry] = [*its, opening(its[0], 2, cited), opening(its[1], 9, cited)]
    return written_log(tmp_path / "asked.jsonl", [*entries, opening(its[2], 1, gone)])


def kept(log: Path) -> list[KeptQuestion]:
    return read_log(log, print)


def test_the_passage_that_was_opened_is_found_at_its_rank_now(own_index: Path, log: Path) -> None:
    with open_index(own_index, encoder=HashingEncoder()) as searcher:
        bats, owls = replay(searcher, kept(log), 10)
    assert (bats.then, bats.now, bats.standing) == (2, 1, "unchanged")
    assert (owls.question.id, owls.now, owls.standing) == ("0" * 16, None, "gone")


def test_a_passage_that_moved_is_looked_for_where_it_is(
    own_index: Path, log: Path, articles: Path
) -> None:
    text = (articles / "night/bats.txt").read_text("utf-8")
    (articles / "night/bats.txt").unlink()
    (articles / "moved.txt").write_text(f"Preface\n\nNothing is said here.\n\n{text}", "utf-8")
    build(own_index, [articles], encoder=HashingEncoder(), splitting=Splitting(12))
    with open_index(own_index, encoder=HashingEncoder()) as searcher:
        bats, _ = replay(searcher, kept(log), 10)
    assert (bats.now, bats.standing) == (1, "moved")


def test_a_question_is_asked_again_with_its_options_or_in_the_mode_that_is_named(
    own_index: Path, log: Path
) -> None:
    first = kept(log)[0]
    under = replace(first.question.options, under="bridges.md")
    elsewhere = replace(first, question=replace(first.question, options=under))
    with open_index(own_index, encoder=HashingEncoder()) as searcher:
        assert replay(searcher, [elsewhere], 10)[0].now is None
        assert replay(searcher, [first], 10, mode="semantic")[0].now is not None


def test_the_command_shows_shares_ranks_and_what_comes_back(
    own_index: Path, log: Path, locus: Locus
) -> None:
    command = ["evaluate", "--from-log", "--index", own_index, "--mode", "lexical"]
    done = locus(*command, check=0, LOCUS_LOG=str(log))
    shown = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert shown[0] == "asked.jsonl: 3 questions from 2026-11-30 to 2026-11-30"
    assert "opened something 1.000 0.439 to 1.000 3" in shown
    assert "rank of the first opened 1 2 3 4 to 10 11 and more" in shown
    assert any(line.startswith("These are no judgements. People mostly open") for line in shown)
    assert "rank now: higher 1, the same 0, lower 0, not found 0; text gone 1" in shown
    found = json.loads(locus(*command, log, "--json", "--per-query", check=0).stdout)
    assert found["are_judgements"] is False
    assert found["shares"]["opened_something"]["share"] == 1
    assert found["again"]["rr_then"]["mean"] == pytest.approx((1 / 2 + 1) / 2)
    assert found["again"]["rr_now"]["mean"] == pytest.approx((1 / 1 + 0) / 2)
    assert (found["again"]["gone"], found["again"]["generation"]) == (1, 1)
    rows = found["per_query"]
    assert [(row["query"], row["outcome"], row["rank_now"]) for row in rows] == [
        ("who finds moths by echo", "opened", 1),
        ("who hunts mice", "opened", None),
        ("who hunts mice", "opened", None),
    ]
    table = locus(*command, log, "--per-query", check=0).stdout
    assert "2026-11-30 12:00   opened       2    1  who finds moths by echo" in table


def test_questions_about_other_indexes_are_left_out_and_counted(
    own_index: Path, log: Path, locus: Locus
) -> None:
    other = question("who hunts", index="/elsewhere/.locus")
    log.write_bytes(log.read_bytes() + written_log(log.parent / "more.jsonl", [other]).read_bytes())
    command = ["evaluate", log, "--from-log", "--mode", "lexical", "--json", "--index"]
    done = locus(*command, own_index, check=0)
    assert json.loads(done.stdout)["questions"] == 3
    assert "1 question about another index is left out" in done.stderr
    done = locus(*command, log.parent / "third.locus", check=2)
    assert f"Name one of these with --index: {own_index} (3), /elsewhere/.locus (1)" in done.stderr


def test_an_index_that_was_moved_is_asked_again_and_one_that_is_gone_is_not(
    own_index: Path, log: Path, locus: Locus
) -> None:
    moved = own_index.rename(own_index.with_name("moved.locus"))
    command = ["evaluate", log, "--from-log", "--mode", "lexical", "--json", "--index"]
    done = locus(*command, moved, check=0)
    assert f"were asked of {own_index}, and are asked again of {moved}" in done.stderr
    assert json.loads(done.stdout)["again"]["questions"] == 2
    done = locus(*command, own_index, check=0)
    assert "contains no index, so nothing was asked again" in done.stderr
    assert json.loads(done.stdout)["again"] is None


def test_what_cannot_be_done(log: Path, locus: Locus, tmp_path: Path) -> None:
    assert "name the log" in locus("evaluate", "--from-log", check=2).stderr
    for option in ("--run", "--from-run", "--report"):
        done = locus("evaluate", log, "--from-log", option, tmp_path / "x.html", check=2)
        assert "Invalid value" in done.stderr
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    assert "has no questions" in locus("evaluate", empty, "--from-log", check=1).stderr
    seeds = locus("evaluate", log.parent / "absent.jsonl", "--from-log", check=2)
    assert "cannot read" in seeds.stderr
