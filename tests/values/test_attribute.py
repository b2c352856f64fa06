"""The validating walk: canonical form, size, and every refusal with its text."""

from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.errors import InvalidRequest, SerializationException, ServiceError, ValidationException
from dynalite.values.attribute import canonical_item, canonical_value, check_nesting
from dynalite.values.json_types import ONLY_VALUE, check_wire
from dynalite.values.size import item_size, resized, value_size
from tests.strategies import attribute_values, items, wire_items, wire_values

OMPVI = "One or more parameter values were invalid: "


def nested(levels: int, kind: str = "M", leaf: object = None) -> Any:
    """`levels` maps or lists, one inside the other, around a leaf."""
    value = {"S": "leaf"} if leaf is None else leaf
    for _ in range(levels):
        value = {"M": {"a": value}} if kind == "M" else {"L": [value]}
    return value


# ------------------------------------------------------------------ canonical form


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"S": ""}, {"S": ""}),
        ({"N": "+01.50"}, {"N": "1.5"}),
        ({"B": "AAE="}, {"B": "AAE="}),
        ({"BOOL": False}, {"BOOL": False}),
        ({"NULL": True}, {"NULL": True}),
        ({"SS": ["b", "", "a"]}, {"SS": ["", "a", "b"]}),
        ({"SS": ["\uffff", "😀", "z"]}, {"SS": ["z", "\uffff", "😀"]}),
        ({"NS": ["10", "9.0", "-1"]}, {"NS": ["-1", "9", "10"]}),
        ({"BS": ["/w==", "AA==", ""]}, {"BS": ["", "AA==", "/w=="]}),
        ({"L": [{"N": "1.0"}, {"S": "x"}]}, {"L": [{"N": "1"}, {"S": "x"}]}),
        ({"L": []}, {"L": []}),
        ({"M": {"a": {"NS": ["2", "1e0"]}}}, {"M": {"a": {"NS": ["1", "2"]}}}),
        ({"M": {}}, {"M": {}}),
        ({"S": None, "N": "1", "B": None}, {"N": "1"}),
        ({"S": "x", "Unheard": 1}, {"S": "x"}),
    ],
)
def test_values_are_stored_in_one_form(sent: Any, stored: Any) -> None:
    assert canonical_value(sent)[0] == stored


@settings(max_examples=50)
@given(wire_items())
def test_the_canonical_form_is_its_own_and_keeps_its_size(sent: Any) -> None:
    item, size = canonical_item(sent)
    assert item_size(item) == size
    before = repr(item)
    assert canonical_item(item) == (item, size)
    assert repr(item) == before


@settings(max_examples=50)
@given(wire_values(), st.randoms())
def test_the_order_in_which_a_set_or_map_is_sent_does_not_matter(value: Any, random: Any) -> None:
    def shuffled(value: Any) -> Any:
        [(type, content)] = value.items()
        if type == "M":
            entries = [(name, shuffled(member)) for name, member in content.items()]
            random.shuffle(entries)
            return {type: dict(entries)}
        if type == "L":
            return {type: [shuffled(element) for element in content]}
        if type in ("SS", "NS", "BS"):
            return {type: random.sample(content, len(content))}
        return {type: content}

    other = shuffled(value)
    assert canonical_value(other) == canonical_value(value)


# ------------------------------------------------------------------ size


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "abc"}, 3),
        ({"S": "é😀"}, 6),
        ({"S": ""}, 0),
        ({"N": "0"}, 1),
        ({"N": "0.0000001"}, 2),
        ({"N": "-12.5"}, 4),
        ({"B": ""}, 0),
        ({"B": "AA=="}, 1),
        ({"B": "AAA="}, 2),
        ({"B": "AAAA"}, 3),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["ab", "é"]}, 4),
        ({"NS": ["1", "-1"]}, 5),
        ({"BS": ["AA==", "AAA="]}, 3),
        ({"L": []}, 3),
        ({"M": {}}, 3),
        ({"L": [{"S": "ab"}, {"BOOL": True}]}, 3 + 2 + 2 + 1),
        ({"M": {"ab": {"S": "cd"}}}, 3 + 1 + 2 + 2),
        ({"M": {"é": {"L": [{"NULL": True}]}}}, 3 + 1 + 2 + 3 + 1 + 1),
    ],
)
def test_what_values_weigh(value: Any, size: int) -> None:
    assert canonical_value(value)[1] == size
    assert value_size(value) == size


