"""A wheel built from the tree and installed elsewhere has all that indexing and search need."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from indexer import __version__
from tests.conftest import ROOT

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
COMMAND = "import search; print(search.__file__); from search.cli import main; main()"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of its sources, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    leave = shutil.ignore_patterns("__pycache__")
    for name in ("indexer", "search"):
        shutil.copytree(ROOT / name, folder / "tree" / name, ignore=leave)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "tree")
    build = ("wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", folder)
    subprocess.run([*PIP, *build, folder / "tree"], check=True)
    (made,) = folder.glob("*.whl")
    return made


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    files = {
        path.relative_to(ROOT).as_posix()
        for name in ("indexer", "search")
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files - packed == set()
    assert {name.partition("/")[0] for name in packed - files} == {
        f"locus_search-{__version__}.dist-info"
    }


def test_what_is_installed_from_it_indexes_and_answers(
    wheel: Path, articles: Path, tmp_path: Path
) -> None:
    site, away = tmp_path / "site", tmp_path / "away"
    away.mkdir()
    install = ("install", "--no-index", "--no-deps", "--no-compile", "--target", site)
    subprocess.run([*PIP, *install, wheel], check=True)

    def locus(*arguments: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, *arguments],
            cwd=away,
            env={**os.environ, "PYTHONPATH": str(site)},
            capture_output=True,
            text=True,
            check=True,
        )
        imported, *lines = done.stdout.splitlines()
        assert imported == str(site / "search/__init__.py"), "not the tree's"
        return lines

    assert "3 articles" in locus("index", str(articles))[0]
    (answer,) = locus("search", "which birds hunt mice at night", "--json")
    assert json.loads(answer)["hits"][0]["article"] == "night/owls.txt"
