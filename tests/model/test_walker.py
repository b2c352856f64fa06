"""Laws of the walk: nulls, depth, and that nothing but a service error ever comes out of it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.errors import SerializationException, ServiceError, ValidationException
from dynalite.model.catalogue import SHAPES
from dynalite.model.fragments import KEY
from dynalite.model.shape import (
    Attribute,
    Boolean,
    Integer,
    ListOf,
    MapOf,
    NameOrArn,
    Real,
    Shape,
    String,
    Structure,
    Whole,
    matcher,
    structure,
)
from dynalite.model.walker import validate
from dynalite.model.wire import check_wire

# ------------------------------------------------------------------ nulls


def test_members_that_are_null_are_dropped() -> None:
    request: dict[str, Any] = {
        "TableName": "abc",
        "ProvisionedThroughput": None,
        "StreamSpecification": {"StreamEnabled": False, "StreamViewType": None},
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S", "Unknown": None}],
        "SSESpecification": {"Enabled": None},
    }
    validate(SHAPES["CreateTable"], request)
    assert request == {
        "TableName": "abc",
        "StreamSpecification": {"StreamEnabled": False},
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S", "Unknown": None}],
        "SSESpecification": {},
    }


def test_a_required_member_that_is_null_is_absent() -> None:
    with pytest.raises(ValidationException, match="Value null at 'key'"):
        validate(SHAPES["GetItem"], {"TableName": "abc", "Key": None})


def test_nulls_are_dropped_from_a_request_that_is_refused_for_something_else() -> None:
    with pytest.raises(ValidationException, match=r"'tableName' .* pattern"):
        validate(SHAPES["GetItem"], {"TableName": "!", "Key": {}, "ConsistentRead": None})


def test_a_null_among_attributes_becomes_the_empty_attribute_value() -> None:
    """Leaving it out would store an item without an attribute that the client believes to have written."""
    request: dict[str, Any] = {"TableName": "abc", "Item": {"pk": {"S": "a"}, "x": None}}
    validate(SHAPES["PutItem"], request)
    assert request["Item"] == {"pk": {"S": "a"}, "x": {}}
    request = {"Statement": "s", "Parameters": [None]}
    validate(SHAPES["ExecuteStatement"], request)
    assert request["Parameters"] == [{}]


def test_a_null_among_other_values_is_refused() -> None:
    with pytest.raises(ValidationException, match=r"Value null at 'attributeDefinitions\.1\.member'"):
        validate(SHAPES["CreateTable"], {"TableName": "abc", "AttributeDefinitions": [None]})
    with pytest.raises(ValidationException, match=r"Value null at 'expressionAttributeNames\.#a\.member'"):
        validate(SHAPES["GetItem"], {"TableName": "abc", "Key": {}, "ExpressionAttributeNames": {"#a": None}})


# ------------------------------------------------------------------ depth

DEEP = 5000


def deep_list() -> list[object]:
    value: list[object] = []
    for _ in range(DEEP):
        value = [value]
    return value


def deep_attribute() -> dict[str, object]:
    value: dict[str, object] = {"S": "x"}
    for _ in range(DEEP):
        value = {"M": {"a": value}}
    return value


@pytest.mark.parametrize("make", [deep_list, deep_attribute])
@pytest.mark.parametrize("operation", ["PutItem", "CreateTable", "BatchWriteItem", "UpdateTable"])
def test_depth_never_exhausts_the_stack(operation: str, make: Callable[[], object]) -> None:
    for member in SHAPES[operation].members:
        with pytest.raises(ServiceError):
            validate(SHAPES[operation], {member: make()})


def test_depth_is_cut_in_an_echo() -> None:
    item = {"a": deep_attribute()}
    with pytest.raises(ValidationException, match=r"m=\.\.\., l=null"):
        validate(SHAPES["BatchWriteItem"], {"RequestItems": {"abc": [{"PutRequest": {"Item": item}}] * 26}})


# ------------------------------------------------------------------ any JSON against any shape

scalars = (
    st.none() | st.booleans() | st.integers(-2, 2**33) | st.floats(allow_nan=False) | st.text(max_size=4)
)
junk = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=5,
)
attributes = st.sampled_from(
    [
        {"S": "x"},
        {"N": "1"},
        {},
        {"S": None},
        {"S": 1},
        {"L": [{"S": "x"}]},
        {"M": {"a": None}},
        {"BS": ["!"]},
    ]
)
names = st.sampled_from(["abc", "a", "", "a!", "x" * 300, "arn:x", "#a", "é", "000000000000"])


def plausible(shape: Shape) -> st.SearchStrategy[Any]:
    """JSON of roughly the right form: right enough for the walk to get deep, wrong enough to be refused."""
    return st.deferred(lambda: st.one_of(formed(shape), formed(shape), formed(shape), junk))


def formed(shape: Shape) -> st.SearchStrategy[Any]:
    match shape:
        case String(enum=values) if values:
            return st.sampled_from(values)
        case String() | NameOrArn():
            return names
        case Whole() | Real():
            return st.integers(-1, 200)
        case Boolean():
            return st.booleans()
        case Attribute():
            return attributes
        case ListOf():
            return st.lists(plausible(shape.element), max_size=3)
        case MapOf():
            return st.dictionaries(names, plausible(shape.value), max_size=3)
        case Structure():
            required = {name: plausible(m.shape) for name, m in shape.members.items() if m.required}
            optional = {name: plausible(m.shape) for name, m in shape.members.items() if not m.required}
            return st.fixed_dictionaries(required, optional=optional)


REQUESTS = {operation: plausible(shape) for operation, shape in SHAPES.items()}
MESSAGE = re.compile(
    r"1 validation error detected: .|([2-9]|10) validation errors detected: .|The requestItems ."
)


def outcome(shape: Structure, request: object) -> ServiceError | None:
    try:
        validate(shape, request)
    except ServiceError as error:
        return error
    return None


@settings(max_examples=200)
@given(operation=st.sampled_from(sorted(SHAPES)), data=st.data())
def test_any_json_is_accepted_or_refused_with_a_service_error(operation: str, data: st.DataObject) -> None:
    shape, request = SHAPES[operation], data.draw(REQUESTS[operation])
    error = outcome(shape, request)
    if error is None:
        assert shape.accepts(request)
    elif isinstance(error, ValidationException):
        check_wire(shape, request)  # a wrong type would have been answered first
        assert MESSAGE.match(error.message)
        assert MESSAGE.match(error.classic)
    else:
        assert isinstance(error, SerializationException)


@settings(max_examples=100)
@given(value=st.dictionaries(names, attributes | junk, max_size=3))
def test_items_of_any_kind(value: dict[str, object]) -> None:
    """Narrower than the law above, so that it meets more of them."""
    error = outcome(structure("Probe", Key=KEY, Limit=Integer(max=3)), {"Key": value, "Limit": 5})
    assert isinstance(error, SerializationException) or (error and "Value '5' at 'limit'" in error.message)


# ------------------------------------------------------------------ patterns in Python's dialect

BUCKET = r"^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$"


@given(text=st.text("aZ0.-_!\n", max_size=6))
def test_the_pattern_of_bucket_names_that_is_fast_accepts_the_same_names(text: str) -> None:
    assert bool(matcher(BUCKET)(text)) == bool(re.fullmatch(BUCKET, text, re.ASCII))


def test_a_bucket_name_that_fails_at_its_end_is_judged_at_once() -> None:
    assert not matcher(BUCKET)("a" * 100_000 + "!")


def test_patterns_that_only_java_can_read() -> None:
    printable = matcher(r"\p{Print}+")
    assert printable("a b~")
    assert not printable("a\nb")
    assert not printable("é")
    xml_text = matcher(r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*")
    assert xml_text("a\r\n\té\U0001f600")
    assert not xml_text("\x00")
