"""Expressions: a blob becomes the very tree that the parser makes of the text it was compiled from."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.errors import ValidationException
from dynalite.expressions import bind, prepare
from dynalite.expressions.parser import parse_condition, parse_projection, parse_update
from dynalite.expressions.tree import Operation
from dynalite.values.types import Request
from server.dax.cbor import Incomplete, Malformed, write_array, write_int, write_text
from server.dax.expressions import Expressions

CONDITIONS = [
    ("a = :0", "8301830082126161821100816178"),
    ("#0 = :0", "8301830082126161821100816178"),
    (
        "NOT (a.b[3] <> :0 OR size(a) >= :1) AND a IN (:0, :1)",
        "83018306820883078301841261616162d90cfc038211008303821082126161821101830a8212616182821100821101826178"
        "c482200f",
    ),
    ("a BETWEEN :0 AND :0", "830184098212616182110082110081c482200f"),
    ("pk = :0 AND sk > :1", "830183068300821262706b8211008304821262736b821101826178c482200f"),
    ("attribute_not_exists(a)", "8301820c8212616180"),
    ("attribute_exists(a) OR attribute_type(a, :0)", "83018307820b82126161830d821261618211008161 4e"),
    ("begins_with(a, :0) AND contains(a, :0)", "83018306830e82126161821100830f82126161821100816178"),
    (
        "a < :0 AND a <= :0 AND a > :0",
        "8301830683028212616182110083068305821261618211008304821261618211008100",
    ),
]


@pytest.mark.parametrize(("text", "blob"), CONDITIONS)
def test_conditions(text: str, blob: str) -> None:
    expressions = Expressions()
    parsed = expressions.condition(bytes.fromhex(blob))
    request: Request = {}
    expressions.into(request)
    names = request["ExpressionAttributeNames"]
    values = request.get("ExpressionAttributeValues", {})
    expected = bind.bind_condition(parse_condition(text), {"#0": "a"}, values)
    assert bind.bind_condition(parsed.tree, names, values).tree == expected.tree


def test_an_update_with_every_action() -> None:
    blob = bytes.fromhex(
        "8301878313821261618211008313821261628318198212616282110183138212616383178212616382110283138212616483"
        "181882126164821102821683126165d90cfc01831482126166821101831582126167821103846178c482200f8101d90cf982"
        "61706171"
    )
    text = (
        "SET a = :0, b = b + :1, c = if_not_exists(c, :2), d = list_append(d, :2)"
        " REMOVE e[1] ADD f :1 DELETE g :3"
    )
    expressions = Expressions()
    parsed = expressions.update(blob)
    request: Request = {}
    expressions.into(request)
    values = request["ExpressionAttributeValues"]
    assert values[":3"] == {"SS": ["p", "q"]}
    found = bind.bind_update(parsed.tree, request["ExpressionAttributeNames"], values)
    assert found.tree == bind.bind_update(parse_update(text), {}, values).tree


def test_a_projection_answers_by_position() -> None:
    expressions = Expressions()
    parsed = expressions.projection(bytes.fromhex("8201828212616184126162656e61206d65d90cfc02"))
    request: Request = {}
    expressions.into(request)
    found = bind.bind_projection(parsed.tree, request["ExpressionAttributeNames"])
    expected = bind.bind_projection(parse_projection("a, b.#n[2]"), {"#n": "na me"})
    assert found.tree.paths == expected.tree.paths
    assert found.tree.by_position


def test_expressions_of_one_request_do_not_share_their_values() -> None:
    expressions = Expressions()
    blob = bytes.fromhex("8301830082126161821100816178")
    request: Request = {
        "KeyConditionExpression": expressions.condition(blob),
        "FilterExpression": expressions.condition(blob.replace(b"ax", b"ay")[:-1] + b"y"),
    }
    expressions.into(request)
    prepared = prepare.query(request)
    assert prepared.filter is not None
    assert prepared.key_condition is not None
    assert request["ExpressionAttributeValues"] == {":0": {"S": "x"}, ":1": {"S": "y"}}


def test_the_languages_own_rules_apply_in_its_own_words() -> None:
    expressions = Expressions()
    same = "82126161"
    blob = bytes.fromhex(f"83018300{same}{same}80")
    request: Request = {"ConditionExpression": expressions.condition(blob)}
    expressions.into(request)
    with pytest.raises(ValidationException, match="The first operand must be distinct"):
        prepare.put(request)


def test_a_tree_that_no_text_of_four_kilobytes_has_is_refused() -> None:
    """A call of two megabytes kept everybody else waiting for seconds."""
    paths = [write_array([write_int(18), write_text(f"a{number}")]) for number in range(4097)]
    as_many_as_can_be = write_array([write_int(1), write_array(paths[1:])])
    assert len(Expressions().projection(as_many_as_can_be).tree.paths) == 4096
    with pytest.raises(ValidationException, match="Expression size has exceeded the maximum allowed size"):
        Expressions().projection(write_array([write_int(1), write_array(paths)]))
    variable = bytes.fromhex("821100")
    choices = write_array([write_int(10), paths[0], write_array([variable] * 4096)])
    with pytest.raises(ValidationException, match="Expression size has exceeded the maximum allowed size"):
        Expressions().condition(write_array([write_int(1), choices, write_array([write_int(1)])]))


def test_three_hundred_operators_are_no_deeper_than_one() -> None:
    test = "820b82126161"
    blob = bytes.fromhex(f"8301{('8306' + test) * 299}{test}80")
    parsed = Expressions().condition(blob)
    assert isinstance(parsed.tree, Operation)
    assert len(parsed.tree.operands) == 300


@pytest.mark.parametrize(
    "blob",
    [
        "8302830082126161821100816178",  # another version
        "83018300821261618211018100",  # a variable without a value
        "830182126161 80",  # a path where a condition must be
        "8301821082126161 80",  # a size where a condition must be
        "8301830083008212616182126162821100 8100",  # a comparison where an operand must be
        "83018213821261618100",  # an action where a condition must be
        "8301830a821261618211008100",  # IN without its list
        "830182128080",  # a path without a name
        "8301820b8112 80",
        "8301820b8212d90cfc01 80",  # a path that begins with an index
        "8301" + "8208" * 400 + "820b82126161" + "80",  # too deep
        "8301820b8212616180ff",  # something behind it
        "9f01820b8212616180ff",
    ],
)
def test_what_is_malformed(blob: str) -> None:
    with pytest.raises(Malformed):
        Expressions().condition(bytes.fromhex(blob))


@settings(max_examples=200)
@given(st.binary(max_size=80), st.integers(0, len(CONDITIONS) - 1), st.data())
def test_any_bytes_are_an_expression_or_an_error(noise: bytes, number: int, data: st.DataObject) -> None:
    blob = bytearray.fromhex(CONDITIONS[number][1])
    for byte in noise[:4]:
        blob[data.draw(st.integers(0, len(blob) - 1))] = byte
    for read in (Expressions.condition, Expressions.update, Expressions.projection):
        for candidate in (bytes(blob), noise):
            with contextlib.suppress(Malformed, Incomplete, ValidationException):
                read(Expressions(), candidate)
