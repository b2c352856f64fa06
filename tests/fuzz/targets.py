"""What takes bytes from outside, and what may come of them: a table.

A target is called with any bytes and returns. It catches what it is allowed to raise; everything else that
comes out is a find, whoever called it: the mutation loop of `run.py`, atheris, or the tests.
"""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast, get_args

from dynalite.cache.cluster import Cluster, Tuning
from dynalite.catalog.schema import KeyAttribute, KeySchema
from dynalite.clock import Clock
from dynalite.database import Caller, Database
from dynalite.errors import ServiceError
from dynalite.expressions.complaint import Complaint
from dynalite.expressions.parser import parse_condition, parse_projection, parse_update
from dynalite.ids import Ids
from dynalite.model.walker import validate
from dynalite.operations.catalogue import OPERATIONS
from dynalite.partiql import parser as partiql
from dynalite.settings import Settings
from dynalite.streams import iterators
from dynalite.values import order
from dynalite.values.attribute import canonical_value
from dynalite.values.number import canonical
from dynalite.values.types import KeyType
from server import wire
from server.dax import cbor, lexdecimal
from server.dax.cbor import Incomplete, Malformed
from server.dax.expressions import Expressions
from server.dax.keys import read_compound, read_key
from server.dax.methods import ARITIES, METHODS, Asked, Cancelled
from server.dax.responses import Writer
from server.dax.session import Session
from server.dax.values import read_value, write_value
from server.dispatch import Dispatcher
from server.door import Door
from server.front import Front
from tests.dax.wire import PREAMBLE
from tests.fuzz.database import TABLE_REQUESTS
from tests.server.rig import Script

Run = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    run: Run


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _check_refusal(error: ServiceError) -> None:
    if error.status >= 500:
        raise AssertionError(f"{error.code} is an error of ours: {error.message}") from error


def _refusing(parse: Callable[[str], object], *refusals: type[Exception]) -> Run:
    """A parser of text, which may raise its refusals."""

    def run(data: bytes) -> None:
        with suppress(*refusals):
            parse(_text(data))

    return run


# ------------------------------------------------------------------ JSON requests

_ROWS: Final = list(OPERATIONS.values())


