"""The tables, held against the model that the AWS SDK for Python ships.

Everything the SDK knows about a request (members, order, bounds, patterns, enumerations, required members,
names of structures) must be in our tables, and nothing else, but for the differences recorded here. The
order of an enumeration is not compared: the SDK does not know in which order the service prints it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.loaders import Loader

from dynalite.model.catalogue import SHAPES
from dynalite.model.shape import (
    Attribute,
    Boolean,
    Expression,
    ListOf,
    MapOf,
    NameOrArn,
    Real,
    Shape,
    String,
    Structure,
    Whole,
)

RECORDED = {
    ("TableArn", "kind"): "a name is judged as a name (captured: 255 characters, a pattern)",
    ("KeySchema", "max"): "captured: a table's key schema has a greatest length",
    ("AttributeName", "max"): "measured: a name that is too long is told in words of its own",
    ("PutItem", "order"): "captured: what to return is reported before the table's name",
    ("UpdateItem", "order"): "captured: likewise, and ReturnValues first",
    ("DeleteItem", "order"): "captured: likewise",
    ("Query", "order"): "secondary: of several enumerations the first is told, ReturnConsumedCapacity's",
    ("ProvisionedThroughput", "order"): "captured: the units of writes are reported before those of reads",
    ("KMSMasterKeyId", "min"): "no key has an empty name (the service's words are not known)",
    ("Tag", "required"): "captured: what a tag lacks is answered in the words for a bad tag",
    ("TagKeyString", "min"): "captured: likewise for a key that is empty",
    ("TagKeyString", "max"): "captured: likewise for a key that is too long",
    ("TagValueString", "max"): "captured: likewise for a value",
}

Shapes = Mapping[str, Any]
Difference = tuple[tuple[str, str], str]


def load(service: str) -> Mapping[str, Any]:
    model: Mapping[str, Any] = Loader().load_service_model(service, "service-2", "2012-08-10")
    return model


MODELS = {service: load(service) for service in ("dynamodb", "dynamodbstreams")}
OPERATIONS = {name: model for model in MODELS.values() for name in model["operations"]}

KINDS: Mapping[type, tuple[str, ...]] = {
    Structure: ("structure",),
    ListOf: ("list",),
    MapOf: ("map",),
    Whole: ("integer", "long"),
    Real: ("double", "timestamp"),
    Boolean: ("boolean",),
    String: ("string",),
    Expression: ("string",),
}
JAVA = {"integer": "Integer", "long": "Long", "double": "Double", "timestamp": "Date"}


def differences(ours: Shape, name: str, shapes: Shapes, label: str | None = None) -> Iterator[Difference]:
    """Where our shape departs from theirs of this name: which shape and property, and how."""
    theirs, label = shapes[name], label or name
    if isinstance(ours, Attribute):
        if name != "AttributeValue":
            yield (label, "kind"), f"an AttributeValue instead of {theirs['type']}"
        return
    if isinstance(ours, NameOrArn) or theirs["type"] not in KINDS[type(ours)]:
        yield (label, "kind"), f"{type(ours).__name__} instead of {theirs['type']}"
        return
    if isinstance(ours, Whole | Real) and ours.java != JAVA[theirs["type"]]:
        yield (label, "java"), f"{ours.java} instead of {theirs['type']}"
    for bound in ("min", "max", "pattern"):
        if (getattr(ours, bound, None) or None) != (theirs.get(bound) or None):
            yield (label, bound), f"{getattr(ours, bound, None)!r} instead of {theirs.get(bound)!r}"
    if isinstance(ours, String) and set(ours.enum) != set(theirs.get("enum", ())):
        yield (label, "enum"), f"{ours.enum} instead of {theirs.get('enum')}"
    if isinstance(ours, Structure):
        yield from structure_differences(ours, theirs, shapes, label)
    elif isinstance(ours, ListOf):
        yield from differences(ours.element, theirs["member"]["shape"], shapes)
    elif isinstance(ours, MapOf):
        yield from differences(ours.key, theirs["key"]["shape"], shapes)
        yield from differences(ours.value, theirs["value"]["shape"], shapes)


def structure_differences(
    ours: Structure, theirs: Shapes, shapes: Shapes, label: str
) -> Iterator[Difference]:
    members = theirs["members"]
    if label not in SHAPES and ours.name != label:
        yield (label, "name"), f"called {ours.name}"
    if set(ours.members) != set(members):
        yield (label, "members"), f"differing in {sorted(set(ours.members) ^ set(members))}"
    elif list(ours.members) != list(members):
        yield (label, "order"), f"{list(ours.members)} instead of {list(members)}"
    required = {name for name, member in ours.members.items() if member.required}
    if required != set(theirs.get("required", ())):
        yield (label, "required"), f"differing in {sorted(required ^ set(theirs.get('required', ())))}"
    for name in ours.members.keys() & members.keys():
        yield from differences(ours.members[name].shape, members[name]["shape"], shapes)


def of_operation(operation: str) -> Iterator[Difference]:
    model = OPERATIONS[operation]
    name = model["operations"][operation]["input"]["shape"]
    yield from differences(SHAPES[operation], name, model["shapes"], label=operation)


def test_every_operation_has_a_shape() -> None:
    assert set(SHAPES) == set(OPERATIONS)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_a_request_is_as_the_sdk_describes_it(operation: str) -> None:
    unrecorded = [f"{where}: {what}" for where, what in of_operation(operation) if where not in RECORDED]
    assert unrecorded == []


def test_every_recorded_difference_is_still_one() -> None:
    found = {where for operation in OPERATIONS for where, _ in of_operation(operation)}
    assert found == set(RECORDED)


def test_names_are_bound_as_the_sdk_binds_them() -> None:
    theirs = MODELS["dynamodb"]["shapes"]["TableName"]
    table = SHAPES["CreateTable"].members["TableName"].shape
    assert isinstance(table, NameOrArn)
    assert table.name.pattern == theirs["pattern"]
    assert (table.name.min, table.name.max) == (theirs["min"], theirs["max"])
    theirs = MODELS["dynamodb"]["shapes"]["TableArn"]
    assert (table.arn.min, table.arn.max) == (theirs["min"], theirs["max"])


def test_all_shapes_are_there_for_whoever_asks_for_all() -> None:
    """To make a list of them asked for their number, and that made a list of them."""
    assert len(list(SHAPES)) == len(SHAPES) == len(dict(SHAPES))
