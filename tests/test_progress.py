"""The steps that a run tells of, and the bar that is drawn of them."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from indexer.command.progress import drawn_on
from indexer.encoding import models
from indexer.encoding.encoder import EncoderIdentity
from indexer.pipeline import Progress, build
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
