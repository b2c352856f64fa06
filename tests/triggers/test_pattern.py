"""Filter patterns, one line each: the pattern, a value that matches, one that does not."""

import json
from typing import Any

import pytest

from server.triggers.pattern import WrongPattern, compile_pattern

LINES = [
    ({"a": ["x"]}, {"a": "x", "b": 1}, {"a": "y"}),
    ({"a": ["x", "y"]}, {"a": "y"}, {"a": "z"}),
    ({"a": ["x"], "b": [1]}, {"a": "x", "b": 1.0}, {"a": "x", "b": 2}),
    ({"a": {"b": {"c": ["x"]}}}, {"a": {"b": {"c": "x"}}}, {"a": {"b": "x"}}),
    ({"a": [None]}, {"a": None}, {}),
    ({"a": [""]}, {"a": ""}, {"a": None}),
    ({"a": [True]}, {"a": True}, {"a": 1}),
    ({"a": [1]}, {"a": 1}, {"a": True}),
    ({"a": [1]}, {"a": 1}, {"a": "1"}),
    ({"a": ["x"]}, {"a": ["z", "x"]}, {"a": []}),
    ({"a": {"b": ["x"]}}, {"a": [{"b": "y"}, {"b": "x"}]}, {"a": [{"b": "y"}]}),
    ({"a": [{"prefix": "ab"}]}, {"a": "abc"}, {"a": "ba"}),
    ({"a": [{"prefix": "ab"}]}, {"a": "ab"}, {"a": 12}),
    ({"a": [{"suffix": "bc"}]}, {"a": "abc"}, {"a": "bca"}),
    ({"a": [{"equals-ignore-case": "Ab"}]}, {"a": "aB"}, {"a": "b"}),
    ({"a": [{"anything-but": ["x", "y"]}]}, {"a": "z"}, {"a": "x"}),
    ({"a": [{"anything-but": "x"}]}, {"a": 1}, {}),
    ({"a": [{"anything-but": {"prefix": "x"}}]}, {"a": "y"}, {"a": "xy"}),
    ({"a": [{"exists": True}]}, {"a": None}, {}),
    ({"a": [{"exists": True}]}, {"a": "x"}, {"a": {"b": 1}}),
    ({"a": [{"exists": False}]}, {"b": 1}, {"a": 1}),
    ({"a": {"b": [{"exists": False}]}}, {}, {"a": {"b": 1}}),
    ({"a": [{"numeric": ["=", 5]}]}, {"a": 5.0}, {"a": "5"}),
    ({"a": [{"numeric": [">", 1, "<=", 5]}]}, {"a": 5}, {"a": 1}),
    ({"$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"b": "y"}, {"a": "y", "b": "x"}),
    ({"c": [1], "$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"c": 1, "a": "x"}, {"a": "x"}),
    (
        {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": [{"prefix": "b"}]}}}},
        {"eventName": "INSERT", "dynamodb": {"NewImage": {"kind": {"S": "bird"}}}},
        {"eventName": "INSERT", "dynamodb": {"NewImage": {"kind": {"N": "1"}}}},
    ),
]


@pytest.mark.parametrize(("pattern", "yes", "no"), LINES, ids=[json.dumps(line[0]) for line in LINES])
def test_a_pattern_tells_values_apart(pattern: Any, yes: Any, no: Any) -> None:
    matches = compile_pattern(json.dumps(pattern))
    assert matches(yes)
    assert not matches(no)


@pytest.mark.parametrize(
    "pattern",
    [
        "{",
        "[]",
        "{}",
        '{"a": "x"}',
        '{"a": []}',
        '{"a": {}}',
        '{"a": [["x"]]}',
        '{"a": [{"wildcard": "*"}]}',
        '{"a": [{"prefix": "x", "suffix": "y"}]}',
        '{"a": [{"prefix": 1}]}',
        '{"a": [{"exists": "yes"}]}',
        '{"a": [{"anything-but": []}]}',
        '{"a": [{"numeric": [">"]}]}',
        '{"a": [{"numeric": ["!=", 1]}]}',
        '{"a": [{"numeric": ["=", "1"]}]}',
        '{"$or": ["x"]}',
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(WrongPattern):
        compile_pattern(pattern)
