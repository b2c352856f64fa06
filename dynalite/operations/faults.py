"""Faults on purpose: scripts that make chosen calls fail as they fail in production, and repeatably.

A script names what it strikes (an operation, a table, an item's key; all of them where it does not say) and
how often: it lets `skip` calls pass and then strikes the next `times`, each with a `chance` that is drawn
from the script's own seed. Scripts are asked in the order in which they were made and at most one of them
strikes a call. Nothing is looked at while there are none.

    throttle   refused for want of capacity, in the form that the table's billing mode has; nothing is done
    error      InternalServerError (500); nothing is done
    conflict   another transaction holds the item; nothing is done
    partial    a batch does its first half and hands back the rest
    delay      done, but `seconds` later
    drop       done, and then the connection is closed instead of answered

The calls of PartiQL name their tables in statements, which nobody parses for this: only scripts without table
and key strike them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from dynalite.capacity.lanes import Cause
from dynalite.capacity.refusals import error as throttle_error
from dynalite.capacity.refusals import refusal
from dynalite.errors import AnswerDropped, InternalServerError, ServiceError, TransactionConflictException
from dynalite.ids import Ids
from dynalite.operations.conflicts import TRANSACTION_CONFLICT
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.types import Answer, Request

Kind: TypeAlias = Literal["throttle", "error", "conflict", "partial", "delay", "drop"]
KINDS: Final[tuple[Kind, ...]] = ("throttle", "error", "conflict", "partial", "delay", "drop")

_CHANCES = 1 << 32
_TRANSACTIONS = frozenset({"TransactWriteItems", "TransactGetItems", "ExecuteTransaction"})
_BATCHES: Mapping[str, str] = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}
_BROKEN = "Internal server error"


@dataclass(frozen=True, slots=True)
class Fault:
    """What a script says. `key` is as in requests: attribute names and AttributeValues."""

    kind: Kind
    operation: str | None = None
    table: str | None = None
    key: Mapping[str, Any] | None = None
    skip: int = 0
    times: int = 1
    chance: float = 1.0
    seed: int = 0
    seconds: float = 1.0


class Script:
    """A fault, and how far it has come."""

    __slots__ = ("_ids", "fault", "met", "name", "struck")

    def __init__(self, name: str, fault: Fault) -> None:
        self.name = name
        self.fault = fault
        self.met = 0
        self.struck = 0
        self._ids = Ids(fault.seed)

    def strikes(self, context: Context, operation: str, request: Request) -> bool:
        """Whether a call is struck. A call that it concerns counts as met in any case."""
        fault = self.fault
        if self.struck >= fault.times or not self._concerns(context, operation, request):
            return False
        self.met += 1
        if self.met <= fault.skip or int.from_bytes(self._ids.token(4), "big") >= fault.chance * _CHANCES:
            return False
        self.struck += 1
        return True

    def _concerns(self, context: Context, operation: str, request: Request) -> bool:
        fault = self.fault
        if fault.operation not in (None, operation):
            return False
        if fault.kind == "partial" and operation not in _BATCHES:
            return False
        if fault.table is None and fault.key is None:
            return True
        return any(
            fault.table in (None, context.catalog.name(context.region, table)) and _has(item, fault.key)
            for table, item in targets(request)
        )


class Faults:
    """The scripts of a database."""

    __slots__ = ("_made", "scripts")

    def __init__(self) -> None:
        self.scripts: dict[str, Script] = {}
        self._made = 0

    def add(self, fault: Fault) -> Script:
        self._made += 1
        script = self.scripts[str(self._made)] = Script(str(self._made), fault)
        return script

    async def run(self, row: Operation, context: Context, request: Request) -> Answer:
        """Run an operation, struck by the first script that strikes it."""
        for script in self.scripts.values():
            if script.strikes(context, row.name, request):
                return await _STRUCK[script.fault.kind](script.fault, row, context, request)
        return await row.run(context, request)


def targets(request: Request) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The tables that a request names, each with the key or item that it names there, if any."""
    if "TableName" in request:
        yield request["TableName"], request.get("Key") or request.get("Item") or {}
    for member in request.get("TransactItems", ()):
        for one in member.values():
            yield one["TableName"], one.get("Key") or one.get("Item") or {}
    for table, block in request.get("RequestItems", {}).items():
        if isinstance(block, dict):
            for key in block["Keys"]:
                yield table, key
        else:
            for write in block:
                for one in write.values():
                    yield table, one.get("Key") or one.get("Item") or {}


