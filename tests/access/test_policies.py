"""Policies: what a document may say, and how they are decided."""

from typing import Any

import pytest

from dynalite.access import policy
from dynalite.access.decision import Ask, decide
from dynalite.access.patterns import Facts
from dynalite.access.policy import MalformedPolicy
from dynalite.access.principals import Principal

ACCOUNT = "000000000000"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
MUSIC = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/Music"
ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
DENY: dict[str, Any] = {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def outcome(
    own: list[dict[str, Any]] | None,
    theirs: list[dict[str, Any]] | None = None,
    *,
    arn: str = ALICE,
    action: str = "dynamodb:GetItem",
    resource: str = MUSIC,
    facts: Facts | None = None,
) -> str:
    """`allowed`, or the message of the refusal without what is the same in all."""
    policies = None if own is None else tuple([policy.identity("own", document(one)) for one in own])
    principal = Principal(arn, "AKID", policies)
    of_table = None if theirs is None else policy.resource("of the table", document(*theirs))
    ask = Ask(action, resource, lambda: facts or {}, of_table, ACCOUNT)
    denial = decide(ask, principal, principal.facts)
    if denial is None:
        return "allowed"
    opening = f"User: {arn} is not authorized to perform: {action} on resource: {resource} "
    assert denial.error.message.startswith(opening)
    return denial.error.message.removeprefix(opening)


IMPLICITLY = "because no identity-based policy allows the dynamodb:GetItem action"
NOT_BY_TABLE = "because no resource-based policy allows the dynamodb:GetItem action"
BY_OWN = "with an explicit deny in an identity-based policy"
BY_TABLE = "with an explicit deny in a resource-based policy"


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], IMPLICITLY),
        ([ALLOW], "allowed"),
        ([ALLOW, DENY], BY_OWN),
        ([DENY, ALLOW], BY_OWN),
        ([{**ALLOW, "Action": "DYNAMODB:getitem"}], "allowed"),
        ([{**ALLOW, "Action": ["dynamodb:Put*", "dynamodb:Get????"]}], "allowed"),
        ([{**ALLOW, "Action": "dynamodb:Get"}], IMPLICITLY),
        ([{**ALLOW, "Action": "*"}], "allowed"),
        ([{"Effect": "Allow", "NotAction": "dynamodb:Delete*", "Resource": "*"}], "allowed"),
        ([{"Effect": "Allow", "NotAction": "dynamodb:Get*", "Resource": "*"}], IMPLICITLY),
        ([{**ALLOW, "Resource": MUSIC}], "allowed"),
        ([{**ALLOW, "Resource": f"{MUSIC}/index/*"}], IMPLICITLY),
        ([{**ALLOW, "Resource": "arn:aws:dynamodb:*:*:table/Mu*"}], "allowed"),
        ([{**ALLOW, "Resource": MUSIC.lower()}], IMPLICITLY),
        ([{"Effect": "Allow", "Action": "*", "NotResource": MUSIC}], IMPLICITLY),
        ([ALLOW, {"Effect": "Deny", "Action": "*", "NotResource": f"{MUSIC}*"}], "allowed"),
        ([{**ALLOW, "Condition": {"StringEquals": {"aws:username": "alice"}}}], "allowed"),
        ([{**ALLOW, "Condition": {"StringEquals": {"aws:username": "bob"}}}], IMPLICITLY),
        ([ALLOW, {**DENY, "Condition": {"StringNotEquals": {"aws:username": "alice"}}}], "allowed"),
        ([{**ALLOW, "Resource": "arn:aws:dynamodb:*:*:table/${aws:username}"}], IMPLICITLY),
    ],
)
def test_identity_policies(statements: list[dict[str, Any]], expected: str) -> None:
    assert outcome(statements) == expected


def for_principal(effect: dict[str, Any], principal: Any) -> dict[str, Any]:
    return {**effect, "Principal": principal}


