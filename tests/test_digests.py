"""Digests of derived files: what has changed is found, and what is linked is not read again."""

import hashlib
import os
from pathlib import Path

import pytest

from indexer.storing import digests as module
from indexer.storing.digests import digest_of, digest_of_update, matches


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "lexical"
    made.mkdir()
    (made / "a.term").write_bytes(b"tide" * 500_000)
    (made / "b.pos").write_bytes(b"")
    (made / "meta.json").write_bytes(b"{}")
    (made / ".tantivy-writer.lock").write_bytes(b"")
    return made


def test_the_digest_names_each_file_but_no_lock(folder: Path) -> None:
    assert digest_of(folder) == (
        '{"a.term": "c5222bc9a8c5a3f39449ca396bce919c",'
        ' "b.pos": "99aa06d3014798d86001c324468d497f",'
        ' "meta.json": "dc7048f8f8747f561349cde127705c16"}'
    )
    assert digest_of(folder / "b.pos") == '{"": "99aa06d3014798d86001c324468d497f"}'


def test_each_change_is_found(folder: Path) -> None:
    digest = digest_of(folder)
    assert matches(folder, digest)
    (folder / ".tantivy-meta.lock").write_bytes(b"")
    assert matches(folder, digest)
    changed = bytearray(b"tide" * 500_000)
    changed[1_999_999] ^= 1
    (folder / "a.term").write_bytes(changed)
    assert not matches(folder, digest)
    (folder / "a.term").write_bytes(b"tide" * 500_000)
    assert matches(folder, digest)
    (folder / "c").write_bytes(b"")
    assert not matches(folder, digest)
    (folder / "c").unlink()
    (folder / "b.pos").unlink()
    assert not matches(folder, digest)
    with pytest.raises(OSError, match="nowhere"):
        matches(folder / "nowhere", digest)


def test_digests_of_older_formats_are_compared_as_they_are(folder: Path) -> None:
    file = hashlib.sha256(b"{}").hexdigest()
    assert matches(folder / "meta.json", file)
    assert not matches(folder / "a.term", file)
    names = sorted(path for path in folder.iterdir() if path.suffix != ".lock")
    lines = [f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n" for path in names]
    whole = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert matches(folder, whole)
    (folder / "b.pos").write_bytes(b"x")
    assert not matches(folder, whole)


def test_a_file_that_an_update_links_is_not_read_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = digest_of(folder)
    new = tmp_path / "new"
    new.mkdir()
    os.link(folder / "a.term", new / "a.term")
    (new / "b.pos").write_bytes(b"a copy")
    (new / "meta.json").write_bytes(b'{"opstamp": 2}')
    real, read = module._xxh3, []

    def noting(path: Path) -> str:
        read.append(path.name)
        return real(path)

    monkeypatch.setattr(module, "_xxh3", noting)
    found = digest_of_update(new, folder, digest)
    assert read == ["b.pos", "meta.json"]
    assert found == digest_of(new)
    assert digest_of_update(new, folder, "0" * 64) == found, "an index of an older format"