def _has(item: Mapping[str, Any], key: Mapping[str, Any] | None) -> bool:
    return key is None or all(item.get(name) == value for name, value in key.items())


# ------------------------------------------------------------------ what each kind does


async def _throttled(fault: Fault, row: Operation, context: Context, request: Request) -> Answer:
    raise _cancelled(row, request, fault, _refusal(fault, row, context, request))


def _refusal(fault: Fault, row: Operation, context: Context, request: Request) -> ServiceError:
    name = fault.table or next((table for table, _ in targets(request)), None)
    table = None if name is None else context.catalog.find(context.region, name)
    if table is None:
        return throttle_error("PROVISIONED", "ProvisionedThroughputExceeded", [])
    provisioned = table.billing_mode == "PROVISIONED"
    cause: Cause = "ProvisionedThroughputExceeded" if provisioned else "KeyRangeThroughputExceeded"
    return refusal(table, None, "Read" if row.effect == "reads" else "Write", cause)


async def _broken(fault: Fault, row: Operation, context: Context, request: Request) -> Answer:
    raise InternalServerError(_BROKEN)


async def _conflicting(fault: Fault, row: Operation, context: Context, request: Request) -> Answer:
    raise _cancelled(row, request, fault, TransactionConflictException(TRANSACTION_CONFLICT))


def _cancelled(row: Operation, request: Request, fault: Fault, error: ServiceError) -> ServiceError:
    """The error as the operation answers it: a transaction is cancelled, with the members concerned."""
    if row.name not in _TRANSACTIONS:
        return error
    from dynalite.operations import transact  # not needed before, and faults are part of every start

    reason = transact.reason(error)
    members = request.get("TransactItems") or request["TransactStatements"]
    concerned = [
        fault.table in (None, table) and _has(item, fault.key) for table, item in targets(request)
    ] or [True] * len(members)
    return transact.cancelled([reason if one else None for one in concerned])


async def _partial(fault: Fault, row: Operation, context: Context, request: Request) -> Answer:
    kept, left = _halves(request["RequestItems"])
    answer = await row.run(context, {**request, "RequestItems": kept})
    unprocessed: Any = answer[_BATCHES[row.name]]
    for table, block in left.items():
        if table not in unprocessed:
            unprocessed[table] = block
        elif isinstance(block, dict):
            unprocessed[table]["Keys"] += block["Keys"]
        else:
            unprocessed[table] += block
    return answer


def _halves(asked: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A batch's first half, rounded up, and the rest; blocks keep their settings."""
    sizes = [len(block["Keys"] if isinstance(block, dict) else block) for block in asked.values()]
    room = -(-sum(sizes) // 2)
    kept: dict[str, Any] = {}
    left: dict[str, Any] = {}
    for table, block in asked.items():
        entries = block["Keys"] if isinstance(block, dict) else block
        for half, part in ((kept, entries[:room]), (left, entries[room:])):
            if part:
                half[table] = {**block, "Keys": part} if isinstance(block, dict) else part
        room = max(0, room - len(entries))
    return kept, left


async def _delayed(fault: Fault, row: Operation, context: Context, request: Request) -> Answer:
    await asyncio.sleep(fault.seconds)
    return await row.run(context, request)


async def _dropped(fault: Fault, row: Operation, context: Context, request: Request) -> Answer:
    await row.run(context, request)
    raise AnswerDropped


_STRUCK: Mapping[Kind, Callable[[Fault, Operation, Context, Request], Awaitable[Answer]]] = {
    "throttle": _throttled,
    "error": _broken,
    "conflict": _conflicting,
    "partial": _partial,
    "delay": _delayed,
    "drop": _dropped,
}