def request(data: bytes) -> None:
    """The first byte chooses the operation; the rest is its body, packed when the byte is odd."""
    row = _ROWS[data[0] // 2 % len(_ROWS)] if data else _ROWS[0]
    fields = {b"content-encoding": b"gzip"} if data and data[0] % 2 else {}
    try:
        validate(row.shape, wire.document(wire.decoded(fields, data[1:])))
    except ServiceError as error:
        _check_refusal(error)


# ------------------------------------------------------------------ keys and numbers


def keys(data: bytes) -> None:
    """What is encoded comes back, and sorts as it did."""
    half = len(data) // 2
    one, other = (b64encode(part).decode() for part in (data[:half], data[half:]))
    encoded = [order.encode("B", value) for value in (one, other)]
    assert order.decode("B", encoded[0] + encoded[1]) == (one, len(encoded[0]))
    assert (encoded[0] < encoded[1]) == (b64decode(one) < b64decode(other))
    text = _text(data)
    assert order.decode("S", order.encode("S", text))[0] == text
    with suppress(ServiceError):
        number = canonical(text)
        assert canonical(number) == number
        assert order.decode("N", order.encode("N", number))[0] == number
        assert canonical(lexdecimal.decode(lexdecimal.encode(number))) == number


def lex_decimal(data: bytes) -> None:
    with suppress(Malformed, Incomplete):
        lexdecimal.decode(data)


def iterator(data: bytes) -> None:
    with suppress(ServiceError):
        iterators.read(_text(data), 0.0, lambda raw: raw[:16].ljust(16, b"\x00"))


# ------------------------------------------------------------------ CBOR and DAX


def cbor_values(data: bytes) -> None:
    with suppress(Malformed, Incomplete):
        cbor.read(data, 0)
    with suppress(Malformed, Incomplete, ServiceError):
        value = canonical_value(read_value(data, 0)[0])[0]
        again, _ = read_value(write_value(value), 0)
        assert canonical_value(again)[0] == value


def dax_expressions(data: bytes) -> None:
    for read in (Expressions.condition, Expressions.update, Expressions.projection):
        with suppress(Malformed, Incomplete):
            read(Expressions(), data)


_KEY_TYPES: Final[tuple[KeyType, ...]] = get_args(KeyType)
_SCHEMAS: Final = [
    KeySchema((KeyAttribute("pk", one),), sort)
    for one in _KEY_TYPES
    for sort in ((), *((KeyAttribute("sk", two),) for two in _KEY_TYPES))
]


def dax_keys(data: bytes) -> None:
    for schema in _SCHEMAS:
        with suppress(Malformed, Incomplete, ServiceError):  # the last for what is nested too deep
            read_key(schema, data)
    with suppress(Malformed, Incomplete, ServiceError):
        read_compound(data)


class _Dax:
    """A node with tables behind it, asked without a socket."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(self._open())

    async def _open(self) -> None:
        self.database = await Database.open(Settings(), Clock(), Ids(0))
        for operation, members in TABLE_REQUESTS:
            await self.database.execute(operation, deepcopy(members), Caller())
        self.cluster = Cluster(self.database, Tuning())
        self.writer = Writer(self.cluster.attribute_lists)

    def run(self, data: bytes) -> None:
        self.loop.run_until_complete(self._calls(data))

    async def _calls(self, data: bytes) -> None:
        session = Session(ARITIES)
        session.receive(PREAMBLE + data[: len(data) // 2])
        session.receive(data[len(data) // 2 :])
        with suppress(Malformed):
            while (call := session.next_call()) is not None:
                if call.method in METHODS:
                    await self._call(call.method, call.arguments)
        await self.cluster.settled()

    async def _call(self, method: int, arguments: list[object]) -> None:
        node = cast("Any", self.cluster.primary)
        try:
            await METHODS[method].run(Asked(arguments, Caller(), node, self.writer, lambda: b""))
        except (Malformed, Incomplete, Cancelled):
            pass
        except ServiceError as error:
            _check_refusal(error)


@cache
def _dax() -> _Dax:
    return _Dax()


# ------------------------------------------------------------------ the door


class _Transport:
    """A client that takes everything at once."""

    def __init__(self) -> None:
        self.sent = b""
        self.closed = False
        self.taken = False

    def write(self, data: bytes) -> None:
        self.sent += data

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, name: str, default: object = None) -> object:
        return default


_TURNS: Final = 8  # of the loop: more than any operation of the script takes


class _Elsewhere:
    """A site that takes connections over and says nothing."""

    connections = 0

    def adopt(self, front: Front, transport: Any, received: bytes) -> None:
        transport.taken = True


class _Doors:
    """Doors without sockets, on a loop of their own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.front = self.loop.run_until_complete(self._front())

    async def _front(self) -> Front:
        return Front(Dispatcher(Script()), _Elsewhere(), Clock(), Ids(0))

    def run(self, data: bytes) -> None:
        """As one piece, then cut in two: nothing breaks, and one is answered as the other is."""
        half = len(data) // 2
        whole = self.loop.run_until_complete(_answers(self.front, [data]))
        cut = self.loop.run_until_complete(_answers(self.front, [data[:half], data[half:]]))
        assert not any(b" 500 " in status for status in whole)
        shorter = min(len(whole), len(cut))
        assert whole[:shorter] == cut[:shorter]


@cache
def _doors() -> _Doors:
    return _Doors()


async def _answers(front: Front, pieces: list[bytes]) -> list[bytes]:
    """The status lines of what is answered."""
    transport, made = _Transport(), Door(front)
    made.connection_made(cast("asyncio.Transport", transport))
    for piece in pieces:
        if piece and not transport.closed and not transport.taken:
            made.data_received(piece)
            made.take()
    if not transport.taken:
        made.eof_received()
    for _ in range(_TURNS):
        await asyncio.sleep(0)
    made.connection_lost(None)
    return [line for line in transport.sent.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


# ------------------------------------------------------------------ the table

TARGETS: Final[Mapping[str, Target]] = {
    target.name: target
    for target in (
        Target("request", request),
        Target("condition", _refusing(parse_condition, Complaint)),
        Target("update", _refusing(parse_update, Complaint)),
        Target("projection", _refusing(parse_projection, Complaint)),
        Target("partiql", _refusing(partiql.parse, ServiceError)),
        Target("keys", keys),
        Target("lexdecimal", lex_decimal),
        Target("iterator", iterator),
        Target("cbor", cbor_values),
        Target("dax-expressions", dax_expressions),
        Target("dax-keys", dax_keys),
        Target("dax-calls", lambda data: _dax().run(data)),
        Target("door", lambda data: _doors().run(data)),
    )
}
