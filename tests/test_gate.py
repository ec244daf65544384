"""The gate of ``locus index``: what answers judged questions worse is staged, and not published."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.deriving.publishing import Candidate
from indexer.deriving.verify import verify
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.errors import DatasetError, GateClosed
from indexer.pipeline import build
from indexer.storing.store import Store
from search import open_index
from search.evaluation.measured.gate import QualityGate
from tests.conftest import SEEDS, Locus
from tests.hashing import HashingEncoder, KnowingEncoder, other_encoder
from tests.histories import contents
from tests.tiny_models import tiny_encoder

MEANINGS = {
    "feline": "cat", "hound": "dog", "steed": "horse", "vessel": "ship", "infant": "baby",
    "blaze": "fire", "monarch": "king", "timepiece": "clock", "stone": "rock", "summit": "peak",
    "physician": "doctor", "automobile": "car",
}  # fmt: skip
"""Word of a question to word of an article: nothing but meaning leads from one to the other."""


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
    """The dataset's articles, with the encoder that knows what words mean."""
    build(tmp_path / "x.locus", [dataset], encoder=knowing())
    return tmp_path / "x.locus"


def knowing() -> KnowingEncoder:
    return KnowingEncoder(MEANINGS)


def load(identity: EncoderIdentity) -> Encoder:
    """The encoder of what is published, as models.load gives it."""
    assert identity == knowing().identity
    return knowing()


def seen(index: Path) -> tuple[object, ...]:
    """Everything a reader can tell of an index: state, content, hits and derived files."""
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
    assert message.startswith("not published: by judged, nDCG@10 1.000 -> 0.")
    assert "(p 0.002), hit@5 1.000 -> 0." in message
    assert message.endswith(f"{index} answers as before, from generation 1")
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
    assert said == ["gate judged: open: RR@10 1.000 -> 1.000 (p 1.000)"]


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
    with pytest.raises(GateClosed, match="holds none of the relevant articles of judged"):
        build(index, [tmp_path / "moon.txt"], forget=[dataset], encoder=knowing(), gate=gate)
    assert seen(index) == before


def test_an_update_within_the_base_is_judged_with_its_delta(index: Path, dataset: Path) -> None:
    """The base is live and not to be swept away when the gate is closed."""
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
    assert said == ["gate judged: nothing is published yet that could be compared"]


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
    assert any("so few questions" in line for line in said)
    assert said[-1].startswith("gate judged: open: AP 1.000 -> 0.")


def test_a_measure_that_the_dataset_does_not_give_is_refused(dataset: Path) -> None:
    with pytest.raises(DatasetError, match="judged gives no measure 'nDCG': use nDCG@10, "):
        QualityGate.of(dataset, ("nDCG",), str)
    (dataset / "answers.jsonl").unlink()
    assert QualityGate.of(dataset, (), str).measures == ("nDCG@10",)
    with pytest.raises(DatasetError, match=r"gives no measure 'hit@5' without answers\.jsonl"):
        QualityGate.of(dataset, ("hit@5",), str)


def test_the_command_s_gate(locus: Locus, seeds_index: Path, tmp_path: Path) -> None:
    index = tmp_path / "x.locus"
    shutil.copytree(seeds_index, index)
    facts = locus("status", "--json", "--index", index, check=0).stdout
    model = tiny_encoder(tmp_path / "blind", [], 256)
    gate = ["--gate", SEEDS, "--gate-measure", "nDCG@10"]
    done = locus("index", "--index", index, "--model", model, *gate, "--json", check=1)
    assert done.stdout == ""
    assert "locus: not published: by seeds, nDCG@10 0.98" in done.stderr
    now = locus("status", "--json", "--index", index, check=0).stdout
    changed = {key for key, value in json.loads(now).items() if json.loads(facts)[key] != value}
    assert changed <= {"bytes"}

    done = locus("index", "--index", index, "--rebuild", "--gate", SEEDS, check=0)
    assert "locus: gate seeds: open: nDCG@10 0.98" in done.stderr
    assert "24 unchanged; 119 passages embedded in " in done.stdout
    facts = locus("status", "--json", "--index", index, check=0).stdout
    assert json.loads(facts)["generation"] == 2
    done = locus("index", "--index", index, "--gate-measure", "AP", check=2)
    assert "--gate-measure has no effect without --gate DATASET" in done.stderr
    done = locus("index", "--index", index, "--gate", tmp_path / "none", check=2)
    assert "none does not exist: a dataset is a folder" in done.stderr