def test_an_item_weighs_its_names_and_values() -> None:
    assert canonical_item({"id": {"S": "Fred"}}) == ({"id": {"S": "Fred"}}, 6)
    assert canonical_item({"é": {"N": "1e2"}})[1] == 4
    assert canonical_item({}) == ({}, 0)


@settings(max_examples=50)
@given(items(), items(), st.sets(st.text()))
def test_a_changed_item_weighs_what_it_would_if_weighed_anew(before: Any, other: Any, more: set[str]) -> None:
    after = before | other
    for name in more:
        after.pop(name, None)
    assert resized(item_size(before), before, after, other.keys() | more) == item_size(after)


@given(attribute_values())
def test_a_value_weighs_the_same_in_the_walk_and_afterwards(value: Any) -> None:
    assert canonical_value(value)[1] == value_size(value)


# ------------------------------------------------------------------ what the request alone shows to be wrong


def encoded(*members: bytes) -> list[str]:
    return [b64encode(member).decode() for member in members]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"SS": []}, OMPVI + "An string set  may not be empty"),
        ({"NS": []}, OMPVI + "An number set  may not be empty"),
        ({"BS": []}, OMPVI + "Binary sets should not be empty"),
        ({"SS": ["a", "a"]}, OMPVI + 'Input collection ["a", "a"] contains duplicates.'),
        ({"SS": ["", ""]}, OMPVI + 'Input collection ["", ""] contains duplicates.'),
        ({"SS": ["b", "a", "b"]}, OMPVI + 'Input collection ["b", "a", "b"] contains duplicates.'),
        ({"BS": ["", ""]}, OMPVI + 'Input collection ["",""]of type BS contains duplicates.'),
        (
            {"BS": encoded(b"x", b"x")},
            OMPVI + 'Input collection ["eA==","eA=="]of type BS contains duplicates.',
        ),
        ({"NS": ["1", "1.0"]}, "Input collection contains duplicates"),
        ({"NS": ["0", "-0"]}, "Input collection contains duplicates"),
        ({"NULL": False}, OMPVI + "Null attribute value types must have the value of true"),
        ({"N": "dog"}, "The parameter cannot be converted to a numeric value: dog"),
        ({"N": ""}, "The parameter cannot be converted to a numeric value: "),
        ({"NS": ["1", "x"]}, "The parameter cannot be converted to a numeric value: x"),
        ({"N": "1" * 39}, "Attempting to store more than 38 significant digits in a Number"),
    ],
)
@pytest.mark.parametrize("depth", [0, 3])
def test_values_that_are_refused(value: Any, message: str, depth: int) -> None:
    with pytest.raises(InvalidRequest) as refused:
        canonical_value(nested(depth, leaf=value))
    assert refused.value.message == message
    check_wire(value)


EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
SEVERAL = (
    "Supplied AttributeValue has more than one datatypes set,"
    " must contain exactly one of the supported datatypes"
)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, EMPTY),
        (None, EMPTY),
        ({"S": None}, EMPTY),
        ({"X": 1}, EMPTY),
        ({"X": 1, "Y": 2}, EMPTY),
        ({"SS": None}, EMPTY),
        ({"NS": ["1", None]}, EMPTY),
        ({"L": None}, EMPTY),
        ({"M": None}, EMPTY),
        ({"BOOL": None}, EMPTY),
        ({"S": "a", "N": "1"}, SEVERAL),
        ({"S": "a", "NULL": True, "X": 1}, SEVERAL),
        ({"M": {}, "N": "1"}, SEVERAL),
    ],
)
@pytest.mark.parametrize("kind", ["M", "L"])
@pytest.mark.parametrize("depth", [0, 2])
def test_a_value_of_no_type_or_several_is_refused_bare(
    value: Any, message: str, kind: str, depth: int
) -> None:
    wrapped = value if depth == 0 else nested(depth - 1, kind, {"L": [value]})
    with pytest.raises(ValidationException) as refused:
        canonical_value(wrapped)
    assert refused.value.message == message
    assert not isinstance(refused.value, InvalidRequest)


