"""The original files of articles are given if the user allows it, and no other file ever."""

import json
from pathlib import Path

import pytest

from indexer.pipeline import build
from tests.conftest import ARTICLES
from tests.hashing import HashingEncoder
from tests.serving import serving


def test_no_file_is_given_unless_the_user_allows_it(small_index: Path) -> None:
    with serving(small_index) as client:
        refused = client.get("/originals", params={"article": "bridges.md"})
        assert refused.status_code == 403
        assert "start it with --originals" in refused.json()["error"]["message"]
        assert client.get("/status").json()["originals"] is False


def test_a_file_is_given_as_it_is_and_to_be_saved(small_index: Path) -> None:
    with serving(small_index, originals=True) as client:
        given = client.get("/originals", params={"article": "night/owls.txt"})
        assert given.content == ARTICLES["night/owls.txt"].encode()
        assert given.headers["content-type"] == "application/octet-stream"
        assert given.headers["content-disposition"] == "attachment; filename*=UTF-8''owls.txt"
        assert given.headers["x-content-type-options"] == "nosniff"
        assert client.get("/status").json()["originals"] is True


def test_a_browser_saves_every_file_that_could_run_a_script(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    for name in ('a".txt', "b\r\nset-cookie: x.md", "c\n<script>.txt"):
        (folder / name).write_text("<script>alert(1)</script> Herrings spawn.", "utf-8")
    build(tmp_path / "x.locus", [folder], encoder=HashingEncoder())
    with serving(tmp_path / "x.locus", originals=True) as client:
        for name, shown in (
            ('a".txt', "a%22.txt"),
            ("b\r\nset-cookie: x.md", "b%0D%0Aset-cookie%3A%20x.md"),
            ("c\n<script>.txt", "c%0A%3Cscript%3E.txt"),
        ):
            headers = client.get("/originals", params={"article": name}).headers
            assert headers["content-disposition"] == f"attachment; filename*=UTF-8''{shown}"
            assert headers["content-type"] == "application/octet-stream"
            assert "set-cookie" not in headers


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Articles in a folder with a secret beside it, and a corpus."""
    (tmp_path / "secret.txt").write_text("The key is under the mat.", "utf-8")
    articles = tmp_path / "mine"
    articles.mkdir()
    for name in ("owls.txt", "bats.txt", "gone.txt", "pipe.txt"):
        (articles / name).write_text(f"All about {name}.", "utf-8")
    corpus = tmp_path / "more.jsonl"
    corpus.write_text(json.dumps({"_id": "../secret.txt", "text": "Tea is hot."}) + "\n", "utf-8")
    build(tmp_path / "x.locus", [articles, corpus], encoder=HashingEncoder())
    return tmp_path


def test_no_other_file_is_given(mine: Path) -> None:
    bats, gone, pipe = (mine / "mine" / f"{it}.txt" for it in ("bats", "gone", "pipe"))
    bats.unlink()
    bats.symlink_to(mine / "secret.txt")
    gone.unlink()
    pipe.unlink()
    pipe.mkdir()
    with serving(mine / "x.locus", originals=True) as client:
        for name in (
            "bats.txt",
            "gone.txt",
            "pipe.txt",
            "../secret.txt",
            "secret.txt",
            "/etc/passwd",
        ):
            refused = client.get("/originals", params={"article": name})
            assert refused.status_code == 404, name
            assert "key is under" not in refused.text
        assert client.get("/originals", params={"article": "owls.txt"}).status_code == 200
