"""What an index scores by chance, and the confidence of a higher score."""

from pathlib import Path

import pytest

from indexer.deriving.calibration import Calibration, Chance
from indexer.storing.store import Store
from tests.histories import run


def test_a_score_is_sure_as_far_as_it_passes_chance() -> None:
    chance = Chance(0.2, 0.1)
    found = [chance.confidence(score) for score in (0.0, 0.2, 0.4, 0.6, 1.0)]
    assert found == sorted(found)
    assert found[1] < 0.1
    assert found[-1] > 0.9


def test_a_calibration_is_the_same_again_from_its_json() -> None:
    made = Calibration(Chance(0.1, 0.02), Chance(0.3, 0.1), Chance(0.5, 0.2))
    assert Calibration.from_json(made.to_json()) == made


def test_an_index_is_calibrated_as_it_is_made(articles: Path, tmp_path: Path) -> None:
    run(tmp_path / "x.locus", articles)
    with Store(tmp_path / "x.locus") as store, store.snapshot() as (state, _):
        assert state.calibration is not None
        found = Calibration.from_json(state.calibration)
    assert 0 < found.semantic.mean < 0.6
    both = found.semantic.mean + found.lexical.mean
    assert found.hybrid.mean == pytest.approx(both, abs=1e-3)
