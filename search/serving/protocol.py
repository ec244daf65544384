"""HTTP/1.1 as uvicorn speaks it, also to a client whose request breaks while it is answered."""

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class Protocol(H11Protocol):
    """uvicorn's, which takes a body that is no HTTP for a defect if the answer has begun."""

    def send_400_response(self, msg: str) -> None:
        """Say that a request is no HTTP, if that can still be said, and hear no more of it."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            super().send_400_response(msg)
        else:
            self.transport.close()
        if self.cycle is not None:
            self.cycle.disconnected = True  # what is being answered has nobody to go to
