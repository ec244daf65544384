"""A server in this process for tests, on a free port and with a hashing encoder."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import httpx2
from starlette.applications import Starlette

from indexer.encoding.encoder import Encoder
from search.logged.log import QuestionLog
from search.serving import local
from search.serving.guard import Guard
from search.serving.routes import Workers, application
from search.serving.served import ServedIndex
from search.serving.server import Beside, OpenRoutes, Server, listening
from tests.hashing import HashingEncoder

# fmt: off
FOLDED_NAMES = [
    "c", "./c", "a/../c", "a/./c", "..", ".", "../c", "a//b", "/lead", "//host/x", "a/", "%2e%2e/c",
    "a\\..\\c", "what?", "a#b", "%2F", " a ", "a\nb", "nul\0",
]
"""Names of articles that a browser would change or cut in the path of a URL."""
ODD_NAMES = [
    *FOLDED_NAMES, "a%2Fb", "100%", "a+b", "a&article=c", "http://host/x", "\u202egnp.exe", "🦉",
    "e\u0301", "a b", "\n", "\x1b[2J", "\ufeff", "\u2028",
]
# fmt: on


def odd_articles(folder: Path) -> Path:
    """A corpus with an article under each of these names, each with words of its own."""
    lines = [
        json.dumps({"_id": name, "title": f"Number {n}", "text": odd_text(n)})
        for n, name in enumerate(ODD_NAMES)
    ]
    file = folder / "odd.jsonl"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def odd_text(number: int) -> str:
    return f"The zebra{number} keeps the lamp{number} in its house."


@contextmanager
def serving(
    folder: Path,
    *,
    encoder: Encoder | None = None,
    token: str | None = None,
    host: str = "127.0.0.1",
    workers: Workers | None = None,
    beside: bool = False,
    originals: bool = False,
    log: QuestionLog | None = None,
    judging: OpenRoutes | None = None,
) -> Iterator[httpx2.Client]:
    """A client of a server over the index in ``folder``, guarded as one on ``host`` is.

    ``beside``: the server listens at the index's own socket too. ``judging``: it also serves the
    page for judging.
    """
    index = ServedIndex(folder, encoder or HashingEncoder())
    with judging(index.searcher()) if judging is not None else nullcontext(()) as more:
        app = application(index, workers, originals=originals, log=log, more=more)
        yield from _serving(folder, app, token, host, beside=beside)


def _serving(
    folder: Path, app: Starlette, token: str | None, host: str, *, beside: bool
) -> Iterator[httpx2.Client]:
    own = Beside(folder, Guard.for_host(app, host, None), refuse) if beside else None
    listens = threading.Event()
    with listening("127.0.0.1", 0) as listener:
        server = Server(Guard.for_host(app, host, token), own, listens.set)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            assert listens.wait(30)
            with httpx2.Client(base_url=address, timeout=30, trust_env=False) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


def refuse(message: str) -> None:
    """What a server prints when it should print nothing."""
    raise AssertionError(message)


def by_socket(folder: Path) -> httpx2.Client:
    """A client of the socket of the index in ``folder``."""
    transport = httpx2.HTTPTransport(uds=str(folder / local.NAME))
    return httpx2.Client(transport=transport, base_url="http://localhost", trust_env=False)
