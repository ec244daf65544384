"""How many clusters a search reads: as many as its questions need, and no more."""

import numpy as np
import pytest

from indexer.arrays import Vectors
from indexer.deriving import choosing
from indexer.deriving.choosing import choose
from indexer.deriving.clusters import Clusters

SIZE, DIMENSION = 3000, 32


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    """Vectors of sixty topics."""
    chance = np.random.default_rng(5)
    topics = chance.standard_normal((60, DIMENSION))
    found = topics[chance.integers(0, 60, SIZE)] + 0.5 * chance.standard_normal((SIZE, DIMENSION))
    unit: Vectors = (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)
    return unit


def test_the_depth_gives_the_recall_that_it_says(vectors: Vectors) -> None:
    def read(start: int, stop: int) -> Vectors:
        return vectors[start:stop]

    clusters = Clusters.build(read, SIZE, DIMENSION)
    assert clusters.probes == clusters.count == 219
    depth = choose(clusters, read, SIZE, 100)
    assert depth.clusters == 219
    assert depth.probes == clusters.probes
    assert depth.probes is not None
    assert depth.probes < 110
    assert depth.questions == 500
    assert depth.recall >= 0.99
    found = []
    for question in choosing._questions(read, SIZE)[::10]:
        right = np.argsort(-(vectors @ question))[:10]
        found.append(np.isin(right, clusters.nearest(question, 100)).mean())
    assert np.mean(found) == pytest.approx(depth.recall, abs=0.01)


def test_codes_that_miss_do_not_make_a_search_read_everything(vectors: Vectors) -> None:
    def read(start: int, stop: int) -> Vectors:
        return vectors[start:stop]

    clusters = Clusters.build(read, SIZE, DIMENSION)
    depth = choose(clusters, read, SIZE, 5)
    assert depth.recall <= 0.5, "five candidates have at most half of the ten nearest"
    assert clusters.probes < clusters.count


def test_packed_clusters_find_the_same(vectors: Vectors) -> None:
    clusters = Clusters.build(lambda start, stop: vectors[start:stop], SIZE, DIMENSION)
    clusters.chosen(20)
    again = Clusters.unpacked(clusters.packed())
    assert (again.count, again.probes) == (219, 20)
    for question in vectors[::500]:
        assert again.nearest(question, 9).tolist() == clusters.nearest(question, 9).tolist()
