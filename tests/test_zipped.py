"""Zip archives: what is read from one, and how a damaged or hostile one is refused."""

import io
import struct
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import UnreadableArticle
from indexer.reading.formats.packed import zipped


def archive(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return file.getvalue()


def test_members_are_named_in_order_and_read_whole() -> None:
    opened = zipped.open(archive({"z.xml": b"<z/>" * 500_000, "a/ü.xml": b"", "b": b"b"}))
    assert opened.names() == ["z.xml", "a/ü.xml", "b"]
    assert opened.read("z.xml") == b"<z/>" * 500_000
    assert opened.read("a/ü.xml") == b""
    assert opened.read("b", limit=1) == b"b"


def test_a_missing_member_is_named() -> None:
    with pytest.raises(UnreadableArticle, match=r"no member 'word/document\.xml'"):
        zipped.open(archive({"a": b""})).read("word/document.xml")


def test_a_member_is_stopped_at_its_limit() -> None:
    opened = zipped.open(archive({"bomb": bytes(3_000_000), "fair": b"text"}))
    with pytest.raises(UnreadableArticle, match="member 'bomb' has more than 2,999,999 bytes"):
        opened.read("bomb", limit=2_999_999)
    assert len(opened.read("bomb", limit=3_000_000)) == 3_000_000
    assert opened.read("fair") == b"text"


def test_an_archive_is_stopped_at_the_limit_of_all_members_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zipped, "TOTAL_LIMIT", 5_000)
    opened = zipped.open(archive({"a": bytes(4_000), "b": bytes(2_000)}))
    opened.read("a")
    with pytest.raises(UnreadableArticle, match="the archive has more than 5,000 bytes when"):
        opened.read("b")


def test_a_member_that_declares_too_small_a_size_yields_no_more_than_that() -> None:
    data = bytearray(archive({"bomb": bytes(2_000_000)}))
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 10)
    with pytest.raises(UnreadableArticle, match="the zip archive is damaged"):
        zipped.open(bytes(data)).read("bomb")


def test_members_that_share_bytes_are_refused() -> None:
    data = bytearray(archive({"one": b"x" * 5_000, "two": b"y" * 5_000}, zipfile.ZIP_STORED))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)  # where its content begins
    with pytest.raises(UnreadableArticle, match="its members overlap"):
        zipped.open(bytes(data))


def test_an_encrypted_member_is_said_to_be_encrypted() -> None:
    data = bytearray(archive({"secret.xml": b"<a/>"}))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UnreadableArticle, match=r"^encrypted \(member 'secret\.xml'"):
        zipped.open(bytes(data)).read("secret.xml")


def test_a_compression_whose_memory_the_archive_chooses_is_refused() -> None:
    with pytest.raises(UnreadableArticle, match="'a' has an unsupported compression"):
        zipped.open(archive({"a": b"text"}, zipfile.ZIP_LZMA)).read("a")


def test_an_archive_with_too_many_members_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "MOST_MEMBERS", 2)
    with pytest.raises(UnreadableArticle, match="more than 2 members"):
        zipped.open(archive({"a": b"", "b": b"", "c": b""}))


GOOD = archive({"a.xml": b"<a>some text</a>" * 40, "b/c.xml": b"<b/>", "d": bytes(100)})


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=12))
def test_a_damaged_archive_raises_nothing_else(changes: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for at, byte in changes:
        data[at] = byte
    try:
        opened = zipped.open(bytes(data))
    except UnreadableArticle:
        return
    for name in opened.names():
        try:
            opened.read(name)
        except UnreadableArticle:
            continue


@pytest.mark.parametrize("data", [b"", b"PK", GOOD[:-10], GOOD[: len(GOOD) // 2]])
def test_what_is_no_archive_or_is_cut_off_is_damaged(data: bytes) -> None:
    with pytest.raises(UnreadableArticle, match="the zip archive is damaged"):
        zipped.open(data)
