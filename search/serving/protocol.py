"""HTTP/1.1 as uvicorn speaks it, also to clients that break a request off or never make one."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class Protocol(H11Protocol):
    """uvicorn's, mended in two places.

    It waits for a first request for ever, so that some hundred silent connections would keep
    everyone else out; and a body that is no HTTP is a defect to it if the answer has begun.
    """

    patience = 10.0
    """Seconds for a connection's first request to come, up to its body."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._waiting = self.loop.call_later(self.patience, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._waiting.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        if self.cycle is None:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Say that a request is no HTTP, if that can still be said, and hear no more of it."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            super().send_400_response(msg)
        else:
            self.transport.close()
        if self.cycle is not None:
            self.cycle.disconnected = True  # what is being answered has nobody to go to
