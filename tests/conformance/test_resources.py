"""What belongs to an ARN: tags, and resource policies."""

import json
from typing import Any

import pytest

from tests.conformance.cases import OMPVI, Expected, Like, No, compare
from tests.conformance.schema import NEW, TABLE, attributes, keys, on
from tests.conformance.wire import Refusal, Wire

BASE: dict[str, Any] = {
    "TableName": NEW,
    "KeySchema": keys("pk"),
    "AttributeDefinitions": attributes(pk="S"),
    "BillingMode": "PAY_PER_REQUEST",
}


def arn_of(wire: Wire, table: str = NEW) -> str:
    arn: str = wire("DescribeTable", on(table))["Table"]["TableArn"]
    return arn


def pairs(**tags: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tags_of(wire: Wire, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in wire("ListTagsOfResource", {"ResourceArn": arn})["Tags"]}


def refused(wire: Wire, operation: str, request: dict[str, Any], expected: Expected) -> None:
    with pytest.raises(Refusal) as raised:
        wire(operation, request)
    compare(expected, raised.value)


# ------------------------------------------------------------------ tags


def test_tags_are_added_replaced_and_removed(new: Wire) -> None:
    """B15.01"""
    new.create(BASE | {"Tags": pairs(made="with the table")})
    arn = arn_of(new)
    assert tags_of(new, arn) == {"made": "with the table"}
    new("TagResource", {"ResourceArn": arn, "Tags": pairs(team="blue", stage="test")})
    new("TagResource", {"ResourceArn": arn, "Tags": pairs(stage="live", empty="")})
    assert tags_of(new, arn) == {"made": "with the table", "team": "blue", "stage": "live", "empty": ""}
    new("UntagResource", {"ResourceArn": arn, "TagKeys": ["team", "made", "never there"]})
    assert tags_of(new, arn) == {"stage": "live", "empty": ""}


def test_a_stream_has_tags_of_its_own(new: Wire) -> None:
    """B15.08"""
    stream = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}}
    new.create(BASE | stream | {"Tags": pairs(of="table")})
    arn = new("DescribeTable", on(NEW))["Table"]["LatestStreamArn"]
    assert tags_of(new, arn) == {}
    new("TagResource", {"ResourceArn": arn, "Tags": pairs(of="stream")})
    assert (tags_of(new, arn), tags_of(new, arn_of(new))) == ({"of": "stream"}, {"of": "table"})
    new("UntagResource", {"ResourceArn": arn, "TagKeys": ["of"]})
    assert (tags_of(new, arn), tags_of(new, arn_of(new))) == ({}, {"of": "table"})


TOO_MANY = "Number of Tags exceed the current limit for the provided ResourceArn"
BAD_TAGS: tuple[tuple[str, str, list[dict[str, str]], Expected], ...] = (
    ("B15.02", "none", [], "Atleast one Tag needs to be provided as Input."),
    ("B15.03", "a key of the service", pairs(**{"aws:x": "v"}), Like(("", "aws:"))),
    ("B15.04", "a long key", pairs(**{"k" * 129: "v"}), Like(("The Tag Key provided is invalid",))),
    ("B15.04", "an empty key", pairs(**{"": "v"}), Like(("The Tag Key provided is invalid",))),
    ("B15.04", "a long value", pairs(k="v" * 257), Like(("The Tag Value provided is invalid",))),
    (
        "B15.05",
        "a key twice",
        pairs(k="1") + pairs(k="2"),
        "Duplicate Tag Keys provided as input: Duplicate Tag Key found k",
    ),
    ("B15.06", "51", pairs(**{f"k{place}": "v" for place in range(51)}), TOO_MANY),
)


@pytest.mark.parametrize(
    ("behaviour", "name", "tags", "expected"), BAD_TAGS, ids=[f"{row[0]}-{row[1]}" for row in BAD_TAGS]
)
def test_tags_that_nothing_may_have(
    new: Wire, behaviour: str, name: str, tags: list[dict[str, str]], expected: Expected
) -> None:
    new.create(BASE)
    arn = arn_of(new)
    refused(new, "TagResource", {"ResourceArn": arn, "Tags": tags}, expected)
    assert tags_of(new, arn) == {}


def test_fifty_tags_and_the_longest(new: Wire) -> None:
    """B15.04, B15.06"""
    new.create(BASE)
    arn = arn_of(new)
    new("TagResource", {"ResourceArn": arn, "Tags": pairs(**{"k" * 128: "v" * 256})})
    fifty = {f"k{place}": "v" for place in range(49)}
    new("TagResource", {"ResourceArn": arn, "Tags": pairs(**fifty)})
    assert len(tags_of(new, arn)) == 50
    refused(new, "TagResource", {"ResourceArn": arn, "Tags": pairs(more="v")}, TOO_MANY)
    new("TagResource", {"ResourceArn": arn, "Tags": pairs(k0="w")})


