"""HTTP/1.1 as uvicorn speaks it, also to clients that send half a request or read no answer."""

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
        HTTPStatus.SERVICE_UNAVAILABLE, "too many connections", retry_after="1", connection="close"
    )
)


class Protocol(H11Protocol):
    """uvicorn's protocol of one connection, with three changes.

    - A client has ``patience`` seconds to send the next request, and to go on reading an answer.
      uvicorn would wait for ever, so that some hundred silent connections would keep everyone out.
    - What uvicorn refuses as plain text is refused in JSON, with the headers of every answer.
    - After a refusal the connection is read for a while. If it were closed with a request still on
      its way, the system would reset it, and the client could not read why.
    """

    patience = 10.0
    """Seconds for a request to come, up to its body, and for the client to read on."""
    linger = 2.0
    """Seconds in which the rest of a refused request is read and dropped."""
    most = 512
    """Connections at a time. One more is answered with 503, and closed."""

    _READ_ON = 16 * 1024
    """Bytes of an answer that a client must take in each time of ``patience``."""

    _timer: asyncio.TimerHandle | None = None
    _unread = 0
    _is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._set_timer(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._is_refused:
            super().data_received(data)

    def handle_events(self) -> None:
        self.app = self.config.loaded_app if len(self.connections) < self.most else _TOO_MANY
        super().handle_events()
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._watch()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - ours says more
        """Say that a request is no HTTP, if that can still be said, and hear no more of it."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            self._refuse(self._reason())
        else:
            self.transport.close()
        if self.cycle is not None:
            self.cycle.disconnected = True  # what is being answered has nobody to go to

    def _reason(self) -> RequestError:
        """Why h11 does not take the request. It says so by the exception that is being handled."""
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
        """Wait for the client only so long, where it is its turn to send or to read."""
        if self._is_refused:
            return  # it has its timer
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if is_answering and not self.flow.write_paused and not self.transport.is_closing():
            self._set_timer(None)
        elif self._timer is None:
            self._wait()

    def _wait(self) -> None:
        self._unread = self.transport.get_write_buffer_size()
        self._set_timer(self.loop.call_later(self.patience, self._give_up))

    def _give_up(self) -> None:
        """End the connection, unless its client is reading a long answer."""
        if self._unread - self.transport.get_write_buffer_size() >= self._READ_ON:
            self._wait()
        else:
            self.transport.abort()

    def _set_timer(self, timer: asyncio.TimerHandle | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = timer
