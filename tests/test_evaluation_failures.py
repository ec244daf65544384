"""Why a question went wrong: for each cause an index in which by construction it is the cause."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from indexer.arrays import Ids, Scores, Vectors
from indexer.pipeline import build
from indexer.types import Splitting
from search import open_index
from search.evaluation.judged.datasets import AnswerSpan, Dataset
from search.evaluation.judged.trec import RunFile
from search.evaluation.measured.evaluator import evaluate, evaluate_run
from search.evaluation.measured.failure_text import failure_text
from search.evaluation.measured.failures import Failure, FailureCause, Failures
from search.evaluation.measured.findings import JudgedPassages
from search.evaluation.measured.measures import MEASURES, per_query
from search.evaluation.measured.results import Evaluation
from search.evaluation.shown.report import evaluation_page
from search.limits import Mode
from search.ranking.explanation import StageRanking
from search.ranking.fusion import Candidates
from search.ranking.meaning import Meaning
from search.ranking.reranking import Reranker
from search.ranking.trace import trace
from search.searcher import watched
from tests.conftest import written
from tests.hashing import HashingEncoder, KnowingEncoder

if TYPE_CHECKING:
    from search.workings import Workings

FOUND = "owls hunt mice", "night/owls.txt"
"""A question that is answered right, and its article."""
OWLS = {"night/owls.txt": "Owls of the forest\n\nOwls hunt mice at night.\n"}


class PiecesEncoder(HashingEncoder):
    """Reads words that begin with ``zz`` in pieces."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        pieces = [text.lower().count("zz") for text in texts]
        return [n + more for n, more in zip(super().count_tokens(texts), pieces, strict=True)]


class Disliking:
    """A reranker that counts the words of the question, and puts texts with a certain word last."""

    def __init__(self, word: str) -> None:
        self._word = word

    def relevance(self, question: str, texts: Sequence[str]) -> Scores:
        asked = question.split()
        odds = [-9.0 if self._word in it else sum(w in it for w in asked) for it in texts]
        return np.array(odds, np.float32)


def dataset(
    questions: Mapping[str, tuple[str, str]],
    texts: Mapping[str, str],
    answers: Mapping[str, str] | None = None,
) -> Dataset:
    """Questions, each with its text and its article, and the text that answers it if it is known.

    ``right`` is a question that is always answered.
    """
    asked = {"right": FOUND, **questions}
    spans = {}
    for query, answer in (answers or {}).items():
        name = asked[query][1]
        start = texts[name].index(answer)
        spans[query] = (AnswerSpan(name, start, start + len(answer), answer),)
    return Dataset(
        name="made",
        queries={query: text for query, (text, _) in asked.items()},
        qrels={query: {name: 1} for query, (_, name) in asked.items()},
        answers=spans,
        titles={},
        hashes={},
        notes=(),
    )


def measured(
    folder: Path,
    texts: Mapping[str, str],
    questions: Mapping[str, tuple[str, str]],
    answers: Mapping[str, str] | None = None,
    *,
    mode: Mode = "hybrid",
    k: int = 100,
    encoder: HashingEncoder | None = None,
    reranker: Reranker | None = None,
    tokens: int = 12,
) -> Evaluation:
    texts = {**texts, **OWLS}
    encoder = encoder or HashingEncoder()
    articles = written(folder / "articles", texts)
    build(folder / "x.locus", [articles], encoder=encoder, splitting=Splitting(tokens))
    with open_index(folder / "x.locus", encoder=encoder, reranker=reranker) as searcher:
        return evaluate(dataset(questions, texts, answers), searcher, mode, k)


def failures_of(found: Evaluation) -> Failures:
    assert found.failures is not None
    return found.failures


def only(found: Evaluation) -> Failure:
    (one,) = failures_of(found).found
    return one


HILLS = {
    "tea.txt": "Tea\n\nTea grows on hillsides in the rain.\n",
    "coffee.txt": "Coffee\n\nCoffee grows on mountains in the sun.\n",
}


def test_an_article_that_is_not_indexed(tmp_path: Path) -> None:
    found = only(measured(tmp_path, HILLS, {"q": ("tea in the rain", "gone.txt")}))
    assert (found.cause, found.article, found.first) == (FailureCause.ABSENT, "gone.txt", "tea.txt")
    assert found.places == ()


