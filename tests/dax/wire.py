"""A DAX client in a few lines, for tests that say what goes over the wire themselves."""

import socket
from typing import Any

from server.dax.cbor import Incomplete, read, write_bytes, write_int, write_map, write_text
from server.dax.methods import METHODS

NUMBERS = {row.name: row.number for row in METHODS.values()}
PREAMBLE = (
    write_text("J7yne5G")
    + write_int(0)
    + write_bytes(b"\x01")
    + write_map([write_text("UserAgent") + write_text("test")])
    + write_int(0)
)


def call(method: str, *arguments: bytes) -> bytes:
    """A call of a method by its name; the arguments are written already."""
    return write_int(1) + write_int(NUMBERS[method]) + b"".join(arguments)


class WireClient:
    """One connection, greeted already unless told otherwise."""

    def __init__(self, port: int, *, greet: bool = True) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._received = b""
        if greet:
            self.socket.sendall(PREAMBLE)

    def ask(self, sent: bytes, values: int = 1) -> list[Any]:
        """Send a call, and return the body's values; an error raises RemoteError."""
        self.socket.sendall(sent)
        return self.answer(values)

    def answer(self, values: int = 1) -> list[Any]:
        """The next answer's values."""
        codes = self.value()
        if codes:
            message, details = self.value(), self.value()
            raise RemoteError(codes, message, details)
        return [self.value() for _ in range(values)]

    def value(self) -> Any:
        while True:
            try:
                value, at = read(self._received, 0)
            except Incomplete:
                data = self.socket.recv(1 << 16)
                if not data:
                    raise EOFError(self._received) from None
                self._received += data
            else:
                self._received = self._received[at:]
                return value

    def ends(self) -> bool:
        """Whether the server has closed the connection and sent nothing more."""
        return not self._received and self.socket.recv(1) == b""

    def close(self) -> None:
        self.socket.close()


class RemoteError(Exception):
    def __init__(self, codes: Any, message: str, details: Any) -> None:
        super().__init__(codes, message, details)
        self.codes = codes
        self.message = message
        self.details = details
