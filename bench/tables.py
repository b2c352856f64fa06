"""The tables that are measured, and what is in them before the measurement.

Most workloads share `ORDERS`: items of 1 KB that look like something one would store, ten to a partition.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.wire import Call
from dynalite.values.types import Item, Request

ITEMS_PER_PARTITION = 10
WIDE_ITEMS = 1500
LARGE_ITEMS = 32
HUGE_ITEMS = 16
RECORDS_PER_GROUP = 100


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and its items as a function of how many the benchmark was asked for."""

    name: str
    create: Request
    items: Callable[[int], Iterator[Item]]
    load_batch: int = 25

    def calls(self, items: int) -> Iterator[Call]:
        """Put everything, in batches."""
        batch: list[Request] = []
        for item in self.items(items):
            batch.append({"PutRequest": {"Item": item}})
            if len(batch) == self.load_batch:
                yield Call("BatchWriteItem", {"RequestItems": {self.name: batch}})
                batch = []
        if batch:
            yield Call("BatchWriteItem", {"RequestItems": {self.name: batch}})


def order_key(number: int) -> Item:
    partition, sort = divmod(number, ITEMS_PER_PARTITION)
    return {"pk": {"S": f"partition-{partition:07d}"}, "sk": {"N": str(sort)}}


def order(number: int, total: int = 1234) -> Item:
    """An item of 1 KB."""
    return order_key(number) | {
        "customer": {"S": "Frances Hamilton-Oyelaran"},
        "email": {"S": "frances.hamilton@example.com"},
        "total": {"N": str(total)},
        "paid": {"BOOL": True},
        "note": {"NULL": True},
        "tags": {"SS": ["express", "gift", "returning"]},
        "address": {
            "M": {"street": {"S": "12 Long Acre"}, "city": {"S": "London"}, "postcode": {"S": "WC2E 9LH"}}
        },
        "lines": {"L": [{"M": {"sku": {"S": "A-1001"}, "quantity": {"N": "2"}}}, {"N": "7"}]},
        "description": {"S": "x" * 640},
    }


def indexed_order(number: int, total: int = 1234) -> Item:
    """An order with the keys of two global indexes."""
    keys: Item = {"status": {"S": f"status-{total % 50}"}, "agent": {"S": f"agent-{total % 97}"}}
    return order(number, total) | keys


def blob_key(number: int) -> Item:
    return {"pk": {"S": f"blob-{number}"}, "sk": {"N": "0"}}


def blob(number: int, kilobytes: int, value: int = 0) -> Item:
    """One item of about so many KB: as many strings of 10 KB as it takes, and room for the rest."""
    pieces = [{"S": "x" * 10_000} for _ in range(kilobytes // 10)]
    return blob_key(number) | {"value": {"N": str(value)}, "pieces": {"L": pieces}}


def record_key(number: int) -> Item:
    group, sort = divmod(number, RECORDS_PER_GROUP)
    return {"pk": {"S": f"group-{group}"}, "sk": {"N": str(sort)}}


def record(number: int) -> Item:
    """YCSB's record: ten fields of 100 bytes."""
    return record_key(number) | {f"field{field}": {"S": "x" * 100} for field in range(10)}


def _table(
    name: str,
    items: Callable[[int], Iterator[Item]],
    load_batch: int = 25,
    indexes: tuple[str, ...] = (),
    **more: object,
) -> Table:
    create: Request = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
            *({"AttributeName": attribute, "AttributeType": "S"} for attribute in indexes),
        ],
        **more,
    }
    if indexes:
        create["GlobalSecondaryIndexes"] = [
            {
                "IndexName": f"by-{attribute}",
                "KeySchema": [{"AttributeName": attribute, "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
            for attribute in indexes
        ]
    return Table(name, create, items, load_batch)


def _orders(items: int) -> Iterator[Item]:
    return map(order, range(items))


def _one_partition(_: int) -> Iterator[Item]:
    for number in range(WIDE_ITEMS):
        yield order(0) | {"pk": {"S": "wide"}, "sk": {"N": str(number)}}


ORDERS = _table("orders", _orders)
SCRATCH = _table("scratch", _orders)
WIDE = _table("wide", _one_partition)
INDEXED = _table("indexed", lambda items: map(indexed_order, range(items // 20)), indexes=("status", "agent"))
STREAMED = _table(
    "streamed",
    lambda items: map(order, range(items // 20)),
    StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
)
LARGE = _table("large", lambda _: (blob(number, 100) for number in range(LARGE_ITEMS)), load_batch=8)
HUGE = _table("huge", lambda _: (blob(number, 400) for number in range(HUGE_ITEMS)), load_batch=4)
RECORDS = _table("records", lambda items: map(record, range(items)))
