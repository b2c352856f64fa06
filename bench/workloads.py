"""What is measured: rows of a name, the tables that it needs, and how its requests are drawn.

The requests of a measurement are made before it begins, and whoever sends them goes round the list. A put of
what is there already is no work for a server that sees it. So puts draw their keys from so few that one list
names each of them several times, and their values from so many that no two are the same.

A to F are the core workloads of YCSB, with its own distributions (zipfian, latest) and its records of ten
fields of 100 bytes. Its scans are Queries here: a hashed table has no order across partitions.
"""

import random
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice

from bench.tables import (
    HUGE,
    HUGE_ITEMS,
    INDEXED,
    LARGE,
    LARGE_ITEMS,
    ORDERS,
    RECORDS,
    RECORDS_PER_GROUP,
    SCRATCH,
    STREAMED,
    WIDE,
    Table,
    blob,
    blob_key,
    indexed_order,
    order,
    order_key,
    record,
    record_key,
)
from bench.wire import Call

_CHANGED = 500
_ZIPF_EXPONENT = 0.99
_LONGEST_SCAN = 100


class Draw:
    """Chance, the same for the same seed."""

    def __init__(self, seed: int, items: int) -> None:
        self.random = random.Random(seed)
        self.items = items
        self._changed = range(min(items, _CHANGED))
        self._inserted = items
        self._turn = 0

    def number(self) -> int:
        """An item, each as likely as any other."""
        return self.random.randrange(self.items)

    def numbers(self, count: int) -> list[int]:
        return self.random.sample(range(self.items), count)

    def few(self) -> int:
        """One of the items that writes change."""
        return self.random.choice(self._changed)

    def several(self, count: int) -> list[int]:
        """So many of those."""
        return self.random.sample(self._changed, count)

    def apart(self, count: int) -> list[int]:
        """Those that no request shortly before or after names: transactions on them do not conflict."""
        order = _scattered(len(self._changed))
        self._turn += count
        return [order[(self._turn + place) % len(order)] for place in range(count)]

    def value(self) -> int:
        return self.random.randrange(1_000_000)

    def popular(self) -> int:
        """An item with zipfian popularity; the popular ones lie scattered."""
        return _scattered(self.items)[self._rank()]

    def latest(self) -> int:
        """An item that is the likelier the later it was inserted."""
        return max(0, self._inserted - 1 - self._rank())

    def insert(self) -> int:
        self._inserted += 1
        return self._inserted - 1

    def _rank(self) -> int:
        weights = _popularity(self.items)
        return min(bisect_left(weights, self.random.random() * weights[-1]), self.items - 1)


@lru_cache(maxsize=2)
def _popularity(items: int) -> list[float]:
    return list(accumulate(rank**-_ZIPF_EXPONENT for rank in range(1, items + 1)))


@lru_cache(maxsize=2)
def _scattered(items: int) -> list[int]:
    numbers = list(range(items))
    random.Random(0).shuffle(numbers)
    return numbers


Calls = tuple[Call, ...]
Maker = Callable[[Draw], Calls]


@dataclass(frozen=True, slots=True)
class Workload:
    """`make` draws one request, or a few that follow each other. `beside` is what goes on meanwhile, over
    connections of its own; such a workload is judged by the latency that 99 % of its requests keep.
    """

    name: str
    make: Maker
    tables: tuple[Table, ...] = (ORDERS,)
    requests: int = 4096
    beside: Maker | None = None
    connections: tuple[int, ...] = (16,)

    def calls(self, draw: Draw) -> list[Call]:
        """One list of requests."""
        return list(islice(_endless(self.make, draw), self.requests))


def _endless(make: Maker, draw: Draw) -> Iterator[Call]:
    while True:
        yield from make(draw)


def get_item(draw: Draw) -> Calls:
    return (Call("GetItem", {"TableName": ORDERS.name, "Key": order_key(draw.number())}),)


