"""The help of the commands that write or inspect an index, as it is printed at 80 columns."""

import os
import re
import subprocess
import sys

import pytest
from typer.main import get_command

from search.cli import app

COMMANDS = ("index", "status", "verify", "cache")
PROGRAM = (
    "import sys; from search.cli import app\n"
    f"for arguments in [[], *([name] for name in {COMMANDS})]:\n"
    "    sys.argv = ['locus', *arguments, '--help']\n"
    "    try: app()\n"
    "    except SystemExit: print('=====')"
)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_list_of_commands_has_a_short_sentence_for_each(command: str) -> None:
    sentence = get_command(app).commands[command].get_short_help_str(200)  # type: ignore[attr-defined]
    assert re.fullmatch(r"[^.\n]{20,70}\.", sentence), sentence


@pytest.mark.parametrize("rich", ["1", "0"], ids=["rich", "plain"])
def test_help_ends_with_examples_and_exit_codes(rich: str) -> None:
    environment = {**os.environ, "COLUMNS": "80", "TYPER_USE_RICH": rich, "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    _, *pages = done.stdout.split("=====\n")
    for command, page in zip(COMMANDS, pages, strict=False):
        lines = [line.strip() for line in page.splitlines()]
        examples, codes = lines.index("Examples:"), lines.index("Exit codes:")
        shown = [line for line in lines[examples + 1 : codes] if line]
        assert shown and all(line.startswith(f"locus {command}") for line in shown)
        assert lines[codes + 1].startswith("0 ") and lines[codes + 1].endswith("2 error")
        start = next(i for i, line in enumerate(lines) if line.startswith("Usage:")) + 2
        prose = [line for line in lines[start + 1 : examples] if line]
        # A line that wraps where the docstring has no line break leaves one with a word or two.
        assert all(len(line) > 30 for line in prose[:-1]), prose
