"""Where sentences are comes back as it was packed."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.storing.spans import (
    count_sentences,
    pack_sentences,
    unpack_sentence,
    unpack_sentences,
)
from indexer.types import Span


def test_a_sentence_is_two_little_endian_numbers_from_the_passage_s_start() -> None:
    packed = pack_sentences([Span(100, 115), Span(116, 400)], 100)
    assert packed == struct.pack("<4I", 0, 15, 16, 300)


def test_no_sentences_are_no_bytes() -> None:
    assert pack_sentences([], 5) == b""
    assert unpack_sentences(b"", 5) == ()
    assert count_sentences(b"") == 0


lengths = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2**20)), max_size=8)


@settings(max_examples=25)
@given(st.integers(0, 2**40), lengths)
def test_spans_come_back_wherever_the_passage_begins(
    start: int, them: list[tuple[int, int]]
) -> None:
    spans, at = [], start
    for gap, length in them:
        spans.append(Span(at + gap, at + gap + length))
        at += gap + length
    packed = pack_sentences(spans, start)
    assert unpack_sentences(packed, start) == tuple(spans)
    assert [unpack_sentence(packed, start, n) for n in range(len(spans))] == spans
    assert count_sentences(packed) == len(spans)


def test_what_comes_back_are_spans_of_plain_integers() -> None:
    (span,) = unpack_sentences(pack_sentences([Span(3, 7)], 3), 3)
    assert isinstance(span, Span)
    assert type(span.start) is int


@pytest.mark.parametrize("cut", [1, 4, 7])
def test_bytes_that_are_cut_off_are_an_error(cut: int) -> None:
    with pytest.raises(ValueError, match="size"):
        unpack_sentences(pack_sentences([Span(0, 4), Span(5, 9)], 0)[:-cut], 0)
