"""What expressions cost in CPU: preparing a request whose expressions are known, and evaluating them.

python -m bench.expressions
"""

import time
import timeit
from collections.abc import Callable

from dynalite.expressions import condition, keycondition, prepare, update
from dynalite.values.types import Item, Request

_CALLS = 20_000
_REPEATS = 7

UPDATE: Request = {
    "UpdateExpression": "SET #c = #c + :one",
    "ExpressionAttributeNames": {"#c": "count"},
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}
FILTER: Request = {
    "FilterExpression": "#a = :x AND size(b) > :n",
    "ExpressionAttributeNames": {"#a": "a"},
    "ExpressionAttributeValues": {":x": {"S": "x"}, ":n": {"N": "2"}},
}
QUERY: Request = {
    "KeyConditionExpression": "pk = :p AND sk > :s",
    "ExpressionAttributeValues": {":p": {"S": "x"}, ":s": {"N": "2"}},
}
ITEM: Item = {"a": {"S": "x"}, "b": {"S": "hello"}, "count": {"N": "41"}}


def microseconds(call: Callable[[], object]) -> float:
    """The CPU time of one call, from the best of several runs."""
    runs = timeit.repeat(call, number=_CALLS, repeat=_REPEATS, timer=time.process_time)
    return min(runs) / _CALLS * 1e6


def main() -> None:
    changes, chosen, keys = (
        prepare.update(UPDATE).update,
        prepare.scan(FILTER).filter,
        prepare.query(QUERY).key_condition,
    )
    assert changes is not None
    assert chosen is not None
    assert keys is not None
    measured: dict[str, Callable[[], object]] = {
        "prepare a request without expressions": lambda: prepare.put({"TableName": "t"}),
        "prepare SET #c = #c + :one": lambda: prepare.update(UPDATE),
        "apply it to an item": lambda: update.apply(changes, ITEM),
        "prepare #a = :x AND size(b) > :n": lambda: prepare.scan(FILTER),
        "does it hold for an item": lambda: condition.holds(chosen, ITEM),
        "prepare pk = :p AND sk > :s": lambda: prepare.query(QUERY),
        "resolve it": lambda: keycondition.resolve(keys, [("pk", "S")], [("sk", "N")]),
    }
    for name, call in measured.items():
        print(f"{name:40} {microseconds(call):6.2f} µs")


if __name__ == "__main__":
    main()
