"""``locus cache``: it shows what Locus put into the cache folder, and deletes that alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.command.cache import delete, entries
from indexer.command.sizes import in_words
from indexer.encoding import caching
from indexer.pipeline import build
from indexer.storing.lock import writer_lock
from search.evaluation.measured.indexes import cached_index
from tests.conftest import SEEDS, Locus
from tests.hashing import HashingEncoder

MODEL = "5" * 64
AN_HOUR_AGO = 3700


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with a model, an older one, an index of the seeds, and what is not ours."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("LOCUS_CACHE", str(folder))
    for room in (caching.MODELS, "encoders-1"):
        model = folder / room / MODEL
        model.mkdir(parents=True)
        manifest = {"identity": {"name": "tiny"}} if room == caching.MODELS else {}
        (model / caching.MANIFEST).write_text(json.dumps(manifest))
        (model / "model.bin").write_bytes(bytes(200_000))
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles/a.txt").write_text("Tea.")
    build(cached_index(SEEDS), [tmp_path / "articles"], encoder=HashingEncoder())
    (folder / "theirs").mkdir()
    (folder / "theirs/kept.txt").write_text("kept")
    (folder / caching.MODELS / "notes.txt").write_text("kept")
    (folder / caching.DATASETS / "mine").mkdir()
    (folder / caching.DATASETS / "mine/kept.txt").write_text("kept")
    return folder


def test_the_cache_is_shown_in_plain_words(locus: Locus, cache: Path) -> None:
    shown = locus("cache", check=0).stdout.splitlines()
    index = next((cache / caching.DATASETS).glob("seeds-*"))
    size = sum(path.stat().st_size for path in index.rglob("*") if path.is_file())
    facts = json.loads(locus("cache", "--json", check=0).stdout)
    assert [(it["kind"], it["name"]) for it in facts["entries"]] == [
        ("dataset index", "seeds"),
        ("model", "(unknown name)"),
        ("model", "tiny"),
    ]
    assert facts["entries"][0]["bytes"] == size
    assert facts["bytes"] == sum(it["bytes"] for it in facts["entries"])
    assert facts["cache"] == str(cache)
    assert shown == [
        f"cache folder: {cache}",
        f"index of the dataset seeds, built by locus evaluate: {in_words(size)}",
        "model (unknown name), optimised for this computer: 0.2 MB",
        "model tiny, optimised for this computer: 0.2 MB",
        f"total: {in_words(facts['bytes'])}",
        "To delete all of it: locus cache --clear",
    ]


def test_clearing_deletes_what_locus_put_there_and_nothing_else(locus: Locus, cache: Path) -> None:
    before = json.loads(locus("cache", "--json", check=0).stdout)
    done = json.loads(locus("cache", "--clear", "--json", check=0).stdout)
    assert done == {
        "cache": str(cache),
        "deleted": before["entries"],
        "kept": [],
        "freed": before["bytes"],
    }
    left = {str(path.relative_to(cache)) for path in cache.rglob("*") if path.is_file()}
    assert left == {
        "theirs/kept.txt",
        f"{caching.MODELS}/notes.txt",
        f"{caching.DATASETS}/mine/kept.txt",
    }
    assert not (cache / "encoders-1").exists(), "a folder that is empty now is deleted"
    assert locus("cache", check=0).stdout == f"cache folder: {cache}\nThe cache is empty.\n"
    assert locus("cache", "--clear", check=0).stdout == f"nothing to delete in {cache}\n"


def test_no_link_is_followed_out_of_the_cache(cache: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine" / ("6" * 64)
    mine.mkdir(parents=True)
    (mine / "precious.txt").write_text("kept")
    (cache / caching.MODELS / ("6" * 64)).symlink_to(mine)
    (cache / "datasets-1").symlink_to(tmp_path / "mine")
    (cache / caching.MODELS / MODEL / "link").symlink_to(mine)
    found = list(entries(cache))
    assert [it.path.name for it in found if "6" * 64 in str(it.path)] == []
    assert [delete(it) for it in found] == [None] * 3
    assert (mine / "precious.txt").read_text() == "kept"
    assert (cache / caching.MODELS / ("6" * 64)).is_symlink()


def test_what_another_process_is_using_is_kept_and_said(locus: Locus, cache: Path) -> None:
    index = next((cache / caching.DATASETS).glob("seeds-*"))
    new, old = (cache / caching.MODELS / f"{caching.UNFINISHED}{name}" for name in ("a", "b"))
    for folder in (new, old):
        folder.mkdir()
        (folder / "model.bin").write_bytes(bytes(1000))
    when = old.stat().st_mtime - AN_HOUR_AGO
    for path in (old / "model.bin", old):
        os.utime(path, (when, when))
    with writer_lock(index):
        done = locus("cache", "--clear", check=1)
    assert index.is_dir() and new.is_dir()
    assert not old.exists() and not (cache / caching.MODELS / MODEL).exists()
    assert done.stderr.splitlines() == [
        (
            f"locus: kept {index}: another locus process (PID {os.getpid()}) is updating {index};"
            " wait for it to finish, or stop it"
        ),
        f"locus: kept {new}: another locus process may be preparing it",
    ]
    assert "deleted model tiny, optimised for this computer: 0.2 MB\n" in done.stdout
    assert "deleted unfinished model: 1.0 kB\n" in done.stdout


def test_a_cache_that_is_not_there_is_empty(
    locus: Locus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCUS_CACHE", str(tmp_path / "none"))
    assert "The cache is empty." in locus("cache", check=0).stdout
    assert json.loads(locus("cache", "--clear", "--json", check=0).stdout)["freed"] == 0
    assert not (tmp_path / "none").exists()


def test_neither_numpy_nor_the_models_are_loaded_to_clear_the_cache(cache: Path) -> None:
    program = (
        "import sys; from search.cli import app\n"
        "sys.argv = ['locus', 'cache', '--clear']\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "print(sorted({'numpy', 'indexer.encoding.models', 'openvino'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert "freed " in done.stdout