def test_tags_of_nothing(wire: Wire) -> None:
    """B15.07"""
    arn = arn_of(wire, TABLE).replace(TABLE, "conformance-nowhere")
    for operation, more in (
        ("TagResource", {"Tags": pairs(k="v")}),
        ("UntagResource", {"TagKeys": ["k"]}),
        ("ListTagsOfResource", {}),
    ):
        with pytest.raises(Refusal) as raised:
            wire(operation, {"ResourceArn": arn, **more})
        assert raised.value.code in {"ResourceNotFoundException", "AccessDeniedException"}
    bad: Expected = Like((OMPVI,))
    refused(wire, "TagResource", {"ResourceArn": "no arn", "Tags": pairs(k="v")}, bad)


# ------------------------------------------------------------------ policies


def policy(arn: str, action: str = "dynamodb:GetItem", **members: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{arn.split(':')[4]}:root"},
        "Action": action,
        "Resource": arn,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | members]})


def test_a_policy_is_put_and_got(new: Wire) -> None:
    """B15.10"""
    new.create(BASE)
    arn = arn_of(new)
    put = new("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy(arn)})
    got = new("GetResourcePolicy", {"ResourceArn": arn})
    assert json.loads(got["Policy"]) == json.loads(policy(arn))
    assert got["RevisionId"] == put["RevisionId"]
    again = new("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy(arn)})
    assert again == put, "the same policy is no change"


def test_a_policy_comes_with_a_table(new: Wire) -> None:
    """B15.10"""
    arn = arn_of(new, TABLE).replace(TABLE, NEW)
    new.create(BASE | {"ResourcePolicy": policy(arn)})
    got = new("GetResourcePolicy", {"ResourceArn": arn})
    assert json.loads(got["Policy"]) == json.loads(policy(arn))


def test_a_policy_rests_after_a_change(new: Wire) -> None:
    """B15.11"""
    new.create(BASE)
    arn = arn_of(new)
    new("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy(arn)})
    other = policy(arn, "dynamodb:PutItem")
    for operation, more in (("PutResourcePolicy", {"Policy": other}), ("DeleteResourcePolicy", {})):
        with pytest.raises(Refusal) as raised:
            new(operation, {"ResourceArn": arn, **more})
        assert raised.value.code == "ThrottlingException"
    assert "GetItem" in new("GetResourcePolicy", {"ResourceArn": arn})["Policy"]


def test_no_policy(new: Wire) -> None:
    """B15.12"""
    new.create(BASE)
    arn = arn_of(new)
    missing = No(
        "PolicyNotFoundException", f"Resource-based policy not found for the provided ResourceArn: {arn}"
    )
    refused(new, "GetResourcePolicy", {"ResourceArn": arn}, missing)
    assert new("DeleteResourcePolicy", {"ResourceArn": arn}) == {}


def test_a_change_that_expects_another_revision(new: Wire) -> None:
    """B15.13"""
    new.create(BASE)
    arn = arn_of(new)
    request = {"ResourceArn": arn, "Policy": policy(arn)}
    unknown: Expected = Like(("",), "PolicyNotFoundException")
    refused(new, "PutResourcePolicy", request | {"ExpectedRevisionId": "7"}, unknown)
    new("PutResourcePolicy", request | {"ExpectedRevisionId": "NO_POLICY"})
    changed = request | {"Policy": policy(arn, "dynamodb:PutItem")}
    refused(new, "PutResourcePolicy", changed | {"ExpectedRevisionId": "7"}, unknown)
    refused(new, "PutResourcePolicy", changed | {"ExpectedRevisionId": "NO_POLICY"}, unknown)


def test_policies_that_are_none(new: Wire) -> None:
    """B15.14, B15.15"""
    new.create(BASE)
    arn = arn_of(new)
    large = policy(arn, Sid="x" * 20_480)
    for text in ("not JSON", "{}", '{"Version": "2012-10-17", "Statement": []}', large):
        refused(new, "PutResourcePolicy", {"ResourceArn": arn, "Policy": text}, Like((OMPVI,)))
    everybody = policy(arn, Principal="*")
    refused(new, "PutResourcePolicy", {"ResourceArn": arn, "Policy": everybody}, Like(("",)))


def test_a_policy_goes_with_its_table(new: Wire) -> None:
    """B15.10"""
    new.create(BASE)
    arn = arn_of(new)
    new("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy(arn)})
    new.drop(NEW)
    refused(new, "GetResourcePolicy", {"ResourceArn": arn}, Like(("",), "ResourceNotFoundException"))
    new.create(BASE)
    refused(new, "GetResourcePolicy", {"ResourceArn": arn}, Like(("",), "PolicyNotFoundException"))
