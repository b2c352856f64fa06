"""How a trigger is asked for: JSON in Lambda's words, and the short form of the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from server.config import read
from server.triggers import WrongDefinition
from server.triggers.definition import FOREVER, parse, read_option

LEAST = {"Table": "Orders", "Function": "shop:on_order"}


def test_only_a_table_and_a_target_are_needed() -> None:
    definition = parse(LEAST)
    assert (definition.table, definition.target) == ("Orders", "shop:on_order")
    assert definition.region == "us-east-1"
    assert (definition.batch_size, definition.window_seconds) == (100, 0)
    assert (definition.retries, definition.record_age_seconds) == (FOREVER, FOREVER)
    assert definition.starting_position == "TRIM_HORIZON"
    assert definition.wants({"eventName": "REMOVE"})


def test_one_of_several_filters_is_enough() -> None:
    filters = [{"Pattern": json.dumps({"eventName": [name]})} for name in ("INSERT", "REMOVE")]
    definition = parse({**LEAST, "FilterCriteria": {"Filters": filters}})
    assert [definition.wants({"eventName": name}) for name in ("INSERT", "MODIFY", "REMOVE")] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], "A trigger's definition must be a JSON object."),
        ({"Function": "a:b"}, "A trigger must have a Table."),
        ({"Table": "Orders"}, "A trigger must have one of Function, Url and Command."),
        ({**LEAST, "Url": "http://x"}, "A trigger must have one of Function, Url and Command."),
        ({**LEAST, "Batch": 1}, "A trigger has no Batch."),
        ({**LEAST, "Function": "shop"}, "Function must be module:function."),
        ({"Table": "Orders", "Url": "ftp://x"}, "Url must begin with http:// or https://."),
        ({"Table": "Orders", "Command": []}, "Command must be a command, as one text or as a list of words."),
        ({**LEAST, "BatchSize": 0}, "BatchSize must be a whole number from 1 to 10000."),
        ({**LEAST, "BatchSize": True}, "BatchSize must be a whole number from 1 to 10000."),
        ({**LEAST, "StartingPosition": "NOW"}, "StartingPosition must be TRIM_HORIZON or LATEST."),
        ({**LEAST, "FunctionResponseTypes": ["All"]}, 'FunctionResponseTypes must be ["Report'),
        ({**LEAST, "FilterCriteria": {"Filters": [{}]}}, "FilterCriteria must have a Pattern"),
        ({**LEAST, "FilterCriteria": {"Filters": [{"Pattern": "["}]}}, "The filter pattern is not JSON"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_sentence(given: Any, sentence: str) -> None:
    with pytest.raises(WrongDefinition) as refused:
        parse(given)
    assert str(refused.value).startswith(sentence)


def test_the_command_line_has_a_short_form(tmp_path: Path) -> None:
    (tmp_path / "triggers.json").write_text(json.dumps({"slow": {**LEAST, "BatchSize": 1}}))
    lines = ["Orders=shop.orders:on_order", "Orders=https://x.test/hook", "Orders=exec:./run --fast"]
    flags = [part for line in [*lines, f"@{tmp_path / 'triggers.json'}"] for part in ("--trigger", line)]
    triggers = read(flags, {}, "dynalite").triggers
    assert {name: definition.target for name, definition in triggers.items()} == {
        "Orders-shop.orders-on_order": "shop.orders:on_order",
        "Orders-https-x.test-hook": "https://x.test/hook",
        "Orders-exec-.-run---fast": "./run --fast",
        "slow": "shop:on_order",
    }
    assert triggers["slow"].batch_size == 1
    assert triggers == read([], {"DYNALITE_TRIGGER": "\n".join(flags[1::2])}, "dynalite").triggers


@pytest.mark.parametrize("line", ["Orders", "Orders=shop", "=shop:f", "@/missing/file.json"])
def test_a_line_that_makes_no_sense_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        read_option(line)


def test_of_several_in_a_file_the_one_that_is_wrong_is_named(tmp_path: Path) -> None:
    """The sentence went on behind its full stop, and did not say which trigger it was about."""
    file = tmp_path / "triggers.json"
    good = {"Table": "Orders", "Url": "http://127.0.0.1:1/"}
    file.write_text(json.dumps({"good": good, "slow": {**good, "BatchSize": 0}}))
    with pytest.raises(ValueError, match=r"^must define what can be used \(slow: BatchSize must be"):
        read_option(f"@{file}")
