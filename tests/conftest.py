"""Fixtures: sample articles, the seeds, the real encoder's cache, and the command itself."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.hashing import HashingEncoder

settings.register_profile("locus", deadline=None)  # no test is about time, and machines are shared
settings.load_profile("locus")

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
LOCUS = Path(sys.executable).with_name("locus")

Locus = Callable[..., subprocess.CompletedProcess[str]]

ARTICLES = {
    "bridges.md": "# Bridges\n\nA bridge of stone spans the river. It has seven arches.\n\n"
    "The steel bridge carries trains. It was painted red.\n",
    "night/owls.txt": "Owls of the forest\n\nOwls hunt mice at night. Their feathers are silent.\n",
    "night/bats.txt": "Bats\n\nBats find moths by echo. They sleep upside down in caves.\n",
}


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A folder of three small articles on unlike subjects."""
    return written(tmp_path / "articles")


def written(folder: Path) -> Path:
    """``folder``, with the three articles in it."""
    for name, text in ARTICLES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="session")
def small_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three articles, indexed once in short passages: to be read, and to be copied."""
    from indexer.pipeline import build
    from indexer.types import Splitting

    folder = tmp_path_factory.mktemp("small")
    articles = written(folder / "articles")
    build(folder / "x.locus", [articles], encoder=HashingEncoder(), splitting=Splitting(12))
    return folder / "x.locus"


@pytest.fixture
def copied_index(small_index: Path, tmp_path: Path) -> Path:
    """A copy of it, for a test that writes into the folder or moves it, and updates nothing."""
    return shutil.copytree(small_index, tmp_path / "x.locus")


@pytest.fixture
def own_index(articles: Path, tmp_path: Path) -> Path:
    """An index of the test's own articles, for one that changes them."""
    from indexer.pipeline import build
    from indexer.types import Splitting

    build(tmp_path / "x.locus", [articles], encoder=HashingEncoder(), splitting=Splitting(12))
    return tmp_path / "x.locus"


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def locus(tmp_path: Path) -> Locus:
    """Run the command ``locus`` in a process of its own, in an empty folder."""

    def run(
        *arguments: str | Path, check: int | None = None, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [LOCUS, *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, "COLUMNS": "100", **settings},
            timeout=300,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        if check is not None:
            assert done.returncode == check, (done.returncode, done.stdout, done.stderr)
        return done

    return run


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seeds, indexed once by the command with the default model."""
    folder = tmp_path_factory.mktemp("seeds") / "seeds.locus"
    command: list[str | Path] = [LOCUS, "index", SEEDS, "--index", folder]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder
