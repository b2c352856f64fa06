"""A random walk: one step is one thing that a client does, told to the oracle and to the server, and
compared.

    python -m tests.oracle.walk --seed 7 --steps 100000 --endpoint http://127.0.0.1:8000

walks for as long as one likes and prints the seed and the step at which the two disagree.
"""

import argparse
import random
import time
from collections.abc import Callable, Mapping, Sequence

from tests.oracle import batches, draw_statements, reading, statements, streams, transactions
from tests.oracle.answers import Divergence, check_refusal, expect
from tests.oracle.client import Client, ServiceError
from tests.oracle.draw_legacy import LegacyGenerator
from tests.oracle.draw_statements import StatementGenerator
from tests.oracle.generator import Generator
from tests.oracle.intents import Change, Delete, Get, Put, Read, Request
from tests.oracle.model import Answer, Table
from tests.oracle.partiql import Select, asked
from tests.oracle.statements import ExecuteTransaction
from tests.oracle.transactions import TransactWrite
from tests.oracle.values import Refused, Unsure
from tests.oracle.world import World

Step = Callable[[World, random.Random], None]


def _generator(rng: random.Random) -> Generator:
    return LegacyGenerator(rng) if rng.random() < 0.25 else Generator(rng)


# One item


def put(world: World, rng: random.Random) -> None:
    table = world.any_table(rng)
    _write(world, table, _generator(rng).put(table.schema), rng)


def change(world: World, rng: random.Random) -> None:
    table = world.any_table(rng)
    _write(world, table, _generator(rng).change(table.schema), rng)


def delete(world: World, rng: random.Random) -> None:
    table = world.any_table(rng)
    _write(world, table, _generator(rng).delete(table.schema), rng)


def _write(world: World, table: Table, intent: Put | Change | Delete, rng: random.Random) -> None:
    def predict() -> Answer:
        done = table.write(intent)
        table.keep(done)
        return done.answer | table.capacity(intent.capacity, done.spent)

    world.tell(intent.operation, intent.request(table.name, rng), predict)


def get(world: World, rng: random.Random) -> None:
    table = world.any_table(rng)
    intent: Get = _generator(rng).get(table.schema)

    def predict() -> Answer:
        item, spent = table.get(intent)
        return ({} if item is None else {"Item": item}) | table.capacity(intent.capacity, spent)

    world.tell(intent.operation, intent.request(table.name, rng), predict)


# Queries and scans


def read(world: World, rng: random.Random) -> None:
    table = world.any_table(rng)
    wanted = _generator(rng).read(table.schema, list(table.items.values()))
    request = wanted.request(table.name, rng)

    def check() -> None:
        table.check_read(wanted)
        for row in table.rows(wanted):
            table.view(wanted, row)

    if _answerable(world, wanted.operation, request, check):
        _follow(world, table, wanted, request)
        world.taken[wanted.operation + (" of an index" if wanted.index else "")] += 1


def _answerable(world: World, operation: str, request: Request, check: Callable[[], None]) -> bool:
    """Whether a read is one that can be answered. If not, the server must say so too."""
    try:
        check()
    except Unsure:
        world.taken["unsure"] += 1
        return False
    except Refused as refused:
        try:
            answer = world.call(operation, request)
        except ServiceError as error:
            check_refusal(refused, error, [operation, request])
            world.taken[f"{operation} {error.code}"] += 1
            return False
        expect(False, "not refused", operation, request, answer)
    return True


def _follow(world: World, table: Table, wanted: Read, request: Request) -> None:
    requests = [request]
    if wanted.segment is not None:
        requests = [request | {"Segment": number} for number in range(wanted.segment[1])]
    try:
        pages = [page for one in requests for page in reading.follow(world.call, wanted.operation, one)]
    except ServiceError as error:
        raise Divergence(f"refused: {error}\n  {wanted.operation} {request!r}") from None
    reading.check(table, wanted, pages)


# Many items


def batch_get(world: World, rng: random.Random) -> None:
    batch = batches.batch_get(Generator(rng), world.tables)
    world.tell(batch.operation, batch.request(rng), lambda: batch.answer(world.tables))


def batch_write(world: World, rng: random.Random) -> None:
    batch = batches.batch_write(Generator(rng), world.tables)
    world.tell(batch.operation, batch.request(rng), lambda: batch.answer(world.tables))


def transact_get(world: World, rng: random.Random) -> None:
    transaction = transactions.transact_get(Generator(rng), world.tables)
    world.tell(transaction.operation, transaction.request(rng), lambda: transaction.answer(world.tables))


def transact_write(world: World, rng: random.Random) -> None:
    token = world.new_token("TransactWriteItems") if rng.random() < 0.3 else None
    transaction = transactions.transact_write(Generator(rng), world.tables, token)
    _commit(world, transaction, transaction.actions, {}, rng)


def _commit(
    world: World,
    transaction: TransactWrite | ExecuteTransaction,
    members: Sequence[tuple[str, object]],
    beside: Answer,
    rng: random.Random,
) -> None:
    """`beside` is what the answer holds whatever the transaction did."""
    request = transaction.request(rng)
    again: Answer = {}

    def predict() -> Answer:
        done = transaction.done(world.tables)
        for (name, _), one in zip(members, done, strict=True):
            world.tables[name].keep(one)
        again.update(beside | transactions.replayed(members, done, transaction.capacity))
        return beside | transactions.written(members, done, transaction.capacity)

    if world.tell(transaction.operation, request, predict) and transaction.token is not None:
        names = frozenset(name for name, _ in members)
        world.remember(transaction.operation, request, again, names)


