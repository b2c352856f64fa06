"""Random requests, right and wrong, asked of two servers: where do they answer differently?

Nothing is known beforehand about the right answer; a difference is a question. Those that have been answered
stand in `explained.json`, each with the reason: a pattern for either answer, perhaps one for the request,
which must all match, and the peer whose doing it is, if it is one's. A request is made from a seed, so that a
run can be repeated.
"""

import argparse
import http.client
import json
import re
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from tests.conformance.schema import HASH_TABLE, SCHEMAS, TABLE, at, on
from tests.conformance.wire import Refusal, Wire

EXPLAINED = json.loads((Path(__file__).parent / "explained.json").read_text("utf-8"))

NO_ANSWER, NO_JSON = "no answer", "an answer that is not JSON"
WRITES = {"PutItem", "UpdateItem", "DeleteItem"}
PARTITIONS = ("a", "b")
NAMES = ("a", "b", "pk", "sk", "gpk", "status", "m.x", "l[0]", "#n")
VALUES: tuple[Any, ...] = (
    {"S": "x"},
    {"S": ""},
    {"N": "1"},
    {"N": "1.0"},
    {"N": "1e2"},
    {"N": "x"},
    {"N": "1E126"},
    {"B": "YQ=="},
    {"BOOL": True},
    {"NULL": True},
    {"NULL": False},
    {"SS": ["a", "b"]},
    {"SS": ["a", "a"]},
    {"NS": ["1", "2"]},
    {"L": [{"N": "1"}]},
    {"M": {"x": {"N": "1"}}},
    {"SS": []},
    {},
)
CONDITIONS = (
    "{0} = :v",
    "{0} <> :v",
    "{0} < :v",
    "attribute_exists({0})",
    "attribute_not_exists({0})",
    "begins_with({0}, :v)",
    "contains({0}, :v)",
    "size({0}) > :v",
    "{0} IN (:v)",
    "{0} = {1}",
    "NOT {0} = :v",
    "({0} = :v)",
    "(({0} = :v))",
    "{0} = :v AND",
    "attribute_type({0}, :v)",
)
UPDATES = (
    "SET {0} = :v",
    "SET {0} = {1}",
    "SET {0} = {1} + :v",
    "SET {0} = if_not_exists({1}, :v)",
    "SET {0} = list_append({0}, :v)",
    "REMOVE {0}",
    "ADD {0} :v",
    "DELETE {0} :v",
    "SET {0} = :v, {1} = :v",
    "SET {0} = :v REMOVE {1}",
    "SET {0}",
)


def key(random: Random) -> dict[str, Any]:
    whole = {"pk": {"S": random.choice(PARTITIONS)}, "sk": {"N": random.choice(["1", "2", "1.0"])}}
    if random.random() < 0.9:
        return whole
    return {**whole, random.choice(["pk", "sk", "zz"]): random.choice(VALUES)}


def expression(random: Random, forms: tuple[str, ...], member: str) -> dict[str, Any]:
    text = random.choice(forms).format(random.choice(NAMES), random.choice(NAMES))
    request: dict[str, Any] = {member: text}
    if ":v" in text or random.random() < 0.1:
        request["ExpressionAttributeValues"] = {":v": random.choice(VALUES)}
    if "#n" in text or random.random() < 0.1:
        request["ExpressionAttributeNames"] = {"#n": random.choice(["a", "b", "status"])}
    return request


