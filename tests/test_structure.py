"""The metadata and structure of an article, packed for the store."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.storing.structure import (
    Structure,
    pack_metadata,
    pack_structure,
    unpack_metadata,
    unpack_structure,
)
from indexer.types import Article, Block, Location, Metadata

TEXT = "x" * 100
FULL = Article(
    "a",
    "",
    TEXT,
    (Block(0, 5, "heading", 1), Block(7, 32, "table", 0, 12), Block(40, 99, "quote")),
    (Location(0, "page 1"), Location(40, "page \u2028 2")),
)


def packed(article: Article) -> tuple[bytes | None, str | None]:
    structure = pack_structure(article)
    return structure, pack_metadata(article.metadata, structure)


def test_what_was_packed_is_unpacked() -> None:
    assert unpack_structure(*packed(FULL)) == (FULL.blocks, FULL.locations)


def test_nothing_takes_no_room() -> None:
    assert packed(Article("a", "", TEXT)) == (None, None)
    assert unpack_metadata(None) == Metadata()
    assert unpack_structure(None, None) == Structure()


@given(
    st.builds(
        Metadata,
        st.none() | st.text(st.characters(codec="utf-8")),
        st.lists(st.text(st.characters(codec="utf-8"))).map(tuple),
        st.none() | st.just("en"),
        st.lists(st.text(st.characters(codec="utf-8"))).map(tuple),
    )
)
def test_metadata_is_json_with_what_the_file_has(known: Metadata) -> None:
    found = pack_metadata(known, None)
    assert unpack_metadata(found) == known
    if found is not None:
        assert all(value not in (None, []) for value in json.loads(found).values())


@pytest.mark.parametrize("at", [0, 1, -1])
def test_a_changed_byte_is_noticed(at: int) -> None:
    structure, metadata = packed(FULL)
    assert structure is not None
    damaged = bytearray(structure)
    damaged[at] ^= 1
    with pytest.raises(ValueError, match="checksum"):
        unpack_structure(bytes(damaged), metadata)
    with pytest.raises(ValueError, match="checksum"):
        unpack_structure(None, metadata)


def test_metadata_that_is_no_object_is_damaged() -> None:
    with pytest.raises(ValueError, match="not a JSON object"):
        unpack_metadata("[]")
