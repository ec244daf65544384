"""The messages of the worker: what comes back is checked, as a hostile file may have written it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.reading import frames
from indexer.reading.frames import BrokenFrame
from indexer.types import Block, Document, Location, Metadata

WHOLE = Document(
    "Tides",
    "Tides\n\nMay | 3 m\u2028",
    (Block(0, 5, "heading", 1), Block(7, 16, "table", 0, 7)),
    (Location(0, "page 1"),),
    Metadata("2024", ("Ann",), "en", ("sea", "moon")),
    "shift_jis",
)


def test_a_document_comes_back_as_it_was() -> None:
    frame = frames.packed(frames.pack_document(WHOLE))
    length = frames.length_of(frame[:8])
    assert length == len(frame) - 8
    assert frames.unpack_document(frames.unpacked(frame[8:])) == WHOLE


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"1", b"\xff", b"[" * 100_000])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenFrame):
        frames.unpacked(data)


def test_an_enormous_frame_is_refused_before_it_is_read() -> None:
    with pytest.raises(BrokenFrame):
        frames.length_of((frames.LARGEST + 1).to_bytes(8, "little"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": None},
        {"text": 1},
        {"blocks": [[0, 1, 99, 0, 0]]},
        {"blocks": [[0, 1]]},
        {"blocks": [[0, -1, 0, 0, 0]]},
        {"blocks": [[True, 1, 0, 0, 0]]},
        {"locations": [[0, None]]},
        {"locations": 3},
        {"metadata": []},
        {"metadata": [1, [], None, []]},
        {"encoding": 7},
    ],
    ids=str,
)
def test_what_is_no_document_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BrokenFrame):
        frames.unpack_document({**frames.pack_document(WHOLE), **wrong})


values: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
)


@given(st.sampled_from(list(frames.pack_document(WHOLE))), values)
def test_any_value_is_a_document_or_refused(key: str, value: object) -> None:
    message = json.loads(json.dumps({**frames.pack_document(WHOLE), key: value}))
    try:
        found = frames.unpack_document(message)
    except BrokenFrame:
        return
    assert isinstance(found.title, str)
    assert isinstance(found.text, str)
