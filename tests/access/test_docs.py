"""The credentials files of docs/security.md are right, and say what the page says that they say."""

from pathlib import Path

from server.access.keyring import Key, load
from tests.documentation.pages import Page

PAGE = Page("docs/security.md")


def test_the_examples_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "reports.json").write_text(
        '{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'
    )
    found: dict[str, Key] = {}
    for example in PAGE.code("toml"):
        (tmp_path / "keys.toml").write_text(example)
        found |= load(tmp_path / "keys.toml", "000000000000")
    assert {key.principal.facts.get("aws:username") for key in found.values()} == {("alice",), ("bob",), None}
    policies = found["AKIAI44QH8DHBEXAMPLE"].principal.policies
    assert policies is not None
    own, _ = policies
    assert [condition.key for condition in own.statements[0].conditions] == ["dynamodb:leadingkeys"]