OTHER = "arn:aws:iam::123456789012:user/carol"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/night"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


@pytest.mark.parametrize(
    ("own", "theirs", "arn", "expected"),
    [
        pytest.param(None, None, ALICE, "allowed", id="nobody has said anything"),
        pytest.param(
            None, [for_principal(DENY, {"AWS": ALICE})], ALICE, BY_TABLE, id="the table's deny wins"
        ),
        pytest.param([ALLOW], [for_principal(DENY, "*")], ALICE, BY_TABLE, id="for everybody"),
        pytest.param(
            [], [for_principal(ALLOW, {"AWS": ALICE})], ALICE, "allowed", id="the table's allow is enough"
        ),
        pytest.param(
            [DENY], [for_principal(ALLOW, {"AWS": ALICE})], ALICE, BY_OWN, id="not against one's own deny"
        ),
        pytest.param([], [for_principal(ALLOW, {"AWS": OTHER})], ALICE, IMPLICITLY, id="somebody else"),
        pytest.param(
            [], [for_principal(ALLOW, {"AWS": ACCOUNT})], ALICE, IMPLICITLY, id="the account is not its users"
        ),
        pytest.param([], [for_principal(ALLOW, {"AWS": ROOT})], ALICE, IMPLICITLY, id="nor as its root"),
        pytest.param([], [for_principal(ALLOW, {"AWS": ROOT})], ROOT, "allowed", id="but the root is"),
        pytest.param(
            [ALLOW], [for_principal(DENY, {"AWS": ACCOUNT})], ALICE, BY_TABLE, id="a deny means all of them"
        ),
        pytest.param([], [for_principal(ALLOW, {"AWS": [ROLE]})], SESSION, "allowed", id="a role's session"),
        pytest.param(
            [],
            [for_principal(ALLOW, {"Service": "dynamodb.amazonaws.com"})],
            ALICE,
            IMPLICITLY,
            id="a service",
        ),
        pytest.param([ALLOW], None, OTHER, NOT_BY_TABLE, id="another account needs both"),
        pytest.param([], [for_principal(ALLOW, {"AWS": OTHER})], OTHER, IMPLICITLY, id="from both sides"),
        pytest.param(
            [ALLOW], [for_principal(ALLOW, {"AWS": "123456789012"})], OTHER, "allowed", id="and then may"
        ),
        pytest.param([ALLOW], [{**DENY, "NotPrincipal": {"AWS": ALICE}}], ALICE, "allowed", id="all but her"),
        pytest.param(
            [ALLOW], [{**DENY, "NotPrincipal": {"AWS": ALICE}}], SESSION, BY_TABLE, id="and so the others"
        ),
    ],
)
def test_two_sides(own: Any, theirs: Any, arn: str, expected: str) -> None:
    assert outcome(own, theirs, arn=arn) == expected


def test_facts_are_found_only_when_they_are_asked_for() -> None:
    def find() -> Facts:
        raise AssertionError

    principal = Principal(ALICE, "AKID", (policy.identity("own", document(ALLOW)),))
    assert decide(Ask("dynamodb:GetItem", MUSIC, find), principal, {}) is None
    elsewhere = {**ALLOW, "Resource": "arn:aws:s3:::x", "Condition": {"StringEquals": {"a": "b"}}}
    principal = Principal(ALICE, "AKID", (policy.identity("own", document(elsewhere, ALLOW)),))
    assert decide(Ask("dynamodb:GetItem", MUSIC, find), principal, {}) is None


def test_what_the_request_says_cannot_pretend_to_be_the_caller() -> None:
    condition = {"StringEquals": {"aws:username": "bob"}}
    assert outcome([{**ALLOW, "Condition": condition}], facts={"aws:username": ("bob",)}) == IMPLICITLY


