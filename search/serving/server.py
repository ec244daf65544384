"""``locus serve``: an HTTP server for one index.

It listens on a network address and on the index's own socket (see ``local``). ``guard`` checks who
may send requests, ``routes`` answers them, ``protocol`` speaks HTTP, and ``page`` is the web page.
"""

import asyncio
import errno
import re
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TypeAlias

import uvicorn
from starlette.routing import BaseRoute
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from indexer.errors import ServerError
from indexer.storing.schema import identity
from search.logged.log import QuestionLog
from search.searcher import Searcher
from search.serving import local
from search.serving.api import SECONDS
from search.serving.guard import Guard, bracketed, is_loopback
from search.serving.protocol import Protocol
from search.serving.routes import application
from search.serving.served import ServedIndex

OpenRoutes: TypeAlias = Callable[[Searcher], AbstractContextManager[Sequence[BaseRoute]]]
"""Opens more routes over an index, which are closed when the server ends."""

SHORTEST_TOKEN = 16
_TURN = 0.001
"""Seconds that a thread may hold the interpreter lock while others wait for it."""
_GRACE = SECONDS + 5
_LOOK = 5
"""Ticks of 0.1 seconds between two checks of the index folder."""


def serve(
    folder: Path,
    host: str,
    port: int,
    token: str | None,
    *,
    open_browser: bool,
    originals: bool = False,
    log: Path | None = None,
    judging: OpenRoutes | None = None,
    say: Callable[[str], object],
) -> None:
    """Answer requests until SIGTERM or Ctrl-C. Requests in progress then are still answered.

    ``originals``: readers of the page may open the files that articles were read from. ``log`` is
    the file, or the folder of the file, in which questions are kept, if any. ``judging`` opens the
    routes of the page for judging, which is served on this machine only.
    ``say`` is called with each line for the user. Raises ServerError if it cannot listen on
    ``host`` and ``port`` or needs a token to, and IndexFolderError or ModelError if the index
    cannot be searched.
    """
    _check_exposure(host, token)
    if judging is not None and not is_loopback(host):
        raise ServerError(
            f"the page for judging writes files, so it is not served on {host}. Leave out --host or"
            " --judge"
        )
    index = ServedIndex(folder)
    kept = None if log is None else QuestionLog(log, say)
    with listening(host, port) as listener, ExitStack() as opened:
        # Before the socket exists: `locus search` would wait for this server to load.
        articles = index.warm()
        # Threads that speak HTTP or feed the model then wait less for threads that rank.
        sys.setswitchinterval(_TURN)
        address = f"http://{bracketed(host)}:{listener.getsockname()[1]}/"
        more: Sequence[BaseRoute] = ()
        if judging is not None:
            more = opened.enter_context(judging(index.searcher()))
            address += "judge"

        def greet() -> None:
            count = f"{articles:,} article{'s' * (articles != 1)}"
            say(f"serving {folder} ({count}) at {address} (press Ctrl-C to stop)")
            if kept is not None:
                say(kept.notice)
            if open_browser:
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

        app = application(index, originals=originals, log=kept, more=more)
        # Clients of the index's own socket need no token: only this user can open its file.
        beside = Beside(folder, Guard.for_host(app, host, token=None), say)
        server = Server(Guard.for_host(app, host, token), beside, greet)
        # uvicorn handles these signals while it runs, and raises them again after it has ended.
        # These handlers are for a signal that arrives before it runs.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: setattr(server, "should_exit", True))
        server.run([listener])


class Beside:
    """The server's socket in the index folder (see ``local``)."""

    def __init__(self, folder: Path, app: ASGIApp, say: Callable[[str], object]) -> None:
        """``app`` answers requests. ``say`` is called with the reason if there can be no socket."""
        self._folder = folder
        self._say = say
        self._config = _config(app)
        self._config.load()
        self._index: str | None = None
        self._place = ExitStack()

    async def follow(self, state: ServerState) -> None:
        """Listen in the index that is in the folder now.

        If the folder is replaced, its socket disappears with it; this creates a new one.
        """
        index = identity(self._folder)
        if index is None or index == self._index:
            return
        self._index = index
        self.close()
        listener = self._place.enter_context(local.listening(self._folder, self._say))
        if listener is not None:
            loop = asyncio.get_running_loop()
            server = await loop.create_server(
                lambda: Protocol(self._config, state, {}, loop), sock=listener
            )
            self._place.callback(server.close)

    def close(self) -> None:
        """Stop listening, and remove the socket's file if it still exists."""
        self._place.close()


class Server(uvicorn.Server):
    """uvicorn's server, which also listens on the socket in the index folder."""

    def __init__(self, app: ASGIApp, beside: Beside | None, greet: Callable[[], object]) -> None:
        """``app`` answers at the network address. ``greet`` is called once the server listens."""
        super().__init__(_config(app))
        self._beside = beside
        self._greet = greet

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._beside is not None:
            await self._beside.follow(self.server_state)
        self._greet()

    async def on_tick(self, counter: int) -> bool:
        if self._beside is not None and counter % _LOOK == 0:
            await self._beside.follow(self.server_state)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._beside is not None:
            self._beside.close()
        await super().shutdown(sockets)


def _check_exposure(host: str, token: str | None) -> None:
    if token is not None and not re.fullmatch(rf"[!-~]{{{SHORTEST_TOKEN},}}", token):
        raise ServerError(
            f"the token must have at least {SHORTEST_TOKEN} printable ASCII characters and no"
            " spaces"
        )
    if token is None and not is_loopback(host):
        raise ServerError(
            f"listening on {host} lets other machines in, so a token is required: set LOCUS_TOKEN"
            " or --token"
        )


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens on the address. Raises ServerError."""
    listener = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(Protocol.most)
    except (OSError, OverflowError, UnicodeError) as error:  # UnicodeError: not a host name
        if listener is not None:
            listener.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise ServerError(
                f"port {port} of {host} is already in use, perhaps by another `locus serve`. Choose"
                " another with --port; --port 0 takes any free port"
            ) from None
        reason = error.strerror if isinstance(error, OSError) else error
        raise ServerError(
            f"cannot listen on {bracketed(host)}:{port}: {reason}. Check --host and --port"
        ) from None
    return listener


def _config(app: ASGIApp) -> uvicorn.Config:
    """The settings of uvicorn. Nothing is logged, because addresses contain questions."""
    return uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
