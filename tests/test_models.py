"""Encoders from names and folders: the default model, other models, compiled and reference."""

import json
import logging
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from indexer.arrays import Vectors
from indexer.encoding import models, trial
from indexer.encoding.encoder import (
    Encoder,
    EncoderIdentity,
    EncodesTogether,
    encode_queries,
    mean_of_parts,
)
from indexer.encoding.finding import find
from indexer.encoding.probing import agreement, probed, probes_for
from indexer.errors import EncoderMismatch, ModelError
from indexer.pipeline import build
from indexer.types import Span
from search import open_index
from tests.conftest import ROOT
from tests.hashing import HashingEncoder
from tests.tiny_models import letters, tiny_encoder

TEXTS = [
    "Tides rise and fall because of the Moon.",
    "Größe und naïveté: 日本語, ελληνικά, “quoted”.",
    "Short.",
    "A long text about stone bridges over many rivers. " * 18,
]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("a model is loaded from the disk alone")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="module")
def default() -> EncoderIdentity:
    return models.identify(models.DEFAULT_MODEL)


@pytest.fixture(scope="module")
def encoder(default: EncoderIdentity) -> Encoder:
    """The default model, loaded once."""
    return models.load(default)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of compiled models."""
    monkeypatch.setenv("LOCUS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with random weights, CLS pooling, prompts, 24 tokens and 32 dimensions."""
    return tiny_encoder(
        tmp_path_factory.mktemp("tiny"),
        letters(".", ",", "query", ":", "passage"),
        24,
        pooling="cls",
        prompts={"query": "query: ", "document": "passage: "},
    )


