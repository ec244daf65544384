"""``locus serve``: one warm process over one index, asked by HTTP.

It listens at an address, and besides at the index's own socket (see ``local``). ``guard`` says who
may ask, ``routes`` what is answered, ``protocol`` how HTTP is spoken. The page lies in ``page``.
"""

import asyncio
import re
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from indexer.errors import ServerError
from indexer.storing.schema import identity
from search.serving import local
from search.serving.api import SECONDS
from search.serving.guard import Guard, bracketed, is_loopback
from search.serving.protocol import Protocol
from search.serving.routes import application
from search.serving.served import ServedIndex

SHORTEST_TOKEN = 16
_TURN = 0.001
"""Seconds that a thread may keep the interpreter while others wait for it."""
_GRACE = SECONDS + 5
_LOOK = 5
"""Ticks, of a tenth of a second, from one look at the index folder to the next."""


def serve(
    folder: Path,
    host: str,
    port: int,
    token: str | None,
    *,
    open_browser: bool,
    say: Callable[[str], object],
) -> None:
    """Answer until SIGTERM or Ctrl-C; requests that are in hand then are answered still.

    Raises ServerError if it cannot listen there or needs a token to, and IndexFolderError or
    ModelError if the index cannot be searched.
    """
    _check_exposure(host, token)
    index = ServedIndex(folder)
    with listening(host, port) as listener:
        index.warm()  # before it can be found by those who would rather load than wait
        # The threads that speak HTTP and feed the model wait less long for those that rank.
        sys.setswitchinterval(_TURN)
        address = f"http://{bracketed(host)}:{listener.getsockname()[1]}/"

        def greet() -> None:
            say(f"{folder} is served on {address}; Ctrl-C ends it")
            if open_browser:
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

        app = application(index)
        # Who asks at the index's own socket has shown who it is by opening a file.
        beside = Beside(folder, Guard.for_host(app, host, token=None), say)
        server = Server(Guard.for_host(app, host, token), beside, greet)
        # While it runs it handles these itself, and once it has ended raises again what it was
        # sent; before, they are for it to find.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: setattr(server, "should_exit", True))
        server.run([listener])


class Beside:
    """The socket of an index folder, for as long as a server runs (see ``local``)."""

    def __init__(self, folder: Path, app: ASGIApp, say: Callable[[str], object]) -> None:
        """``app`` answers there; ``say`` is told why there is no socket, if it cannot be made."""
        self._folder = folder
        self._say = say
        self._config = _config(app)
        self._config.load()
        self._index: str | None = None
        self._place = ExitStack()

    async def follow(self, state: ServerState) -> None:
        """Listen in the index that lies in the folder now.

        When the folder is deleted and made anew, the socket goes with it, and is made again.
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
        """Listen no more, and remove the socket's file, if that is still there."""
        self._place.close()


class Server(uvicorn.Server):
    """uvicorn's, which listens at a second place too, and follows what happens to that."""

    def __init__(self, app: ASGIApp, beside: Beside | None, greet: Callable[[], object]) -> None:
        """``app`` answers at the address; ``greet`` is called once the server listens."""
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
            f"a token has at least {SHORTEST_TOKEN} characters, of ASCII alone and without spaces"
        )
    if token is None and not is_loopback(host):
        raise ServerError(
            f"{host} is within reach of other machines: give a --token, which everyone who asks"
            " has to know"
        )


def listening(host: str, port: int) -> socket.socket:
    """A socket that holds the address from now on."""
    listener = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(Protocol.most)
    except (OSError, OverflowError, UnicodeError) as error:  # the last for a name that is none
        if listener is not None:
            listener.close()
        reason = error.strerror if isinstance(error, OSError) else error
        raise ServerError(
            f"cannot listen on {bracketed(host)}:{port}: {reason}; --port takes another"
        ) from None
    return listener


def _config(app: ASGIApp) -> uvicorn.Config:
    """How HTTP is spoken for an application; nothing is logged, for addresses hold questions."""
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
