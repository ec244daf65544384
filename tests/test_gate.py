"""The gate of ``locus index``: an update that answers questions worse is not published."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.deriving.publishing import Candidate
from indexer.deriving.verify import verify
from indexer.encoding import models
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.errors import DatasetError, GateClosed
from indexer.pipeline import build
from indexer.storing.store import Store
from search import open_index
from search.evaluation.measured.gate import QualityGate
from tests.conftest import Locus
from tests.hashing import HashingEncoder, KnowingEncoder, other_encoder
from tests.histories import contents

MEANINGS = {
    "feline": "cat", "hound": "dog", "steed": "horse", "vessel": "ship", "infant": "baby",
    "blaze": "fire", "monarch": "king", "timepiece": "clock", "stone": "rock", "summit": "peak",
    "physician": "doctor", "automobile": "car",
}  # fmt: skip
"""Word of a question to word of an article: the two only share their meaning."""


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "judged"
    (folder / "qrels").mkdir(parents=True)
    asked = MEANINGS.items()
    texts = {
        told: f"{told.title()}\n\nEverything there is to say about {told} and {told}.\n"
        for told in MEANINGS.values()
    }
    for told, text in texts.items():
        (folder / f"{told}.txt").write_text(text)
    lines = [json.dumps({"_id": word, "text": word}) for word in MEANINGS]
    (folder / "queries.jsonl").write_text("\n".join(lines))
    rows = [f"{word}\t{told}.txt\t1\n" for word, told in asked]
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(rows))
    spans = [
        {"query_id": word, "doc_id": f"{told}.txt", "start": at, "end": at + len(told)}
        for word, told in asked
        for at in [texts[told].rindex(told)]
    ]
    (folder / "answers.jsonl").write_text("\n".join(map(json.dumps, spans)))
    return folder


@pytest.fixture
def index(dataset: Path, tmp_path: Path) -> Path:
    """The dataset's articles, indexed with the encoder that knows what words mean."""
    build(tmp_path / "x.locus", [dataset], encoder=knowing())
    return tmp_path / "x.locus"


def knowing() -> KnowingEncoder:
    return KnowingEncoder(MEANINGS)


def load(identity: EncoderIdentity) -> Encoder:
    """The encoder of the published generation, in the place of models.load."""
    assert identity == knowing().identity
    return knowing()


def seen(index: Path) -> tuple[object, ...]:
    """Everything that a reader sees of an index: state, contents, hits and derived files."""
    with Store(index) as store, store.snapshot() as (state, _):
        pass
    with open_index(index, encoder=knowing()) as searcher:
        answers = [searcher.search(word).hits for word in MEANINGS]
    files = sorted(path.name for path in [*index.glob("*.faiss"), *index.glob("lexical/*")])
    return state, contents(index), answers, files


def told() -> tuple[list[str], Callable[[str], object]]:
    lines: list[str] = []
    return lines, lines.append


def test_a_worse_rebuild_is_not_published(index: Path, dataset: Path) -> None:
    before = seen(index)
    said, say = told()
    gate = QualityGate.of(dataset, (), say)
    with pytest.raises(GateClosed) as closed:
        build(index, encoder=other_encoder(), load=load, gate=gate)
    message = str(closed.value)
    assert message.startswith("update rejected by gate judged: nDCG@10 1.000 -> 0.")
    assert "(p 0.002), hit@5 1.000 -> 0." in message
    assert message.endswith("The previous index (generation 1) stays in use")
    assert said == []
    assert seen(index) == before
    assert verify(index).ok


def test_what_was_embedded_for_a_closed_gate_is_kept(index: Path, dataset: Path) -> None:
    gate = QualityGate.of(dataset, (), str)
    with pytest.raises(GateClosed):
        build(index, encoder=other_encoder(), load=load, gate=gate)
    encoder = other_encoder()
    summary = build(index, encoder=encoder)
    assert (summary.generation, encoder.embedded) == (2, [])


def test_after_a_closed_gate_the_index_goes_on_with_its_own_model(
    index: Path, dataset: Path
) -> None:
    before = seen(index)
    with pytest.raises(GateClosed):
        build(index, encoder=other_encoder(), load=load, gate=QualityGate.of(dataset, (), str))
    assert build(index, load=load).generation == 1
    assert seen(index) == before


def test_an_equal_rebuild_is_published(index: Path, dataset: Path) -> None:
    said, say = told()
    gate = QualityGate.of(dataset, ("RR@10",), say)
    summary = build(index, encoder=knowing(), gate=gate, rebuild=True)
    assert summary.generation == 2
    assert said == ["gate judged: passed: RR@10 1.000 -> 1.000 (p 1.000)"]


def test_a_better_model_is_published(dataset: Path, tmp_path: Path) -> None:
    def plain(_: EncoderIdentity) -> Encoder:
        return HashingEncoder()

    index = tmp_path / "x.locus"
    build(index, [dataset], encoder=HashingEncoder())
    said, say = told()
    build(index, encoder=knowing(), load=plain, gate=QualityGate.of(dataset, (), say))
    assert "-> 1.000 (p 0.002), hit@5 0." in said[0]
    with Store(index) as store, store.snapshot() as (state, _):
        assert (state.generation, state.encoder) == (2, knowing().identity)


