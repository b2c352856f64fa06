"""A random walk: one step is one thing that a client does, told to the oracle and to the server, and
compared.

    python -m tests.oracle.walk --seed 7 --steps 100000 --endpoint http://127.0.0.1:8000

walks for as long as one likes and prints the seed and the step at which the two disagree.
"""

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable

from tests.oracle import reading
from tests.oracle.client import Client, ServiceError
from tests.oracle.generator import Generator
from tests.oracle.intents import Change, Delete, Get, Put, Read
from tests.oracle.model import ANYTHING, Answer, Table
from tests.oracle.reading import expect
from tests.oracle.schema import Index, Schema, definitions
from tests.oracle.values import Refused, Unsure, fingerprint

WAIT_SECONDS = 10.0
GLOBAL_INDEX_NAMES = tuple(f"global{number}" for number in range(5))

Request = dict[str, object]


class Walk:
    """One table at a time, on a server and in the oracle. Every step draws from the `Random` that it is
    given.
    """

    def __init__(self, call: Callable[[str, Request], Answer], prefix: str) -> None:
        self.call = call
        self.prefix = prefix
        self.tables = 0
        self.taken: Counter[str] = Counter()
        self.table: Table | None = None

    # Tables

    def new_table(self, rng: random.Random) -> None:
        self.drop_table()
        schema = Generator(rng).schema()
        self.tables += 1
        name = f"{self.prefix}.{self.tables}"
        self.call("CreateTable", schema.create_request(name))
        self._wait_until_active(name)
        self.table = Table(name, schema)

    def drop_table(self) -> None:
        if self.table is not None:
            self.call("DeleteTable", {"TableName": self.table.name})
            self.table = None

    def add_index(self, rng: random.Random) -> None:
        table = self._table()
        taken = {index.name for index in table.schema.indexes}
        name = next((one for one in GLOBAL_INDEX_NAMES if one not in taken), None)
        if name is None:
            return
        index = Generator(rng).global_index(name, table.schema)
        create = index.wire()
        self._update_indexes({"Create": create}, definitions(*index.keys, *table.schema.keys))
        self._use_indexes((*table.schema.indexes, index))

    def drop_index(self, rng: random.Random) -> None:
        table = self._table()
        globals_ = [index for index in table.schema.indexes if not index.local]
        if not globals_:
            return
        gone = rng.choice(globals_)
        self._update_indexes({"Delete": {"IndexName": gone.name}}, None)
        self._use_indexes(tuple(index for index in table.schema.indexes if index is not gone))

    def _update_indexes(self, update: Request, attributes: list[dict[str, str]] | None) -> None:
        table = self._table()
        request: Request = {"TableName": table.name, "GlobalSecondaryIndexUpdates": [update]}
        if attributes is not None:
            request["AttributeDefinitions"] = attributes
        self.call("UpdateTable", request)
        self._wait_until_active(table.name)

    def _use_indexes(self, indexes: tuple[Index, ...]) -> None:
        table = self._table()
        table.schema = Schema(table.schema.partition, table.schema.sort, indexes)

    def _wait_until_active(self, name: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            described = self.call("DescribeTable", {"TableName": name})["Table"]
            assert isinstance(described, dict)
            statuses = [described["TableStatus"]]
            statuses += [index["IndexStatus"] for index in described.get("GlobalSecondaryIndexes", ())]
            if set(statuses) == {"ACTIVE"}:
                return
            expect(time.monotonic() < deadline, "the table does not become ACTIVE", described)
            time.sleep(0.01)

    def _table(self) -> Table:
        assert self.table is not None
        return self.table

    # Items

    def put(self, rng: random.Random) -> None:
        self._point(Generator(rng).put(self._table().schema), rng)

    def change(self, rng: random.Random) -> None:
        self._point(Generator(rng).change(self._table().schema), rng)

    def delete(self, rng: random.Random) -> None:
        self._point(Generator(rng).delete(self._table().schema), rng)

    def get(self, rng: random.Random) -> None:
        self._point(Generator(rng).get(self._table().schema), rng)

    def _point(self, intent: Put | Change | Delete | Get, rng: random.Random) -> None:
        table = self._table()
        request = intent.request(table.name, rng)
        try:
            expected: Answer | Refused = table.answer(intent)
        except Unsure:
            self.taken["unsure"] += 1
            return
        except Refused as refused:
            expected = refused
        try:
            answer = self.call(intent.operation, request)
        except ServiceError as error:
            expect(isinstance(expected, Refused), f"refused: {error}", intent.operation, request, expected)
            assert isinstance(expected, Refused)
            reading.check_refusal(expected, error.code, error.body, request)
            self.taken[f"{intent.operation} {error.code}"] += 1
            return
        expect(not isinstance(expected, Refused), "not refused", intent.operation, request, expected, answer)
        assert isinstance(expected, dict)
        _compare(expected, answer, [intent.operation, request])
        self.taken[intent.operation] += 1

    def read(self, rng: random.Random) -> None:
        table = self._table()
        read = Generator(rng).read(table.schema, list(table.items.values()))
        request = read.request(table.name, rng)
        try:
            table.check_read(read)
            for row in table.rows(read):
                table.view(read, row)
        except Unsure:
            self.taken["unsure"] += 1
            return
        except Refused as refused:
            try:
                answer = self.call(read.operation, request)
            except ServiceError as error:
                reading.check_refusal(refused, error.code, error.body, request)
                self.taken[f"{read.operation} {error.code}"] += 1
                return
            expect(False, "not refused", read.operation, request, answer)
        self._follow(table, read, request)
        self.taken[read.operation + (" of an index" if read.index else "")] += 1

    def _follow(self, table: Table, read: Read, request: Request) -> None:
        requests = [request]
        if read.segment is not None:
            requests = [request | {"Segment": number} for number in range(read.segment[1])]
        try:
            pages = [page for one in requests for page in reading.follow(self.call, read.operation, one)]
        except ServiceError as error:
            raise reading.Divergence(f"refused: {error}\n  {read.operation} {request!r}") from None
        reading.check(table, read, pages)

    def everything(self) -> None:
        """The table and every index, whole: what the server holds is what the oracle holds."""
        table = self._table()
        for index in (None, *table.schema.indexes):
            read = Read(index=None if index is None else index.name, capacity="INDEXES")
            self._follow(table, read, read.request(table.name, random.Random(0)))

    STEPS = (("put", 30), ("change", 30), ("delete", 8), ("get", 10), ("read", 22))
    RARE_STEPS = (("add_index", 2), ("drop_index", 2), ("new_table", 1))

    def step(self, rng: random.Random) -> None:
        rows = (*self.STEPS, *self.RARE_STEPS) if rng.random() < 0.2 else self.STEPS
        (name,) = rng.choices([name for name, _ in rows], [weight for _, weight in rows])
        getattr(self, name)(rng)


def _compare(expected: Answer, answer: Answer, request: list[object]) -> None:
    expected, answer = dict(expected), dict(answer)
    if expected.get("Attributes") is ANYTHING:
        del expected["Attributes"]
        answer.pop("Attributes", None)
    for member in ("Item", "Attributes"):
        wanted, got = expected.pop(member, None), answer.pop(member, None)
        expect((wanted is None) == (got is None), f"{member} is there or not", request, wanted, got)
        if isinstance(wanted, dict) and isinstance(got, dict):
            expect(
                fingerprint(wanted) == fingerprint(got),
                member,
                request,
                f"expected {wanted}",
                f"got      {got}",
            )
    answer.pop("ItemCollectionMetrics", None)
    expect(expected == answer, "the answer", request, f"expected {expected}", f"got      {answer}")


def main() -> None:
    arguments = argparse.ArgumentParser(description="Walk at random over a server, beside the oracle.")
    arguments.add_argument("--endpoint", required=True)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--steps", type=int, default=10_000)
    options = arguments.parse_args()
    client = Client(options.endpoint)
    walk = Walk(client, f"walk-{options.seed}-{int(time.time())}")
    rng = random.Random(options.seed)
    walk.new_table(rng)
    for number in range(options.steps):
        try:
            walk.step(random.Random(rng.getrandbits(64)))
            if number % 500 == 499:
                walk.everything()
        except reading.Divergence:
            print(f"seed {options.seed}, step {number}")
            raise
    walk.everything()
    walk.drop_table()
    print(f"{options.steps} steps, no divergence: {dict(sorted(walk.taken.items()))}")


if __name__ == "__main__":
    main()
