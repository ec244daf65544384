"""Send a server requests that no client would write, and check how it handles them.

    python -m tests.benchmarks.fuzzing INDEX QUERIES.jsonl [SEED]

Ten thousand requests made from its own description, by schemathesis, and ten thousand connections
that send bytes: what is asked depends on the seed alone. Whatever was wrong is printed so that it
can be asked again.
"""

import contextlib
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.benchmarks.clients import Connection, Served, get, search, server
from tests.benchmarks.harness import questions_of, row

SEED = 5628
CASES = 3300
"""Requests for each of the three operations with parameters; the others get a few."""
CONNECTIONS = 10_000
AT_ONCE = 32
"""Connections that send bytes at the same time: few enough that the server accepts them."""
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
PATIENCE = 10
"""Seconds within which a server must close a connection whose client has ended."""
WHOLE = 0.25
"""Seconds after which a request without an answer counts as incomplete."""
CONFIGURATION = """
[cache]
enabled = false
[dictionaries.articles]
values = {articles}
[[operations]]
include-path = "/articles/{{id}}"
parameters = {{ "path.id" = {{ dictionary = "articles", probability = 0.5 }} }}
"""

_POST = b"POST /search HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
_UPGRADE = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
REQUESTS = [
    get("/search?q=why%20do%20corals%20turn%20white&k=3"),
    get("/search?q=oil&under=night/*&mode=lexical"),
    get("/articles/coral-reefs.md?source=seeds"),
    get("/similar?article=coral-reefs.md&start=0&end=500&k=3&under=*.md"),
    get("/status") + get("/health"),
    get("http://localhost/app.js"),
    _POST + b'content-length: 21\r\n\r\n{"q": "oil", "k": 10}',
    _POST + b'transfer-encoding: chunked\r\n\r\n8\r\n{"q": "o\r\n4\r\nil"}\r\n0\r\n\r\n',
    _POST + b'expect: 100-continue\r\ncontent-length: 12\r\n\r\n{"q": "oil"}',
    _UPGRADE + b"sec-websocket-version: 13\r\nsec-websocket-key: bG9jdXMgbG9jdXMgbG8=\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nhost: localhost\r\nif-none-match: *\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost\r\n\r\n",
    b"GET /docs HTTP/1.0\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]
FRAGMENTS = [
    *(b"\0", b"\n", b"\r", b"\r\n", b"\r\n\r\n", b" ", b"\t", b":", b"?", b"&", b"#", b"%", b"\\"),
    *(
        b"%00",
        b"%ff",
        b"%ed%a0%80",
        b"\xff\xfe",
        b"\xf0\x9f\x90\x99",
        b"\\ud800",
        b"../",
        b"%2e%2e%2f",
    ),
    *(b"-1", b"1e999", b"99999999999999999999", b"0x10", b"&q=", b"k=", b'"k":', b"[" * 5000),
    *(b"content-length: 5\r\n", b"transfer-encoding: chunked\r\n", b"host: evil.example\r\n"),
    *(b"a" * 3000, b"a" * 80_000, b"a: b\r\n" * 300),
]


def main(index: Path, questions: list[str], seed: int = SEED) -> None:
    """Ask a fresh server over an index, and print the rows of the table."""
    with server(index) as served:
        connection = Connection(served.port)
        articles = set()
        for question in questions[:200]:  # until its memory no longer grows
            for k in (10, 1000):
                hits = json.loads(connection.ask(search(question, k)).body)["hits"]
            articles |= {hit["article"] for hit in hits[:3]}
        before, right = served.memory(), served.answer(questions[0])

        by_document(served, sorted(articles), seed)
        by_bytes(served, seed)
        complaints = served.complaints()
        row("- complaints of the server", f"{len(complaints)}", "0")
        print(*complaints[:10], sep="\n", end="\n" if complaints else "")
        if (code := served.process.poll()) is not None:
            row("- it ended, with exit code", f"{code}", "never")
            return
        healthy = Connection(served.port).ask(get("/health")).status == 200
        as_before = served.answer(questions[0]) == right
        row("- healthy, and as right as before", "yes" if healthy and as_before else "NO", "yes")
        row("- memory it grew by", f"{served.memory() - before:.0f} MiB", "50 MiB")


def by_document(served: Served, articles: list[str], seed: int) -> None:
    """Requests that fit the OpenAPI document and requests that do not."""
    with tempfile.TemporaryDirectory() as scratch:
        values = json.dumps(articles, ensure_ascii=False)
        configuration = Path(scratch) / "schemathesis.toml"
        configuration.write_text(CONFIGURATION.format(articles=values), "utf-8")
        command = [str(SCHEMATHESIS), "--config-file", str(configuration), "run", "--no-color"]
        command += [f"http://127.0.0.1:{served.port}/openapi.json", f"--seed={seed}", "--workers=2"]
        command += [f"--max-examples={CASES}", "--phases=examples,coverage,fuzzing", "--no-shrink"]
        command += ["--continue-on-failure", "--generation-database=none"]
        command += ["--report=json", "--report-json-path=report.json"]
        environment = {**os.environ, "NO_PROXY": "*"}
        done = subprocess.run(
            command, cwd=scratch, env=environment, capture_output=True, text=True, check=False
        )
        report_file = Path(scratch) / "report.json"
        if not report_file.exists():
            raise RuntimeError(f"schemathesis did not run: {done.stdout}{done.stderr}")
        report = json.loads(report_file.read_text("utf-8"))
    cases, failures = report["test_cases"], report["failures"]
    errors = sum(failure["count"] for failure in failures if failure["type"] == "ServerError")
    unanswered = sum(error["count"] for error in report["errors"])
    others = sum(failure["count"] for failure in failures) - errors
    row(f"{cases['generated']:,} requests from the document: 5xx", f"{errors}", "0")
    row("- not answered, or not asked", f"{unanswered + cases['errored']}", "0")
    row("- answers that the document does not allow", f"{others}", "0")
    if done.returncode:
        print(done.stdout)


def by_bytes(served: Served, seed: int) -> None:
    """Random bytes and damaged requests, each on its own connection."""

    def attempt(number: int) -> str | None:
        chance = random.Random(f"{seed} {number}")
        data = mangled(chance)
        cut, pause = chance.randrange(len(data) + 1), chance.choice([0.0, 0.01])
        problem = problem_of(served.port, data, cut, pause)
        return f"bytes {number} of seed {seed}: {problem}: {data[:300]!r}" if problem else None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        wrong = list(filter(None, pool.map(attempt, range(CONNECTIONS))))
    row(f"{CONNECTIONS:,} connections that send bytes: 5xx, no end", f"{len(wrong)}", "0")
    print(*wrong[:10], sep="\n", end="\n" if wrong else "")


def mangled(chance: random.Random) -> bytes:
    """One of the requests, damaged in some ways; one time in ten, just random bytes."""
    if chance.random() < 0.1:
        return chance.randbytes(chance.randrange(2000))
    data = chance.choice(REQUESTS)
    for _ in range(chance.randrange(1, 5)):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.randrange(20))
        put = chance.choice(
            [
                chance.choice(FRAGMENTS) + data[start:end],
                chance.choice(FRAGMENTS),
                chance.randbytes(end - start),
                b"",
                3 * data[start:end],
                data,
            ]
        )
        data = data[:start] + put + data[end:]
    return data


def problem_of(port: int, data: bytes, cut: int, pause: float) -> str | None:
    """What is wrong with how a server takes bytes, sent in two pieces; None if nothing is.

    After a pause of some milliseconds the first piece may have been answered already.
    """
    answer = b""
    try:
        connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
    except OSError as error:
        return f"not connected: {error}"
    with connection:
        try:
            connection.sendall(data[:cut])
            time.sleep(pause)
            connection.sendall(data[cut:])
            connection.settimeout(WHOLE)
            with contextlib.suppress(TimeoutError):
                answer = connection.recv(1 << 18)
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(PATIENCE)
            while received := connection.recv(1 << 18):
                answer += received
        except TimeoutError:
            return f"not closed, after {answer[:100]!r}"
        except OSError:
            pass  # it may stop reading from such a client
    failed = re.search(rb"HTTP/1\.1 5\d\d[^\r]*", answer)
    if failed or not (answer + b"HTTP/1.1 ").startswith(b"HTTP/1.1 "):
        return f"answered {(failed[0] if failed else answer[:100])!r}"
    return None


if __name__ == "__main__":
    index, queries, *seed = sys.argv[1:]
    main(Path(index), questions_of(Path(queries)), *map(int, seed))