def transact_again(world: World, rng: random.Random) -> None:
    """A token a second time: with the same transaction it changes nothing, with another it is refused."""
    remembered = world.a_remembered(rng)
    if remembered is None:
        return
    operation, request = remembered.operation, remembered.request
    if rng.random() < 0.7:
        if world.tell(operation, request, lambda: remembered.answer):
            world.taken[f"{operation} again"] += 1
        return
    member = "TransactItems" if operation == "TransactWriteItems" else "TransactStatements"
    members = request[member]
    assert isinstance(members, list)
    other = request | {member: members[1:] if len(members) > 1 else [_altered(members[0])]}

    def refuse() -> Answer:
        raise Refused("IdempotentParameterMismatchException")

    world.tell(operation, other, refuse)


def _altered(member: Mapping[str, object]) -> Mapping[str, object]:
    """The same action, but what it shows of an item that fails its condition."""
    statement = "Statement" in member
    ((name, inner),) = [("", member)] if statement else member.items()
    assert isinstance(inner, Mapping)
    shown = inner.get("ReturnValuesOnConditionCheckFailure")
    other = {**inner, "ReturnValuesOnConditionCheckFailure": "NONE" if shown == "ALL_OLD" else "ALL_OLD"}
    return other if statement else {name: other}


# Statements


def execute(world: World, rng: random.Random) -> None:
    one = draw_statements.execute(StatementGenerator(rng), world.tables)
    world.tell(one.operation, one.request(rng), lambda: one.answer(world.tables))


def select(world: World, rng: random.Random) -> None:
    table = world.any_table(rng)
    one = draw_statements.select(StatementGenerator(rng), table)
    request = _select_request(one, table, rng)
    if not _answerable(world, "ExecuteStatement", request, lambda: statements.check_select(table, one)):
        return
    try:
        statements.select(world.call, table, one, request)
    except ServiceError as error:
        raise Divergence(f"refused: {error}\n  {request!r}") from None
    world.taken["SELECT" + (" of an index" if one.read.index else "")] += 1


def _select_request(one: Select, table: Table, rng: random.Random) -> Request:
    request = asked(one, table.name, rng)
    members = {
        "Limit": one.read.limit,
        "ConsistentRead": one.read.consistent,
        "ReturnConsumedCapacity": one.read.capacity,
    }
    return request | {name: value for name, value in members.items() if value is not None}


def batch_execute(world: World, rng: random.Random) -> None:
    batch = draw_statements.batch_execute(StatementGenerator(rng), world.tables)
    request = batch.request(rng)
    world.tell(batch.operation, request, lambda: batch.answer(world.tables), statements.compare_batch)


def execute_transaction(world: World, rng: random.Random) -> None:
    token = world.new_token("ExecuteTransaction") if rng.random() < 0.3 else None
    transaction = draw_statements.execute_transaction(StatementGenerator(rng), world.tables, token)
    if transaction.writes:
        _commit(world, transaction, transaction.members, {"Responses": []}, rng)
    else:
        world.tell(transaction.operation, transaction.request(rng), lambda: transaction.answer(world.tables))


# The walk

STEPS: Mapping[Step, int] = {
    put: 22,
    change: 24,
    delete: 6,
    get: 6,
    read: 22,
    batch_get: 6,
    batch_write: 8,
    transact_get: 5,
    transact_write: 14,
    transact_again: 3,
    execute: 14,
    select: 10,
    batch_execute: 6,
    execute_transaction: 8,
}
"""What a client does, and how often."""

RARE_STEPS: Mapping[Step, int] = {World.add_index: 4, World.drop_index: 4, World.new_table: 2}


def begin(call: Callable[[str, Request], Answer], prefix: str, rng: random.Random) -> World:
    """A world of two tables."""
    world = World(call, prefix)
    world.new_table(rng)
    world.new_table(rng)
    return world


def step(world: World, rng: random.Random) -> None:
    """The next thing, whatever it is."""
    rows = {**STEPS, **RARE_STEPS} if rng.random() < 0.2 else STEPS
    (one,) = rng.choices(list(rows), list(rows.values()))
    one(world, rng)


def everything(world: World) -> None:
    """The tables, their indexes and their streams, whole: what the server holds is what the oracle holds."""
    for table in world.tables.values():
        for index in (None, *table.schema.indexes):
            wanted = Read(index=None if index is None else index.name, capacity="INDEXES")
            _follow(world, table, wanted, wanted.request(table.name, random.Random(0)))
        streams.check(world.call, table)


def main() -> None:
    arguments = argparse.ArgumentParser(description="Walk at random over a server, beside the oracle.")
    arguments.add_argument("--endpoint", required=True)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--steps", type=int, default=10_000)
    options = arguments.parse_args()
    rng = random.Random(options.seed)
    world = begin(Client(options.endpoint), f"walk-{options.seed}-{int(time.time())}", rng)
    for number in range(options.steps):
        try:
            step(world, random.Random(rng.getrandbits(64)))
            if number % 500 == 499:
                everything(world)
        except Divergence:
            print(f"seed {options.seed}, step {number}")
            raise
    everything(world)
    world.drop_everything()
    print(f"{options.steps} steps, no divergence: {dict(sorted(world.taken.items()))}")


if __name__ == "__main__":
    main()
