"""Reranking: a tiny cross-encoder ranks the first candidates, only if one is given."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from indexer.arrays import Scores
from indexer.encoding import models
from indexer.encoding.finding import find
from indexer.errors import ModelError
from indexer.pipeline import build
from indexer.types import Splitting
from search import load_reranker, open_index
from search.ranking.fusion import Candidates
from search.ranking.reranking import rerank
from search.types import Answer
from tests.conftest import ROOT, SEEDS, Locus
from tests.hashing import HashingEncoder
from tests.tiny_models import letters, tiny_bert, tiny_cross_encoder

QUESTION = "Which birds hunt mice at night?"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_cross_encoder(tmp_path_factory.mktemp("rerankers") / "tiny")


@pytest.fixture
def index(articles: Path, tmp_path: Path) -> Path:
    small = Splitting(target_tokens=12)
    build(tmp_path / "x.locus", [articles], encoder=HashingEncoder(), splitting=small)
    return tmp_path / "x.locus"


class ByLength:
    """A reranker that prefers short texts, and records what it reads."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def relevance(self, question: str, texts: Sequence[str]) -> Scores:  # noqa: ARG002 - protocol
        self.read += texts
        return np.array([-len(text) / 10 for text in texts], np.float32)


def ids(*numbers: int) -> Candidates:
    scores = np.linspace(1, 0.5, len(numbers), dtype=np.float32)
    return Candidates(scores, np.array(numbers, np.int64))


def test_the_first_candidates_are_ranked_anew_and_the_rest_stay_behind() -> None:
    texts = {1: "x" * 30, 2: "x" * 20, 3: "x" * 10, 4: "x", 5: ""}
    found = rerank(ByLength(), "?", ids(1, 2, 3, 4, 5), texts.__getitem__, 3)
    assert found.ranked.ids.tolist() == [3, 2, 1, 4, 5]
    sigmoids = [1 / (1 + np.exp(length)) for length in (1, 2, 3)]
    assert found.ranked.scores[:3].tolist() == pytest.approx(sigmoids)
    assert found.ranked.scores[3:].tolist() == pytest.approx([sigmoids[2]] * 2)
    assert found.scores == pytest.approx(dict(zip((3, 2, 1), sigmoids, strict=True)))


def test_odds_past_what_a_score_can_tell_keep_their_order() -> None:
    class Sure:
        def relevance(self, question: str, texts: Sequence[str]) -> Scores:  # noqa: ARG002 - protocol
            return np.array([float(text) for text in texts], np.float32)

    odds = {1: "90", 2: "500", 3: "-500", 4: "90"}
    found = rerank(Sure(), "?", ids(1, 2, 3, 4), odds.__getitem__, 30)
    assert found.ranked.ids.tolist() == [2, 1, 4, 3], "of equals, by id"
    assert found.ranked.scores.tolist() == [1, 1, 1, 0]


def test_without_candidates_no_model_runs() -> None:
    reranker = ByLength()
    assert not len(rerank(reranker, "?", ids(), str, 30).ranked.ids)
    assert reranker.read == []


def test_a_reranker_reads_titles_with_passages_and_decides(index: Path) -> None:
    reranker = ByLength()
    with open_index(index, encoder=HashingEncoder(), reranker=reranker) as searcher:
        hits = searcher.search(QUESTION, 20).hits
    assert sorted(reranker.read) == sorted(f"{hit.title}\n{hit.text}" for hit in hits)
    lengths = [len(hit.title) + len(hit.text) for hit in hits]
    assert lengths == sorted(lengths)
    with open_index(index, encoder=HashingEncoder()) as searcher:
        plain = searcher.search(QUESTION, 20).hits
    assert {hit.text: (hit.semantic, hit.lexical) for hit in hits} == {
        hit.text: (hit.semantic, hit.lexical) for hit in plain
    }
    assert all(hit.rerank is None for hit in plain)


