"""What conditions mean: one item, and for each condition whether it holds. The same rows are asked of
ConditionExpression and FilterExpression, which share one language.
"""

from typing import Any

import pytest

from tests.conformance.schema import at, n, on, s
from tests.conformance.wire import Refusal, Wire

ITEM: dict[str, Any] = {
    "str": s("apple"),
    "blank": s(""),
    "num": n(5),
    "neg": n(-3),
    "frac": n("0.1"),
    "big": n("1" * 38),
    "bin": {"B": "AQID"},
    "yes": {"BOOL": True},
    "nul": {"NULL": True},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2.50"]},
    "bs": {"BS": ["AQ==", "Ag=="]},
    "seq": {"L": [n(1), s("two"), {"L": [n(3)]}]},
    "doc": {"M": {"in": n(1), "deep": {"M": {"er": s("x")}}}},
    "es": {"SS": [""]},
    "emoji": s("a😀"),
}

HOLDS: tuple[tuple[str, str, dict[str, Any], bool], ...] = (
    ("B5.50", "gone = :v", {":v": s("x")}, False),
    ("B5.50", "gone <> :v", {":v": s("x")}, True),
    ("B5.50", "gone < :v", {":v": s("x")}, False),
    ("B5.50", "gone >= :v", {":v": s("x")}, False),
    ("B5.50", "gone BETWEEN :v AND :w", {":v": n(1), ":w": n(9)}, False),
    ("B5.50", "gone IN (:v)", {":v": s("x")}, False),
    ("B5.50", "begins_with(gone, :v)", {":v": s("x")}, False),
    ("B5.50", "contains(gone, :v)", {":v": s("x")}, False),
    ("B5.50", "size(gone) > :v", {":v": n(0)}, False),
    ("B5.50", "doc.gone <> :v", {":v": s("x")}, True),
    ("B5.50", "doc.gone.more <> :v", {":v": s("x")}, True),
    ("B5.50", "seq[9] <> :v", {":v": s("x")}, True),
    ("B5.50", "str.nothing = :v", {":v": s("x")}, False),
    ("B5.50", "NOT gone = :v", {":v": s("x")}, True),
    ("B5.51", "str = :v", {":v": s("apple")}, True),
    ("B5.51", "str <> :v", {":v": s("apple")}, False),
    ("B5.51", "num = :v", {":v": s("5")}, False),
    ("B5.51", "num <> :v", {":v": s("5")}, True),
    ("B5.51", "num < :v", {":v": s("9")}, False),
    ("B5.51", "num > :v", {":v": s("1")}, False),
    ("B5.51", "num = :v", {":v": n("5.000")}, True),
    ("B5.51", "num < :v", {":v": n(10)}, True),
    ("B5.51", "neg < :v", {":v": n("-2.9")}, True),
    ("B5.51", "frac = :v", {":v": n("1e-1")}, True),
    ("B5.51", "big = :v", {":v": n("1" * 38)}, True),
    ("B5.51", "big < :v", {":v": n("1" * 37 + "2")}, True),
    ("B5.51", "str < :v", {":v": s("b")}, True),
    ("B5.51", "str < :v", {":v": s("Apple")}, False),
    ("B5.51", "blank < :v", {":v": s("a")}, True),
    ("B5.51", "bin < :v", {":v": {"B": "/w=="}}, True),
    ("B5.51", "bin > :v", {":v": {"B": "AQI="}}, True),
    ("B5.51", "num BETWEEN :v AND :w", {":v": n(5), ":w": n(5)}, True),
    ("B5.51", "num BETWEEN :v AND :w", {":v": n(6), ":w": n(9)}, False),
    ("B5.51", ":v BETWEEN neg AND num", {":v": n(0)}, True),
    ("B5.51", "num IN (:v, :w)", {":v": n(4), ":w": n(5)}, True),
    ("B5.51", "num IN (:v, :w)", {":v": n(4), ":w": s("5")}, False),
    ("B5.51", ":v = num", {":v": n(5)}, True),
    ("B5.51", "num > neg", {}, True),
    ("B5.51", "yes = :v", {":v": {"BOOL": True}}, True),
    ("B5.51", "yes = :v", {":v": {"BOOL": False}}, False),
    ("B5.51", "nul = :v", {":v": {"NULL": True}}, True),
    ("B5.52", "ss = :v", {":v": {"SS": ["b", "a"]}}, True),
    ("B5.52", "ss = :v", {":v": {"SS": ["a"]}}, False),
    ("B5.52", "ns = :v", {":v": {"NS": ["2.5", "1.0"]}}, True),
    ("B5.52", "bs = :v", {":v": {"BS": ["Ag==", "AQ=="]}}, True),
    ("B5.52", "ss <> :v", {":v": {"SS": ["b", "a"]}}, False),
    ("B5.52", "seq = :v", {":v": {"L": [n("1.0"), s("two"), {"L": [n(3)]}]}}, True),
    ("B5.52", "seq = :v", {":v": {"L": [s("two"), n(1), {"L": [n(3)]}]}}, False),
    ("B5.52", "doc = :v", {":v": {"M": {"deep": {"M": {"er": s("x")}}, "in": n("1")}}}, True),
    ("B5.52", "doc = :v", {":v": {"M": {"in": n(1)}}}, False),
    ("B5.52", "ss IN (:v)", {":v": {"SS": ["b", "a"]}}, True),
    ("B5.53", "size(str) = :v", {":v": n(5)}, True),
    ("B5.53", "size(bin) = :v", {":v": n(3)}, True),
    ("B5.53", "size(ss) = :v", {":v": n(2)}, True),
    ("B5.53", "size(seq) = :v", {":v": n(3)}, True),
    ("B5.53", "size(doc) = :v", {":v": n(2)}, True),
    ("B5.53", "size(num) >= :v", {":v": n(0)}, False),
    ("B5.53", "size(yes) >= :v", {":v": n(0)}, False),
    ("B5.53", "size(blank) = :v", {":v": n(0)}, True),
    ("B5.54", "size(emoji) = :v", {":v": n(3)}, True),
    ("B5.55", "contains(str, :v)", {":v": s("ppl")}, True),
    ("B5.55", "contains(str, :v)", {":v": s("x")}, False),
    ("B5.55", "contains(str, :v)", {":v": s("")}, True),
    ("B5.55", "contains(bin, :v)", {":v": {"B": "AgM="}}, True),
    ("B5.55", "contains(ss, :v)", {":v": s("a")}, True),
    ("B5.55", "contains(ns, :v)", {":v": n("2.5")}, True),
    ("B5.55", "contains(ns, :v)", {":v": s("1")}, False),
    ("B5.55", "contains(bs, :v)", {":v": {"B": "AQ=="}}, True),
    ("B5.55", "contains(seq, :v)", {":v": s("two")}, True),
    ("B5.55", "contains(seq, :v)", {":v": {"L": [n(3)]}}, True),
    ("B5.55", "contains(seq, :v)", {":v": n(3)}, False),
    ("B5.55", "contains(doc, :v)", {":v": s("in")}, False),
    ("B5.55", "contains(num, :v)", {":v": n(5)}, False),
    ("B5.56", "contains(es, :v)", {":v": s("")}, True),
    ("B5.56", "contains(ss, :v)", {":v": s("")}, False),
    ("B5.57", "begins_with(str, :v)", {":v": s("app")}, True),
    ("B5.57", "begins_with(str, :v)", {":v": s("pp")}, False),
    ("B5.57", "begins_with(str, :v)", {":v": s("")}, True),
    ("B5.57", "begins_with(bin, :v)", {":v": {"B": "AQI="}}, True),
    ("B5.57", "begins_with(num, :v)", {":v": s("5")}, False),
    ("B5.58", "attribute_exists(str)", {}, True),
    ("B5.58", "attribute_exists(gone)", {}, False),
    ("B5.58", "attribute_exists(nul)", {}, True),
    ("B5.58", "attribute_exists(doc.deep.er)", {}, True),
    ("B5.58", "attribute_exists(seq[2][0])", {}, True),
    ("B5.58", "attribute_exists(seq[3])", {}, False),
    ("B5.58", "attribute_not_exists(doc.zz)", {}, True),
    ("B5.58", "attribute_not_exists(str)", {}, False),
    *(
        ("B5.59", f"attribute_type({name}, :v)", {":v": s(kind)}, True)
        for name, kind in (
            ("str", "S"),
            ("num", "N"),
            ("bin", "B"),
            ("yes", "BOOL"),
            ("nul", "NULL"),
            ("ss", "SS"),
            ("ns", "NS"),
            ("bs", "BS"),
            ("seq", "L"),
            ("doc", "M"),
        )
    ),
    ("B5.59", "attribute_type(num, :v)", {":v": s("S")}, False),
    ("B5.59", "attribute_type(gone, :v)", {":v": s("S")}, False),
    ("B5.60", "attribute_exists(str) AND NOT attribute_exists(num)", {}, False),
    ("B5.60", "attribute_exists(gone) OR attribute_exists(num)", {}, True),
    ("B5.60", "attribute_exists(str) OR attribute_exists(num) AND attribute_exists(gone)", {}, True),
    ("B5.60", "(attribute_exists(str) OR attribute_exists(num)) AND attribute_exists(gone)", {}, False),
    ("B5.60", "NOT attribute_exists(gone) AND attribute_exists(str)", {}, True),
    ("B5.60", "NOT (attribute_exists(gone) AND attribute_exists(str))", {}, True),
    ("B5.60", "(attribute_exists(str))", {}, True),
    ("B5.60", "not attribute_exists(gone) and attribute_exists(str)", {}, True),
    ("B5.60", "seq[0] = :v AND seq[2][0] > :v", {":v": n(1)}, True),
    ("B5.60", "attribute_exists( #d . deep . er )", {"#d": "doc"}, True),
)
TABLE_OF_TRUTH = pytest.mark.parametrize(
    ("text", "words", "holds"),
    [
        pytest.param(text, words, holds, id=f"{behaviour}-{text}-{next(iter(words.values()), '')}")
        for behaviour, text, words, holds in HOLDS
    ],
)


