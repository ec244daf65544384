"""README is true: its commands and examples are run, and its options exist."""

import asyncio
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from search import open_index
from search.cli import app
from tests.conftest import LOCUS, ROOT, SEEDS, Locus

README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture
def beside_seeds(tmp_path: Path) -> Path:
    shutil.copytree(SEEDS, tmp_path / "seeds")
    return tmp_path


def without_figures(text: str) -> str:
    """Without times, confidences and measures, whose last digits depend on the processor."""
    masked = re.sub(
        r"in [\d.]+ s\b|(?:median|p\d\d) [\d.]+ ms|(?<=^confidence )\d\.\d\d$",
        "",
        text,
        flags=re.MULTILINE,
    )
    masked = re.sub(r"\b\d\.\d{3}\b", "0.000", masked).strip()
    measured, _, causes = masked.partition("first hit wrong:")
    return measured + re.sub(r"\d+", "N", causes)  # a count can be one more elsewhere


def figures(text: str) -> list[float]:
    return [float(figure) for figure in re.findall(r"\b\d\.\d{3}\b", text)]


@pytest.mark.usefixtures("beside_seeds")
def test_the_runs_shown_are_the_runs_one_gets(locus_process: Locus) -> None:
    shown = "".join(re.findall(r"```console\n(.*?)```", README, re.DOTALL))
    steps = re.findall(r"^\$ locus (.*?)\n(.*?)(?=^\$ |\Z)", shown, re.DOTALL | re.MULTILINE)
    assert len(steps) == 5
    for command, output in steps:
        done = locus_process(*shlex.split(command), check=0, COLUMNS="80")
        assert without_figures(done.stdout) == without_figures(output)
        assert figures(done.stdout) == pytest.approx(figures(output), abs=0.02)