def test_only_thirty_are_read(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number}.txt").write_text(f"Owls {number}\n\nOwl number {number} hunts.\n")
    build(tmp_path / "x.locus", [tmp_path], encoder=HashingEncoder())
    reranker = ByLength()
    with open_index(tmp_path / "x.locus", encoder=HashingEncoder(), reranker=reranker) as searcher:
        answer = searcher.search("owls", 40)
    assert (len(reranker.read), len(answer.hits)) == (30, 40)
    assert sum(hit.rerank is not None for hit in answer.hits) == 30
    scores = [hit.score for hit in answer.hits]
    assert scores == sorted(scores, reverse=True) and min(scores) >= 0


def test_the_order_is_the_cross_encoder_s(tiny: Path, index: Path) -> None:
    from sentence_transformers import CrossEncoder

    def asked(mode: str) -> Answer:
        return searcher.search(QUESTION, 20, mode=mode)  # type: ignore[arg-type]

    reranker = load_reranker(tiny)
    with open_index(index, encoder=HashingEncoder(), reranker=reranker) as searcher:
        for mode in ("hybrid", "semantic", "lexical"):
            hits = asked(mode).hits
            pairs = [(QUESTION, f"{hit.title}\n{hit.text}") for hit in hits]
            expected = CrossEncoder(str(tiny)).predict(pairs).tolist()
            assert expected == sorted(expected, reverse=True)
            assert len(hits) == 1 or expected[0] - expected[-1] > 1e-3
            assert [hit.score for hit in hits] == pytest.approx(expected, abs=1e-5)
            assert [hit.rerank for hit in hits] == pytest.approx(expected, abs=1e-5)


def test_a_folder_without_a_model_and_an_unknown_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is not a model folder"):
        load_reranker(tmp_path)
    with pytest.raises(ModelError, match="model 'no/such' was not found") as refused:
        load_reranker("no/such")
    assert "allow-download" not in str(refused.value)


def test_another_kind_of_model_is_not_made_a_reranker_at_random(tmp_path: Path) -> None:
    encoder = tiny_bert(tmp_path / "encoder", letters(), 64)
    with pytest.raises(ModelError, match="is not a cross-encoder: it is a BertModel"):
        load_reranker(encoder)
    default = find(models.DEFAULT_MODEL, allow_download=False)
    with pytest.raises(ModelError, match="is not a cross-encoder: i"):
        load_reranker(default)


def test_a_model_with_several_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="it returns 3 scores per pair, not one"):
        load_reranker(tiny_cross_encoder(tmp_path / "three", labels=3))


def test_weights_in_pickle_and_missing_or_damaged_files_are_refused(
    tiny: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(tiny, copy)
    weights = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"no \.safetensors weights"):
        load_reranker(copy)
    (copy / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(ModelError, match="sentence-transformers cannot load"):
        load_reranker(copy)
    (copy / "model.safetensors").write_bytes(weights)
    (copy / "config.json").write_text("{")
    with pytest.raises(ModelError, match="cannot be read"):
        load_reranker(copy)


def test_the_default_loads_no_reranker(seeds_index: Path) -> None:
    program = (
        "import sys; from search import open_index\n"
        f"open_index({str(seeds_index)!r}).search('Why do corals turn white?')\n"
        "print({'search.ranking.cross_encoder', 'sentence_transformers'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "set()"


def test_the_command_reranks(locus: Locus, tiny: Path, seeds_index: Path) -> None:
    asked = ["search", "Why do corals turn white?", "--json", "--index", seeds_index]
    answer = json.loads(locus(*asked, "--rerank", tiny, check=0).stdout)
    for hit in answer["hits"]:
        assert 0 <= hit["score"] == hit["scores"]["rerank"] <= 1
    plain = json.loads(locus(*asked, check=0).stdout)
    assert all(set(hit["scores"]) == {"semantic", "lexical"} for hit in plain["hits"])
    done = locus(*asked, "--rerank", "no/such", check=2)
    assert done.stderr == (
        "locus: model 'no/such' was not found on this computer. Give its folder\n"
    )


def test_a_reranker_is_measured(locus: Locus, tiny: Path, seeds_index: Path) -> None:
    measure = ["evaluate", SEEDS, "--json", "--mode", "lexical", "-k", 10, "--index", seeds_index]
    found = json.loads(locus(*measure, "--rerank", tiny, check=0).stdout)
    assert found["name"] == "lexical+rerank"
    assert found["measures"]["nDCG@10"]["mean"] < 0.9, "random weights rank at random"
