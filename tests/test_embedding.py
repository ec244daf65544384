"""Passages get the vectors that the index has, those of the run before them, or new ones."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.storing.drafts import Row, passage_key
from indexer.storing.evidence import pack_vectors
from indexer.storing.staging import Staging
from indexer.types import Span
from indexer.updating.drafting import Drafted, Window
from indexer.updating.embedding import embedded
from indexer.updating.steps import AHEAD
from tests.hashing import IDENTITY, HashingEncoder
from tests.staged import draft, rows_of, staging


@pytest.fixture
def staged(tmp_path: Path) -> Iterator[Staging]:
    with staging(tmp_path / "x.locus") as staged:
        yield staged


def window(*sentences: str, done: int = 0) -> Window:
    it = draft(1, "a.txt", *sentences)
    parts = [[Span(0, len(passage.text))] for passage in it.passages]
    return Window(
        [
            Drafted(
                it, passage, passage_key(IDENTITY, passage.text, spans), b"", passage.text, spans
            )
            for passage, spans in zip(it.passages, parts, strict=True)
        ],
        done,
    )


def vectors_of(texts: Sequence[str]) -> list[bytes]:
    return [HashingEncoder().encode_query(text).astype("<f2").tobytes() for text in texts]


def test_each_passage_gets_its_own_vector_and_those_of_its_sentences(staged: Staging) -> None:
    encoder = HashingEncoder()
    first = window("Owls hunt.", "Bats sleep.", "Owls hunt.", done=7)
    (found,) = embedded([first], staged, encoder)
    assert [row.vectors.vector for row in found.rows] == vectors_of(
        [it.text for it in first.passages]
    )
    parts = [pack_vectors(np.stack([encoder.encode_query(it.text)])) for it in first.passages]
    assert [row.vectors.parts for row in found.rows] == parts
    assert (found.encoded, found.done) == (2, 7)
    assert encoder.embedded == ["Owls hunt.", "Bats sleep."]


def test_an_encoder_without_vectors_of_parts_gives_none(staged: Staging) -> None:
    encoder = HashingEncoder(replace(IDENTITY, pooling="cls"))
    (found,) = embedded([window("Owls hunt.")], staged, encoder)
    assert [row.vectors.parts for row in found.rows] == [None]
    assert found.rows[0].vectors.vector == vectors_of(["Owls hunt."])[0]


def test_what_the_index_has_is_not_encoded(staged: Staging) -> None:
    rows = rows_of(draft(1, "b.txt", "Owls hunt."))
    staged.store(rows)
    encoder = HashingEncoder()
    (found,) = embedded([window("Owls hunt.", "Tides rise.")], staged, encoder)
    assert encoder.embedded == ["Tides rise."]
    assert found.rows[0].vectors == rows[0].vectors


def test_what_is_embedded_and_not_yet_stored_is_not_encoded_again(staged: Staging) -> None:
    windows = [window("Owls hunt."), *(window(f"Tide {n}.") for n in range(AHEAD))]
    encoder = HashingEncoder()
    found = list(embedded([*windows, window("Owls hunt.")], staged, encoder))
    assert encoder.embedded.count("Owls hunt.") == 1
    assert found[-1].rows[0].vectors == found[0].rows[0].vectors
    assert isinstance(found[-1].rows[0], Row)