def test_an_update_that_loses_the_judged_articles_is_not_published(
    index: Path, dataset: Path, tmp_path: Path
) -> None:
    before = seen(index)
    gate = QualityGate.of(dataset, (), str)
    (tmp_path / "moon.txt").write_text("Moons\n\nThe moon pulls the tides.\n")
    with pytest.raises(GateClosed, match="contains none of the relevant articles"):
        build(index, [tmp_path / "moon.txt"], forget=[dataset], encoder=knowing(), gate=gate)
    assert seen(index) == before


def test_an_update_within_the_base_is_judged_with_its_delta(index: Path, dataset: Path) -> None:
    """The base is still in use, so it must not be removed when the gate rejects the update."""
    files = sorted(dataset.glob("*.txt"))
    for path in files[:-1]:
        path.write_text("Nothing is told here any more.\n")
    gate = QualityGate.of(dataset, (), str)
    before = seen(index)
    with pytest.raises(GateClosed, match=r"nDCG@10 1\.000 -> 0\."):
        build(index, encoder=knowing(), gate=gate)
    assert seen(index) == before
    assert build(index, encoder=knowing()).embedded == 0, "it is staged already"
    with Store(index) as store, store.snapshot() as (state, _):
        assert state.generation == 2


def test_without_an_index_there_is_nothing_to_compare(dataset: Path, tmp_path: Path) -> None:
    said, say = told()
    gate = QualityGate.of(dataset, (), say)
    assert build(tmp_path / "x.locus", [dataset], encoder=knowing(), gate=gate).generation == 1
    assert said == ["gate judged: skipped, because there is no earlier index to compare with"]


def test_a_run_that_publishes_nothing_is_not_judged(index: Path) -> None:
    def refuse(_: Candidate) -> None:
        pytest.fail("there is nothing to judge")

    assert build(index, encoder=knowing(), gate=refuse).generation == 1


def test_any_error_of_a_gate_leaves_the_index_as_it_was(index: Path) -> None:
    def fail(_: Candidate) -> None:
        raise KeyboardInterrupt

    before = seen(index)
    with pytest.raises(KeyboardInterrupt):
        build(index, encoder=knowing(), rebuild=True, gate=fail)
    assert seen(index) == before
    assert verify(index).ok


def test_questions_too_few_to_tell_are_said_to_be(index: Path, dataset: Path) -> None:
    lines = (dataset / "qrels/test.tsv").read_text().splitlines(keepends=True)
    (dataset / "qrels/test.tsv").write_text("".join(lines[:6]))
    said, say = told()
    gate = QualityGate.of(dataset, ("AP",), say)
    build(index, encoder=other_encoder(), load=load, gate=gate)
    assert any("too few questions to detect a drop" in line for line in said)
    assert said[-1].startswith("gate judged: passed: AP 1.000 -> 0.")


def test_a_measure_that_the_dataset_does_not_give_is_refused(dataset: Path) -> None:
    with pytest.raises(DatasetError, match="judged cannot be scored with 'nDCG'; use nDCG@10, "):
        QualityGate.of(dataset, ("nDCG",), str)
    (dataset / "answers.jsonl").unlink()
    assert QualityGate.of(dataset, (), str).measures == ("nDCG@10",)
    with pytest.raises(DatasetError, match=r"cannot be scored with 'hit@5' without answers\.jsonl"):
        QualityGate.of(dataset, ("hit@5",), str)


@pytest.fixture
def known_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command load two encoders by name without a model: ``knowing`` and ``other``."""
    encoders = {it.identity: it for it in (knowing(), other_encoder(name="other"))}
    names = {identity.name: identity for identity in encoders}
    monkeypatch.setattr(models, "identify", lambda name, **_: names[name])
    monkeypatch.setattr(models, "load", encoders.__getitem__)


@pytest.mark.usefixtures("known_by_name")
def test_the_command_s_gate(locus: Locus, index: Path, dataset: Path, tmp_path: Path) -> None:
    facts = locus("status", "--json", "--index", index, check=0).stdout
    gate = ["--gate", dataset, "--gate-measure", "nDCG@10"]
    done = locus("index", "--index", index, "--model", "other", *gate, "--json", check=1)
    assert done.stdout == ""
    assert "locus: update rejected by gate judged: nDCG@10 1.000 -> 0." in done.stderr
    now = locus("status", "--json", "--index", index, check=0).stdout
    changed = {key for key, value in json.loads(now).items() if json.loads(facts)[key] != value}
    assert changed <= {"bytes"}

    done = locus("index", "--index", index, "--rebuild", "--gate", dataset, check=0)
    assert "locus: gate judged: passed: nDCG@10 1.000 -> 1.000" in done.stderr
    facts = locus("status", "--json", "--index", index, check=0).stdout
    assert json.loads(facts)["generation"] == 2
    done = locus("index", "--index", index, "--gate-measure", "AP", check=2)
    assert "--gate-measure has no effect without --gate DATASET" in done.stderr
    done = locus("index", "--index", index, "--gate", tmp_path / "none", check=2)
    assert "none does not exist. A dataset folder has" in done.stderr