def request(random: Random) -> tuple[str, dict[str, Any]]:
    """One operation and its request."""
    operation = random.choice(
        ["PutItem", "UpdateItem", "DeleteItem", "GetItem", "Query", "Scan", "BatchGetItem"]
    )
    if operation == "PutItem":
        body = on(Item=key(random) | {random.choice("ab"): random.choice(VALUES)})
        body |= expression(random, CONDITIONS, "ConditionExpression") if random.random() < 0.5 else {}
    elif operation == "UpdateItem":
        body = on(
            Key=key(random), ReturnValues=random.choice(["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW", "NONE"])
        )
        body |= expression(random, UPDATES, "UpdateExpression")
    elif operation == "DeleteItem":
        body = on(Key=key(random), ReturnValues="ALL_OLD") | expression(
            random, CONDITIONS, "ConditionExpression"
        )
    elif operation == "GetItem":
        body = on(Key=key(random))
        body |= expression(random, ("{0}", "{0}, {1}", "{0}.x"), "ProjectionExpression")
        body.pop("ExpressionAttributeValues", None)
    elif operation == "BatchGetItem":
        body = {"RequestItems": {random.choice([TABLE, HASH_TABLE]): {"Keys": [key(random)]}}}
    else:
        body = on() | expression(random, CONDITIONS, "FilterExpression")
        if operation == "Query":
            body["KeyConditionExpression"] = random.choice(["pk = :p", "pk = :p AND sk > :s", "pk > :p"])
            values = {":p": {"S": "a"}, ":s": {"N": "0"}}
            used = {name: value for name, value in values.items() if name in body["KeyConditionExpression"]}
            body["ExpressionAttributeValues"] = body.get("ExpressionAttributeValues", {}) | used
    return operation, body


def answer(wire: Wire, operation: str, body: dict[str, Any]) -> str:
    """An answer as text that can be compared: sets and items without their order."""
    try:
        return json.dumps(in_order(wire(operation, body)), sort_keys=True)
    except Refusal as refusal:
        return f"{refusal.code}: {refusal.message}"
    except ValueError:
        return NO_JSON
    except (OSError, http.client.HTTPException):
        return NO_ANSWER


def forget(wire: Wire) -> None:
    """Delete every item that a request may have made."""
    for partition in PARTITIONS:
        for place in (1, 2):
            answer(wire, "DeleteItem", on(Key=at(partition, place)))


def in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: sorted(part) if name in {"SS", "NS", "BS"} else in_order(part)
            for name, part in value.items()
        }
    if isinstance(value, list):
        parts = [in_order(part) for part in value]
        return sorted(parts, key=json.dumps) if parts and "pk" in parts[0] else parts
    return value


def explained(peer: str, asked: str, ours: str, theirs: str) -> bool:
    return any(
        each.get("peer", "") in peer
        and re.search(each.get("asked", ""), asked)
        and re.search(each["ours"], ours)
        and re.search(each["theirs"], theirs)
        for each in EXPLAINED
    )


def requests(count: int, seed: int) -> list[tuple[str, dict[str, Any]]]:
    """So many operations with their requests, always the same for a seed."""
    random = Random(seed)
    return [request(random) for _ in range(count)]


def compare(
    ours: str, theirs: str, asked: Sequence[tuple[str, dict[str, Any]]], peer: str = ""
) -> tuple[int, list[str]]:
    """How many requests were asked, and the differences that nobody has explained, one for each pair of
    answers. The first request that a server does not answer is the last: it may have ended itself. Where a
    write is answered differently both begin again without items, lest one difference make others.
    """
    wires = Wire(ours), Wire(theirs)
    for wire in wires:
        for schema in SCHEMAS[:2]:
            wire.drop(schema["TableName"])
            wire.create(schema)
    found: dict[tuple[str, str], str] = {}
    done = 0
    for operation, body in asked:
        here, there = (answer(wire, operation, body) for wire in wires)
        done += 1
        text = f"{operation} {json.dumps(body)}"
        if here != there and not explained(peer, text, here, there):
            found.setdefault((here, there), f"{text}\n  ours   {here[:300]}\n  theirs {there[:300]}")
        if NO_ANSWER in (here, there):
            break
        if here != there and operation in WRITES:
            for wire in wires:
                forget(wire)
    for wire in wires:
        wire.close()
    return done, list(found.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("ours")
    parser.add_argument("theirs")
    parser.add_argument("--peer", default="", help="the name of the other")
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    done, found = compare(
        options.ours, options.theirs, requests(options.requests, options.seed), options.peer
    )
    for difference in found:
        print(f"{difference}\n")
    print(f"{done} of {options.requests} requests were asked")


if __name__ == "__main__":
    main()
