"""uvicorn's HTTP/1.1, made robust against clients that stop sending or stop reading."""

import asyncio
import sys
from contextlib import suppress
from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from indexer.errors import RequestError
from search.serving.guard import refusal

_TOO_MANY = refusal(
    RequestError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "too many connections; try again in a second",
        retry_after="1",
        connection="close",
    )
)


class Protocol(H11Protocol):
    """uvicorn's protocol for one connection, with four changes.

    - A client has ``patience`` seconds to send the next request, and to continue reading an answer.
      uvicorn would wait forever, so a few hundred silent connections would block everyone else.
    - A client may say that it sends nothing more and then read its answers, as ``nc -N`` does.
      uvicorn would close the connection at once, and the last answer could be lost.
    - uvicorn refuses invalid requests in plain text. Here the refusal is JSON, with the headers of
      every response.
    - After a refusal, the rest of the request is read for ``linger`` seconds. If the connection
      were closed at once, the system would reset it, and the client could not read the reason.
    """

    patience = 10.0
    """Seconds to receive a request up to its body, and for the client to continue reading."""
    linger = 2.0
    """Seconds to read and discard the rest of a refused request."""
    most = 512
    """Most connections at a time. One more gets status 503 and is closed."""

    _READ_ON = 16 * 1024
    """Bytes of an answer that a client must read in each ``patience`` seconds."""

    _timer: asyncio.TimerHandle | None = None
    _unread = 0
    _is_refused = False
    _has_ended = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._set_timer(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._is_refused:
            super().data_received(data)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep the connection open if the client still waits for an answer."""
        self._has_ended = self._is_answering and self._is_received
        return self._has_ended

    def handle_events(self) -> None:
        self.app = self.config.loaded_app if len(self.connections) < self.most else _TOO_MANY
        super().handle_events()
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._has_ended and not (self._is_answering and self._is_received):
            self.transport.close()
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._watch()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - ours is more precise
        """Refuse a request that is not HTTP, unless an answer has begun, and stop reading."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            self._refuse(self._reason())
        else:
            self.transport.close()
        if self.cycle is not None:
            self.cycle.disconnected = True  # nobody will read the answer in progress

    def _reason(self) -> RequestError:
        """Why h11 refused the request, read from the exception that is being handled."""
        error = sys.exception()
        hint = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        if hint != HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
            return RequestError(hint, "the request is not valid HTTP/1.1")
        received, _ = self.conn.trailing_data
        if b"\n" not in received:
            return RequestError(HTTPStatus.REQUEST_URI_TOO_LONG, "the address is too long")
        return RequestError(hint, "the headers are too long")

    def _refuse(self, error: RequestError) -> None:
        response = refusal(error)
        head = h11.Response(
            status_code=response.status_code,
            headers=[*response.raw_headers, (b"connection", b"close")],
            reason=HTTPStatus(response.status_code).phrase,
        )
        for event in (head, h11.Data(data=bytes(response.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self._is_refused = True
        self.flow.resume_reading()
        if not self.transport.get_write_buffer_size():
            with suppress(OSError):  # the client has gone
                self.transport.write_eof()
        self._set_timer(self.loop.call_later(self.linger, self.transport.abort))

    def _watch(self) -> None:
        """Start the timer while the client must send or read; stop it while the server works."""
        if self._is_refused:
            return  # the timer of ``linger`` is running
        if self._is_answering and not self.flow.write_paused and not self.transport.is_closing():
            self._set_timer(None)
        elif self._timer is None:
            self._wait()

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _is_received(self) -> bool:
        """Whether the request has arrived with all of its body."""
        return self.conn.their_state is h11.DONE

    def _wait(self) -> None:
        self._unread = self.transport.get_write_buffer_size()
        self._set_timer(self.loop.call_later(self.patience, self._give_up))

    def _give_up(self) -> None:
        """Close the connection, unless its client is reading a long answer."""
        if self._unread - self.transport.get_write_buffer_size() >= self._READ_ON:
            self._wait()
        else:
            self.transport.abort()

    def _set_timer(self, timer: asyncio.TimerHandle | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = timer
