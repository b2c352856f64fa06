"""Exports of a part of a table: what a FilterSpecification keeps, by keys, by a filter, and of each item."""

import io
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from dynalite.recovery import ion
from dynalite.settings import Settings
from dynalite.values.attribute import canonical_item
from tests.operations.service import START, Service, item, value, with_tables
from tests.recovery.recording import Writer, describe, enable, settle
from tests.recovery.test_exports import HOUR, ended, export, incremental, lines


@pytest.fixture
def service() -> Iterator[Service]:
    opened = with_tables(Service(Settings()))
    enable(opened)
    settle(opened)
    yield opened
    opened.close()


def chosen(**members: Any) -> dict[str, Any]:
    """A FilterSpecification, by short names: `keys`, `filter`, `show` are expressions, `names` and the rest
    stand for something in them.
    """
    long = {"keys": "KeyConditionExpression", "filter": "FilterExpression", "show": "ProjectionExpression"}
    made: dict[str, Any] = {long[name]: members.pop(name) for name in long if name in members}
    if "names" in members:
        made["ExpressionAttributeNames"] = {f"#{name}": name for name in members.pop("names")}
    if members:
        made["ExpressionAttributeValues"] = {f":{name}": value(one) for name, one in members.items()}
    return {"FilterSpecification": made}


CHOICES: dict[str, dict[str, Any]] = {
    "a partition": chosen(keys="pk = :p", p="p1"),
    "a range of one": chosen(keys="pk = :p AND sk BETWEEN :a AND :b", p="p2", a=1, b=2),
    "a filter": chosen(filter="#size > :two AND colour = :red", names=["size"], two=2, red="red"),
    "a filter on keys": chosen(filter="pk = :p AND sk <> :one", p="p1", one=1),
    "both": chosen(keys="pk = :p", filter="attribute_exists(kind)", p="p1"),
    "some attributes": chosen(show="pk, sk, #size", names=["size"]),
    "everything": chosen(
        keys="pk = :p", filter="colour IN (:r, :g)", show="colour", p="p3", r="red", g="green"
    ),
    "nothing": chosen(keys="pk = :p", p="nobody"),
}


@pytest.mark.parametrize("format_", ["DYNAMODB_JSON", "ION"])
@pytest.mark.parametrize("choice", CHOICES)
def test_an_export_holds_what_a_query_or_scan_would_answer(
    service: Service, choice: str, format_: str
) -> None:
    writer = Writer(5)
    for _ in range(80):
        writer.write(service)
    members = CHOICES[choice]
    specification = members["FilterSpecification"]
    operation = "Query" if "KeyConditionExpression" in specification else "Scan"
    expected = service.call(operation, TableName="Things", **specification)["Items"]
    done = ended(service, export(service, ExportFormat=format_, **members)["ExportArn"])
    assert done["FilterSpecification"] == specification
    found = [_item(line, format_) for line in lines(service, done)]
    assert sorted(map(_text, found)) == sorted(map(_text, expected))
    assert done["ItemCount"] == len(expected)
    assert (expected == []) == (choice == "nothing")


def _item(line: bytes, format_: str) -> Any:
    if format_ == "DYNAMODB_JSON":
        return orjson.loads(line)["Item"]
    (one,) = ion.read(io.BytesIO(line))
    return canonical_item(ion.entry(one)["Item"])[0]


def _text(one: Any) -> str:
    return orjson.dumps(one, option=orjson.OPT_SORT_KEYS).decode()


def test_a_change_is_exported_when_either_image_was_asked_for(service: Service) -> None:
    service.put(item(pk="left", sk=1, n=1), item(pk="never", sk=1, n=0), item(pk="deleted", sk=1, n=1))
    service.clock.set(START + HOUR)
    service.put(item(pk="left", sk=1, n=0), item(pk="never", sk=1, n=2), item(pk="came", sk=1, n=1, m=5))
    service.call("DeleteItem", TableName="Things", Key=item(pk="deleted", sk=1))
    service.clock.set(START + 3 * HOUR)
    members = chosen(filter="n = :one", show="n", one=1)
    done = ended(service, incremental_of(service, members)["ExportArn"])
    found = {one["Keys"]["pk"]["S"]: one for one in map(orjson.loads, lines(service, done))}
    images = {name: (one.get("OldImage"), one.get("NewImage")) for name, one in found.items()}
    assert images == {
        "left": (item(n=1), item(n=0)),
        "deleted": (item(n=1), None),
        "came": (None, item(n=1)),
    }
    members = chosen(keys="pk = :p", p="left")
    done = ended(service, incremental_of(service, members)["ExportArn"])
    assert [orjson.loads(one)["Keys"]["pk"]["S"] for one in lines(service, done)] == ["left"]


def incremental_of(service: Service, members: dict[str, Any]) -> Any:
    return incremental(service, START + HOUR, START + 2 * HOUR, members)


REFUSED = {
    "a filter on keys beside a key condition": (
        chosen(keys="pk = :p", filter="sk = :p", p="p"),
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk",
    ),
    "no equality": (chosen(keys="pk > :p", p="p"), "Query key condition not supported"),
    "another key": (chosen(keys="colour = :p", p="p"), "Query condition missed key schema element: pk"),
    "a syntax error": (
        chosen(filter="n ="),
        'Invalid FilterExpression: Syntax error; token: "<EOF>", near: "="',
    ),
    "values that nobody uses": (
        chosen(filter="attribute_exists(n)", p="p"),
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:p}",
    ),
    "names without an expression": (
        chosen(names=["a"]),
        "ExpressionAttributeNames can only be specified when using expressions",
    ),
    "a path into a key": (
        chosen(show="pk.a"),
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_specification_is_judged_before_anything_is_made(service: Service, name: str) -> None:
    members, said = REFUSED[name]
    arn = describe(service, "Things")["TableArn"]
    error = service.refused("ExportTableToPointInTime", TableArn=arn, S3Bucket="exports", **members)
    assert (error.code, error.message) == ("ValidationException", said)
    assert service.call("ListExports")["ExportSummaries"] == []


def test_a_token_knows_its_request_however_its_numbers_are_written(service: Service) -> None:
    members = chosen(filter="n = :n", n={"N": "1.0"}) | {"ClientToken": "again"}
    first = export(service, **members)
    assert export(service, **members)["ExportArn"] == first["ExportArn"]
