"""The tools for assistants, called by a real client through standard input, and directly."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

pytest.importorskip("mcp", reason="mcp is not installed")

from mcp import Client, MCPError, StdioServerParameters
from mcp.server import Server
from mcp.types import INVALID_PARAMS, CallToolResult

from indexer.arrays import Vectors
from indexer.encoding.encoder import Encoder
from indexer.pipeline import build
from indexer.types import Splitting
from search.serving.mcp import ERROR, server
from search.serving.replies import MOST_OF_A_REPLY
from search.serving.served import ServedIndex
from search.serving.tools import MOST_HITS
from tests.conftest import LOCUS, RELATED, ROOT, SEEDS, Locus, written
from tests.hashing import HashingEncoder

T = TypeVar("T")
SMALL = Splitting(target_tokens=12)
HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "a test", "version": "1"},
}


@pytest.fixture
def folder(small_index: Path) -> Path:
    return small_index


def serving(folder: Path, encoder: Encoder) -> Server[Any]:
    """The tools over the index in ``folder``."""
    return server(ServedIndex(folder, encoder))


@pytest.fixture
def tools(folder: Path) -> Server[Any]:
    return serving(folder, HashingEncoder())


def asked(server: Server[Any] | StdioServerParameters, ask: Callable[[Client], Awaitable[T]]) -> T:
    async def session() -> T:
        async with Client(server, read_timeout_seconds=60) as client:
            return await ask(client)

    return asyncio.run(session())


def called(
    server: Server[Any] | StdioServerParameters, tool: str, arguments: dict[str, Any]
) -> CallToolResult:
    return asked(server, lambda client: client.call_tool(tool, arguments))


def told(server: Server[Any] | StdioServerParameters, tool: str, **arguments: Any) -> Any:
    """The result of a tool, which must be the same for a model and for a program."""
    result = called(server, tool, arguments)
    assert not result.is_error, result
    text = text_of(result)
    assert json.loads(text) == result.structured_content
    assert len(text) <= MOST_OF_A_REPLY
    return result.structured_content


def refused(server: Server[Any] | StdioServerParameters, tool: str, **arguments: Any) -> str:
    """The error of a call, which must be the same for a model and for a program."""
    result = called(server, tool, arguments)
    assert result.is_error
    assert result.structured_content is None  # clients would check it against the tool's schema
    error = (result.meta or {})[ERROR]
    assert text_of(result) == f"{error['type']}: {error['message']}"
    assert len(text_of(result)) < 1100
    return text_of(result)


def text_of(result: CallToolResult) -> str:
    (part,) = result.content
    assert part.type == "text"
    return part.text


def test_a_client_over_standard_output_searches_and_reads(seeds_index: Path) -> None:
    program = "import sys; from search.cli import main; sys.argv = ['locus', 'mcp']; main()"
    server = StdioServerParameters(
        command=sys.executable,
        args=["-c", program],
        env={"LOCUS_INDEX": str(seeds_index)},
        cwd=ROOT,
    )

    async def converse(client: Client) -> tuple[list[str], Any, Any, Any]:
        listed = await client.list_tools()
        found = await client.call_tool("search", {"query": "Why do corals turn white?"})
        first = (found.structured_content or {})["passages"][0]
        span = {name: first[name] for name in ("article", "source", "start", "end")}
        got = await client.call_tool("get", {**span, "context": 50})
        status = await client.call_tool("status", {})
        names = [tool.name for tool in listed.tools]
        return names, first, got.structured_content, status.structured_content

    names, first, got, status = asked(server, converse)
    assert names == ["search", "similar", "get", "check", "status"]
    assert first["article"] == "coral-reefs.md"
    assert first["highlight"] in first["text"]
    text = (SEEDS / "coral-reefs.md").read_text("utf-8")
    assert first["text"] == text[first["start"] : first["end"]]
    assert got["text"] == text[first["start"] - 50 : first["end"] + 50]
    assert (got["start"], got["length"]) == (first["start"] - 50, len(text))
    assert (status["articles"], status["writing"]) == (24, False)


def test_a_model_learns_all_it_needs_and_no_more(tools: Server[Any], small_index: Path) -> None:
    async def look(client: Client) -> tuple[Any, str]:
        return (await client.list_tools()).tools, client.instructions or ""

    listed, instructions = asked(tools, look)
    assert "currently 3" in instructions
    assert str(small_index.parent / "articles") in instructions
    assert len(instructions) < 500
    for tool in listed:
        assert tool.description
        assert tool.annotations.read_only_hint
        assert tool.annotations.open_world_hint is False
        assert tool.output_schema["type"] == "object"
        assert tool.input_schema["additionalProperties"] is False
        for name, argument in tool.input_schema["properties"].items():
            assert argument["description"], name
            kinds = [argument, *argument.get("anyOf", [])]
            limits = {"enum", "maxLength", "minimum", "pattern", "maxItems"}
            is_limited = any(limits & set(kind) for kind in kinds)
            assert is_limited or argument.get("type") == "boolean", name
    seen_at_every_turn = [
        {"name": tool.name, "description": tool.description, "input": tool.input_schema}
        for tool in listed
    ]
    assert len(json.dumps(seen_at_every_turn)) < 7000
    limit = listed[0].input_schema["properties"]["limit"]
    assert (limit["minimum"], limit["maximum"]) == (1, MOST_HITS)


def test_search_takes_what_the_command_takes(tools: Server[Any]) -> None:
    found = told(tools, "search", query="who hunts", limit=2, mode="lexical", under="night")
    assert [one["article"] for one in found["passages"]] == ["night/owls.txt"]
    assert told(tools, "search", query="owls", under="nowhere")["passages"] == []
    one = told(tools, "search", query="owls", limit=1)
    assert told(tools, "search", query="owls", limit=1.0) == one  # JSON has only one number type


def test_search_tells_the_corrected_query_unless_it_is_literal(tools: Server[Any]) -> None:
    found = told(tools, "search", query="forets", mode="lexical")
    assert found["corrected"] == "forest"
    assert [one["article"] for one in found["passages"]] == ["night/owls.txt"]
    found = told(tools, "search", query="forets", mode="lexical", literal=True)
    assert (found["corrected"], found["passages"]) == (None, [])


def test_similar_finds_what_is_like_an_article_or_a_part_of_it(related_index: Path) -> None:
    tools = serving(related_index, HashingEncoder())
    found = told(tools, "similar", article="hawks.txt")
    assert found["passages"][0]["article"] == "owls.txt"
    assert found["passages"][0]["text"] == "Owls\n\nOwls hunt mice at night."
    assert "hawks.txt" not in [one["article"] for one in found["passages"]]
    assert (found["confidence"], found["corrected"]) == (None, None)
    text = RELATED["owls.txt"]
    found = told(tools, "similar", article="owls.txt", end=text.index("Owls hear"), limit=1)
    assert [one["article"] for one in found["passages"]] == ["hawks.txt"]
    part = {"start": text.index("Tea"), "end": len(text)}
    found = told(tools, "similar", article="owls.txt", limit=1, **part)
    assert [one["article"] for one in found["passages"]] == ["tea.txt"]
    found = told(tools, "similar", article="owls.txt", under="b*", **part)
    assert [one["article"] for one in found["passages"]] == ["bridges.txt"]
    found = told(tools, "similar", article="owls.txt", under="nowhere")
    assert found["passages"] == []
    assert "no articles under 'nowhere'" in found["warnings"][0]


def test_dates_tags_and_authors_choose_articles_for_both(tmp_path: Path) -> None:
    head = "---\ndate: {}\ntags: [{}]\nauthor: {}\n---\n"
    texts = {
        "old.md": head.format("2019", "birds", "Ann Lee") + "Owls hunt mice at night.",
        "new.md": head.format("2024-05", "birds", "Bo Ek") + "Owls hunt mice at dusk.",
        "tea.md": head.format("2024", "tea", "Ann Lee") + "Tea and mice at night.",
        "hawks.md": "Hawks hunt mice by day.",
    }
    articles = written(tmp_path / "articles", texts)
    build(tmp_path / "x.locus", [articles], encoder=HashingEncoder())
    tools = serving(tmp_path / "x.locus", HashingEncoder())

    def names(tool: str, **arguments: object) -> set[str]:
        return {it["article"] for it in told(tools, tool, **arguments)["passages"]}

    for tool, example in (("search", {"query": "mice"}), ("similar", {"article": "hawks.md"})):
        assert names(tool, **example, since="2024") == {"new.md", "tea.md"}
        assert names(tool, **example, until="2019") == {"old.md"}
        assert names(tool, **example, tags=["birds"], authors=["lee"]) == {"old.md"}


def test_check_tells_what_became_of_passages_and_quotations(tools: Server[Any]) -> None:
    (passage,) = told(tools, "search", query="owls", limit=1)["passages"]
    quoted = {**passage, "text": "Owls hunt mice at night.", "highlight": None}
    invented = {**quoted, "text": "Owls hunt rats at night."}
    found = told(tools, "check", hits=[passage, quoted, invented])
    assert [(it["verdict"], it["start"], it["end"]) for it in found["verdicts"]] == [
        ("unchanged", passage["start"], passage["end"]),
        ("moved", 20, 44),
        ("changed", 20, 44),
    ]
    assert found["verdicts"][2]["diff"] == "Owls hunt [-rats-]{+mice+} at night."
    assert "hits" in refused(tools, "check", hits=[])
    assert '"text" is empty' in refused(tools, "check", hits=[{**passage, "text": " "}])


def test_an_argument_that_is_null_counts_as_not_given(tools: Server[Any]) -> None:
    bare = told(tools, "search", query="owls")
    assert told(tools, "search", query="owls", limit=None, mode=None, under=None) == bare


def test_an_article_comes_in_pieces_that_fit(own_index: Path, articles: Path) -> None:
    text = "Long\n\n" + "The tapir sleeps well 🦌. " * 1000
    (articles / "long.txt").write_text(text)
    build(own_index, encoder=HashingEncoder(), splitting=SMALL)
    tools = serving(own_index, HashingEncoder())
    pieces = []
    start, more = 0, True
    while more:
        piece = told(tools, "get", article="long.txt", start=start)
        pieces.append(piece["text"])
        start, more = piece["end"], piece["truncated"]
    assert len(pieces) > 2
    assert "".join(pieces) == text


@pytest.mark.parametrize(
    ("tool", "arguments", "reason"),
    [
        ("search", {}, "QueryError: query: field required"),
        ("search", {"query": ""}, "QueryError: query: "),
        ("search", {"query": " \u2003"}, "QueryError: the question is empty"),
        ("search", {"query": "o" * 100_000}, "QueryError: query: "),
        ("search", {"query": "owls \ud83e"}, "QueryError: query: "),
        ("search", {"query": "owls", "limit": 0}, "QueryError: limit: "),
        ("search", {"query": "owls", "limit": 10**6}, "QueryError: limit: "),
        ("search", {"query": "owls", "limit": True}, "QueryError: limit: "),
        ("search", {"query": "owls", "limit": "5"}, "QueryError: limit: "),
        ("search", {"query": "owls", "limit": 1.5}, "QueryError: limit: "),
        ("search", {"query": "owls", "mode": "psychic"}, "QueryError: mode: "),
        ("search", {"query": "owls", "literal": "true"}, "QueryError: literal: "),
        ("search", {"query": "owls", "k": 3}, "QueryError: unknown argument 'k'; allowed: query, "),
        ("search", {"query": "owls", "under": "o" * 501}, "QueryError: under: "),
        ("similar", {}, "QueryError: article: field required"),
        ("similar", {"article": "/etc/passwd"}, "QueryError: no article '/etc/passwd'; use the"),
        ("similar", {"article": "bridges.md", "source": "/x"}, "QueryError: no article"),
        ("similar", {"article": "bridges.md", "start": -1}, "QueryError: start: "),
        ("similar", {"article": "bridges.md", "start": "1"}, "QueryError: start: "),
        ("similar", {"article": "bridges.md", "end": 10**9}, "QueryError: 'bridges.md' has 121 c"),
        ("similar", {"article": "bridges.md", "end": 0}, "QueryError: 'bridges.md' has 121 c"),
        ("similar", {"article": "bridges.md", "start": 121}, "QueryError: 'bridges.md' has 121 c"),
        ("similar", {"article": "bridges.md", "limit": 21}, "QueryError: limit: "),
        ("similar", {"article": "bridges.md", "under": "o" * 501}, "QueryError: under: "),
        ("similar", {"article": "bridges.md", "k": 3}, "QueryError: unknown argument 'k'; allowed"),
        ("get", {"article": "/etc/passwd"}, "QueryError: no article '/etc/passwd'; use the"),
        ("get", {"article": "n" * 4096}, "QueryError: no article 'nnn"),
        ("get", {"article": "bridges.md", "source": "/x"}, "QueryError: no article"),
        ("get", {"article": "bridges.md", "start": 5000}, "QueryError: start (5000) is beyond the"),
        (
            "get",
            {"article": "bridges.md", "start": 2, "end": 1},
            "QueryError: end (1) is before ",
        ),
        ("get", {"article": "bridges.md", "start": -1}, "QueryError: start: "),
        ("get", {"article": "bridges.md", "context": 10**9}, "QueryError: context: "),
        ("get", {"article": "bridges.md", "start": "1", "end": True}, "QueryError: start: "),
        ("status", {"verbose": True}, "QueryError: unknown argument 'verbose'; allowed: none"),
    ],
)
def test_what_cannot_be_asked_is_an_error_with_its_kind(
    tools: Server[Any], tool: str, arguments: dict[str, Any], reason: str
) -> None:
    assert refused(tools, tool, **arguments).startswith(reason)


def test_a_name_that_is_nearly_right_is_met_with_the_right_one(tools: Server[Any]) -> None:
    for tool in ("get", "similar"):
        assert refused(tools, tool, article="bridge.md").endswith(" Did you mean 'bridges.md'?")


def test_a_tool_that_does_not_exist_is_an_error_of_the_protocol(tools: Server[Any]) -> None:
    async def call(client: Client) -> MCPError:
        with pytest.raises(MCPError) as raised:
            await client.call_tool("delete", {})
        return raised.value

    error = asked(tools, call)
    assert error.code == INVALID_PARAMS
    assert error.message == "unknown tool; available: search, similar, get, check, status"


def test_an_article_of_two_sources_is_asked_for_by_both(articles: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "bridges.md").write_text("# Bridges\n\nA bridge of ropes sways.\n")
    build(tmp_path / "x.locus", [articles, other], encoder=HashingEncoder(), splitting=SMALL)
    tools = serving(tmp_path / "x.locus", HashingEncoder())
    for tool in ("get", "similar"):
        reason = refused(tools, tool, article="bridges.md")
        assert reason.startswith("QueryError: several sources have an article 'bridges.md'")
        assert str(other) in reason
    found = told(tools, "similar", article="bridges.md", source=str(other), limit=1)
    assert [one["source"] for one in found["passages"]] == [str(articles)]
    assert "ropes" in told(tools, "get", article="bridges.md", source=str(other))["text"]


def test_a_slow_question_blocks_nothing_else(folder: Path) -> None:
    going, go_on = threading.Event(), threading.Event()

    class Slow(HashingEncoder):
        def encode_query(self, text: str) -> Vectors:
            going.set()
            assert go_on.wait(60)
            return super().encode_query(text)

    async def converse(client: Client) -> tuple[Any, bool, CallToolResult]:
        question = asyncio.create_task(client.call_tool("search", {"query": "owls"}))
        await asyncio.to_thread(going.wait, 60)
        status = await client.call_tool("status", {})
        waits = not question.done()
        go_on.set()
        return status.structured_content, waits, await question

    status, waited, found = asked(serving(folder, Slow()), converse)
    assert status["articles"] == 3
    assert waited
    assert not found.is_error


def test_the_index_may_be_updated_deleted_and_made_anew_meanwhile(
    own_index: Path, articles: Path
) -> None:
    tools = serving(own_index, HashingEncoder())
    (articles / "comets.txt").write_text("Comets\n\nA comet has a tail of dust.\n")
    build(own_index, encoder=HashingEncoder(), splitting=SMALL)
    found = told(tools, "search", query="what has a tail of dust", limit=1)
    assert [one["article"] for one in found["passages"]] == ["comets.txt"]
    shutil.rmtree(own_index)
    for tool, arguments in (
        ("search", {"query": "owls"}),
        ("similar", {"article": "comets.txt"}),
        ("get", {"article": "comets.txt"}),
        ("status", {}),
    ):
        assert refused(tools, tool, **arguments).startswith("NotAnIndex: ")
    build(own_index, [articles / "night"], encoder=HashingEncoder(), splitting=SMALL)
    assert told(tools, "status")["articles"] == 2


def test_a_defect_is_told_without_what_it_holds(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(HashingEncoder):
        def encode_query(self, text: str) -> Vectors:
            raise KeyError(text)

    reason = refused(serving(folder, Broken()), "search", query="secret")
    assert reason == "LocusError: internal error (KeyError); please report it"
    assert [record.getMessage() for record in caplog.records] == [reason.partition(": ")[2]]


class Process:
    """``locus mcp`` in a process of its own, for a test that talks to it line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def send(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def request(self, method: str, **params: Any) -> Any:
        self.send(json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}))
        answer = self.answer()
        assert answer["id"] == 7
        return answer

    def ended(self) -> tuple[int, str, str]:
        """Its exit code, and the rest of its standard output and error."""
        out, err = self.process.communicate(timeout=60)
        assert "Traceback" not in err
        return self.process.returncode, out, err


