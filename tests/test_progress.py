"""The steps that a run tells of, and the bar that is drawn of them."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from indexer.command.progress import drawn_on
from indexer.deriving import making
from indexer.encoding import models
from indexer.encoding.encoder import EncoderIdentity
from indexer.pipeline import build
from indexer.updating.indexing import Progress
from tests.hashing import HashingEncoder


def test_a_first_run_tells_that_the_model_is_prepared_before_it_indexes(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    encoder = HashingEncoder()

    def identify(name: str, *, allow_download: bool) -> EncoderIdentity:
        told.append("identify")
        return encoder.identity

    def load(_: EncoderIdentity) -> HashingEncoder:
        told.append("load")
        return encoder

    monkeypatch.setattr(models, "identify", identify)
    index = tmp_path / "x.locus"
    build(index, [articles], load=load, progress=lambda it: told.append(it.step))
    assert told == [
        "preparing the model",
        "identify",
        "preparing the model",
        "load",
        "indexing",
        "indexing",
        "building the search indexes",
        "building the search indexes",
    ]
    told.clear()
    build(index, load=load, progress=lambda it: told.append(it.step))
    assert told == [], "nothing has changed, so no model is needed"


def drawn(*steps: Progress) -> list[str]:
    """What the bar shows after each step, without colours."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=100, color_system=None)
    shown = []
    with drawn_on(console) as show:
        for step in steps:
            file.seek(0)
            file.truncate()
            show(step)
            shown.append(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", file.getvalue()))
    return shown


def test_the_bar_has_no_figures_while_the_model_is_prepared() -> None:
    preparing, indexing, again = drawn(
        Progress(0, 0, 0, "preparing the model"),
        Progress(40, 100, 1512),
        Progress(40, 100, 1512, "preparing the model"),
    )
    assert "preparing the model" in preparing
    assert "indexing" not in preparing and "%" not in preparing
    assert "indexing" in indexing and " 40% 1,512 passages, " in indexing
    assert "preparing the model" in again and "%" not in again


def test_the_search_indexes_are_built_step_by_step(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "_TOLD", 1)
    told: list[Progress] = []
    summary = build(
        tmp_path / "x.locus", [articles], encoder=HashingEncoder(), progress=told.append
    )
    built = [it for it in told if it.step == "building the search indexes"]
    assert [it.total for it in built] == [2 * summary.passages] * len(built)
    done = [it.done for it in built]
    assert done == sorted(done)
    assert done[0] == 1
    assert done[-1] == 2 * summary.passages
    assert {it.passages for it in built} == {summary.passages}


def test_the_bar_shows_how_much_of_the_search_indexes_is_built() -> None:
    indexed, half = drawn(
        Progress(100, 100, 1512),
        Progress(1512, 3024, 1512, "building the search indexes"),
    )
    assert "100% 1,512 passages" in indexed
    assert "building the search indexes" in half and " 50%" in half
    assert "passages" not in half