@pytest.fixture(scope="module")
def item(wire: Wire) -> dict[str, Any]:
    key = at("conditions")
    wire("PutItem", on(Item=key | ITEM))
    return key


def placeholders(words: dict[str, Any]) -> dict[str, Any]:
    names = {name: word for name, word in words.items() if name.startswith("#")}
    values = {name: value for name, value in words.items() if name.startswith(":")}
    members = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    return {member: given for member, given in members.items() if given}


@TABLE_OF_TRUTH
def test_condition(wire: Wire, item: dict[str, Any], text: str, words: dict[str, Any], holds: bool) -> None:
    request = on(Key=item, ConditionExpression=text, **placeholders(words))
    if holds:
        wire("UpdateItem", request)
        return
    with pytest.raises(Refusal) as raised:
        wire("UpdateItem", request)
    assert raised.value.code == "ConditionalCheckFailedException"
    assert raised.value.message == "The conditional request failed"


@TABLE_OF_TRUTH
def test_filter(wire: Wire, item: dict[str, Any], text: str, words: dict[str, Any], holds: bool) -> None:
    words = words | {":p": item["pk"]}
    request = on(KeyConditionExpression="pk = :p", FilterExpression=text, **placeholders(words))
    answer = wire("Query", request)
    assert (answer["Count"], answer["ScannedCount"]) == (int(holds), 1)
