"""The Makefile: which Python it uses, and what it prints if there is none."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

WORKS, BROKEN = "#!/bin/sh\nexit 0\n", "#!/bin/sh\necho command not found >&2\nexit 127\n"


def make(folder: Path, *arguments: str, **pythons: str) -> subprocess.CompletedProcess[str]:
    """Run ``make`` where only these commands exist: each pair is a name and a script."""
    for name, script in pythons.items():
        (folder / name.replace("_", ".")).write_text(script)
        (folder / name.replace("_", ".")).chmod(0o755)
    program = shutil.which("make")
    assert program is not None
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON"}
    return subprocess.run(
        [program, *arguments, f"VENV={folder / 'venv'}"],
        cwd=ROOT,
        env={**environment, "PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("pythons", "taken"),
    [
        ({"python3_11": WORKS, "python3_12": WORKS, "python3_13": WORKS}, "python3.13"),
        ({"python3_11": WORKS, "python3_12": WORKS, "python3_13": BROKEN}, "python3.12"),
        ({"python3_11": WORKS}, "python3.11"),
    ],
)
def test_the_newest_python_that_runs_is_taken(
    tmp_path: Path, pythons: dict[str, str], taken: str
) -> None:
    done = make(tmp_path, "--dry-run", "install", **pythons)
    assert f" {taken} -m venv" in done.stdout, done


def test_a_python_that_is_named_is_taken(tmp_path: Path) -> None:
    done = make(tmp_path, "--dry-run", "install", "PYTHON=/mine/python3", python3_13=WORKS)
    assert " /mine/python3 -m venv" in done.stdout, done


def test_without_a_python_that_runs_what_is_missing_is_said(tmp_path: Path) -> None:
    done = make(tmp_path, "install", python3_13=BROKEN)
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "none of python3.13, python3.12 and python3.11 runs here" in said
    assert "make PYTHON=/path/to/python3" in said
    assert not (tmp_path / "venv").exists()
