"""``locus explain``: the rank of an article's best passage at each stage, and where it is lost."""

import json
from pathlib import Path

import pytest

from indexer.errors import QueryError
from search import open_index
from search.limits import MODES
from tests.conftest import Locus

QUESTION = "Why do corals turn white?"


def test_a_hit_is_followed_to_its_place(seeds_index: Path) -> None:
    with open_index(seeds_index) as searcher:
        for mode in MODES:
            found = searcher.explain(QUESTION, "coral-reefs.md", mode=mode)
            hits = searcher.search(QUESTION, mode=mode).hits
            mine = next(hit for hit in hits if hit.article == "coral-reefs.md")
            assert found.lost is None
            assert (found.start, found.text) == (mine.start, mine.text)
            assert found.places[-1].rank == mine.rank
            assert found.places[-1].score == pytest.approx(mine.score)
            stages = [it.stage for it in found.places]
            assert stages[-3:] == ["fused", "second look", "page"]
            assert ("semantic leg" in stages) == (mode != "lexical")
            assert ("lexical leg" in stages) == (mode != "semantic")


def test_the_stage_that_lost_an_article_is_named(seeds_index: Path) -> None:
    with open_index(seeds_index) as searcher:
        lost = searcher.explain(QUESTION, "the-marathon.txt", 1)
        assert lost.lost in {"fused", "second look"}
        lost = searcher.explain("chlorophyll", "the-marathon.txt", mode="lexical")
        assert lost.lost == "lexical leg"
        assert lost.places[0].rank is None
        with pytest.raises(QueryError, match="no article 'nowhere'"):
            searcher.explain(QUESTION, "nowhere")


def test_the_command_prints_a_table_or_json(locus: Locus, seeds_index: Path) -> None:
    done = locus("explain", QUESTION, "coral-reefs.md", "--index", seeds_index, check=0)
    assert "re-scored" in done.stdout
    assert "This article is among the hits." in done.stdout
    arguments = "explain", QUESTION, "the-marathon.txt", "-k", "1", "--index", seeds_index
    done = locus(*arguments, "--json", check=1)
    answer = json.loads(done.stdout)
    assert answer["lost"]
    assert [set(it) for it in answer["stages"]] == [{"stage", "rank", "score", "passes"}] * 5
    locus("explain", QUESTION, "nowhere", "--index", seeds_index, check=2)