def test_an_attribute_that_is_null_is_an_empty_value() -> None:
    with pytest.raises(ValidationException, match=EMPTY):
        canonical_item({"a": None})


# ------------------------------------------------------------------ JSON of the wrong type

OBJECT_FOUND = "Start of structure or map found where not expected"
ARRAY_FOUND = "Start of list found where not expected"
SCALAR_FOUND = "Unexpected field type"
ELEMENT_FOUND = "Unexpected value type in payload"
VALUE_WANTED = "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"
INVALID = "One or more parameter values were invalid: "
MAP_WANTED = (
    "Unrecognized collection type"
    " java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>"
)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("text", ELEMENT_FOUND),
        (1, ELEMENT_FOUND),
        ([], VALUE_WANTED),
        ({"S": {}}, OBJECT_FOUND),
        ({"S": []}, ARRAY_FOUND),
        ({"S": 1}, "NUMBER_VALUE cannot be converted to String"),
        ({"N": 123}, "NUMBER_VALUE cannot be converted to String"),
        ({"N": 1.5}, "DECIMAL_VALUE cannot be converted to String"),
        ({"N": True}, "TRUE_VALUE cannot be converted to String"),
        ({"B": False}, "only base-64-encoded strings are convertible to bytes"),
        ({"B": []}, ARRAY_FOUND),
        ({"BOOL": 1}, "NUMBER_VALUE cannot be converted to Boolean"),
        ({"BOOL": "true"}, "Unexpected token received from parser"),
        ({"NULL": "no"}, "Unexpected token received from parser"),
        ({"BOOL": {}}, OBJECT_FOUND),
        ({"NULL": []}, ARRAY_FOUND),
        ({"SS": "a"}, SCALAR_FOUND),
        ({"NS": {}}, OBJECT_FOUND),
        ({"SS": [1]}, "NUMBER_VALUE cannot be converted to String"),
        ({"NS": ["1", 2]}, "NUMBER_VALUE cannot be converted to String"),
        ({"SS": [["a"]]}, "Unrecognized collection type class java.lang.String"),
        ({"BS": [["AA=="]]}, "Unrecognized collection type class java.nio.ByteBuffer"),
        ({"BS": [1]}, "only base-64-encoded strings are convertible to bytes"),
        ({"SS": [{}]}, OBJECT_FOUND),
        ({"L": "a"}, SCALAR_FOUND),
        ({"L": {}}, OBJECT_FOUND),
        ({"L": [1]}, ELEMENT_FOUND),
        ({"L": [[]]}, VALUE_WANTED),
        ({"M": "a"}, SCALAR_FOUND),
        ({"M": []}, MAP_WANTED),
        ({"M": {"a": "text"}}, ELEMENT_FOUND),
        ({"B": "A"}, "Base64 encoded length is expected a multiple of 4 bytes but found: 1"),
        ({"BS": ["AAA"]}, "Base64 encoded length is expected a multiple of 4 bytes but found: 3"),
        ({"B": "AB=="}, "Invalid last non-pad Base64 character dectected"),
        ({"B": "AAB="}, "Invalid last non-pad Base64 character dectected"),
        ({"B": "===="}, "Invalid last non-pad Base64 character dectected"),
        ({"B": "AAAA===="}, "Invalid last non-pad Base64 character dectected"),
        ({"B": "AA A"}, "Invalid Base64 character: ' '"),
        ({"B": "-_-_"}, "Invalid Base64 character: '-'"),
        ({"B": "ééé="}, "Invalid Base64 character: 'é'"),
        ({"B": "AA=A"}, "Invalid Base64 character: '='"),
    ],
)
@pytest.mark.parametrize("depth", [0, 2])
def test_json_of_the_wrong_type_cannot_be_deserialised(value: Any, message: str, depth: int) -> None:
    for check in (canonical_value, check_wire):
        with pytest.raises(SerializationException) as refused:
            check(nested(depth, leaf=value))
        assert refused.value.message == message


