"""The same tables twice: on a server and in the oracle.

`tell` is how everything is compared: the oracle predicts, the server answers, and the two must agree on the
answer or on the error.
"""

import itertools
import random
import time
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.oracle import streams
from tests.oracle.answers import check_refusal, compare, expect
from tests.oracle.client import ServiceError
from tests.oracle.generator import Generator
from tests.oracle.intents import Request
from tests.oracle.model import Answer, Table
from tests.oracle.schema import Index, Schema, definitions
from tests.oracle.values import Refused, Unsure

WAIT_SECONDS = 10.0
TABLES = 2
TOKEN_SECONDS = 300.0
"""A token is good for ten minutes; a slow walk does not ask for the second half of them."""
GLOBAL_INDEX_NAMES = tuple(f"global{number}" for number in range(5))

_worlds = itertools.count()
"""Worlds may share a server and a prefix, but no tables and no tokens."""

Compare = Callable[[Answer, Answer, Sequence[object]], None]


@dataclass(frozen=True)
class Remembered:
    """A transaction that went through under a token, and what the same again is answered."""

    operation: str
    request: Request
    answer: Answer
    tables: frozenset[str]
    until: float


class World:
    """`tables` by name. `taken` counts what was done, by operation and error; `remembered` are the
    transactions whose tokens can be used again.
    """

    def __init__(self, call: Callable[[str, Request], Answer], prefix: str) -> None:
        self.call = call
        self.prefix = prefix
        self.created = 0
        self.number = next(_worlds)
        self.tokens: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()
        self.tables: dict[str, Table] = {}
        self.remembered: list[Remembered] = []

    def tell(
        self, operation: str, request: Request, predict: Callable[[], Answer], compare: Compare = compare
    ) -> bool:
        """Whether the request went through, on both sides."""
        told = [operation, request]
        try:
            expected: Answer | Refused = predict()
        except Unsure:
            self.taken["unsure"] += 1
            return False
        except Refused as refused:
            expected = refused
        try:
            answer = self.call(operation, request)
        except ServiceError as error:
            self.check_error(expected, error, told)
            return False
        expect(not isinstance(expected, Refused), "not refused", *told, expected, answer)
        assert not isinstance(expected, Refused)
        compare(expected, answer, told)
        self.taken[operation] += 1
        return True

    def check_error(self, expected: Answer | Refused, error: ServiceError, told: Sequence[object]) -> None:
        expect(isinstance(expected, Refused), f"refused: {error}", *told, error.body, expected)
        assert isinstance(expected, Refused)
        check_refusal(expected, error, told)
        self.taken[f"{told[0]} {error.code}"] += 1

    # Tables

    def any_table(self, rng: random.Random) -> Table:
        return rng.choice(list(self.tables.values()))

    def new_table(self, rng: random.Random) -> None:
        """One more table, in the place of another when there are enough."""
        if len(self.tables) == TABLES:
            self.drop_table(self.any_table(rng))
        schema = Generator(rng).schema()
        self.created += 1
        name = f"{self.prefix}.{self.number}.{self.created}"
        table = Table(name, schema, rng.choice((None, *streams.VIEW_TYPES)))
        request = schema.create_request(name)
        if table.view_type is not None:
            request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": table.view_type}
        self.call("CreateTable", request)
        self._wait_until_active(name)
        self.tables[name] = table

    def drop_table(self, table: Table) -> None:
        streams.check(self.call, table)
        self.call("DeleteTable", {"TableName": table.name})
        del self.tables[table.name]

    def drop_everything(self) -> None:
        for table in list(self.tables.values()):
            self.drop_table(table)

    def add_index(self, rng: random.Random) -> None:
        table = self.any_table(rng)
        taken = {index.name for index in table.schema.indexes}
        name = next((one for one in GLOBAL_INDEX_NAMES if one not in taken), None)
        if name is None:
            return
        index = Generator(rng).global_index(name, table.schema)
        create = index.wire()
        self._update_indexes(table, {"Create": create}, definitions(*index.keys, *table.schema.keys))
        _use_indexes(table, (*table.schema.indexes, index))
        self.taken["add_index"] += 1

    def drop_index(self, rng: random.Random) -> None:
        table = self.any_table(rng)
        globals_ = [index for index in table.schema.indexes if not index.local]
        if not globals_:
            return
        gone = rng.choice(globals_)
        self._update_indexes(table, {"Delete": {"IndexName": gone.name}}, None)
        _use_indexes(table, tuple(index for index in table.schema.indexes if index is not gone))
        self.taken["drop_index"] += 1

    def _update_indexes(self, table: Table, update: Request, attributes: list[dict[str, str]] | None) -> None:
        request: Request = {"TableName": table.name, "GlobalSecondaryIndexUpdates": [update]}
        if attributes is not None:
            request["AttributeDefinitions"] = attributes
        self.call("UpdateTable", request)
        self._wait_until_active(table.name)

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
            time.sleep(0.005)

    # Tokens

    def new_token(self, operation: str) -> str:
        """Each operation counts for itself, so they use the same tokens: that must not matter."""
        self.tokens[operation] += 1
        return f"{zlib.crc32(self.prefix.encode()):08x}-{self.number}-{self.tokens[operation]}"

    def remember(self, operation: str, request: Request, answer: Answer, tables: frozenset[str]) -> None:
        until = time.monotonic() + TOKEN_SECONDS
        self.remembered = [*self.remembered[-9:], Remembered(operation, request, answer, tables, until)]

    def a_remembered(self, rng: random.Random) -> Remembered | None:
        """One whose token and tables are still there."""
        now = time.monotonic()
        fresh = [one for one in self.remembered if one.until > now and one.tables <= self.tables.keys()]
        return rng.choice(fresh) if fresh else None


def _use_indexes(table: Table, indexes: tuple[Index, ...]) -> None:
    table.schema = Schema(table.schema.partition, table.schema.sort, indexes)
