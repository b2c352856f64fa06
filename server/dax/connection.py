"""A client's connection: calls are answered in the order in which they came, one at a time.

What one connection can make us hold is one call, one answer, and what one read of the socket brings: nothing
is read while a call runs, or while the client does not take its answer. A client that stops in the middle of
a call, or does not read, is let go after a while; one that is just idle may stay, as the clients' pools do.

A call that cannot be understood but whose end is known is answered with an error. When the stream itself is
lost, that is the last answer.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from dynalite.errors import InternalServerError, ServiceError, ValidationException
from dynalite.ids import RequestIds
from dynalite.operations.context import Caller
from server.dax import authorization, error_numbers
from server.dax.authorization import Entrance
from server.dax.cbor import Incomplete, Malformed
from server.dax.methods import ARITIES, AUTHORIZE_CONNECTION, METHODS, Asked, Cancelled, Node
from server.dax.responses import Writer
from server.dax.session import Call, Session
from server.drive import drive
from server.turns import Turns, TurnTaker

log = logging.getLogger(__name__)

CALL_SECONDS: Final = 60
"""How long a call may take to arrive, and its answer to be read."""


class Member(Protocol):
    """One node of a cluster, as its connections see it. `served` is the node behind the entrance's guard."""

    served: Node
    writer: Writer
    entrance: Entrance
    request_ids: RequestIds
    connections: "set[Connection]"
    turns: Turns
    beats: int

    def endpoints(self, local_address: str) -> bytes:
        """The cluster's nodes, as the client is to know them that has reached us at an address."""
        ...

    @property
    def is_crowded(self) -> bool: ...


class Connection(TurnTaker):
    """One connection to one node."""

    __slots__ = (
        "_caller",
        "_denied",
        "_ending",
        "_endpoints",
        "_member",
        "_pumping",
        "_reader_is_slow",
        "_reading",
        "_running",
        "_session",
        "patient_until",
    )

    def __init__(self, member: Member) -> None:
        super().__init__(member.turns)
        self._member = member
        self._session = Session(ARITIES)
        self._caller = Caller()
        self._denied = member.entrance.before
        """What the last authorizeConnection came to: the next call is told."""
        self._endpoints: Callable[[], bytes] = bytes
        self._running = False
        self._pumping = False
        self._reading = True
        self._reader_is_slow = False
        self._ending = False
        self.patient_until: int | None = None
        """The beat at which the client must have done what we wait for; None when we wait for nothing."""

    # -------------------------------------------------------------- the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._member.is_crowded:
            self.drop()
            return
        address = transport.get_extra_info("sockname")[0]
        self._endpoints = partial(self._member.endpoints, address)
        self._member.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._member.connections.discard(self)

    def feed(self, data: bytes) -> None:
        self._session.receive(data)
        self._pump()

    def pause_writing(self) -> None:
        self._reader_is_slow = True
        self._be_patient()

    def resume_writing(self) -> None:
        self._reader_is_slow = False
        self.patient_until = None  # for half of a call, the pump waits again
        self._pump()

    # -------------------------------------------------------------- calls

    def _pump(self) -> None:
        """Answer what has come as far as it goes now, then read on if nothing is in the way."""
        if self._pumping:
            return
        self._pumping = True
        while not (self._running or self._reader_is_slow or self._ending):
            try:
                call = self._session.next_call()
            except Malformed as error:
                self._refuse(error)
                break
            if call is None:
                break
            self.patient_until = None
            self._answer(call)
        self._pumping = False
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        if self._ending and not self._running:
            self.flush()
            transport.close()
            return
        if not self._running and self.patient_until is None and self._session.waiting:
            self._be_patient()
        wants = not (self._running or self._reader_is_slow)
        if wants is not self._reading:
            self._reading = wants
            if wants:
                transport.resume_reading()
            else:
                transport.pause_reading()

    def _answer(self, call: Call) -> None:
        if call.method == AUTHORIZE_CONNECTION:
            self._authorize(call)
            return
        if self._denied is not None:
            self._send_error(self._denied)
            return
        member = self._member
        asked = Asked(call.arguments, self._caller, member.served, member.writer, self._endpoints)
        self._running = True
        drive(METHODS[call.method].run(asked), self._finished)

    def _authorize(self, call: Call) -> None:
        self._denied = None
        try:
            self._caller = self._member.entrance.identify(authorization.read(call.arguments), self.transport)
        except ServiceError as error:
            self._denied = error
        except Malformed as error:
            self._denied = _not_understood(error)

    def _finished(self, body: bytes | None, error: BaseException | None) -> None:
        """A call has come to its end: within the pump, or later."""
        self._running = False
        if body is not None:
            self._send(error_numbers.SUCCESS + body)
        elif isinstance(error, Cancelled):
            self._send_error(error.error, error.reasons)
        elif isinstance(error, ServiceError):
            self._send_error(error)
        elif isinstance(error, Malformed | Incomplete):
            self._send_error(_not_understood(error))
        else:
            log.error("a call failed", exc_info=error)
            self._send_error(
                InternalServerError("The request processing has failed because of an unknown error.")
            )
        self._pump()

    def _refuse(self, error: Malformed) -> None:
        """Nobody knows where the next call begins."""
        self._send_error(_not_understood(error))
        self._ending = True

    def _send_error(self, error: ServiceError, reasons: list[bytes] | None = None) -> None:
        self._send(error_numbers.write(error, self._member.request_ids.next(), reasons))

    def _send(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.write(data)

    # -------------------------------------------------------------- patience

    def _be_patient(self) -> None:
        self.patient_until = self._member.beats + CALL_SECONDS

    def lose_patience(self) -> None:
        """The client has not done in time what it should have done."""
        self.drop()

    def leave(self) -> None:
        """The server is shutting down: answer what has come, then close."""
        self.take()
        self._ending = True
        self._pump()


def _not_understood(error: Malformed | Incomplete) -> ValidationException:
    what = error.args[0] if error.args else "a value that ends too early"
    return ValidationException(f"The request cannot be read: {what}.")
