"""From a question to a page, stage by stage, over one generation."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.arrays import Scores
from indexer.deriving.calibration import Calibration, Chance
from indexer.errors import DamagedIndex
from indexer.storing.database import open_for_writing
from indexer.storing.snapshot import Snapshot
from indexer.storing.store import Store
from indexer.types import UNTUNED, Facets, Tuning
from search import stages as module
from search.limits import Mode
from search.ranking.filters import EVERYTHING, Filter
from search.ranking.fusion import Candidates
from search.ranking.generation import Generation
from search.ranking.legs import deep_legs
from search.ranking.rescoring import Rescored, rescore
from search.scaling.reading import read_generation
from search.stages import Stages, run_stages
from search.types import Hit
from tests.conftest import ARTICLES
from tests.hashing import HashingEncoder

QUESTION = "who hunts mice at night"
VECTOR = HashingEncoder().encode_query(QUESTION)

Opened = tuple[Generation, Snapshot]


@pytest.fixture
def opened(small_index: Path) -> Iterator[Opened]:
    with Store(small_index) as store, store.snapshot() as (state, snapshot):
        yield read_generation(small_index, state, snapshot, None), snapshot


def asked(
    opened: Opened, mode: Mode = "hybrid", question: str = QUESTION, **options: object
) -> Stages:
    vector = None if mode == "lexical" else HashingEncoder().encode_query(question)
    given: dict[str, object] = {"k": 10, "wanted": EVERYTHING, "per_article": 5, **options}
    return run_stages(*opened, question, vector, mode=mode, **given)  # type: ignore[arg-type]


def hits_of(found: Stages) -> tuple[Hit, ...]:
    """The page's hits; on which line each begins is another's to know."""
    return found.hits(dict.fromkeys(found.page.ids.tolist(), 1), {})


def test_every_hit_is_its_article_s_text_and_marks_a_sentence_of_it(opened: Opened) -> None:
    hits = hits_of(asked(opened))
    assert hits[0].article == "night/owls.txt"
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        assert hit.text == ARTICLES[hit.article][hit.start : hit.end]
        if hit.highlight is not None:
            assert hit.start <= hit.highlight.start < hit.highlight.end <= hit.end
    best = next(hit for hit in hits if "mice" in hit.text)
    assert best.highlight is not None
    marked = ARTICLES[best.article][best.highlight.start : best.highlight.end]
    assert marked == "Owls hunt mice at night."


def test_each_mode_has_the_scores_of_its_legs(opened: Opened) -> None:
    for hit in hits_of(asked(opened, "semantic")):
        assert hit.semantic is not None
        assert hit.lexical is None
    lexical = hits_of(asked(opened, "lexical"))
    assert [hit.article for hit in lexical] == ["night/owls.txt"] * len(lexical)
    assert all(hit.semantic is None and hit.lexical for hit in lexical)
    hybrid = hits_of(asked(opened))
    assert all(hit.semantic is not None for hit in hybrid)
    assert hybrid[0].lexical is not None
    assert all(hit.rerank is None for hit in (*lexical, *hybrid))


def test_nothing_in_common_by_words_is_an_empty_page(opened: Opened) -> None:
    found = asked(opened, "lexical", "zebra quagga")
    assert hits_of(found) == ()
    assert found.coverage == 0.0


def test_only_the_allowed_are_on_the_page(opened: Opened) -> None:
    bridges = opened[1].matching(Facets("bridges.md"))
    hits = hits_of(asked(opened, wanted=Filter(bridges)))
    assert len(hits) == len(bridges) > 0
    assert {hit.article for hit in hits} == {"bridges.md"}
    assert hits_of(asked(opened, wanted=Filter(np.empty(0, np.int64)))) == ()


def test_a_shorter_page_is_the_beginning_of_a_longer_one(opened: Opened) -> None:
    whole = hits_of(asked(opened))
    for k in range(1, len(whole)):
        assert hits_of(asked(opened, k=k)) == whole[:k]


def test_passages_past_the_few_of_an_article_come_last(opened: Opened) -> None:
    hits = hits_of(asked(opened, per_article=1))
    first = [hit.article for hit in hits[:3]]
    assert sorted(first) == sorted(ARTICLES), "one of each before a second of any"
    assert len(hits) == len(hits_of(asked(opened)))


def with_candidates(opened: Opened, candidates: int) -> Opened:
    generation, snapshot = opened
    return replace(generation, tuning=Tuning(candidates=candidates)), snapshot


class Backwards:
    """A reranker that prefers what ends last in the alphabet."""

    def relevance(self, question: str, texts: Sequence[str]) -> Scores:  # noqa: ARG002 - protocol
        order = sorted(texts)
        return np.array([order.index(text) / 10 for text in texts], np.float32)


def test_a_reranker_decides_on_the_first_and_all_others_stay_behind(opened: Opened) -> None:
    opened = with_candidates(opened, 2)
    before = hits_of(asked(opened))
    hits = hits_of(asked(opened, reranker=Backwards()))
    first = sorted(before[:2], key=lambda hit: f"{hit.title}\n{hit.text}", reverse=True)
    assert [hit.text for hit in hits[:2]] == [hit.text for hit in first]
    assert [hit.text for hit in hits[2:]] == [hit.text for hit in before[2:]]
    assert [hit.rerank is not None for hit in hits] == [n < 2 for n in range(len(hits))]


def test_candidates_that_are_not_looked_at_again_follow_with_no_higher_score(
    opened: Opened,
) -> None:
    opened = with_candidates(opened, 1)
    found = asked(opened)
    scores = found.rescored.scores
    assert len(scores) == len(hits_of(asked(opened)))
    assert np.all(np.diff(scores) <= 0)
    assert set(found.sentences) == set(found.rescored.ids.tolist())
    assert found.rescored.ids[0] == found.legs.fused.ids[0]


def test_a_flag_that_a_product_has_set_prints_no_warning(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:

    def with_flag(*asked: object) -> Rescored:
        infinite = np.full(1, np.inf)
        assert np.isnan(infinite - infinite).all()
        return rescore(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "rescore", with_flag)
    assert hits_of(asked(opened))


def test_an_index_without_words_is_ranked_without_a_second_look(copied_index: Path) -> None:
    """As format 1 has it."""
    with open_for_writing(copied_index) as connection:
        connection.execute("UPDATE passages SET words = NULL, checksum = NULL")
    with Store(copied_index) as store, store.snapshot() as (state, snapshot):
        opened = read_generation(copied_index, state, snapshot, None), snapshot
        found = asked(opened)
        fused = found.legs.fused
        assert found.rescored.scores.tolist() == fused.scores.tolist()
        best = hits_of(found)[0]
        assert best.article == "night/owls.txt"
        assert best.highlight is not None
        assert "mice" in ARTICLES[best.article][best.highlight.start : best.highlight.end]


def test_candidates_that_the_database_does_not_have_are_damage(copied_index: Path) -> None:
    with Store(copied_index) as store:
        with store.snapshot() as (state, snapshot):
            generation = read_generation(copied_index, state, snapshot, None)
        with open_for_writing(copied_index) as connection:
            connection.execute("DELETE FROM passages WHERE id = 1")
        with pytest.raises(DamagedIndex), store.snapshot() as (_, snapshot):
            asked((generation, snapshot))


def test_stages_are_told_by_name_with_what_they_pass_on(opened: Opened) -> None:
    found = asked(opened)
    rankings = found.rankings(3)
    assert [(it.stage, it.passes) for it in rankings] == [
        ("fused", UNTUNED.candidates),
        ("second look", 3),
        ("page", 3),
    ]
    assert [it.stage for it in deep_legs(opened[0], QUESTION, VECTOR, "hybrid")] == [
        "semantic leg",
        "lexical leg",
    ]
    (semantic,) = deep_legs(opened[0], QUESTION, VECTOR, "semantic")
    (lexical,) = deep_legs(opened[0], QUESTION, None, "lexical")
    assert (semantic.stage, lexical.stage) == ("semantic leg", "lexical leg")


def test_confidence_is_of_the_evidence_that_the_mode_has(opened: Opened) -> None:
    calibration = Calibration(Chance(0.1, 0.1), Chance(0.2, 0.1), Chance(0.3, 0.2))
    hybrid, lexical = asked(opened), asked(opened, "lexical")
    nearest = float(hybrid.legs.semantic.scores.max())
    assert 0 < hybrid.coverage <= 1
    assert hybrid.confidence("hybrid", calibration) == calibration.hybrid.confidence(
        nearest + hybrid.coverage
    )
    assert asked(opened, "semantic").confidence(
        "semantic", calibration
    ) == calibration.semantic.confidence(nearest)
    assert lexical.confidence("lexical", calibration) == calibration.lexical.confidence(
        lexical.coverage
    )


def test_what_is_not_scored_again_has_no_higher_score_than_what_is(opened: Opened) -> None:
    generation, snapshot = opened
    ids = np.array([1, 2, 3], np.int64)
    fused = Candidates(np.array([0.9, 0.8, 0.1], np.float32), ids)
    rescored = Rescored(Candidates(np.array([0.5], np.float32), ids[:1]), {1: ()})
    passages = snapshot.passages([1, 2, 3])
    found = module._followed_by(rescored, fused, generation.words, {}, passages)
    assert found.ranked.ids.tolist() == [1, 2, 3]
    assert found.ranked.scores.tolist() == pytest.approx([0.5, 0.5, 0.1])
