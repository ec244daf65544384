"""The compiled form, over a graph that is made here: a state is a token's row of a table."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.arrays import Vectors
from indexer.durable import file_sha256
from indexer.encoding.compiled import FILES, CompiledEncoder
from indexer.encoding.encoder import EncoderIdentity
from indexer.errors import DamagedModel, ModelError
from indexer.types import Span
from tests.hashing import IDENTITY

WORDS = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "owls", "hunt", "mice", "bats", "query", "."]
TABLE = np.random.default_rng(2).standard_normal((len(WORDS), 4)).astype(np.float32)
TINY = replace(IDENTITY, name="tiny", dimension=4, max_tokens=20)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported folder: the mean of the states of all tokens, as a unit vector."""
    import openvino
    import tokenizers
    from openvino import opset13 as ops

    folder = tmp_path_factory.mktemp("compiled")
    ids = ops.parameter([-1, -1], np.int64, "input_ids")
    mask = ops.parameter([-1, -1], np.int64, "attention_mask")
    states = ops.gather(ops.constant(TABLE), ids, ops.constant(0))
    seen = ops.unsqueeze(ops.convert(mask, np.float32), ops.constant(2))
    total = ops.reduce_sum(ops.multiply(states, seen), ops.constant(1))
    vectors = ops.normalize_l2(total, ops.constant([1]), 1e-12, "max")
    graph = openvino.Model([vectors, states], [ids, mask], "tiny")
    for parameter, name in ((ids, "input_ids"), (mask, "attention_mask")):
        parameter.output(0).get_tensor().set_names({name})
    openvino.save_model(graph, folder / "model.xml", compress_to_fp16=False)
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, "[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "compiled")


def hashes(folder: Path) -> dict[str, str]:
    return {name: file_sha256(folder / name) for name in FILES}


def compiled(folder: Path, identity: EncoderIdentity = TINY) -> CompiledEncoder:
    return CompiledEncoder(folder, identity, hashes(folder), "f32")


def mean(*words: str) -> Vectors:
    total: Vectors = sum((TABLE[WORDS.index(word)] for word in words), np.zeros(4, np.float32))
    return total / np.linalg.norm(total)


def test_a_vector_is_that_of_its_text_among_any_others(folder: Path) -> None:
    encoder = compiled(folder)
    texts = ["owls " * (n % 18) + "mice" for n in range(20)]
    found = encoder.encode_passages(texts)
    assert found.shape == (20, 4)
    assert found.dtype == np.float32
    for n, vector in enumerate(found):
        expected = mean("[CLS]", *(["owls"] * (n % 18)), "mice", "[SEP]")
        assert np.allclose(vector, expected, atol=1e-5), texts[n]
    assert encoder.encode_passages([]).shape == (0, 4)


def test_prompts_go_before_passages_and_queries_and_count_towards_their_limits(
    folder: Path,
) -> None:
    encoder = compiled(folder, replace(TINY, query_prompt="query ", passage_prompt="bats . "))
    assert (encoder.passage_limit, encoder.query_limit) == (20 - 2 - 2, 20 - 2 - 1)
    expected = mean("[CLS]", "query", "owls", "[SEP]")
    assert np.allclose(encoder.encode_query("owls"), expected, atol=1e-5)
    expected = mean("[CLS]", "bats", ".", "owls", "[SEP]")
    assert np.allclose(encoder.encode_passages(["owls"]), [expected], atol=1e-5)
    encoder.encode_passages(["mice " * encoder.passage_limit])
    with pytest.raises(ModelError, match=r"\b21\b"):
        encoder.encode_passages(["owls", "mice " * (encoder.passage_limit + 1)])


def test_a_query_past_the_limit_is_cut_to_it_and_ends_as_any_other(folder: Path) -> None:
    encoder = compiled(folder)
    found = encoder.encode_query("owls " * 18 + "mice " * 99)
    assert np.allclose(found, mean("[CLS]", *["owls"] * 18, "[SEP]"), atol=1e-5)
    assert np.allclose(encoder.encode_query(""), mean("[CLS]", "[SEP]"), atol=1e-5)