def put_item(draw: Draw) -> Calls:
    return (Call("PutItem", {"TableName": ORDERS.name, "Item": order(draw.few(), draw.value())}),)


def update_item(draw: Draw) -> Calls:
    request = {
        "TableName": ORDERS.name,
        "Key": order_key(draw.number()),
        "UpdateExpression": "SET visits = if_not_exists(visits, :zero) + :one",
        "ConditionExpression": "attribute_exists(pk) AND paid = :paid",
        "ExpressionAttributeValues": {":zero": {"N": "0"}, ":one": {"N": "1"}, ":paid": {"BOOL": True}},
    }
    return (Call("UpdateItem", request),)


def delete_item(draw: Draw) -> Calls:
    number = draw.number()
    return (
        Call("DeleteItem", {"TableName": SCRATCH.name, "Key": order_key(number)}),
        Call("PutItem", {"TableName": SCRATCH.name, "Item": order(number)}),
    )


def query(draw: Draw) -> Calls:
    return (_partition(ORDERS, order_key(draw.number())["pk"]["S"]),)


def query_wide(_: Draw) -> Calls:
    return (_partition(WIDE, "wide"),)


def _partition(table: Table, partition: str) -> Call:
    request = {
        "TableName": table.name,
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": partition}},
    }
    return Call("Query", request)


def scan_filtered(draw: Draw) -> Calls:
    request = {
        "TableName": ORDERS.name,
        "FilterExpression": "contains(email, :domain) AND pk = :p",
        "ExpressionAttributeValues": {
            ":domain": {"S": "@example.com"},
            ":p": order_key(draw.number())["pk"],
        },
    }
    return (Call("Scan", request),)


def batch_get(draw: Draw) -> Calls:
    keys = [order_key(number) for number in draw.numbers(100)]
    return (Call("BatchGetItem", {"RequestItems": {ORDERS.name: {"Keys": keys}}}),)


def batch_write(draw: Draw) -> Calls:
    puts = [{"PutRequest": {"Item": order(number, draw.value())}} for number in draw.several(25)]
    return (Call("BatchWriteItem", {"RequestItems": {SCRATCH.name: puts}}),)


def transact_write(draw: Draw) -> Calls:
    checked, updated, *written = draw.apart(4)
    check = {
        "TableName": ORDERS.name,
        "Key": order_key(checked),
        "ConditionExpression": "attribute_exists(pk)",
    }
    update = {
        "TableName": ORDERS.name,
        "Key": order_key(updated),
        "UpdateExpression": "SET #total = :total",
        "ExpressionAttributeNames": {"#total": "total"},
        "ExpressionAttributeValues": {":total": {"N": str(draw.value())}},
    }
    puts = [{"TableName": ORDERS.name, "Item": order(number, draw.value())} for number in written]
    actions = [{"ConditionCheck": check}, {"Update": update}, *({"Put": put} for put in puts)]
    return (Call("TransactWriteItems", {"TransactItems": actions}),)


def put_indexed(draw: Draw) -> Calls:
    return (Call("PutItem", {"TableName": INDEXED.name, "Item": indexed_order(draw.few(), draw.value())}),)


def put_streamed(draw: Draw) -> Calls:
    return (Call("PutItem", {"TableName": STREAMED.name, "Item": order(draw.few(), draw.value())}),)


def _get_blob(table: Table, items: int) -> Maker:
    return lambda draw: (
        Call("GetItem", {"TableName": table.name, "Key": blob_key(draw.random.randrange(items))}),
    )


