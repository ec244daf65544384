"""Fixtures: sample articles, the seeds, the real encoder's cache, and the command itself."""

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from indexer.deriving import calibration
from tests.command import LOCUS as LOCUS  # noqa: PLC0414 - passed on
from tests.command import Done, run_apart, run_here
from tests.hashing import HashingEncoder

settings.register_profile("locus", deadline=None)  # other work may slow the machine
settings.load_profile("locus")

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"

Locus = Callable[..., Done]

ARTICLES = {
    "bridges.md": "# Bridges\n\nA bridge of stone spans the river. It has seven arches.\n\n"
    "The steel bridge carries trains. It was painted red.\n",
    "night/owls.txt": "Owls of the forest\n\nOwls hunt mice at night. Their feathers are silent.\n",
    "night/bats.txt": "Bats\n\nBats find moths by echo. They sleep upside down in caves.\n",
}
RELATED = {
    "owls.txt": "Owls\n\nOwls hunt mice at night. Owls hear mice under leaves.\n\nTea is hot.\n",
    "hawks.txt": "Hawks\n\nHawks hunt mice by day. Hawks see mice in grass.\n",
    "tea.txt": "Tea\n\nTea grows on hillsides. Tea is hot and green.\n",
    "bridges.txt": "Bridges\n\nThe bridge over the river is made of stone.\n",
}
"""Articles of which some are like parts of others."""


@pytest.fixture(scope="session", autouse=True)
def _calibrated_with_less() -> Iterator[None]:
    """Calibrate each new index with 6 questions instead of 60, as that takes most of a build.

    No test checks how well an index built in this process is calibrated. A process of its own
    builds ``seeds_index``, with all questions.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(calibration, "QUESTIONS", calibration.QUESTIONS[:6])
        yield


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_kept() -> Iterator[None]:
    """Keep no question of a test in the log of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("LOCUS_LOG", raising=False)
        yield


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A folder of three small articles on different subjects."""
    return written(tmp_path / "articles")


def written(folder: Path, texts: Mapping[str, str] = ARTICLES) -> Path:
    """``folder``, with the three articles in it, or with others."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="session")
def small_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three articles, indexed once in short passages. Tests may read it and copy it."""
    from indexer.pipeline import build
    from indexer.types import Splitting

    folder = tmp_path_factory.mktemp("small")
    articles = written(folder / "articles")
    build(folder / "x.locus", [articles], encoder=HashingEncoder(), splitting=Splitting(12))
    return folder / "x.locus"


@pytest.fixture(scope="session")
def related_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The related articles, indexed once in short passages. Tests may read it."""
    from indexer.pipeline import build
    from indexer.types import Splitting

    folder = tmp_path_factory.mktemp("related")
    articles = written(folder / "articles", RELATED)
    build(folder / "x.locus", [articles], encoder=HashingEncoder(), splitting=Splitting(8))
    return folder / "x.locus"


@pytest.fixture
def copied_index(small_index: Path, tmp_path: Path) -> Path:
    """A copy of it, for a test that writes into the folder or moves it, but does not update it."""
    return shutil.copytree(small_index, tmp_path / "x.locus")


@pytest.fixture
def own_index(articles: Path, tmp_path: Path) -> Path:
    """An index of articles that the test may change."""
    from indexer.pipeline import build
    from indexer.types import Splitting

    build(tmp_path / "x.locus", [articles], encoder=HashingEncoder(), splitting=Splitting(12))
    return tmp_path / "x.locus"


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def locus(tmp_path: Path) -> Locus:
    """Run the command ``locus`` in this process, in an empty folder, or in ``folder``."""
    return partial(_checked, run_here, tmp_path)


@pytest.fixture
def locus_process(tmp_path: Path) -> Locus:
    """The same, in a process of its own: a second more of processor time."""
    return partial(_checked, run_apart, tmp_path)


def _checked(
    run: Callable[..., Done],
    empty: Path,
    *arguments: str | Path,
    check: int | None = None,
    folder: Path | None = None,
    **settings: str,
) -> Done:
    done = run(folder or empty, list(map(str, arguments)), {"COLUMNS": "100", **settings})
    assert "Traceback" not in done.stderr, done.stderr
    if check is not None:
        assert done.returncode == check, (done.returncode, done.stdout, done.stderr)
    return done


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seeds, indexed once by the command with the default model."""
    folder = tmp_path_factory.mktemp("seeds") / "seeds.locus"
    command: list[str | Path] = [LOCUS, "index", SEEDS, "--index", folder]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder
