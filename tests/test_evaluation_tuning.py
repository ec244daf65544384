"""Tuning: which setting is chosen, when it is kept, what is remembered, and how it is undone."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.arrays import Vectors
from indexer.encoding import models
from indexer.errors import DamagedIndex, DatasetError, NotAnIndex
from indexer.pipeline import build
from indexer.storing.database import open_for_writing
from indexer.storing.state import State
from indexer.storing.store import Store
from indexer.storing.tuning import retune
from indexer.types import UNTUNED, Span, Tuning
from search.evaluation import tuning as command
from search.evaluation.judged.datasets import Dataset
from search.evaluation.measured import tuning as module
from search.evaluation.measured.tuning import (
    Choice,
    Setting,
    Trial,
    choose,
    sampled,
    settings_around,
)
from search.evaluation.tuning import Tuner
from search.searcher import open_index
from tests.hashing import IDENTITY, HashingEncoder

NOW = Setting(1.0, 30, 128)
OTHER = Setting(2.0, 30, 128)
LONGER = Setting(1.0, 30, 192)


def trial(setting: Setting, values: list[float], passages: list[float] | None = None) -> Trial:
    measures = {"nDCG@10": values} | ({"passage RR@10": passages} if passages else {})
    return Trial(
        setting,
        {name: {f"q{n:03}": it for n, it in enumerate(of)} for name, of in measures.items()},
    )


def chosen(*trials: Trial) -> Choice:
    return choose("forty", trials)


def test_a_setting_that_is_better_for_most_questions_is_chosen_and_kept() -> None:
    choice = chosen(trial(NOW, [0.5] * 40), trial(OTHER, [0.9] * 30 + [0.4] * 10))
    assert (choice.now, choice.best, choice.is_better) == (NOW, OTHER, True)
    (difference,) = choice.differences
    assert difference.before == 0.5
    assert difference.after == pytest.approx(0.775)
    assert choice.tuning(UNTUNED) == Tuning(2.0, 30, "forty", 40, 0.5, 0.775, None)
    assert "best  meaning x2, 30 candidates, passages of 128 tokens" in choice.as_text()
    assert "nDCG@10 by meaning: x1 0.500, x2 0.775" in choice.as_text()
    assert choice.as_json()["best"] == {"meaning": 2.0, "candidates": 30, "passage_tokens": 128}


def test_the_best_of_many_equals_is_not_kept() -> None:
    """By chance, the best of 30 settings looks better on the questions that chose it."""
    random = np.random.default_rng(3)
    values = [random.random(60).tolist() for _ in range(30)]
    settings = [NOW, *(Setting(2.0, n, 128) for n in range(29))]
    choice = chosen(*map(trial, settings, values))
    best = max(choice.trials, key=lambda it: it.mean)
    assert best.mean > choice.trials[0].mean + 0.05
    assert not choice.is_better


def test_each_question_is_answered_by_a_setting_that_was_chosen_without_it() -> None:
    """Each of five settings is perfect for a fifth of the questions, and wrong for all others."""
    order = np.random.default_rng(0).permutation(40)
    trials = [trial(NOW, [0.1] * 40)]
    for fold in range(5):
        values = np.zeros(40)
        values[order[fold::5]] = 1.0
        trials.append(trial(Setting(2.0, fold, 128), values.tolist()))
    choice = chosen(*trials)
    (difference,) = choice.differences
    assert difference.after == 0.0, "whatever was chosen is wrong for the questions left out"
    assert not choice.is_better


def test_a_setting_that_is_better_by_less_than_chance_is_not_even_the_best() -> None:
    values = [0.5] * 40
    choice = chosen(trial(NOW, values), trial(OTHER, [0.9, 0.2, *values[2:]]))
    assert choice.best == NOW
    assert choice.differences[0].by.mean == 0.0


def test_a_measure_that_gets_significantly_worse_objects() -> None:
    now = trial(NOW, [0.5] * 40, [0.9] * 40)
    assert not chosen(now, trial(OTHER, [0.9] * 40, [0.1] * 40)).is_better
    assert chosen(now, trial(OTHER, [0.9] * 40, [0.9] * 40)).is_better


def test_the_first_length_of_passages_is_remembered_until_it_is_back() -> None:
    now, longer = trial(NOW, [0.5] * 40), trial(LONGER, [0.9] * 40)
    tuned = chosen(now, longer).tuning(UNTUNED)
    assert tuned.earlier_tokens == 128
    again = trial(Setting(1.0, 30, 96), [1.0] * 40)
    assert chosen(longer, again).tuning(tuned).earlier_tokens == 128
    assert chosen(longer, trial(NOW, [1.0] * 40)).tuning(tuned).earlier_tokens is None


def test_the_present_setting_is_tried_first_and_once() -> None:
    settings = settings_around(Setting(3.0, 30, 64))
    assert settings[0] == Setting(3.0, 30, 64)
    assert len(settings) == len(set(settings)) == 16
    assert settings_around(NOW)[0] == NOW
    assert len(settings_around(NOW)) == 15


def test_few_questions_are_refused_and_very_many_are_sampled() -> None:
    def dataset(questions: int) -> Dataset:
        numbers = [f"q{n}" for n in range(questions)]
        queries = dict.fromkeys(numbers, "why")
        return Dataset("some", queries, {key: {"a": 1} for key in numbers}, {}, {}, {}, ())

    with pytest.raises(DatasetError, match=r"some has 19 judged questions, .* at least 20"):
        sampled(dataset(19))
    assert sampled(dataset(20)) == dataset(20)
    many = sampled(dataset(1500))
    assert len(many.queries) == len(many.qrels) == 500
    assert many.queries.keys() == many.qrels.keys()
    assert sampled(dataset(1500)) == many, "always the same ones"


@pytest.mark.parametrize(
    ("meaning", "share", "tuned"), [(1, 0.3, 0.3), (2, 0.5, 2 / 3), (0.25, 0.5, 0.2)]
)
def test_the_weight_of_the_meaning_changes_by_odds(
    meaning: float, share: float, tuned: float
) -> None:
    assert Tuning(meaning).share(share) == pytest.approx(tuned)


def state_of(index: Path) -> State:
    with Store(index) as store, store.snapshot() as (state, _):
        return state


def test_a_tuning_survives_updates_and_ends_with_the_model(
    copied_index: Path, tmp_path: Path
) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more/a.txt").write_text("A new article about tides.")
    before = state_of(copied_index)
    assert before.tuning == UNTUNED
    tuned = Tuning(2.0, 60, "seeds", 68, 0.9, 0.95, 64)
    retune(copied_index, tuned)
    assert state_of(copied_index) == replace(before, tuning=tuned), "nothing else has changed"
    build(copied_index, [tmp_path / "more"], encoder=HashingEncoder())
    assert state_of(copied_index).generation == before.generation + 1
    assert state_of(copied_index).tuning == tuned
    other = HashingEncoder(replace(IDENTITY, weights="2" * 64))
    build(tmp_path / "x", [tmp_path / "more"], encoder=HashingEncoder())
    retune(tmp_path / "x", tuned)
    build(tmp_path / "x", encoder=other)
    assert state_of(tmp_path / "x").tuning == UNTUNED


def test_an_open_index_is_searched_with_its_tuning_from_the_next_question_on(
    copied_index: Path,
) -> None:
    with (
        open_index(copied_index, encoder=HashingEncoder()) as index,
        open_index(copied_index, encoder=HashingEncoder(), tuning=Tuning()) as untuned,
    ):
        before = index.search("owls and bats").hits
        retune(copied_index, Tuning(meaning=1e6))
        tuned = index.search("owls and bats").hits
        assert [hit.score for hit in tuned] != [hit.score for hit in before]
        assert untuned.search("owls and bats").hits == before
        (place,) = [it for it in index.explain("owls", "night/owls.txt").places if it.passes == 30]
        assert place.stage == "fused"
        retune(copied_index, Tuning(candidates=1))
        places = index.explain("owls", "night/owls.txt").places
        assert [it.passes for it in places if it.stage == "fused"] == [1]
        retune(copied_index, UNTUNED)
        assert index.search("owls and bats").hits == before


def test_what_cannot_be_tuned_is_said(tmp_path: Path, copied_index: Path) -> None:
    with pytest.raises(NotAnIndex, match="no index"):
        retune(tmp_path / "nothing", Tuning(meaning=2.0))
    assert not (tmp_path / "nothing").exists()
    retune(copied_index, Tuning(meaning=2.0))
    with open_for_writing(copied_index) as connection:
        connection.execute("UPDATE generations SET tuning = replace(tuning, '2.0', '3.0')")
    with pytest.raises(DamagedIndex, match="checksum"):
        state_of(copied_index)


class Contrary(HashingEncoder):
    """Takes each question for its opposite, so that the meaning misleads."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return HashingEncoder().encode_passages(texts)

    def encode_with_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, Vectors]:
        return HashingEncoder().encode_with_parts(texts, parts)

    def encode_query(self, text: str) -> Vectors:
        return -HashingEncoder().encode_query(text)


WORDS = "owl bat tide comet bridge salt reef moth river cave star dune fern gull hare iris jade"
NUMBERS = "one two"


@pytest.fixture
def misled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tuner:
    """An index whose tuning trusts a meaning that misleads, and a dataset of 34 questions."""
    folder = tmp_path / "notes"
    (folder / "qrels").mkdir(parents=True)
    names = [f"{word} {number}" for word in WORDS.split() for number in NUMBERS.split()]
    rows = [
        {"_id": name, "title": "", "text": f"The {name} is here. " + "It was seen by all. " * 4}
        for name in names
    ]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)))
    asked = [{"_id": f"q{n}", "text": f"where is the {it}"} for n, it in enumerate(names)]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, asked)))
    judged = [f"q{n}\t{it}\t1" for n, it in enumerate(names)]
    (folder / "qrels/test.tsv").write_text("\n".join(["query\tarticle\tscore", *judged]))
    monkeypatch.setenv("LOCUS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(models, "load", lambda _: Contrary())
    monkeypatch.setattr(module, "MEANINGS", (0.25,))
    monkeypatch.setattr(module, "CANDIDATES", (30,))
    build(tmp_path / "x", [folder / "corpus.jsonl"], encoder=Contrary(), passage_tokens=32)
    retune(tmp_path / "x", Tuning(meaning=1000.0))
    said: list[str] = []
    return Tuner(tmp_path / "x", said.append, said.append)


def printed(tuner: Tuner) -> list[str]:
    lines = tuner.answer.__self__  # type: ignore[attr-defined]
    return list(lines)


def test_a_better_setting_is_used_told_and_undone(misled: Tuner, tmp_path: Path) -> None:
    misled.tune(tmp_path / "notes", keep_passages=True, dry_run=True)
    assert state_of(misled.index).tuning == Tuning(meaning=1000.0), "a dry run changes nothing"
    assert printed(misled)[-1].endswith("better, but with --dry-run nothing is changed.")
    misled.tune(tmp_path / "notes", keep_passages=True)
    tuned = state_of(misled.index).tuning
    assert (tuned.meaning, tuned.candidates, tuned.dataset) == (0.25, 30, "notes")
    assert tuned.questions == 34
    assert tuned.before < 0.5
    assert tuned.after > 0.9
    undo = f"To undo this: locus tune --undo --index {misled.index}"
    assert printed(misled)[-1].endswith(f"so the index now uses it. {undo}")
    misled.tune(tmp_path / "notes", keep_passages=True)
    assert state_of(misled.index).tuning == tuned
    assert "No setting is clearly better than the present one" in printed(misled)[-1]
    misled.undo()
    assert state_of(misled.index).tuning == UNTUNED
    misled.undo()
    assert printed(misled)[-2:] == [
        "The index is no longer tuned.",
        "The index is not tuned, so nothing was changed.",
    ]


def test_other_lengths_of_passages_are_tried_kept_and_undone(
    misled: Tuner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here a passage of 16 tokens is right by construction."""

    def preferring_short(*asked: object) -> Trial:
        found = module.try_setting(*asked)  # type: ignore[arg-type]
        if found.setting.passage_tokens == 16:
            return found
        values = {name: dict.fromkeys(of, 0.2) for name, of in found.values.items()}
        return Trial(found.setting, values)

    monkeypatch.setattr(command, "try_setting", preferring_short)
    misled.tune(tmp_path / "notes")
    state = state_of(misled.index)
    assert (state.splitting.target_tokens, state.tuning.earlier_tokens) == (16, 32)
    assert "nDCG@10 by passage tokens: 16 " in printed(misled)[-1]
    assert [it for it in printed(misled) if it.startswith("trying passages of ")]
    misled.undo()
    state = state_of(misled.index)
    assert (state.splitting.target_tokens, state.tuning) == (32, UNTUNED)


def test_an_index_without_the_articles_cannot_be_tuned(
    misled: Tuner, tmp_path: Path, small_index: Path
) -> None:
    with pytest.raises(DatasetError, match="needs an index that contains the judged articles"):
        replace(misled, index=small_index).tune(tmp_path / "notes")


def test_the_result_is_also_json(misled: Tuner, tmp_path: Path) -> None:
    replace(misled, as_json=True).tune(tmp_path / "notes", keep_passages=True)
    found = json.loads(printed(misled)[-1])
    assert (found["kept"], found["better"], found["questions"]) == (True, True, 34)
    assert found["now"] == {"meaning": 1000.0, "candidates": 30, "passage_tokens": 32}
    assert found["differences"]["nDCG@10"]["significant"]
    replace(misled, as_json=True).undo()
    assert json.loads(printed(misled)[-1]) == {"undone": True}