def test_an_answer_that_no_passage_contains_whole(tmp_path: Path) -> None:
    texts = {
        "sea.txt": "Sea\n\nRivers carry grains of salt down into the wide sea. Then the warm sun"
        " draws the water up again.\n"
    }
    asked = {"q": ("rivers carry salt", "sea.txt")}
    found = only(measured(tmp_path, texts, asked, {"q": "sea. Then the warm sun"}))
    assert found.cause is FailureCause.SPLIT
    whole = measured(tmp_path / "longer", texts, asked, {"q": "sea. Then the warm sun"}, tokens=40)
    assert failures_of(whole).found == ()


def test_words_that_neither_a_passage_nor_the_model_knows(tmp_path: Path) -> None:
    asked = {"q": ("Which zzorbal of zzarnum grows on hillsides?", "coffee.txt")}
    found = only(measured(tmp_path / "a", HILLS, asked, encoder=PiecesEncoder()))
    assert (found.cause, found.unread) == (FailureCause.UNKNOWN, ("zzorbal", "zzarnum"))
    found = only(measured(tmp_path / "b", HILLS, asked))
    assert found.cause is not FailureCause.UNKNOWN, "the model knows them"
    asked = {"q": ("Which zzorbal grows on hillsides in the rain?", "coffee.txt")}
    found = only(measured(tmp_path / "c", HILLS, asked, encoder=PiecesEncoder()))
    assert found.cause is not FailureCause.UNKNOWN, "most of its words are known"


def test_a_passage_that_no_leg_finds(tmp_path: Path) -> None:
    asked = {"q": ("hillsides", "night/owls.txt")}
    found = only(measured(tmp_path, HILLS, asked, mode="lexical"))
    assert (found.cause, found.first) == (FailureCause.NOT_FOUND, "tea.txt")
    assert [it.rank for it in found.places] == [None] * 4