def _put_blob(table: Table, items: int, kilobytes: int) -> Maker:
    def make(draw: Draw) -> Calls:
        number = draw.random.randrange(items // 4)
        return (Call("PutItem", {"TableName": table.name, "Item": blob(number, kilobytes, draw.value())}),)

    return make


def _read_record(number: int) -> Call:
    return Call("GetItem", {"TableName": RECORDS.name, "Key": record_key(number)})


def _update_record(draw: Draw, number: int) -> Call:
    request = {
        "TableName": RECORDS.name,
        "Key": record_key(number),
        "UpdateExpression": f"SET field{draw.random.randrange(10)} = :value",
        "ExpressionAttributeValues": {":value": {"S": f"{draw.value():0100d}"}},
    }
    return Call("UpdateItem", request)


def _insert_record(draw: Draw) -> Call:
    return Call("PutItem", {"TableName": RECORDS.name, "Item": record(draw.insert())})


def _scan_records(draw: Draw) -> Call:
    group, sort = divmod(draw.popular(), RECORDS_PER_GROUP)
    request = {
        "TableName": RECORDS.name,
        "KeyConditionExpression": "pk = :group AND sk >= :first",
        "ExpressionAttributeValues": {":group": {"S": f"group-{group}"}, ":first": {"N": str(sort)}},
        "Limit": draw.random.randint(1, _LONGEST_SCAN),
    }
    return Call("Query", request)


def _mostly(share: float, usual: Maker, otherwise: Maker) -> Maker:
    return lambda draw: usual(draw) if draw.random.random() < share else otherwise(draw)


def _read(draw: Draw) -> Calls:
    return (_read_record(draw.popular()),)


def _update(draw: Draw) -> Calls:
    return (_update_record(draw, draw.popular()),)


def _insert(draw: Draw) -> Calls:
    return (_insert_record(draw),)


def _read_latest(draw: Draw) -> Calls:
    return (_read_record(draw.latest()),)


def _scan(draw: Draw) -> Calls:
    return (_scan_records(draw),)


def _read_modify_write(draw: Draw) -> Calls:
    number = draw.popular()
    return (_read_record(number), _update_record(draw, number))


_FEW_AND_MANY = (1, 16, 128)

ALL = (
    Workload("GetItem", get_item, connections=_FEW_AND_MANY),
    Workload("PutItem", put_item, connections=_FEW_AND_MANY),
    Workload("UpdateItem, conditional", update_item),
    Workload("DeleteItem, then PutItem", delete_item, (SCRATCH,)),
    Workload("Query, 10 items of 1 KB", query, connections=_FEW_AND_MANY),
    Workload("Query, a page of 1 MB", query_wide, (WIDE,), requests=16),
    Workload("Scan, 1 MB filtered", scan_filtered, requests=64),
    Workload("BatchGetItem of 100", batch_get, requests=512),
    Workload("BatchWriteItem of 25", batch_write, (SCRATCH,), requests=256),
    Workload("TransactWriteItems of 4", transact_write, requests=1024),
    Workload("YCSB A, update heavy", _mostly(0.5, _read, _update), (RECORDS,)),
    Workload("YCSB B, read mostly", _mostly(0.95, _read, _update), (RECORDS,)),
    Workload("YCSB C, read only", _read, (RECORDS,)),
    Workload("YCSB D, read latest", _mostly(0.95, _read_latest, _insert), (RECORDS,)),
    Workload("YCSB E, short ranges", _mostly(0.95, _scan, _insert), (RECORDS,)),
    Workload("YCSB F, read-modify-write", _mostly(0.5, _read, _read_modify_write), (RECORDS,)),
    Workload("PutItem, two GSIs", put_indexed, (INDEXED,)),
    Workload("PutItem, stream on", put_streamed, (STREAMED,)),
    Workload("GetItem of 100 KB", _get_blob(LARGE, LARGE_ITEMS), (LARGE,), requests=64),
    Workload("PutItem of 100 KB", _put_blob(LARGE, LARGE_ITEMS, 100), (LARGE,), requests=64),
    Workload("GetItem of 400 KB", _get_blob(HUGE, HUGE_ITEMS), (HUGE,), requests=32),
    Workload("PutItem of 400 KB", _put_blob(HUGE, HUGE_ITEMS, 400), (HUGE,), requests=32),
    Workload("GetItem beside Scans", get_item, beside=scan_filtered),
)
