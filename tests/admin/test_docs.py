"""docs/testing.md and docs/triggers.md: their snippets run, and the table of members is that of the code."""

import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from server.triggers.definition import MEMBERS, read_option
from tests.documentation.pages import Page, Snippet
from tests.live import LocalServer

TESTING = Page("docs/testing.md")
TRIGGERS = Page("docs/triggers.md")


def run(snippet: Snippet, names: dict[str, Any], server: LocalServer) -> None:
    exec(snippet.at(server.endpoint), names)


def test_the_snippets_about_testing_run(server: LocalServer) -> None:
    names: dict[str, Any] = {}
    for snippet in TESTING.snippets("python"):
        run(snippet, names, server)
    names["admin"]("POST", "/_admin/reset")


def test_the_snippets_about_triggers_run(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, Any] = {}
    run(TESTING.snippets("python")[0], names, server)
    handler, use = TRIGGERS.snippets("python")
    for name in ("shop", "shop.orders"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    exec(handler.code, sys.modules["shop.orders"].__dict__)
    names["dynamodb"].create_table(
        TableName="Orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    run(use, names, server)
    assert capsys.readouterr().out == "INSERT {'id': {'S': '1'}}\n"
    names["admin"]("DELETE", "/_admin/triggers/ship-orders")
    names["admin"]("POST", "/_admin/reset")


def test_the_definition_that_is_shown_is_one(tmp_path: Path) -> None:
    [shown] = TRIGGERS.code("json")
    (tmp_path / "triggers.json").write_text(shown)
    [(name, definition)] = read_option(f"@{tmp_path / 'triggers.json'}").items()
    assert name == "ship-orders"
    paid = {"eventName": "INSERT", "dynamodb": {"NewImage": {"paid": {"BOOL": True}}}}
    assert definition.wants(paid)
    assert not definition.wants({**paid, "eventName": "MODIFY"})


def test_every_member_of_a_definition_is_in_the_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \|$", TRIGGERS.text, re.MULTILINE)
    assert [(name, help_) for name, help_, _ in rows] == [(member.name, member.help) for member in MEMBERS]
    for member, (_, _, default) in zip(MEMBERS, rows, strict=True):
        if isinstance(member.default, int | str) and not isinstance(member.default, bool):
            assert default == f"`{json.dumps(member.default)}`"
