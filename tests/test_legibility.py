"""How well a model reads a collection, and the share of the meaning that follows from it."""

from pathlib import Path

import numpy as np
import pytest

from indexer.deriving.calibration import Calibration
from indexer.deriving.legibility import Legibility, characters_per_token
from indexer.encoding.encoder import Encoder
from indexer.pipeline import build
from indexer.storing.store import Store
from tests.hashing import HashingEncoder

MIXED = Legibility(((1.1, 1.2), (1.3, 1.6), (4.2, 5.0), (4.9, 6.0)))


@pytest.mark.parametrize(
    ("characters", "share"), [(1.0, 0.15), (1.2, 0.15), (4.5, 0.5), (9.0, 0.5), (0.0, 0.15)]
)
def test_a_question_is_read_as_well_as_texts_like_it(characters: float, share: float) -> None:
    assert MIXED.share(characters) == share


def test_the_share_grows_with_what_is_read() -> None:
    shares = [Legibility(((3.0, above),)).share(3.0) for above in (0.0, 2.0, 2.5, 3.0, 3.5, 4.0, 9)]
    assert shares == sorted(shares)
    assert (shares[0], shares[3], shares[-1]) == (0.15, 0.325, 0.5)


def test_legs_count_the_same_if_nothing_is_known() -> None:
    assert Legibility().share(1.0) == 0.5


class Blind(HashingEncoder):
    """Reads every text as nearly the same one, as a model does with an unknown language."""

    def encode_query(self, text: str) -> np.ndarray:
        vector = super().encode_query(text)
        vector = np.full_like(vector, 1.0) + 0.01 * vector
        return vector / np.linalg.norm(vector)


def measured(encoder: Encoder, folder: Path) -> Legibility:
    articles = folder / "articles"
    articles.mkdir()
    for number in range(40):
        words = " ".join(f"w{number}x{place}" for place in range(24))
        (articles / f"{number}.txt").write_text(f"About {number}\n\n{words}.\n")
    build(folder / "x.locus", [articles], encoder=encoder)
    with Store(folder / "x.locus") as store, store.snapshot() as (state, _):
        assert state.calibration is not None
        return Calibration.from_json(state.calibration).legibility


def test_a_model_that_reads_the_passages_gets_its_full_share(tmp_path: Path) -> None:
    found = measured(HashingEncoder(), tmp_path)
    assert found.share(5.0) > 0.45


def test_a_model_that_cannot_read_them_gets_the_least(tmp_path: Path) -> None:
    found = measured(Blind(), tmp_path)
    assert found.share(5.0) < 0.3


def test_characters_are_counted_by_token() -> None:
    assert characters_per_token(HashingEncoder(), "owls hunt") == 4.5
    assert characters_per_token(HashingEncoder(), "") == 0.0
