"""Checksums stay what they are, and change with every bit of what they cover."""

from collections.abc import Callable
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.storing.checksums import generation_checksum, passage_checksum, vector_checksum

ARTICLE = "/s", "a.txt", "Größe", "ab"


def test_checksums_are_what_they_always_were() -> None:
    """Other checksums would have every index taken for damaged."""
    assert passage_checksum(ARTICLE, (3, 9), "Owls 日", b"\1\2", b"key", None) == 0x9010A6CA
    assert vector_checksum(7, b"\1\2", b"\3") == 0xE841FD60
    assert generation_checksum(3, "2026", None, "{}", 1, 2) == 0x8CE21B1B


def test_a_checksum_is_crc_32_of_all_parts_in_order() -> None:
    whole = "/s\0a.txt\0Größe\0ab\x003\x009\0Owls".encode() + b"\1\2key"
    assert passage_checksum(ARTICLE, (3, 9), "Owls", b"\1\2", b"key") == crc32(whole)
    assert vector_checksum(258, b"v", b"p") == crc32(b"\2\1\0\0\0\0\0\0vp")
    assert generation_checksum() == crc32(b"")


CHANGED: dict[str, Callable[[], int]] = {
    "source": lambda: passage_checksum(("/t", *ARTICLE[1:]), (3, 9), "Owls", b"s", b"k", b"w"),
    "name": lambda: passage_checksum(("/s", "b", "Größe", "ab"), (3, 9), "Owls", b"s", b"k", b"w"),
    "title": lambda: passage_checksum(("/s", "a.txt", "", "ab"), (3, 9), "Owls", b"s", b"k", b"w"),
    "hash": lambda: passage_checksum((*ARTICLE[:3], "ac"), (3, 9), "Owls", b"s", b"k", b"w"),
    "start": lambda: passage_checksum(ARTICLE, (2, 9), "Owls", b"s", b"k", b"w"),
    "end": lambda: passage_checksum(ARTICLE, (3, 8), "Owls", b"s", b"k", b"w"),
    "digits of start and end": lambda: passage_checksum(ARTICLE, (39, 0), "Owls", b"s", b"k", b"w"),
    "text": lambda: passage_checksum(ARTICLE, (3, 9), "owls", b"s", b"k", b"w"),
    "sentences": lambda: passage_checksum(ARTICLE, (3, 9), "Owls", b"t", b"k", b"w"),
    "key": lambda: passage_checksum(ARTICLE, (3, 9), "Owls", b"s", b"l", b"w"),
    "words": lambda: passage_checksum(ARTICLE, (3, 9), "Owls", b"s", b"k", None),
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_passage_s_checksum_covers_all_that_a_hit_shows(what: str) -> None:
    assert CHANGED[what]() != passage_checksum(ARTICLE, (3, 9), "Owls", b"s", b"k", b"w")


def test_a_vector_s_checksum_covers_its_passage_and_its_parts() -> None:
    checksum = vector_checksum(1, b"vector", b"parts")
    assert vector_checksum(2, b"vector", b"parts") != checksum
    assert vector_checksum(1, b"vector", None) != checksum
    assert vector_checksum(1, b"vector", b"") == vector_checksum(1, b"vector", None)


@settings(max_examples=25)
@given(st.binary(min_size=1, max_size=64), st.data())
def test_every_flipped_bit_is_found(packed: bytes, data: st.DataObject) -> None:
    bit = data.draw(st.integers(0, 8 * len(packed) - 1))
    flipped = bytearray(packed)
    flipped[bit // 8] ^= 1 << bit % 8
    assert vector_checksum(1, bytes(flipped), None) != vector_checksum(1, packed, None)
