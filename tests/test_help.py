"""The help of every command, as it is printed at 80 columns."""

import os
import re
import shlex
import subprocess
import sys
from typing import Any

import pytest
from typer.main import get_command

from search.cli import app

COMMANDS: dict[str, Any] = vars(get_command(app))["commands"]
PROGRAM = (
    "import sys; from search.cli import app\n"
    f"for arguments in [[], *([name] for name in {tuple(COMMANDS)})]:\n"
    "    sys.argv = ['locus', *arguments, '--help']\n"
    "    try: app()\n"
    "    except SystemExit: print('=====')"
)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_list_of_commands_has_a_short_sentence_for_each(command: str) -> None:
    sentence = COMMANDS[command].get_short_help_str(200)
    assert re.fullmatch(r"[^.\n]{20,80}\.", sentence), sentence


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_are_commands_that_parse(command: str) -> None:
    _, _, examples = COMMANDS[command].epilog.partition("Examples:\n")
    for line in examples.partition("\n\n")[0].splitlines():
        program, called, *arguments = shlex.split(line.partition(" | ")[0], comments=True)
        assert (program, called) == ("locus", command)
        COMMANDS[command].make_context(command, arguments)


@pytest.mark.parametrize("rich", ["1", "0"], ids=["rich", "plain"])
def test_help_ends_with_examples_and_exit_codes(rich: str) -> None:
    environment = {**os.environ, "COLUMNS": "80", "TYPER_USE_RICH": rich, "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    _, *pages = done.stdout.split("=====\n")
    for command, page in zip(COMMANDS, pages, strict=False):
        lines = [line.strip() for line in page.splitlines()]
        examples = lines.index("Examples:")
        codes = next(n for n, line in enumerate(lines) if line.startswith("Exit codes: 0"))
        shown = [line for line in lines[examples + 1 : codes] if line]
        assert shown and all(line.startswith(f"locus {command}") for line in shown)
        assert re.search(r"\b2 (on )?error\.$", " ".join(lines[codes:]).strip())
        start = next(i for i, line in enumerate(lines) if line.startswith("Usage:")) + 2
        prose = [line for line in lines[start + 1 : examples] if line and line[0] not in "╭│╰"]
        if rich == "1":
            # A line that wraps where the docstring has no line break leaves a word or two.
            assert all(len(line) > 30 for line in prose[:-1]), prose
