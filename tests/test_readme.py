"""README is true: its run is run, its example is run, its options exist."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT, SEEDS, Locus

README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture
def beside_seeds(tmp_path: Path) -> Path:
    shutil.copytree(SEEDS, tmp_path / "seeds")
    return tmp_path


def without_figures(text: str) -> str:
    """Without times, and scores, whose last digits the processor decides."""
    masked = re.sub(r"(in [\d.]+ s\b|p\d\d [\d.]+ ms)|  \d\.\d{3}$", "", text, flags=re.MULTILINE)
    return re.sub(r"\b\d\.\d{3}\b", "0.000", masked).strip()


def figures(text: str) -> list[float]:
    return [float(figure) for figure in re.findall(r"\b\d\.\d{3}\b", text)]


@pytest.mark.usefixtures("beside_seeds")
def test_the_runs_shown_are_the_runs_one_gets(locus: Locus) -> None:
    shown = "".join(re.findall(r"```console\n(.*?)```", README, re.DOTALL))
    steps = re.findall(r"^\$ locus (.*?)\n(.*?)(?=^\$ |\Z)", shown, re.DOTALL | re.MULTILINE)
    assert len(steps) == 4
    for command, output in steps:
        done = locus(*shlex.split(command), check=0, COLUMNS="80")
        assert without_figures(done.stdout) == without_figures(output)
        assert figures(done.stdout) == pytest.approx(figures(output), abs=0.02)


def test_the_python_example_runs(
    beside_seeds: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(beside_seeds)
    for example in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(compile(example, "README.md", "exec"), {})
    assert "coral-reefs.md" in capsys.readouterr().out


def test_every_option_named_exists(locus: Locus) -> None:
    helps = "".join(
        locus(command, "--help").stdout
        for command in (
            "index",
            "search",
            "serve",
            "mcp",
            "evaluate",
            "compare",
            "status",
            "verify",
        )
    )
    helps += locus("--help").stdout
    for option in set(re.findall(r"`(--?[a-z][a-z-]*)", README)):
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", helps), option


def test_the_make_targets_named_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"make (\w+)", README)) <= targets
    done = subprocess.run(
        ["make", "--dry-run", "demo", "test", "check", "bench", "soak"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
