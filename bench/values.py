"""What an item costs in CPU on its way in and out: the walk, the record, the key.

python -m bench.values
"""

from collections.abc import Callable
from copy import deepcopy

import orjson

from bench.expressions import microseconds
from bench.tables import order
from dynalite.items import record
from dynalite.values import number
from dynalite.values import order as ordered
from dynalite.values.attribute import canonical_item
from dynalite.values.size import item_size


def main() -> None:
    item, size = canonical_item(deepcopy(order(7)))
    stored = record.pack(record.of(item, size))
    json = orjson.dumps(item)
    work: dict[str, Callable[[], object]] = {
        "parse the JSON of an item of 1 KB": lambda: orjson.loads(json),
        "parse it, check it, make it canonical and weigh it": lambda: canonical_item(orjson.loads(json)),
        "weigh a canonical item": lambda: item_size(item),
        "write its record": lambda: record.pack(record.of(item, size)),
        "read its record": lambda: record.unpack(stored),
        "read its record and parse the item": lambda: record.unpack(stored).item,
        "a number, canonical as it stands": lambda: number.canonical("-12.5"),
        "a number in another spelling": lambda: number.canonical("+1.250E+1"),
        "the ordered bytes of a text": lambda: ordered.encode("S", "partition-0000042"),
        "the ordered bytes of a number": lambda: ordered.encode("N", "-12.5"),
    }
    for name, call in work.items():
        print(f"{name:<52}{microseconds(call):>8.2f} µs")


if __name__ == "__main__":
    main()
