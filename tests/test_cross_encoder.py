"""The reranker's model: what it is given, what it gives, and which answers are not believed."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from indexer.errors import ModelError
from tests.tiny_models import tiny_cross_encoder

if TYPE_CHECKING:
    from search.ranking.cross_encoder import CrossEncoderReranker


def load(folder: Path) -> "CrossEncoderReranker":
    from search.ranking.cross_encoder import CrossEncoderReranker  # it loads torch

    return CrossEncoderReranker(folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_cross_encoder(tmp_path_factory.mktemp("cross") / "tiny")


@pytest.fixture(scope="module")
def loaded(made: Path) -> "CrossEncoderReranker":
    return load(made)


def test_each_text_gets_a_score_that_does_not_depend_on_the_others(
    loaded: "CrossEncoderReranker",
) -> None:
    texts = ["owls hunt mice.", "", "tea", "owls hunt mice.", "bats " * 99]
    scores = loaded.relevance("who hunts?", texts)
    assert (scores.shape, scores.dtype.name) == ((5,), "float32")
    assert scores[0] == pytest.approx(scores[3], abs=1e-5)
    assert scores[2] == pytest.approx(loaded.relevance("who hunts?", ["tea"])[0], abs=1e-4)
    assert scores[2] != pytest.approx(loaded.relevance("tea?", ["tea"])[0], abs=1e-4)


def test_scores_are_odds_and_not_yet_probabilities(
    loaded: "CrossEncoderReranker", monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    asked: list[tuple[Any, dict[str, Any]]] = []

    def predict(pairs: Sequence[Any], **options: Any) -> Any:
        asked.append((pairs, options))
        return np.array([-7.5, 300.0])

    monkeypatch.setattr(loaded._model, "predict", predict)
    assert loaded.relevance("?", ["a", "b"]).tolist() == [-7.5, 300.0]
    ((pairs, options),) = asked
    assert pairs == [("?", "a"), ("?", "b")]
    assert isinstance(options["activation_fn"], torch.nn.Identity)


@pytest.mark.parametrize(
    "given",
    [[1.0], [1.0, float("nan")], [float("inf"), 1.0], [[1.0], [2.0]], [[1.0, 2.0]]],
    ids=str,
)
def test_what_is_not_a_number_for_each_text_is_refused(
    made: Path, loaded: "CrossEncoderReranker", monkeypatch: pytest.MonkeyPatch, given: list[Any]
) -> None:
    monkeypatch.setattr(loaded._model, "predict", lambda *_, **__: np.array(given))
    with pytest.raises(ModelError, match=str(made)):
        loaded.relevance("?", ["a", "b"])


@pytest.mark.parametrize("error", [RuntimeError, IndexError, ValueError])
def test_what_the_model_raises_is_an_error_and_leaves_no_lock(
    made: Path,
    loaded: "CrossEncoderReranker",
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error("index out of range\nin self")

    with monkeypatch.context() as patched:
        patched.setattr(loaded._model, "predict", fail)
        with pytest.raises(ModelError, match="index out of range") as refused:
            loaded.relevance("?", ["a"])
    assert str(made) in str(refused.value)
    assert "in self" not in str(refused.value)
    assert loaded.relevance("?", ["a"]).shape == (1,)


@pytest.mark.parametrize(
    ("says", "config", "kind"),
    [
        ("SentenceTransformer", {"architectures": ["BertModel"]}, "SentenceTransformer"),
        (None, {"architectures": ["BertModel"]}, "BertModel"),
        (None, {"architectures": []}, None),
        (None, {}, None),
        (None, [], None),
    ],
)
def test_another_kind_of_model_is_refused_by_what_its_files_say(
    tmp_path: Path, says: str | None, config: object, kind: str | None
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    if says:
        settings = json.dumps({"model_type": says})
        (tmp_path / "config_sentence_transformers.json").write_text(settings)
    with pytest.raises(ModelError) as refused:
        load(tmp_path)
    assert str(tmp_path) in str(refused.value)
    assert kind is None or kind in str(refused.value)


@pytest.mark.parametrize("data", [b"{", b"\xff"])
def test_settings_that_cannot_be_read_are_an_error_that_names_the_file(
    tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "config.json").write_bytes(data)
    with pytest.raises(ModelError, match=r"config\.json"):
        load(tmp_path)
