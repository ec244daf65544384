"""A server in a process of its own, and clients that keep their connections.

    python -m tests.benchmarks.clients PORT CLIENTS SECONDS QUERIES.jsonl

puts a load on a server: each client always has one open question. All clients share one process,
which waits for any answer, so that it leaves as much processor time as possible to the server.
"""

import json
import re
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.benchmarks.harness import LOCUS, child, questions_of

PATIENCE = 30
"""Seconds to wait for an answer, or for the server to come up."""

_UP = re.compile(r"http://127\.0\.0\.1:(\d+)/")


class Response(NamedTuple):
    """A response: the status and the body."""

    status: int
    body: bytes


class Connection:
    """A kept connection with at most one open request. Raises OSError if it breaks."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._received = b""

    def send(self, request: bytes) -> None:
        self.socket.sendall(request)

    def receive(self) -> Response | None:
        """Wait for more bytes; returns the response once it is complete."""
        received = self.socket.recv(1 << 18)
        if not received:
            raise ConnectionResetError("closed before the answer was whole")
        self._received += received
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r", 1)[0] or 0)
        if not end or len(body) < length:
            return None
        self._received = b""
        return Response(int(head.split(b" ", 2)[1]), body)

    def ask(self, request: bytes) -> Response:
        self.send(request)
        while (response := self.receive()) is None:
            pass
        return response


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode("ascii")


def search(question: str, k: int = 10) -> bytes:
    return get(f"/search?k={k}&q={quote(question)}")


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    said: Path

    def complaints(self) -> list[str]:
        """What it has printed to standard error, except its address."""
        lines = self.said.read_text("utf-8").splitlines()
        return [line for line in lines if not _UP.search(line)]

    def memory(self) -> float:
        """The memory it uses, in MiB."""
        return int(child(["ps", "-o", "rss=", "-p", str(self.process.pid)])) / 1024

    def answer(self, question: str) -> dict[str, Any]:
        """Its answer, without the time it took."""
        response = Connection(self.port).ask(search(question))
        return {**json.loads(response.body), "took_ms": None}


@contextmanager
def server(index: Path) -> Iterator[Served]:
    """``locus serve`` over an index, on a free port."""
    with tempfile.TemporaryDirectory() as scratch:
        said = Path(scratch) / "said"
        with said.open("wb") as errors:
            process = subprocess.Popen(
                [LOCUS, "serve", "--index", index, "--port", "0"], stderr=errors
            )
        try:
            until = time.monotonic() + PATIENCE
            while not (up := _UP.search(said.read_text("utf-8"))):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"the server did not come up: {said.read_text('utf-8')}")
                time.sleep(0.05)
            yield Served(process, int(up[1]), said)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


@dataclass(slots=True)
class Load:
    """What clients saw: total seconds, seconds of each answer, and the number of failures."""

    seconds: float = 0
    answers: list[float] = field(default_factory=list)
    errors: int = 0

    @property
    def rate(self) -> float:
        return len(self.answers) / self.seconds

    def quantile(self, share: float) -> float:
        return sorted(self.answers)[int(share * len(self.answers))]

    def add(self, other: "Load") -> None:
        self.seconds += other.seconds
        self.answers += other.answers
        self.errors += other.errors


def load(port: int, clients: int, seconds: float, queries: Path) -> Load:
    """Put a load on a server from another process, and wait until the load ends."""
    program = [sys.executable, "-m", "tests.benchmarks.clients"]
    return Load(
        **json.loads(child([*program, str(port), str(clients), str(seconds), str(queries)]))
    )


def _run(port: int, clients: int, seconds: float, queries: Path) -> Load:
    requests = cycle([search(question) for question in questions_of(queries)])
    found = Load()
    since: dict[Connection, float] = {}
    with selectors.DefaultSelector() as selector:

        def ask(connection: Connection) -> None:
            since[connection] = time.perf_counter()
            connection.send(next(requests))

        def join() -> None:
            connection = Connection(port)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            ask(connection)

        started = time.perf_counter()
        for _ in range(clients):
            join()
        while since:
            ready = selector.select(PATIENCE)
            if not ready:  # what has not been answered by now will never be
                found.errors += len(since)
                break
            for key, _ in ready:
                connection: Connection = key.data
                try:
                    response = connection.receive()
                except OSError:
                    found.errors += 1
                    selector.unregister(connection.socket)
                    del since[connection]
                    join()
                    continue
                if response is None:
                    continue
                now = time.perf_counter()
                found.answers.append(now - since.pop(connection))
                found.errors += response.status != 200
                if now - started < seconds:
                    ask(connection)
        found.seconds = time.perf_counter() - started
    return found


if __name__ == "__main__":
    port, clients, seconds, queries = sys.argv[1:]
    found = _run(int(port), int(clients), float(seconds), Path(queries))
    times = [round(answer, 6) for answer in found.answers]
    print(json.dumps({"seconds": found.seconds, "answers": times, "errors": found.errors}))