def test_the_log_names_the_statement() -> None:
    named = {**DENY, "Sid": "Never"}
    principal = Principal(ALICE, "AKID", (policy.identity("night", document(ALLOW, named)),))
    assert str(decide(Ask("dynamodb:GetItem", MUSIC), principal, {})) == (
        f"{ALICE} may not dynamodb:GetItem on {MUSIC}: denied by statement 2 (Never) of policy night"
    )
    nothing = Principal(ALICE, "AKID", ())
    assert str(decide(Ask("dynamodb:GetItem", MUSIC), nothing, {})) == (
        f"{ALICE} may not dynamodb:GetItem on {MUSIC}: no identity-based policy allows it"
    )


def test_the_older_version_has_no_variables() -> None:
    older = {
        "Version": "2008-10-17",
        "Statement": {**ALLOW, "Resource": "arn:aws:dynamodb:*:*:table/${aws:username}"},
    }
    principal = Principal(ALICE, "AKID", (policy.identity("old", older),))
    own = MUSIC.replace("Music", "alice")
    assert decide(Ask("dynamodb:GetItem", own), principal, principal.facts) is not None
    assert decide(Ask("dynamodb:GetItem", MUSIC.replace("Music", "${aws:username}")), principal, {}) is None


# ------------------------------------------------------------------ documents


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ([], "it is not an object"),
        ({}, "there is no Statement"),
        ({"Statement": []}, "there is no Statement"),
        ({"Statement": ["x"]}, "in statement 1, there is no object"),
        ({**document(ALLOW), "Extra": 1}, "The policy has a member that means nothing: Extra"),
        ({**document(ALLOW), "Version": "2026-01-01"}, "Version must be 2012-10-17 or 2008-10-17"),
        (document(ALLOW, {**ALLOW, "Effect": "allow"}), "in statement 2, Effect must be Allow or Deny"),
        (document({**ALLOW, "Sid": 1}), "Sid is not a text"),
        (document({**ALLOW, "Sid": "x"}, {**ALLOW, "Sid": "x"}), "two statements have the same Sid"),
        (document({**ALLOW, "Actions": "x"}), "the statement has a member that means nothing: Actions"),
        (document({**ALLOW, "NotAction": "*"}), "there must be Action or NotAction, and not both"),
        (document({"Effect": "Allow", "Action": "*"}), "there must be Resource or NotResource"),
        (document({**ALLOW, "Action": "GetItem"}), "'GetItem' is no action, such as dynamodb:GetItem"),
        (document({**ALLOW, "Action": []}), "Action is not a text or a list of texts"),
        (document({**ALLOW, "Resource": "Music"}), "'Music' is no ARN"),
        (document({**ALLOW, "Principal": "*"}), "there is a Principal"),
        (document({**ALLOW, "Condition": []}), "Condition is not an object"),
        (document({**ALLOW, "Condition": {"StringEquals": "x"}}), "Condition.StringEquals is not an object"),
        (document({**ALLOW, "Condition": {"Strung": {"a": "b"}}}), "'Strung' is no condition operator"),
        (document({**ALLOW, "Condition": {"StringEquals": {"a": {}}}}), "on a has a value that is no text"),
    ],
)
def test_a_malformed_policy_is_refused(given: object, complaint: str) -> None:
    with pytest.raises(MalformedPolicy) as caught:
        policy.identity("own", given)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        (ALLOW, "there must be Principal or NotPrincipal"),
        ({**ALLOW, "Principal": {}}, "Principal is neither * nor an object"),
        ({**ALLOW, "Principal": {"Person": "alice"}}, "Principal has a member that means nothing: Person"),
        ({**ALLOW, "NotPrincipal": {"AWS": ALICE}}, "NotPrincipal allows nothing"),
    ],
)
def test_a_resources_policy_must_say_whom_it_means(statement: dict[str, Any], complaint: str) -> None:
    with pytest.raises(MalformedPolicy) as caught:
        policy.resource("of the table", document(statement))
    assert complaint in str(caught.value)
