"""Nothing leaves the machine: no command opens a connection, even if there is a network."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.encoding.models import cache_folder
from tests.conftest import LOCUS, ROOT

CLIENT = {"name": "a test", "version": "1"}
CACHE = {"LOCUS_CACHE": str(cache_folder())}
"""The model as other tests have converted it; one test below converts it again."""


def connections(tmp_path: Path, *command: str, **settings: str) -> list[str]:
    """The system calls by which a command or its child processes open an internet connection."""
    log = tmp_path / "trace"
    # Only these calls are traced, so that no other call stops the process.
    trace = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-e",
        "trace=connect,sendto,sendmsg",
        "-o",
        str(log),
    ]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **settings}
    subprocess.run(
        [*trace, *command], check=True, cwd=tmp_path, env=environment, capture_output=True
    )
    return [line for line in log.read_text().splitlines() if "AF_INET" in line]


@pytest.fixture
def dataset(articles: Path) -> Path:
    """The three articles with one judged question."""
    (articles / "queries.jsonl").write_text('{"_id": "q", "text": "What do bats eat?"}\n')
    (articles / "qrels").mkdir()
    (articles / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq\tnight/bats.txt\t1\n")
    return articles


@pytest.mark.timeout(600)
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_no_command_connects_anywhere(tmp_path: Path, dataset: Path) -> None:
    cache = {"LOCUS_CACHE": str(tmp_path / "cache")}
    for command in (
        ["index", str(dataset)],  # with an empty cache: loads and converts the model too
        ["index", "--rebuild"],
        ["search", "What do bats eat?"],
        ["search", "bats", "--mode", "lexical", "--json"],
        ["evaluate", str(dataset), "--report", "report.html"],
        ["compare", str(dataset), "lexical", "hybrid"],
        ["status"],
        ["--help"],
    ):
        assert connections(tmp_path, str(LOCUS), *command, **cache) == [], command


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_server_listens_and_connects_nowhere(tmp_path: Path, seeds_index: Path) -> None:
    serve = (
        f"{LOCUS} serve --port 0 --index {seeds_index} 2>said & "
        "until grep -q http: said; do sleep 0.1; done; kill $!; wait $!"
    )
    assert connections(tmp_path, "sh", "-c", serve, **CACHE) == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_tools_for_an_assistant_connect_nowhere(tmp_path: Path, seeds_index: Path) -> None:
    pytest.importorskip("mcp", reason="mcp is not installed")
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": CLIENT}
    question = {"name": "search", "arguments": {"query": "Why do corals turn white?"}}
    asked = enumerate((("initialize", hello), ("tools/call", question)))
    lines = (
        json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        for number, (method, params) in asked
    )
    (tmp_path / "asked").write_text("\n".join(lines) + "\n")
    answered = "for _ in $(seq 600); do grep -q coral-reefs.md told && break; sleep 0.1; done"
    # Standard input must stay open until the question is answered.
    converse = f"(cat asked; {answered}) | {LOCUS} mcp --index {seeds_index} > told"
    (tmp_path / "told").touch()
    assert connections(tmp_path, "sh", "-c", converse, **CACHE) == []
    assert "coral-reefs.md" in (tmp_path / "told").read_text()


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_trace_would_show_a_connection(tmp_path: Path) -> None:
    attempt = (
        "import socket\ntry: socket.create_connection(('127.0.0.1', 9), 1)\nexcept OSError: pass"
    )
    assert connections(tmp_path, sys.executable, "-c", attempt) != []


def test_telemetry_is_ruled_out_before_openvino_loads() -> None:
    program = "import sys, indexer.encoding.compiled; print(sys.modules['openvino_telemetry'])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "None"
