"""One connection's side of the conversation, without the connection: bytes go in, calls come out.

Nothing on the wire says where a request ends. It is a service number, a method number, and then as many CBOR
values as the method has arguments; so a method that is not known means that the stream is lost. Before the
first call comes a preamble of five values, which is never answered.

A call that arrives in one piece, as nearly all do, is read once. One that arrives in pieces is skimmed as it
comes, each byte once, and read when it is whole. A call is refused as soon as its head announces too much.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from dynalite.limits import REQUEST_BODY_BYTES
from server.dax.cbor import Incomplete, Malformed, read
from server.dax.skim import COUNTED_FROM_BYTES, Skimmer, check_count

MAGIC: Final = "J7yne5G"
_PREAMBLE_VALUES: Final = 5  # the magic, layering, the session's id, what the client is, its mode
_SERVICE: Final = 1
_HEADS_BYTES: Final = 32
"""More than the numbers in front of the arguments can take."""


class UnknownMethod(Malformed):
    """A method that this protocol does not have, or whose arguments nobody has ever seen."""


class Call(NamedTuple):
    """A method's number and its arguments."""

    method: int
    arguments: list[object]


class Session:
    """Takes what a client sends and hands out its calls. `arities` says how many arguments a method has.

    Once `next_call` has raised, the session is of no more use.
    """

    __slots__ = ("_arities", "_at", "_data", "_greeted", "_method", "_skimmer")

    def __init__(self, arities: Mapping[int, int]) -> None:
        self._arities = arities
        self._data: bytes | bytearray = b""
        self._at = 0
        self._greeted = False
        self._method: int | None = None
        self._skimmer: Skimmer | None = None

    @property
    def waiting(self) -> bool:
        """Whether a call has begun and not ended."""
        return self._at < len(self._data)

    @property
    def held_bytes(self) -> int:
        return len(self._data) - self._at

    def receive(self, data: bytes) -> None:
        """Take what has arrived."""
        if self._skimmer is not None:
            assert isinstance(self._data, bytearray)
            self._data += data
        elif self._at == len(self._data):
            self._data, self._at = data, 0
        else:
            self._data, self._at = self._data[self._at :] + data, 0

    def next_call(self) -> Call | None:
        """The next call; None when there is none yet. Raises Malformed."""
        if not self._greeted and not self._greet():
            return None
        if self._method is None:
            if self._at == len(self._data):
                return None
            self._method = self._read_method()
            if self._method is None:
                return None
        arguments = self._read_values(self._arities[self._method])
        if arguments is None:
            return None
        call = Call(self._method, arguments)
        self._method = None
        return call

    def _greet(self) -> bool:
        """Whether the preamble has come. What it says about the client makes no difference."""
        values = self._read_values(_PREAMBLE_VALUES)
        if values is None:
            return False
        if values[0] != MAGIC:
            raise Malformed("a greeting that is not DAX's")
        self._greeted = True
        return True

    def _read_method(self) -> int | None:
        data = bytes(self._data[self._at : self._at + _HEADS_BYTES])
        try:
            service, at = read(data, 0)
            method, at = read(data, at) if service == _SERVICE else (None, at)
        except Incomplete:
            if len(data) == _HEADS_BYTES:
                raise Malformed("something else where a method is expected") from None
            return None
        if type(method) is not int:
            raise Malformed("something else where a method is expected")
        if method not in self._arities:
            raise UnknownMethod(f"a method that is not known: {method}")
        self._at += at
        return method

    def _read_values(self, count: int) -> list[object] | None:
        """So many values; None when they have not all come."""
        if self._skimmer is None:
            try:
                return self._take(bytes(self._data), count)
            except Incomplete:
                self._data, self._at = bytearray(self._data[self._at :]), 0
                self._skimmer = Skimmer(0, count, REQUEST_BODY_BYTES)
        if not self._skimmer.done(self._data):
            return None
        self._skimmer = None
        self._data = bytes(self._data)
        return self._take(self._data, count)

    def _take(self, data: bytes, count: int) -> list[object]:
        values = []
        at = self._at
        for _ in range(count):
            value, at = read(data, at)
            values.append(value)
        if at - self._at > COUNTED_FROM_BYTES:
            check_count(values)
        self._at = at
        return values