def block(language: str, *, having: str) -> str:
    """The one code block of README in this language that contains a text."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    (found,) = [code for code in blocks if having in code]
    return str(found)


@pytest.fixture(scope="module")
def server(seeds_index: Path) -> Iterator[str]:
    """The address of ``locus serve`` over the seeds."""
    command = [str(LOCUS), "serve", "--port", "0", "--index", str(seeds_index)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as started:
        try:
            assert started.stderr is not None
            said = re.search(r"http://127\.0\.0\.1:\d+", started.stderr.readline())
            assert said is not None
            yield said[0]
        finally:
            started.terminate()


def test_the_example_in_process_builds_and_searches(
    beside_seeds: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(beside_seeds)
    exec(compile(block("python", having="build("), "README.md", "exec"), {})
    assert re.match(
        r"1\.00 coral-reefs\.md:\d+-\d+ Cities Built by Coral\n", capsys.readouterr().out
    )


def test_the_example_by_http_reads_the_json(
    server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    example = block("python", having="urlopen").replace("http://127.0.0.1:5628", server)
    exec(compile(example, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert re.match(r"1\.00 coral-reefs\.md:\d+-\d+ Cities Built by Coral\n", printed)
    assert printed.count("\n") == 3


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_example_with_curl_gives_json(server: str) -> None:
    example = block("sh", having="curl").replace("http://127.0.0.1:5628", server)
    done = subprocess.run(["sh", "-c", example], capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["query"] == "Why do corals turn white?"
    assert len(answer["hits"]) == 3


def test_the_retriever_of_langchain_keeps_the_places_and_tells_nobody(
    seeds_index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("langchain_core", reason="langchain-core is not installed")

    def connect(*_: object) -> None:
        raise AssertionError("a connection was opened")

    for name in [name for name in os.environ if name.startswith(("LANGCHAIN_", "LANGSMITH_"))]:
        monkeypatch.delenv(name)
    for method in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, method, connect)
    (tmp_path / "seeds.locus").symlink_to(seeds_index)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "readme"}
    exec(compile(block("python", having="BaseRetriever"), "README.md", "exec"), names)
    assert capsys.readouterr().out.startswith("coral-reefs.md ")
    with open_index(seeds_index) as index:
        documents = names["LocusRetriever"](index=index, k=2).invoke("Why do corals turn white?")
    assert len(documents) == 2
    for document in documents:
        found = document.metadata
        assert set(found) == {"article", "source", "start", "end", "score"}
        text = (SEEDS / found["article"]).read_text("utf-8")
        assert document.page_content == text[found["start"] : found["end"]]
        assert found["source"] == str(SEEDS)


def test_the_configuration_for_an_assistant_starts_the_tools(seeds_index: Path) -> None:
    mcp = pytest.importorskip("mcp", reason="mcp is not installed")
    (configured,) = json.loads(block("json", having="mcpServers"))["mcpServers"].values()
    arguments = [part.replace("/path/to/.locus", str(seeds_index)) for part in configured["args"]]
    assert str(seeds_index) in arguments
    assert Path(configured["command"]).name == LOCUS.name
    server = mcp.StdioServerParameters(command=str(LOCUS), args=arguments)

    async def tools() -> list[str]:
        async with mcp.Client(server, read_timeout_seconds=60) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    names = asyncio.run(tools())
    assert names == ["search", "similar", "get", "check", "status"]
    described = README.partition("\n### From an assistant\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", described, re.MULTILINE) == names
    from search.serving.replies import MOST_OF_A_REPLY

    assert f"at most {MOST_OF_A_REPLY:,} characters" in README


def test_every_example_is_run() -> None:
    """Each block of code has a test here; a new block needs a new test.

    Those of other evaluation tools have theirs in ``test_evaluation_interoperability``.
    """
    languages = re.findall(r"```(\w+)\n", README)
    assert sorted(languages) == [
        "console",
        "console",
        "console",
        "json",
        "python",
        "python",
        "python",
        "python",
        "python",
        "sh",
        "text",
    ]


@pytest.mark.usefixtures("beside_seeds")
def test_the_preview_shown_is_the_preview_one_gets(locus_process: Locus) -> None:
    """Its figures depend on the processor, but not the causes of the changes."""

    def masked(text: str) -> str:
        return " ".join(re.sub(r"\d[\d.]*", "0", text).split())

    locus_process("index", "seeds", check=0)
    (command,) = re.findall(r"\(`locus (index --passage-tokens 96 --preview seeds)`\)", README)
    done = locus_process(*shlex.split(command), check=0)
    shown = block("text", having="rank-biased overlap")
    assert masked(done.stdout).startswith(masked(shown) + " Questions whose answers change most:")


COMMANDS: dict[str, Any] = vars(get_command(app))["commands"]


def options(command: str) -> set[str]:
    """The options of a command in all their forms; for ``""``, the options of all commands."""
    of = [COMMANDS[command]] if command else COMMANDS.values()
    params = [param for it in of for param in it.params]
    forms = {form for param in params for form in (*param.opts, *param.secondary_opts)}
    return forms | {"--help", "--version"}


def test_every_option_named_exists() -> None:
    assert set(re.findall(r"`(--?[a-z][a-z-]*)", README)) - options("") == set()


def test_every_option_shown_is_one_of_its_command() -> None:
    blocks = re.findall(r"^```\w+\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^```.*?^```", "", README, flags=re.DOTALL | re.MULTILINE)
    spans = [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose)]
    lines = [line for code in (*blocks, *spans) for line in code.splitlines()]
    shown = [re.match(r"(?:\$ )?locus ([a-z]+)(.*)", line) for line in lines]
    asked = [(found[1], found[2]) for found in shown if found]
    assert {command for command, _ in asked} <= set(COMMANDS)
    for command, arguments in asked:
        named = set(re.findall(r"(?<=\s)--?[a-z][a-z-]*", arguments))
        assert named - options(command) == set(), command


SHARED = {"--index", "--json", "--help"}
"""Options that README explains once for all commands."""


def section(command: str) -> str:
    """What README says under the heading of a command."""
    found = re.search(rf"^### locus {command}\n(.*?)(?=^##)", README, re.DOTALL | re.MULTILINE)
    assert found is not None, f"README has no section on {command}"
    return found[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained_under_its_command(command: str) -> None:
    said = set(re.findall(r"(?<![\w-])--?[a-zA-Z][a-z-]*", section(command)))
    named = {
        form
        for param in COMMANDS[command].params
        if param.param_type_name == "option"
        for form in (*param.opts, *param.secondary_opts)
    }
    assert named - said - SHARED == set()


def test_the_options_of_all_commands_are_explained_once() -> None:
    said = README.partition("## Commands")[2].partition("### ")[0]
    assert {option for option in SHARED | {"--version"} if f"| `{option}" not in said} == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_begins_with_one_sentence_and_shows_an_example(command: str) -> None:
    text = COMMANDS[command].help
    assert re.match(r"[A-Z][^\n]*\.(\n\n|\Z)", text), "one sentence, on a line"
    shown = COMMANDS[command].epilog
    assert re.search(rf"^  locus {command}\b", shown.partition("Examples:")[2], re.MULTILINE)
    assert "Exit codes: 0" in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_every_argument_and_option_has_a_help_of_its_own(command: str) -> None:
    for param in COMMANDS[command].params:
        assert param.help or param.name == "help", param.opts


def test_every_link_within_leads_to_a_heading() -> None:
    headings = re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]*)\)", README)) - anchors == set()


def test_every_environment_variable_is_one_that_the_code_reads() -> None:
    code = "".join(
        path.read_text("utf-8")
        for room in ("indexer", "search")
        for path in (ROOT / room).rglob("*.py")
    )
    read = set(re.findall(r"LOCUS_[A-Z]+", code))
    assert set(re.findall(r"LOCUS_[A-Z]+", README)) == read


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