def test_a_passage_that_the_search_by_meaning_skips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large index is not read whole. Here it is small, so the nearest passage is taken away."""
    search = Meaning.search

    def skipping(self: Meaning, query: Vectors, k: int, *rest: Any, **options: Any) -> Candidates:
        found = search(self, query, k, *rest, **options).best(k)
        if found.scores[0] < 0.999:
            return found
        return Candidates(found.scores[1:], found.ids[1:])

    meanings = {"brew": "Tea\nTea grows on hillsides in the rain."}
    monkeypatch.setattr(Meaning, "search", skipping)
    asked = {"q": ("brew", "tea.txt")}
    found = only(
        measured(tmp_path, HILLS, asked, mode="semantic", encoder=KnowingEncoder(meanings))
    )
    assert found.cause is FailureCause.SKIPPED
    assert "--exact" in found.cause.advice


def test_a_near_copy_of_a_better_hit(tmp_path: Path) -> None:
    tea = "Tea grows on green hillsides in the rain, where people pick its young leaves by hand."
    texts = {"a.txt": tea, "b.txt": tea, "c.txt": "Rain falls on every mountain in the autumn."}
    asked = {"q": ("hillsides in the rain", "b.txt")}
    found = only(measured(tmp_path, texts, asked, mode="lexical", tokens=30))
    assert (found.cause, found.first) == (FailureCause.COPY, "a.txt")
    assert [it.rank for it in found.places] == [2, 2, 2, 4]


def test_a_passage_behind_the_limit_of_its_article(tmp_path: Path) -> None:
    parts = [" ".join(["Tide", *(f"word{n}x{at}" for at in range(n + 3))]) for n in range(8)]
    texts = {
        "tides.md": "# Coast\n\n" + ".\n\n".join(parts) + ".\n",
        "moon.md": f"# Sky\n\n{' '.join(f'star{at}' for at in range(25))} tide.\n",
    }
    asked = {"q": ("tide", "tides.md")}
    answers = {"q": "word7x9"}
    found = only(measured(tmp_path, texts, asked, answers, mode="lexical", k=10, tokens=4))
    assert found.cause is FailureCause.LIMIT
    ranks = {it.stage: it.rank for it in found.places}
    assert (ranks["page"] or 0) > (ranks["second look"] or 0) > 0


def test_another_passage_of_the_right_article(tmp_path: Path) -> None:
    texts = {
        "bridges.md": "A bridge of stone spans the river.\n\nThe steel bridge carries trains.\n"
    }
    asked = {"q": ("a bridge of stone", "bridges.md")}
    found = only(measured(tmp_path, texts, asked, {"q": "carries trains"}, tokens=8))
    assert (found.cause, found.first) == (FailureCause.PASSAGE, "bridges.md")
    assert found.overtaken is FailureCause.OUTRANKED


def test_a_passage_that_only_one_leg_prefers(tmp_path: Path) -> None:
    """By meaning, tea is nearer; by words, only the others are found."""
    texts = {
        "tea.txt": "Tea grows in rain.",
        "brewers.txt": "Brewers brew beer.",
        "wine.txt": "Grapes ripen in autumn sun.",
    }
    meanings = {"beer?": "Tea grows in rain.", "brew": "Tea grows in rain."}
    asked = {"q": ("brew beer?", "tea.txt")}
    encoder = KnowingEncoder(meanings)
    found = only(measured(tmp_path, texts, asked, encoder=encoder))
    ranks = {it.stage: it.rank for it in found.places}
    assert ranks["semantic leg"] == 1
    assert ranks["lexical leg"] is None
    assert (found.cause, found.first) == (FailureCause.FUSION, "brewers.txt")


def test_a_passage_that_is_overtaken_when_its_sentences_are_scored(tmp_path: Path) -> None:
    """BM25 prefers many of the words in a short passage, the second look one sentence with all."""
    texts = {
        "many.md": "# Notes\n\nTides tides. Harbours harbours. Moon moon.\n",
        "all.md": "# Coasts\n\nWhen the moon is full the tides reach all harbours of our coast.\n",
    }
    asked = {"q": ("moon tides harbours", "many.md")}
    found = only(measured(tmp_path, texts, asked, mode="lexical", tokens=30))
    assert (found.cause, found.first) == (FailureCause.SECOND_LOOK, "all.md")
    assert [it.rank for it in found.places] == [1, 1, 2, 2]


def test_a_passage_that_the_reranker_puts_behind(tmp_path: Path) -> None:
    asked = {"q": ("tea grows on hillsides", "tea.txt")}
    found = only(measured(tmp_path, HILLS, asked, reranker=Disliking("Tea")))
    assert found.cause is FailureCause.RERANKING
    assert found.places[-2].stage == "reranked"


def test_a_passage_that_every_leg_puts_behind(tmp_path: Path) -> None:
    asked = {"q": ("tea grows on hillsides", "coffee.txt")}
    found = only(measured(tmp_path, HILLS, asked))
    assert (found.cause, found.first, found.is_judged) == (FailureCause.OUTRANKED, "tea.txt", False)


def test_each_cause_says_what_to_do() -> None:
    for cause in FailureCause:
        assert cause.meaning.endswith(".")
        assert cause.advice.endswith(".")


@pytest.fixture
def several(tmp_path: Path) -> Evaluation:
    """Three questions about coffee find tea, and one about owls too."""
    asked = {
        "q1": ("Who grows tea on 12 hillsides?", "coffee.txt"),
        "q2": ("tea", "coffee.txt"),
        "q3": ("How many hillsides are in the rain?", "coffee.txt"),
        "q4": ("tea in the rain", "night/owls.txt"),
    }
    return measured(tmp_path, HILLS, asked)


def test_articles_that_come_first_too_often_are_counted(several: Evaluation) -> None:
    failures = failures_of(several)
    assert failures.as_json()["confusions"] == [
        {
            "first": "tea.txt",
            "questions": 4,
            "instead_of": [
                {"article": "coffee.txt", "questions": 3},
                {"article": "night/owls.txt", "questions": 1},
            ],
        }
    ]
    assert (failures.share.wrong, failures.share.questions) == (4, 5)
    assert failures.unjudged == 4


def test_the_text_says_how_many_why_and_what_to_do(several: Evaluation) -> None:
    text = several.as_text()
    assert "first hit wrong: 4 of 5 questions, 80% (38% to 96%), by cause:" in text
    flat = " ".join(text.split())
    assert "4 another passage ahead from the start (38% to 96% of questions)" in flat
    assert FailureCause.OUTRANKED.advice in flat
    assert "4 tea.txt, instead of coffee.txt (3), night/owls.txt (1)" in flat
    assert "4 of these 4 first hits are from articles without a judgement" in flat
    assert "kinds of questions" not in text, "five questions show nothing of kinds"
    right = replace(several, failures=replace(failures_of(several), found=()))
    assert "first hit wrong: none of 5 questions" in right.as_text()


def test_the_json_has_the_causes_and_each_question_its_own(several: Evaluation) -> None:
    found = several.as_json()["failures"]
    assert {"questions", "wrong", "share", "low", "high", "small"} <= set(found)
    (cause,) = found["causes"]
    assert (cause["cause"], cause["questions"]) == (FailureCause.OUTRANKED.value, 4)
    assert len(cause["examples"]) == 3
    assert cause["low"] < cause["share"] < cause["high"]
    rows = {row["query"]: row["cause"] for row in several.rows()}
    assert rows["right"] is None
    assert {rows[f"q{n}"] for n in range(1, 5)} == {FailureCause.OUTRANKED.value}


def test_the_report_shows_causes_confusions_and_kinds(several: Evaluation) -> None:
    page = evaluation_page(several)
    for heading in ("Why questions went wrong", "Articles that came first instead", "Kinds of"):
        assert heading in page
    assert FailureCause.OUTRANKED.advice.replace("'", "&#39;") in page
    assert "<bdi>coffee.txt</bdi> (3), <bdi>night/owls.txt</bdi> (1)" in page
    assert '<span class="mark">few</span>' in page
    none = replace(several, failures=replace(failures_of(several), found=(), confusions=()))
    assert "The first hit was right for all" in evaluation_page(none)


def test_a_run_file_has_wrong_questions_but_no_causes(several: Evaluation) -> None:
    asked = {"q1": ("Who grows tea?", "coffee.txt")}
    judged = dataset(asked, OWLS)
    run = {"right": {"night/owls.txt": 1.0}, "q1": {"tea.txt": 2.0, "coffee.txt": 1.0}}
    failures = failures_of(evaluate_run(judged, RunFile("mine", run, ())))
    assert [(one.query, one.cause, one.first) for one in failures.found] == [
        ("q1", None, "tea.txt")
    ]
    assert failures.confusions[0].instead_of == (("coffee.txt", 1),)
    assert "by cause" not in failure_text(failures)
    assert failures.as_json()["causes"] == []


def test_watching_changes_no_answer_and_no_measure(several: Evaluation, tmp_path: Path) -> None:
    seen: list[Workings] = []
    texts = [outcome.text for outcome in several.outcomes]
    with open_index(tmp_path / "x.locus", encoder=HashingEncoder()) as searcher:
        plain = [searcher.search(text, 100).hits for text in texts]
        looked_at = [watched(searcher, seen.append).search(text, 100).hits for text in texts]
        assert len(list(watched(searcher, seen.append).search_many(texts))) == len(texts)
        searcher.search("tea")
    assert looked_at == plain
    assert len(seen) == 2 * len(texts), "the searcher itself is not watched"
    qrels = {one.query: {w.article: w.grade for w in one.wanted} for one in several.outcomes}
    for name, values in per_query(qrels, several.run, MEASURES).items():
        assert values == several.values[name]


def test_an_index_that_changes_meanwhile_gets_no_causes(
    tmp_path: Path, several: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = JudgedPassages.of

    def older(folder: Path, judged: Dataset) -> JudgedPassages:
        return replace(known(folder, judged), generation=0)

    monkeypatch.setattr("search.evaluation.measured.evaluator.JudgedPassages.of", older)
    with open_index(tmp_path / "x.locus", encoder=HashingEncoder()) as searcher:
        judged = dataset({"q2": ("tea", "coffee.txt")}, OWLS)
        found = only(evaluate(judged, searcher))
    assert (found.cause, found.first) == (None, "tea.txt")


def test_a_trace_follows_the_best_passage_and_says_why_it_was_moved_back() -> None:
    """An article's passages may be many; only the best is followed."""

    def stage(name: str, *ids: int) -> StageRanking:
        numbers: Ids = np.array(ids, np.int64)
        return StageRanking(name, Candidates(np.ones(len(ids), np.float32), numbers), 3)

    legs = stage("semantic leg", 1, 2, 3, 4), stage("lexical leg", 4, 1)
    rest = stage("fused", 1, 4, 2, 3), stage("second look", 1, 4, 2, 3)
    found = trace([3, 4, 9], [*legs, *rest, stage("page", 1, 2, 3, 4)], {}.get, 5)  # type: ignore[arg-type]
    assert (found.number, [it.rank for it in found.places]) == (3, [3, None, 4, 4, 3])
    moved = [*legs, *rest, stage("page", 1, 2, 3, 4)]
    for per_article, over_limit in ((1, True), (2, False)):
        found = trace([4], moved, lambda _: 7, per_article)
        assert (found.over_limit, found.is_copy) == (over_limit, not over_limit)
    assert found.is_ahead("leg")
    assert not found.is_ahead("fused")