@contextmanager
def process(folder: Path, *program: str) -> Iterator[Process]:
    """An initialized server. It ends after a minute, so that no test waits forever."""
    command = [*(program or [str(LOCUS)]), "mcp", "--index", str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT
    ) as started:
        end = threading.Timer(60, started.kill)
        end.start()
        try:
            talk = Process(started)
            assert talk.request("initialize", **HELLO)["result"]["serverInfo"]["name"] == "locus"
            talk.send('{"jsonrpc": "2.0", "method": "notifications/initialized"}')
            yield talk
        finally:
            end.cancel()
            started.kill()


LOADING = (
    "import threading; from search.cli import main; from search.serving.served import *;"
    "ServedIndex.warm = lambda _: threading.Event().wait(); main()"
)
"""A program that runs ``locus`` with a model that never finishes loading."""


def test_a_model_that_is_gone_and_garbage_are_answered_and_told_and_do_no_harm(
    folder: Path,
) -> None:
    question = {"name": "search", "arguments": {"query": "owls"}}
    half_an_emoji = '{"name": "get", "arguments": {"article": "owls \\ud83e"}}'
    with process(folder) as talk:
        result = talk.request("tools/call", **question)["result"]
        assert result["_meta"][ERROR]["type"] == "ModelError"
        question["arguments"] |= {"mode": "lexical"}  # type: ignore[operator]
        assert not talk.request("tools/call", **question)["result"]["isError"]
        for line, code in (
            ("what is this", -32700),
            ("", -32700),
            ("[" * 100_000, -32700),
            ("{}", -32600),
            ('[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', -32600),
        ):
            talk.send(line)
            answer = talk.answer()
            assert (answer["id"], answer["error"]["code"]) == (None, code)
        talk.send(f'{{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{half_an_emoji}}}')
        answer = talk.answer()
        assert answer["id"] == 8
        assert "no article 'owls \ufffd'" in answer["result"]["content"][0]["text"]
        assert talk.request("ping")["result"] == {}
        code, out, err = talk.ended()
    assert (code, out) == (0, "")
    lines = err.splitlines()
    assert all(line.startswith("locus: ") for line in lines)
    told = [line for line in lines if "standard input" in line]
    assert told[0] == "locus: standard input: received a line that is not JSON"
    assert (len(told), len(lines)) == (5, 6)  # that the model is gone is told once


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_while_the_model_is_loaded_and_a_signal_ends_it_at_once(
    folder: Path, number: signal.Signals
) -> None:
    with process(folder, sys.executable, "-c", LOADING) as talk:
        result = talk.request("tools/call", name="status", arguments={})["result"]
        assert result["structuredContent"]["articles"] == 3
        talk.process.send_signal(number)
        assert talk.process.wait(60) == -number
        assert talk.ended()[1:] == ("", "")


def test_an_assistant_that_reads_no_more_ends_it_silently(folder: Path) -> None:
    with process(folder, sys.executable, "-c", LOADING) as talk:
        assert talk.process.stdout is not None
        talk.process.stdout.close()
        talk.send('{"jsonrpc": "2.0", "id": 1, "method": "ping"}')
        assert talk.process.wait(60) == -signal.SIGPIPE
        assert talk.process.stderr is not None
        assert talk.process.stderr.read() == ""


def test_no_index_is_an_error_before_anything_is_said(locus: Locus) -> None:
    done = locus("mcp", check=2)
    assert done.stdout == ""
    assert "Create one with: locus index FOLDER" in done.stderr
