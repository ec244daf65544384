"""The reference form, over a tiny model made here."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from indexer.encoding.encoder import EncoderIdentity
from indexer.errors import ModelError
from indexer.types import Span
from tests.tiny_models import letters, tiny_encoder

if TYPE_CHECKING:
    from indexer.encoding.reference import ReferenceEncoder

PROMPTS = {"query": "q: ", "passage": "p: "}


def load(folder: Path) -> Any:
    from indexer.encoding.reference import load_model  # it loads torch

    return load_model(folder, "cpu")


def described(model: Any) -> EncoderIdentity:
    from indexer.encoding.reference import describe

    return describe(model, "tiny", "w" * 64, "f" * 64)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("reference")
    return tiny_encoder(made, letters(".", ":", "owls", "hunt", "mice"), 24, prompts=PROMPTS)


@pytest.fixture(scope="module")
def model(folder: Path) -> Any:
    return load(folder)


@pytest.fixture
def identity(model: Any) -> EncoderIdentity:
    return described(model)


@pytest.fixture
def encoder(model: Any, identity: EncoderIdentity) -> "ReferenceEncoder":
    from indexer.encoding.reference import ReferenceEncoder

    return ReferenceEncoder(model, identity)


def test_a_model_is_described_by_its_own_settings(identity: EncoderIdentity) -> None:
    assert identity == EncoderIdentity(
        *("tiny", "w" * 64, "f" * 64, 32, 24, "mean", "q: ", "p: "),
    )
    assert identity.reads_parts


@pytest.mark.parametrize(
    ("prompts", "default", "expected"),
    [
        ({}, None, ("", "")),
        ({"query": "q", "document": "d", "corpus": "c"}, None, ("q", "d")),
        ({"document": "", "corpus": "c"}, None, ("", "c")),
        ({"other": "o"}, "other", ("o", "o")),
        ({"query": "q", "other": "o"}, "other", ("q", "o")),
        ({"other": "o"}, "missing", ("", "")),
    ],
    ids=str,
)
def test_prompts_are_those_of_the_model_s_kinds_or_its_default(
    model: Any,
    monkeypatch: pytest.MonkeyPatch,
    prompts: dict[str, str],
    default: str | None,
    expected: tuple[str, str],
) -> None:
    monkeypatch.setattr(model, "prompts", prompts)
    monkeypatch.setattr(model, "default_prompt_name", default)
    found = described(model)
    assert (found.query_prompt, found.passage_prompt) == expected


@pytest.mark.parametrize(("limit", "expected"), [(None, 512), (10**30, 512), (100, 100)])
def test_a_model_without_a_limit_of_tokens_gets_one(
    model: Any, monkeypatch: pytest.MonkeyPatch, limit: int | None, expected: int
) -> None:
    monkeypatch.setattr(type(model), "max_seq_length", None)
    monkeypatch.setattr(model.tokenizer, "model_max_length", limit)
    assert described(model).max_tokens == expected


def test_a_model_that_does_not_say_its_dimension_is_refused(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "get_embedding_dimension", lambda: None)
    with pytest.raises(ModelError, match="tiny"):
        described(model)


def test_limits_leave_room_for_the_prompt_and_the_special_tokens(
    encoder: "ReferenceEncoder",
) -> None:
    """Of 24 tokens ``[CLS]`` and ``[SEP]`` are two, and each prompt is two."""
    assert (encoder.passage_limit, encoder.query_limit) == (20, 20)
    assert encoder.count_tokens([]) == []
    assert encoder.count_tokens(["", "owls hunt.", "tea"]) == [0, 3, 3]
    assert encoder.form.endswith("cpu)")


def test_vectors_are_of_length_1_in_the_order_of_the_texts(encoder: "ReferenceEncoder") -> None:
    texts = ["owls hunt mice.", "tea", "owls " * 20]
    found = encoder.encode_passages(texts)
    assert found.dtype == np.float32
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    for text, vector in zip(texts, found, strict=True):
        assert np.allclose(encoder.encode_passages([text])[0], vector, atol=1e-5)
    query = encoder.encode_query("tea")
    assert query.shape == (32,)
    assert not np.allclose(query, found[1], atol=1e-5), "its prompt is another"
    assert encoder.encode_passages([]).shape == (0, 32)


def test_no_passage_is_cut_and_a_long_query_is(encoder: "ReferenceEncoder") -> None:
    parts = [[Span(0, 4)]]
    for encode in (encoder.encode_passages, lambda them: encoder.encode_with_parts(them, parts)):
        with pytest.raises(ModelError, match=r"\b21\b"):
            encode(["owls " * 21])
    cut, full = encoder.encode_query("owls " * 90), encoder.encode_query("owls " * 20)
    assert np.allclose(cut, full, atol=1e-5)


def test_parts_are_read_in_their_text_and_come_text_by_text(encoder: "ReferenceEncoder") -> None:
    texts = ["owls hunt. mice hunt.", "owls"]
    parts = [[Span(0, 10), Span(11, 21)], [Span(0, 4)]]
    vectors, found = encoder.encode_with_parts(texts, parts)
    assert np.allclose(vectors, encoder.encode_passages(texts), atol=1e-5)
    assert found.shape == (3, 32)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    _, alone = encoder.encode_with_parts(texts[1:], parts[1:])
    assert np.allclose(found[2], alone[0], atol=1e-5)
    nothing, none = encoder.encode_with_parts([], [])
    assert nothing.shape == none.shape == (0, 32)


def test_what_torch_raises_while_it_runs_is_an_error_of_the_model(
    encoder: "ReferenceEncoder", model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("out of memory\nand much more")

    monkeypatch.setattr(model, "encode_document", fail)
    with pytest.raises(ModelError, match="out of memory") as refused:
        encoder.encode_passages(["owls"])
    assert "much more" not in str(refused.value)
    monkeypatch.undo()
    assert encoder.encode_passages(["owls"]).shape == (1, 32), "no lock is left behind"


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "modules.json"])
def test_a_damaged_model_is_an_error_that_names_its_folder(
    folder: Path, tmp_path: Path, name: str
) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / name).write_bytes(b"{")
    with pytest.raises(ModelError) as refused:
        load(copy)
    assert str(copy) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_in_half_precision_vectors_are_nearly_the_same_and_of_length_1(
    model: Any, encoder: "ReferenceEncoder", identity: EncoderIdentity
) -> None:
    from indexer.encoding.reference import ReferenceEncoder

    half = ReferenceEncoder(model, identity, "bfloat16")
    texts, parts = ["owls hunt mice.", "tea"], [[Span(0, 4), Span(5, 15)], [Span(0, 3)]]
    pairs = [
        (half.encode_passages(texts), encoder.encode_passages(texts)),
        (half.encode_query("tea")[None], encoder.encode_query("tea")[None]),
        *zip(
            half.encode_with_parts(texts, parts),
            encoder.encode_with_parts(texts, parts),
            strict=True,
        ),
    ]
    for found, exact in pairs:
        assert found.dtype == np.float32
        assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
        assert (found * exact).sum(axis=1).min() > 0.99
    assert not np.array_equal(*pairs[0]), "it is in use"
    assert half.form == "reference (sentence-transformers, cpu, bfloat16)"


def test_texts_of_similar_length_share_a_batch_of_so_many_tokens(
    encoder: "ReferenceEncoder", monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["owls " * 8, "tea", "owls " * 18, "mice"]
    whole, parts = encoder.encode_passages(texts), [[Span(0, 3)]] * 4
    _, of_parts = encoder.encode_with_parts(texts, parts)
    monkeypatch.setattr(encoder, "_batch_tokens", 22)
    assert list(encoder._batches(texts)) == [[2], [0], [1, 3]], "with prompt and special tokens"
    assert np.allclose(encoder.encode_passages(texts), whole, atol=1e-5)
    assert np.allclose(encoder.encode_with_parts(texts, parts)[1], of_parts, atol=1e-5)


def test_tokens_are_counted_while_another_thread_encodes(encoder: "ReferenceEncoder") -> None:
    texts = ["owls hunt mice.", "tea"] * 20
    with ThreadPoolExecutor() as pool:
        encoding = [
            pool.submit(encoder.encode_with_parts, texts, [[Span(0, 3)]] * 40) for _ in range(4)
        ]
        while not all(one.done() for one in encoding):
            assert encoder.count_tokens(texts) == [4, 3] * 20
    assert [one.result()[0].shape for one in encoding] == [(40, 32)] * 4