@pytest.fixture(scope="module")
def compiled_once(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that contains the tiny model, compiled; tests copy it."""
    folder = tmp_path_factory.mktemp("compiled") / "cache"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LOCUS_CACHE", str(folder))
        models.identify(str(tiny))
    return folder


@pytest.fixture
def filled(compiled_once: Path, cache: Path) -> Path:
    """A cache of this test alone that contains the tiny model, compiled."""
    return shutil.copytree(compiled_once, cache)


def test_the_default_model_is_pinned_by_its_weights(default: EncoderIdentity) -> None:
    assert default.weights == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert (default.dimension, default.max_tokens, default.name) == (384, 256, "all-MiniLM-L6-v2")


def test_the_compiled_form_agrees_with_the_reference(
    default: EncoderIdentity, encoder: Encoder
) -> None:
    from indexer.encoding.reference import ReferenceEncoder, load_model

    compiled = encoder
    assert compiled.form.startswith("compiled")
    folder = find(default.name, allow_download=False)
    reference = ReferenceEncoder(load_model(folder, "cpu"), default)
    assert compiled.count_tokens(TEXTS) == reference.count_tokens(TEXTS)
    ours, theirs = compiled.encode_passages(TEXTS), reference.encode_passages(TEXTS)
    assert (ours * theirs).sum(axis=1).min() > 0.999
    assert np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
    for text in TEXTS:
        assert compiled.encode_query(text) @ reference.encode_query(text) > 0.999
    assert np.allclose(np.linalg.norm(compiled.encode_query("x")), 1, atol=1e-5)


def test_vectors_come_in_the_order_of_the_texts(encoder: Encoder) -> None:
    texts = [f"{'word ' * (n % 7)}number {n}" for n in range(50)]
    together = encoder.encode_passages(texts)
    for n in (0, 17, 49):
        assert together[n] @ encoder.encode_passages([texts[n]])[0] > 0.999
    assert encoder.encode_passages([]).shape == (0, 384)


def test_queries_encoded_together_are_those_encoded_alone(encoder: Encoder) -> None:
    from indexer.encoding.reference import ReferenceEncoder, load_model

    queries = [f"{'word ' * (n % 7)}number {n}" for n in range(21)]
    folder = find(encoder.identity.name, allow_download=False)
    reference: Encoder = ReferenceEncoder(load_model(folder, "cpu"), encoder.identity)
    assert isinstance(encoder, EncodesTogether)
    assert isinstance(reference, EncodesTogether)
    for one in (encoder, reference):
        together = encode_queries(one, queries)
        alone = np.stack([one.encode_query(query) for query in queries])
        assert np.allclose(together, alone, atol=1e-5)
        assert (together == encode_queries(one, queries)).all()
        assert encode_queries(one, []).shape == (0, 384)


def test_queries_of_many_threads_are_as_those_of_one(encoder: Encoder) -> None:
    queries = [f"{'word ' * (n % 7)}number {n}" for n in range(32)]
    alone = [encoder.encode_query(query) for query in queries]
    with ThreadPoolExecutor(16) as pool:
        together = list(pool.map(encoder.encode_query, queries))
    for one, other in zip(alone, together, strict=True):
        assert one @ other > 0.999
        assert one.shape == other.shape


def test_no_passage_is_cut_and_a_long_query_is(encoder: Encoder) -> None:
    with pytest.raises(ModelError, match="reads at most 256"):
        encoder.encode_passages(["fine", "tide " * 300])
    long = encoder.encode_query("tide " * encoder.query_limit)
    assert long @ encoder.encode_query("tide " * 5000) > 0.999


def test_a_folder_is_a_model_with_its_own_settings(tiny: Path, cache: Path) -> None:
    identity = models.identify(str(tiny))
    assert (identity.dimension, identity.max_tokens, identity.pooling) == (32, 24, "cls")
    assert (identity.query_prompt, identity.passage_prompt) == ("query: ", "passage: ")
    encoder = models.load(identity)
    assert encoder.form.startswith("compiled")
    assert encoder.passage_limit == 24 - 2 - 2
    assert not np.array_equal(encoder.encode_query("a b"), encoder.encode_passages(["a b"])[0])
    assert list((cache / "encoders-2").iterdir()) == [cache / "encoders-2" / identity.files]


def test_an_index_can_be_made_with_a_folder_s_model(
    tiny: Path, filled: Path, articles: Path, tmp_path: Path
) -> None:
    index = tmp_path / "x.locus"
    summary = build(index, [articles], model=str(tiny))
    assert summary.articles == 3
    with open_index(index) as searcher:
        hits = searcher.search("owls", 50).hits
    for hit in hits:
        assert hit.text == (articles / hit.article).read_text("utf-8")[hit.start : hit.end]


def test_a_text_of_all_tokens_the_model_has_positions_for(tiny: Path, filled: Path) -> None:
    """24 is not a multiple of the padded lengths, and there are no positions beyond 24."""
    encoder = models.load(models.identify(str(tiny)))
    full = "a " * encoder.passage_limit
    assert encoder.encode_passages([full, "b"]).shape == (2, 32)
    assert np.isfinite(encoder.encode_query("a " * 100)).all()


def test_a_model_that_does_not_compile_runs_as_the_reference(
    tiny: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import openvino

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no translation for aten::strange\nand much more")

    monkeypatch.setattr(openvino, "convert_model", fail)
    with caplog.at_level(logging.WARNING, "locus"):
        encoder = models.load(models.identify(str(tiny)))
    assert encoder.form == "reference (sentence-transformers, cpu)"
    (line,) = [record.getMessage() for record in caplog.records]
    assert "run more slowly" in line and "no translation for aten::strange" in line
    assert "\n" not in line
    assert encoder.encode_passages(["a b", "c"]).shape == (2, 32)
    with pytest.raises(ModelError, match="reads at most 24"):
        encoder.encode_passages(["a b c " * 30])


def test_a_compiled_form_that_disagrees_is_not_used(
    tiny: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(models, "agreement", lambda *_: 0.99)
    encoder = models.load(models.identify(str(tiny)))
    assert encoder.form.startswith("reference")
    assert "its optimised vectors differ (cosine 0.9900)" in caplog.text


def test_a_compiled_form_that_crashes_costs_only_itself(
    tiny: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As OpenVINO does with some decoders in bfloat16."""
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGFPE)"
    monkeypatch.setattr(trial, "_PROGRAM", crash)
    encoder = models.load(models.identify(str(tiny)))
    assert encoder.form.startswith("reference")
    assert "its optimised form crashes (signal 8)" in caplog.text
    assert encoder.encode_passages(["a b"]).shape == (1, 32)


