"""Archives: which files are read and how they are named, and archives at their worst."""

import gzip
import io
import stat
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.member import Member
from indexer.reading.formats.packed import archives, zip_archive
from indexer.reading.formats.packed.archives import Readable


def lines(file: BinaryIO, name: str) -> Iterator[Member]:
    for number, line in enumerate(file, 1):
        yield Member(str(number), line.strip(), ".txt")


def readable() -> Readable:
    return Readable({".txt", ".html"}, {".rows": lines})


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def read(data: bytes, what: Readable | None = None) -> dict[str, object]:
    read = list(zip_archive.members(io.BytesIO(data), "a.zip", what or readable()))
    found = [it for it in read if not isinstance(it.content, Counter)]
    assert len({it.name for it in found}) == len(found)
    return {
        it.name: str(it.content) if isinstance(it.content, UnreadableArticle) else it.content
        for it in found
    }


def test_each_readable_file_is_an_article_with_its_path_as_its_name() -> None:
    what = readable()
    found = read(
        zipped(
            {
                "path/in/it.HTML": b"<p>",
                "ebb.txt": b"Ebb.",
                "flood.txt.gz": gzip.compress(b"Flood."),
                "all.rows": b"one\ntwo\n",
                "more.zip": zipped({"in/x.txt": b"X.", "deep.zip": zipped({"y.txt": b"Y."})}),
                **dict.fromkeys(("photo.png", "Makefile", "folder/", "scan.png.gz"), b""),
                **dict.fromkeys(("__MACOSX/ebb.txt", ".DS_Store", ".git/x.txt", "x.txt~"), b""),
            }
        ),
        what,
    )
    assert found == {
        "path/in/it.HTML": b"<p>",
        "ebb.txt": b"Ebb.",
        "flood.txt.gz": b"Flood.",
        "all.rows/1": b"one",
        "all.rows/2": b"two",
        "more.zip/in/x.txt": b"X.",
        "more.zip/deep.zip": "an archive in an archive in an archive is not read",
    }
    assert what.ignored == {".png": 2, "no suffix": 1}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("../../etc/a.txt", "etc/a.txt"),
        ("/etc/a.txt", "etc/a.txt"),
        ("C:\\temp\\..\\a.txt", "temp/a.txt"),
        ("a//./b.txt", "a/b.txt"),
        ("a\nb\x1b[2J.txt", "a\ufffdb\ufffd[2J.txt"),
        ("größe/日本.txt", "größe/日本.txt"),
        ("a/" * 3000 + "b.txt", ("a/" * 3000 + "b.txt")[-1000:].strip("/")),
        ("/../.txt", None),
    ],
)
def test_a_path_is_only_a_name(path: str, name: str | None) -> None:
    assert list(read(zipped({path: b"x"}))) == [name] * (name is not None)


def test_a_name_that_is_utf8_without_saying_so_is_read_as_it() -> None:
    data = zipped({"gr__e.txt": b"x"}).replace(b"gr__e", "grße".encode())
    assert list(read(data)) == ["grße.txt"]


def test_a_file_without_a_name_is_no_article() -> None:
    what = readable()
    data = zipped({"Qa.txt": b"A.", "b.txt": b"B."}).replace(b"Qa", b"\0a")
    assert read(data, what) == {"b.txt": b"B."}
    assert what.ignored == {"no suffix": 1}


def test_files_of_the_same_name_are_both_read() -> None:
    data = zipped({"a.txt": b"1", "b.txt": b"2"}).replace(b"b.txt", b"a.txt")
    assert read(data) == {"a.txt": b"1", "a.txt (2)": b"2"}


def test_what_is_encrypted_or_a_link_is_named() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("locked.txt", b"secret")
        archive.writestr("open.txt", b"Open.")
    data = bytearray(file.getvalue())
    at = data.index(b"locked.txt", data.index(b"PK\x01\x02"))
    data[at - 46 + 8] |= 1
    assert read(bytes(data)) == {
        "link.txt": "a symbolic link",
        "locked.txt": "encrypted: it needs a password",
        "open.txt": b"Open.",
    }


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2])
def test_other_methods_are_read(method: int) -> None:
    assert read(zipped({"a.txt": b"A."}, method)) == {"a.txt": b"A."}
    reason = "compressed with an unsupported method"
    assert read(zipped({"a.txt": b"A."}, zipfile.ZIP_LZMA)) == {"a.txt": reason}


def test_a_bomb_is_stopped_and_the_next_file_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MEMBER_LIMIT", 2**20)
    bomb = b"\0" * (2**20 + 1)
    found = read(zipped({"bomb.txt": bomb, "b.txt.gz": gzip.compress(bomb), "a.txt": b"A."}))
    reason = "more than 1 MiB when decompressed"
    assert found == {"bomb.txt": reason, "b.txt.gz": reason, "a.txt": b"A."}


def test_the_sum_of_all_files_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "TOTAL_LIMIT", 2**20)
    piece = b"\0" * 2**18
    files = {f"{n}.txt": piece for n in range(3)}
    data = zipped({**files, "more.zip": zipped(files)})
    with pytest.raises(UnreadableArticle, match="more than 1 MiB when decompressed"):
        read(data)


def test_files_that_overlap_are_refused() -> None:
    data = bytearray(zipped({"a.txt": b"tide " * 99, "b.txt": b"moon " * 99}))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    data[second + 42 : second + 46] = struct.pack("<L", 0)
    with pytest.raises(UnreadableArticle, match="its files overlap"):
        read(bytes(data))
    declared = bytearray(zipped({"a.txt": b"tide " * 99}))
    at = declared.index(b"PK\x01\x02")
    declared[at + 20 : at + 24] = struct.pack("<L", 5000)
    with pytest.raises(UnreadableArticle, match="its files overlap"):
        read(bytes(declared))


def test_a_damaged_file_costs_itself_alone() -> None:
    data = zipped({"a.txt": b"tide " * 99, "b.txt": b"B."}, zipfile.ZIP_STORED)
    found = read(data.replace(b"tide tide", b"moon tide", 1))
    assert found["b.txt"] == b"B."
    assert "Bad CRC-32" in str(found["a.txt"])


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"Rar!", zipped({"a.txt": b"A."})[:-9]])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableArticle, match="the zip archive is damaged"):
        read(data)


def test_an_empty_archive_has_no_articles() -> None:
    assert read(zipped({})) == {}
