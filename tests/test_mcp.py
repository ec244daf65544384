"""The assistant's tool: driven by a real client, over standard input and output and in process."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

pytest.importorskip("mcp", reason="mcp is not installed")

from mcp import Client, StdioServerParameters
from mcp.server import MCPServer

from indexer.pipeline import build
from indexer.types import Splitting
from search.serving.mcp import MOST_HITS, MOST_OF_AN_ARTICLE, serve_with
from tests.conftest import ROOT, SEEDS, Locus
from tests.hashing import HashingEncoder

T = TypeVar("T")
SMALL = Splitting(target_tokens=12)


@pytest.fixture
def tools(articles: Path, tmp_path: Path) -> MCPServer:
    (articles / "long.txt").write_text("Long\n\n" + "The tapir sleeps well 🦌. " * 2000)
    build(tmp_path / "x.locus", [articles], encoder=HashingEncoder(), splitting=SMALL)
    return serve_with(tmp_path / "x.locus", HashingEncoder())


def asked(server: MCPServer | StdioServerParameters, ask: Callable[[Client], Awaitable[T]]) -> T:
    async def session() -> T:
        async with Client(server, read_timeout_seconds=60) as client:
            return await ask(client)

    return asyncio.run(session())


def called(server: MCPServer | StdioServerParameters, tool: str, **arguments: Any) -> Any:
    """What a tool gives, or the message of its error."""

    async def call(client: Client) -> Any:
        result = await client.call_tool(tool, arguments)
        if result.is_error:
            return "".join(getattr(part, "text", "") for part in result.content)
        return result.structured_content

    return asked(server, call)


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
        span = {"article": first["article"], "start": first["start"], "end": first["end"]}
        got = await client.call_tool("get", {**span, "context": 50})
        status = await client.call_tool("status", {})
        names = [tool.name for tool in listed.tools]
        return names, first, got.structured_content, status.structured_content

    names, first, got, status = asked(server, converse)
    assert names == ["search", "get", "status"]
    assert first["article"] == "coral-reefs.md"
    assert first["highlight"] in first["text"]
    text = (SEEDS / "coral-reefs.md").read_text("utf-8")
    assert got["text"] == text[first["start"] - 50 : first["end"] + 50]
    assert (got["start"], got["length"]) == (first["start"] - 50, len(text))
    assert (status["articles"], status["writing"]) == (24, None)


def test_search_takes_what_the_command_takes(tools: MCPServer) -> None:
    found = called(tools, "search", query="who hunts", limit=2, mode="lexical", under="night")
    assert [one["article"] for one in found["passages"]] == ["night/owls.txt"]
    assert found["passages"][0]["meaning"] is None
    assert called(tools, "search", query="owls", under="nowhere")["passages"] == []


def test_an_article_comes_in_pieces_that_fit(tools: MCPServer, articles: Path) -> None:
    text = (articles / "long.txt").read_text()
    pieces = []
    start = 0
    while start < len(text):
        piece = called(tools, "get", article="long.txt", start=start)
        assert len(piece["text"]) <= MOST_OF_AN_ARTICLE
        pieces.append(piece["text"])
        start = piece["end"]
    assert "".join(pieces) == text


@pytest.mark.parametrize(
    ("tool", "arguments", "reason"),
    [
        ("search", {"query": " "}, "QueryError: the question is empty"),
        ("search", {"query": "owls", "limit": MOST_HITS + 1}, "limit"),
        ("search", {"query": "owls", "mode": "psychic"}, "mode"),
        ("search", {"query": "o" * 2001}, "query"),
        ("get", {"article": "/etc/passwd"}, "QueryError: the index has no article"),
        ("get", {"article": "bridges.md", "start": 5000}, "QueryError: the article has"),
        ("get", {"article": "bridges.md", "start": -1}, "start"),
    ],
)
def test_what_cannot_be_asked_is_an_error_with_its_kind(
    tools: MCPServer, tool: str, arguments: dict[str, Any], reason: str
) -> None:
    assert reason in called(tools, tool, **arguments)


def test_no_index_is_an_error_before_anything_is_said(locus: Locus) -> None:
    done = locus("mcp", check=2)
    assert done.stdout == ""
    assert "locus index SOURCE" in done.stderr