def test_a_precision_that_crashes_is_passed_over(
    tiny: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[str] = []
    real = trial.try_compiled

    def crashes_in_half_precision(
        folder: Path,
        identity: EncoderIdentity,
        files: Mapping[str, str],
        precision: str,
        probes: Sequence[str],
    ) -> Vectors:
        asked.append(precision)
        if precision == "auto":
            raise ModelError("its optimised form crashes (signal 8)")
        return real(folder, identity, files, precision, probes)

    monkeypatch.setattr(models, "try_compiled", crashes_in_half_precision)
    encoder = models.load(models.identify(str(tiny)))
    assert asked == ["auto", "f32"]
    assert encoder.form == "compiled (OpenVINO, f32)"
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_many_passages_are_encoded_on_a_gpu_and_questions_are_not(
    tiny: Path, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no GPU here: only the decision is pretended, and torch computes on the CPU."""
    identity = models.identify(str(tiny))
    monkeypatch.setattr(models, "_has_gpu", lambda: True)
    questions, passages = models.load(identity), models.load_for_indexing(identity)
    assert questions.form.startswith("compiled")
    assert passages.form == "reference (sentence-transformers, cpu, float16)"
    cosines = questions.encode_passages(["a b", "c"]) * passages.encode_passages(["a b", "c"])
    assert cosines.sum(axis=1).min() > 0.999
    monkeypatch.setattr(models, "_has_gpu", lambda: False)
    assert models.load_for_indexing(identity).form == questions.form


@pytest.mark.parametrize(
    ("agreements", "precision"), [([0.9, 1.0], ", bfloat16"), ([0.9, 0.9], "")], ids=str
)
def test_a_half_precision_that_disagrees_is_not_used(
    tiny: Path,
    filled: Path,
    monkeypatch: pytest.MonkeyPatch,
    agreements: list[float],
    precision: str,
) -> None:
    identity = models.identify(str(tiny))
    monkeypatch.setattr(models, "_has_gpu", lambda: True)
    monkeypatch.setattr(models, "agreement", lambda *_: agreements.pop(0))
    form = models.load_for_indexing(identity).form
    assert form == f"reference (sentence-transformers, cpu{precision})"


def test_vectors_that_are_no_numbers_agree_with_nothing(encoder: Encoder) -> None:

    class Broken(HashingEncoder):
        def encode_passages(self, texts: Sequence[str]) -> Vectors:
            return encoder.encode_passages(texts) * np.float32("nan")

        def encode_query(self, text: str) -> Vectors:
            return encoder.encode_query(text)

    probes = probes_for(encoder)
    right = probed(encoder, probes)
    assert agreement(probed(Broken(), probes), right) < 0
    assert agreement(right, right) > 0.999


def test_a_decoder_gives_the_reference_s_vectors_for_padded_texts(
    cache: Path, tmp_path: Path
) -> None:
    import torch
    import transformers
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    from indexer.encoding.reference import ReferenceEncoder, load_model

    torch.manual_seed(5)
    config = transformers.Qwen2Config(
        vocab_size=30522,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        intermediate_size=64,
    )
    transformers.Qwen2Model(config).save_pretrained(tmp_path / "qwen")
    default = find(models.DEFAULT_MODEL, allow_download=False)
    transformers.AutoTokenizer.from_pretrained(default).save_pretrained(tmp_path / "qwen")
    modules = [
        Transformer(str(tmp_path / "qwen"), max_seq_length=64),
        Pooling(32, pooling_mode="lasttoken"),
    ]
    SentenceTransformer(modules=modules, device="cpu").save(str(tmp_path / "model"))
    identity = models.identify(str(tmp_path / "model"))
    encoder = models.load(identity)
    reference = ReferenceEncoder(load_model(tmp_path / "model", "cpu"), identity)
    texts = ["tides", "the moon pulls the near side of the sea", "a b c d"]
    ours, theirs = encoder.encode_passages(texts), reference.encode_passages(texts)
    assert encoder.form.startswith("compiled")
    assert (ours * theirs).sum(axis=1).min() > 0.999


def test_a_damaged_cache_is_noticed_and_made_again(tiny: Path, filled: Path) -> None:
    identity = models.identify(str(tiny))
    vector = models.load(identity).encode_query("a b")
    place = filled / "encoders-2" / identity.files
    for name in ("tokenizer.json", "encoder.json"):
        (place / name).write_bytes((place / name).read_bytes()[:100])
        assert models.load(identity).encode_query("a b") @ vector > 0.999, name
    for blob in place.glob("*.blob"):
        blob.write_bytes(b"not a blob")
    assert models.load(identity).encode_query("a b") @ vector > 0.999


@pytest.mark.parametrize("name", ["model.bin", "model.xml"])
def test_a_damaged_graph_is_made_again_when_it_is_needed(
    tiny: Path, filled: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    identity = models.identify(str(tiny))
    vector = models.load(identity).encode_passages(["a b"])[0]
    place = filled / "encoders-2" / identity.files
    (place / name).write_bytes(b"not the graph")
    encoder = models.load(identity)
    with ThreadPoolExecutor(2) as pool:
        for found in pool.map(encoder.encode_passages, [["a b"], ["a b"]]):
            assert found[0] @ vector > 0.999
    told = [record.getMessage() for record in caplog.records]
    assert [line for line in told if "rebuilding" in line] == [
        f"{place / name} is damaged (checksum mismatch); rebuilding the optimised model"
    ]
    caplog.clear()
    assert models.load(identity).encode_passages(["a b"])[0] @ vector > 0.999
    assert not caplog.records


def test_a_cache_that_cannot_be_written_is_named(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LOCUS_CACHE", str(tmp_path / "file/cache"))
    with pytest.raises(ModelError, match=r"Make this folder writable, or set LOCUS_CACHE"):
        models.identify(str(tiny))


@pytest.mark.parametrize("name", ["tokenizer.json", "model.bin"])
def test_a_damaged_cache_that_cannot_be_deleted_is_named(
    tiny: Path, filled: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    identity = models.identify(str(tiny))
    place = filled / "encoders-2" / identity.files
    (place / name).write_bytes(b"{}")

    def refuse(path: Path, *, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(ModelError, match="cannot be deleted") as raised:
        models.load(identity).encode_passages(["a b"])
    assert str(place / name) in str(raised.value)
    assert "LOCUS_CACHE" in str(raised.value)


def test_a_model_that_has_changed_is_not_taken_for_the_old_one(
    tiny: Path, filled: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny, folder)
    identity = models.identify(str(folder))
    shutil.rmtree(filled)
    settings = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))
    settings["prompts"]["query"] = "question: "
    (folder / "config_sentence_transformers.json").write_text(json.dumps(settings), "utf-8")
    with pytest.raises(EncoderMismatch, match="have changed since the index was built"):
        models.load(identity)
    assert models.identify(str(folder)).key != identity.key


def test_a_model_without_a_transformer_runs_as_the_reference(
    cache: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    default = find(models.DEFAULT_MODEL, allow_download=False)
    words = StaticEmbedding(Tokenizer.from_file(str(default / "tokenizer.json")), embedding_dim=16)
    SentenceTransformer(modules=[words], device="cpu").save(str(tmp_path / "static"))
    encoder = models.load(models.identify(str(tmp_path / "static")))
    assert encoder.form == "reference (sentence-transformers, cpu)"
    assert encoder.encode_passages(["tides", "rivers of ice"]).shape == (2, 16)
    assert "could not be optimised and will run more slowly" in caplog.text


def test_weights_in_pickle_are_refused(tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny, folder)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"no \.safetensors weights"):
        models.identify(str(folder))


def test_a_folder_without_a_model_and_an_unknown_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is not a model folder"):
        models.identify(str(tmp_path))
    with pytest.raises(ModelError, match="--allow-download"):
        models.identify("nobody/no-such-model")


def test_an_index_is_not_searched_with_another_model(
    tiny: Path, filled: Path, articles: Path, tmp_path: Path
) -> None:
    build(tmp_path / "x.locus", [articles], model=str(tiny))
    with (
        open_index(tmp_path / "x.locus", encoder=HashingEncoder()) as searcher,
        pytest.raises(EncoderMismatch, match="rebuild the index with that model"),
    ):
        searcher.search("owls")


def test_parts_of_a_text_have_the_vectors_of_its_own_reading(encoder: Encoder) -> None:
    text = "Tides rise and fall. The moon pulls the sea. Größe, 日本語."
    spans = [Span(0, 20), Span(21, 44), Span(45, len(text))]
    vectors, parts = encoder.encode_with_parts([text, text], [spans, [Span(0, len(text))]])
    assert parts.shape == (4, 384)
    assert np.allclose(vectors[0], encoder.encode_passages([text])[0], atol=1e-3)
    assert np.allclose(np.linalg.norm(parts, axis=1), 1, atol=1e-5)
    # The mean over all tokens except the two special ones is nearly the vector of the whole text.
    assert parts[3] @ vectors[1] > 0.97
    assert parts[0] @ parts[1] < 0.99
    about_the_moon = encoder.encode_query("What pulls the sea?")
    assert int(np.argmax(parts[:3] @ about_the_moon)) == 1


def test_a_part_without_a_token_has_the_vector_of_the_whole() -> None:
    states = np.eye(4, dtype=np.float32)
    offsets = [Span(0, 0), Span(0, 3), Span(4, 7), Span(0, 0)]
    whole = np.full(4, 0.5, np.float32)
    found = mean_of_parts(states, offsets, [Span(0, 3), Span(3, 4), Span(4, 7)], whole)
    assert np.array_equal(found, [states[1], whole, states[2]])


def test_two_threads_that_ask_first_at_once_do_not_wait_for_each_other() -> None:
    """OpenVINO builds a table on first use; meanwhile, Python may switch to another thread."""
    program = (
        "import threading, time; from numpy.lib import NumpyVersion\n"
        "made = NumpyVersion.__init__\n"
        "NumpyVersion.__init__ = lambda *it: (time.sleep(0.2), made(*it))[1]\n"
        "import indexer.encoding.compiled, openvino\n"
        "asking = [threading.Thread(target=openvino.Type.i64.to_dtype) for _ in range(2)]\n"
        "for thread in asking: thread.start()\n"
        "for thread in asking: thread.join()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, cwd=ROOT)


@pytest.mark.parametrize("end", ["in turn", "elsewhere"])
def test_a_signal_is_answered_when_models_are_gone(end: str) -> None:
    """OpenVINO changes the signal stack of the thread that loads a model."""
    program = f"""
import gc, os, signal, threading
from indexer.encoding import models, trial

of = models.identify(models.DEFAULT_MODEL)
held = [models.load(of), models.load(of)]

def let_go():
    while held:
        held.pop(0)
        gc.collect()

if {end!r} == "in turn":
    let_go()
else:
    ending = threading.Thread(target=let_go)
    ending.start()
    ending.join()
signal.signal(signal.SIGINT, lambda *_: print("answered", flush=True))
os.kill(os.getpid(), signal.SIGINT)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
    )
    assert (done.returncode, done.stdout) == (0, "answered\n"), done.stderr