@pytest.mark.parametrize(("value", "message"), [([], VALUE_WANTED), ("text", SCALAR_FOUND)])
def test_a_value_that_is_in_no_list_or_map_is_told_apart(value: object, message: str) -> None:
    with pytest.raises(SerializationException) as refused:
        check_wire(value, ONLY_VALUE)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"S": "a", "N": "x"}, "The parameter cannot be converted to a numeric value: x"),
        ({"S": "a", "SS": []}, f"{INVALID}An string set  may not be empty"),
        ({"NULL": False, "S": "a"}, f"{INVALID}Null attribute value types must have the value of true"),
        ({"SS": ["a", None]}, f"{INVALID}An string set may not have a null string as a member"),
    ],
)
def test_of_several_types_what_one_holds_is_told_first(value: Any, message: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        canonical_value(value)
    assert refused.value.message == message


@pytest.mark.parametrize("item", [[], "text", 1])
def test_an_item_must_be_a_map(item: object) -> None:
    with pytest.raises(SerializationException):
        canonical_item(item)


@pytest.mark.parametrize(
    "value", [{"S": "\ud800"}, {"N": "\ud800"}, {"SS": ["\udfff"]}, {"M": {"\ud800": {"S": ""}}}]
)
def test_half_a_surrogate_pair_is_not_text(value: Any) -> None:
    with pytest.raises(SerializationException):
        check_wire(value)
    with pytest.raises(ServiceError):
        canonical_value(value)


def test_a_wrong_type_is_found_beside_a_value_that_is_merely_invalid() -> None:
    value = {"L": [{"SS": []}, {}, {"S": "a", "N": 1}]}
    with pytest.raises(ValidationException):
        canonical_value(value)
    with pytest.raises(SerializationException):
        check_wire(value)


# ------------------------------------------------------------------ nesting

TOO_DEEP = (
    "Nesting Levels have exceeded supported limits:"
    " Attributes in the item have nested levels beyond supported limit"
)


@pytest.mark.parametrize("kind", ["M", "L"])
def test_31_levels_pass_and_32_do_not(kind: str) -> None:
    canonical_item({"a": nested(31, kind)})
    check_nesting([nested(31, kind)])
    with pytest.raises(InvalidRequest) as refused:
        canonical_item({"a": nested(32, kind)})
    assert refused.value.message == TOO_DEEP
    with pytest.raises(ValidationException) as refused_when_stored:
        check_nesting([{"S": "x"}, nested(32, kind)])
    assert refused_when_stored.value.message == TOO_DEEP
    assert not isinstance(refused_when_stored.value, InvalidRequest)


def test_maps_and_lists_count_alike() -> None:
    value = nested(16, "M", nested(15, "L"))
    assert canonical_value(value)
    with pytest.raises(InvalidRequest):
        canonical_value({"L": [value]})


@pytest.mark.parametrize("levels", [512, 100_000])
@pytest.mark.parametrize("kind", ["M", "L"])
def test_no_depth_exhausts_the_stack(kind: str, levels: int) -> None:
    value = nested(levels, kind, {"S": 1})
    try:
        with pytest.raises(InvalidRequest):
            canonical_value(value)
        with pytest.raises(SerializationException):
            check_wire(value)
    finally:
        while value.get(
            kind
        ):  # taken apart by hand: freeing so deep a structure is the interpreter's own recursion
            value = value[kind]["a"] if kind == "M" else value[kind][0]


@settings(max_examples=50)
@given(items())
def test_ordinary_items_are_not_too_deep(item: Any) -> None:
    check_nesting(item.values())


# ------------------------------------------------------------------ anything at all

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=3)),
    lambda inside: st.one_of(
        st.lists(inside, max_size=3),
        st.dictionaries(
            st.sampled_from(["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M", "x"]),
            inside,
            max_size=2,
        ),
    ),
    max_leaves=8,
)


@given(json_values)
def test_any_json_is_either_a_value_or_a_refusal(raw: Any) -> None:
    try:
        check_wire(raw)
        readable = True
    except SerializationException:
        readable = False
    try:
        value, size = canonical_value(raw)
    except SerializationException:
        assert not readable
    except ValidationException:
        pass
    else:
        assert readable
        assert value_size(value) == size
