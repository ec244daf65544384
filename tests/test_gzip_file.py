"""Gzip files: the file in one, as a whole and as a stream, and damaged ones."""

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.member import Member
from indexer.reading.formats.packed import archives, gzip_file
from indexer.reading.formats.packed.archives import Readable


def lines(file: BinaryIO, name: str) -> Iterator[Member]:
    for number, line in enumerate(file, 1):
        yield Member(str(number), line.strip(), ".txt")


def readable() -> Readable:
    return Readable({".txt", ".html"}, {".rows": lines})


def test_a_gzip_of_one_or_several_members_is_one_file() -> None:
    data = gzip.compress(b"Ebb. ") + gzip.compress(b"Flood.")
    assert archives.gunzip(data) == b"Ebb. Flood."
    with gzip_file.open_gzip(io.BytesIO(data)) as stream:
        assert stream.readline() == b"Ebb. Flood."
        assert stream.seek(0) == 0
        assert stream.read() == b"Ebb. Flood."
    assert archives.gunzipped_name("a/b.html.GZ") == "a/b.html"
    assert archives.gunzipped_name("a/b.html") == "a/b.html"


@pytest.mark.parametrize(
    "data",
    [
        *(b"x", gzip.compress(b"x")[:-1], gzip.compress(b"x" * 99)[:-8] + b"\0" * 8),
        *(b"\x1f\x8b" * 9, gzip.compress(b"x") + b"junk", zlib.compress(b"x")),
    ],
)
def test_a_damaged_gzip_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableArticle, match="the gzip archive is damaged"):
        archives.gunzip(data)
    with pytest.raises(UnreadableArticle, match="the gzip archive is damaged"):
        gzip_file.open_gzip(io.BytesIO(data)).read()


def test_the_file_in_a_gzip_is_an_article_or_contains_some() -> None:
    def members(name: str) -> list[tuple[str, object, str]]:
        found = gzip_file.members(io.BytesIO(gzip.compress(b"one\ntwo")), name, readable())
        return [(it.name, it.content, it.suffix) for it in found]

    assert members("a/ebb.TXT.gz") == [("ebb.TXT", b"one\ntwo", ".txt")]
    assert members("a/all.rows.gz") == [("1", b"one", ".txt"), ("2", b"two", ".txt")]
    for name, suffix in [("a.tar.gz", ".tar"), ("a.zip.gz", ".zip"), ("a.gz", "no suffix")]:
        with pytest.raises(UnreadableArticle, match=f"unsupported file type in it: {suffix}"):
            members(name)


def test_a_bomb_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MEMBER_LIMIT", 2**20)
    monkeypatch.setattr(archives, "TOTAL_LIMIT", 2**21)
    data = gzip.compress(b"\0" * (2**21 + 1))
    with pytest.raises(UnreadableArticle, match="more than 1 MiB when decompressed"):
        archives.gunzip(data)
    with pytest.raises(UnreadableArticle, match="more than 1 MiB when decompressed"):
        list(gzip_file.members(io.BytesIO(data), "a.txt.gz", readable()))
    with pytest.raises(UnreadableArticle, match="more than 2 MiB when decompressed"):
        list(gzip_file.members(io.BytesIO(data), "a.rows.gz", readable()))
