"""What identifies an encoder, and the vectors of a text's parts."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.encoding.encoder import EncoderIdentity, mean_of_parts, too_long
from indexer.types import Span
from tests.hashing import IDENTITY


def test_a_key_is_what_it_always_was() -> None:
    """Another key for the same encoder would have every index embedded again."""
    assert IDENTITY.key == "ae63f4175693b6fa389d032dd540d5108bb1683cb9f9d51820f5e951d0c0c75c"


@pytest.mark.parametrize(
    "change",
    [
        {"weights": "a"},
        {"files": "a"},
        {"dimension": 65},
        {"max_tokens": 41},
        {"pooling": "cls"},
        {"query_prompt": "query: "},
        {"passage_prompt": "passage: "},
    ],
    ids=str,
)
def test_all_but_the_name_tells_encoders_apart(change: dict[str, object]) -> None:
    assert replace(IDENTITY, **change).key != IDENTITY.key  # type: ignore[arg-type]
    assert replace(IDENTITY, name="another").key == IDENTITY.key


texts = st.text('ab:é日🦉"\\\n ', max_size=6)


@settings(max_examples=25)
@given(texts, texts, st.integers(1, 9999))
def test_an_identity_is_the_same_again_from_its_json(name: str, prompt: str, size: int) -> None:
    one = replace(IDENTITY, name=name, query_prompt=prompt, dimension=size)
    again = EncoderIdentity.from_json(one.to_json())
    assert again == one
    assert again.key == one.key


@pytest.mark.parametrize(
    ("pooling", "reads_parts"),
    [
        ("mean", True),
        ("mean+Normalize", True),
        ("mean+Dense", False),
        ("mean+Dense+Normalize", False),
        ("cls", False),
        ("Normalize+mean", False),
        ("StaticEmbedding", False),
        ("", False),
    ],
)
def test_parts_are_read_where_a_vector_is_a_mean_of_states(pooling: str, reads_parts: bool) -> None:
    assert replace(IDENTITY, pooling=pooling).reads_parts == reads_parts


def test_a_passage_that_is_too_long_is_told_by_its_beginning_and_its_tokens() -> None:
    said = str(too_long("owl " * 100, 102, IDENTITY))
    for fact in ("102", "40", "hashing", "owl owl"):
        assert fact in said
    assert len(said) < 200


@settings(max_examples=25)
@given(st.data())
def test_a_part_is_the_mean_of_the_tokens_inside_it(data: st.DataObject) -> None:
    """Tokens and parts in order, with gaps; a token may reach over the end of a part."""
    offsets, at = [Span(0, 0)], 0
    for gap, length in data.draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=9)
    ):
        offsets.append(Span(at + gap, at + gap + length))
        at += gap + length
    parts, at = [], 0
    for gap, length in data.draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 6)), min_size=1, max_size=4)
    ):
        parts.append(Span(at + gap, at + gap + length))
        at += gap + length
    states = np.random.default_rng(len(offsets)).standard_normal((len(offsets), 8))
    whole = np.full(8, 8**-0.5, np.float32)
    found = mean_of_parts(states.astype(np.float32), offsets, parts, whole)
    assert found.shape == (len(parts), 8)
    assert found.dtype == np.float32
    for part, vector in zip(parts, found, strict=True):
        inside = [n for n, (a, b) in enumerate(offsets) if part.start <= a < b <= part.end]
        mean = states[inside].mean(axis=0) if inside else whole
        assert np.allclose(vector, mean / np.linalg.norm(mean), atol=1e-5)