def test_parts_have_the_mean_of_their_tokens_whatever_prompt_is_before_them(
    folder: Path,
) -> None:
    encoder = compiled(folder, replace(TINY, passage_prompt="query . "))
    texts = ["owls hunt mice", "bats"]
    parts = [[Span(0, 9), Span(10, 14)], [Span(0, 4)]]
    vectors, found = encoder.encode_with_parts(texts, parts)
    assert np.allclose(vectors, encoder.encode_passages(texts), atol=1e-5)
    expected = [mean("owls", "hunt"), mean("mice"), mean("bats")]
    assert np.allclose(found, expected, atol=1e-5)
    nothing, none = encoder.encode_with_parts([], [])
    assert nothing.shape == none.shape == (0, 4)


def test_tokens_are_counted_without_the_special_ones(folder: Path) -> None:
    encoder = compiled(folder)
    assert encoder.count_tokens(["", "owls hunt.", "größe 日本"]) == [0, 3, 2]
    assert encoder.count_tokens([]) == []
    assert "f32" in encoder.form


def test_a_graph_made_ready_is_kept_and_made_again_when_it_is_of_no_use(folder: Path) -> None:
    expected = compiled(folder).encode_query("owls")
    (blob,) = folder.glob("*.blob")
    (noted,) = folder.glob("*.sha256")
    assert noted.read_text() == file_sha256(blob)
    right = blob.read_bytes()
    for damage in (
        lambda: blob.write_bytes(right[:-1]),
        blob.unlink,
        lambda: noted.write_bytes(b"\xff"),
        noted.unlink,
    ):
        damage()
        assert np.allclose(compiled(folder).encode_query("owls"), expected)
        assert noted.read_text() == file_sha256(blob)


def test_a_blob_that_is_whole_and_cannot_be_imported_is_made_again(folder: Path) -> None:
    expected = compiled(folder).encode_query("owls")
    (blob,) = folder.glob("*.blob")
    blob.write_bytes(b"of another OpenVINO")
    blob.with_suffix(".sha256").write_text(file_sha256(blob))
    assert np.allclose(compiled(folder).encode_query("owls"), expected)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_or_missing_file_is_never_parsed(folder: Path, name: str) -> None:
    noted = hashes(folder)
    right = (folder / name).read_bytes()
    for damage in (
        lambda: (folder / name).write_bytes(right + b"\0"),
        (folder / name).unlink,
    ):
        damage()
        with pytest.raises(DamagedModel, match=name):
            CompiledEncoder(folder, TINY, noted, "f32").encode_passages(["owls"])
    (folder / name).write_bytes(right)
    with pytest.raises(DamagedModel, match=name):
        CompiledEncoder(folder, TINY, {**noted, name: "0" * 64}, "f32").encode_passages(["owls"])


def test_a_graph_that_is_damaged_by_the_time_it_is_read_is_made_again_once(
    folder: Path, made: Path
) -> None:
    told: list[DamagedModel] = []

    def make_again(damage: DamagedModel) -> Mapping[str, str]:
        told.append(damage)
        shutil.copyfile(made / "model.bin", folder / "model.bin")
        return hashes(folder)

    encoder = CompiledEncoder(folder, TINY, hashes(folder), "f32", make_again)
    (folder / "model.bin").write_bytes(b"damaged")
    expected = mean("[CLS]", "owls", "[SEP]")
    assert np.allclose(encoder.encode_passages(["owls"]), [expected], atol=1e-5)
    assert [folder.name in str(it) and "model.bin" in str(it) for it in told] == [True]
    for blob in folder.glob("*.blob"):
        blob.unlink()
    (folder / "model.xml").write_bytes(b"damaged")
    with pytest.raises(DamagedModel, match=r"model\.xml"):
        encoder.encode_query("owls")
    assert len(told) == 1
