"""A server in this process, for tests: on a free port, over an encoder that is a function."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from indexer.encoder import Encoder
from search.serving.guard import Guard
from search.serving.served import ServedIndex
from search.serving.server import Workers, application, http_server, listening
from tests.hashing import HashingEncoder


@contextmanager
def serving(
    folder: Path,
    *,
    encoder: Encoder | None = None,
    token: str | None = None,
    host: str = "127.0.0.1",
    workers: Workers | None = None,
) -> Iterator[httpx2.Client]:
    """A client of a server over the index in ``folder``, guarded as one on ``host`` is."""
    index = ServedIndex(folder, encoder or HashingEncoder())
    app = Guard.for_host(application(index, workers), host, token)
    server = http_server(app)
    with listening("127.0.0.1", 0) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            with httpx2.Client(base_url=address, timeout=30, trust_env=False) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()
