"""PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy."""

import json
from pathlib import Path
from typing import Any

import pytest

from dynalite.settings import Settings
from tests.operations.service import OMPVI, PLAIN, START, Service, in_folder

ACCOUNT = "000000000000"
ARN = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/Things"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
NOT_FOUND = "Resource-based policy not found for the provided ResourceArn: "
FIRST = str(int(START * 1000))
INVALID = OMPVI + "Invalid policy document: "


def statement(**members: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": ROOT},
        "Action": "dynamodb:GetItem",
        "Resource": ARN,
    } | members


def document(*statements: dict[str, Any], **members: Any) -> str:
    """A policy, written as plainly as can be."""
    made = {"Version": "2012-10-17", "Statement": list(statements)} | members
    return json.dumps(made, separators=(",", ":"))


READ = document(statement())
WRITE = document(statement(Action="dynamodb:PutItem"))


def put(service: Service, policy: str = READ, **members: Any) -> str:
    answer = service.call("PutResourcePolicy", ResourceArn=ARN, Policy=policy, **members)
    assert set(answer) == {"RevisionId"}
    revision: str = answer["RevisionId"]
    return revision


def get(service: Service) -> Any:
    return service.call("GetResourcePolicy", ResourceArn=ARN)


def delete(service: Service, **members: Any) -> Any:
    return service.call("DeleteResourcePolicy", ResourceArn=ARN, **members)


def later(service: Service) -> None:
    service.clock.advance(15)


# ------------------------------------------------------------------ put, get, delete


def test_a_policy_comes_back_with_the_time_of_its_change_as_revision(service: Service) -> None:
    assert put(service) == FIRST
    assert get(service) == {"Policy": READ, "RevisionId": FIRST}
    later(service)
    assert put(service, WRITE) == str(int(FIRST) + 15_000)
    assert get(service)["Policy"] == WRITE


def test_a_table_without_policy(service: Service) -> None:
    error = service.refused("GetResourcePolicy", ResourceArn=ARN)
    assert (error.code, error.message) == ("PolicyNotFoundException", NOT_FOUND + ARN)
    assert delete(service) == {}


def test_a_policy_is_deleted_once_and_deleting_goes_on_succeeding(service: Service) -> None:
    first = put(service)
    later(service)
    assert delete(service) == {"RevisionId": first}
    assert service.refused("GetResourcePolicy", ResourceArn=ARN).code == "PolicyNotFoundException"
    removal = str(int(first) + 15_000)
    assert delete(service) == {"RevisionId": removal}


def test_a_policy_comes_with_a_new_table_and_goes_with_it(service: Service) -> None:
    plain = {"ResourceArn": ARN.replace("Things", "Policed")}
    service.call("CreateTable", **PLAIN | {"TableName": "Policed"}, ResourcePolicy=READ)
    assert service.call("GetResourcePolicy", **plain) == {"Policy": READ, "RevisionId": FIRST}
    service.call("DeleteTable", TableName="Policed")
    service.call("CreateTable", **PLAIN | {"TableName": "Policed"})
    assert service.refused("GetResourcePolicy", **plain).code == "PolicyNotFoundException"


def test_a_policy_survives_a_restart(tmp_path: Path) -> None:
    service = in_folder(tmp_path / "data")
    put(service)
    service = service.reopened()
    assert get(service) == {"Policy": READ, "RevisionId": FIRST}
    service.close()


# ------------------------------------------------------------------ revisions


def test_a_change_may_expect_the_revision_that_it_changes(service: Service) -> None:
    first = put(service, ExpectedRevisionId="NO_POLICY")
    later(service)
    second = put(service, WRITE, ExpectedRevisionId=first)
    later(service)
    assert delete(service, ExpectedRevisionId=second) == {"RevisionId": second}


def test_a_change_that_expects_another_revision_finds_no_policy(service: Service) -> None:
    def complaint(operation: str, expected: str) -> str:
        more = {"Policy": WRITE} if operation == "PutResourcePolicy" else {}
        error = service.refused(operation, ResourceArn=ARN, ExpectedRevisionId=expected, **more)
        assert error.code == "PolicyNotFoundException"
        assert error.message.startswith(NOT_FOUND)
        return error.message.removeprefix(NOT_FOUND)

    both = ("PutResourcePolicy", "DeleteResourcePolicy")
    for operation in both:
        assert complaint(operation, "7") == (
            "Requested update for policy with revision id 7, but table Things has no associated policy."
        )
    revision = put(service)
    for operation in both:
        assert complaint(operation, "7") == (
            "Requested update for policy with revision id 7,"
            f" but the policy associated to target table Things has revision id {revision}."
        )
    assert complaint("PutResourcePolicy", "NO_POLICY") == (
        "Requested policy update expecting none to be present for table Things,"
        f" but a policy exists with revision id {revision}."
    )
    later(service)
    delete(service)
    assert complaint("DeleteResourcePolicy", revision).endswith(f"has revision id {int(revision) + 15_000}.")
    later(service)
    put(service, ExpectedRevisionId="NO_POLICY")


# ------------------------------------------------------------------ fifteen seconds


def test_a_policy_that_has_changed_rests_for_fifteen_seconds(service: Service) -> None:
    put(service)
    complaint = (
        "Resource-based policy for table Things modified within the previous 15000 milliseconds."
        " Please try again after 2027-01-15T08:00:15.000Z."
    )
    service.clock.advance(14.999)
    for operation, more in (("PutResourcePolicy", {"Policy": WRITE}), ("DeleteResourcePolicy", {})):
        error = service.refused(operation, ResourceArn=ARN, **more)
        assert (error.code, error.message) == ("ThrottlingException", complaint)
    service.clock.advance(0.001)
    put(service, WRITE)


def test_a_removal_is_a_change_too(service: Service) -> None:
    put(service)
    later(service)
    delete(service)
    error = service.refused("PutResourcePolicy", ResourceArn=ARN, Policy=READ)
    assert error.code == "ThrottlingException"
    later(service)
    put(service)


def test_the_same_policy_again_is_no_change(service: Service) -> None:
    first = put(service)
    pretty = json.dumps(json.loads(READ), indent=2)
    assert put(service, pretty) == put(service, READ, ExpectedRevisionId=first) == first


def test_a_clock_that_is_set_back_brings_no_revision_again(service: Service) -> None:
    first = put(service)
    service.clock.advance(-3600)
    second = put(service, WRITE)
    assert int(second) == int(first) + 1


# ------------------------------------------------------------------ documents


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (statement(Action=["dynamodb:GetItem"], Resource=[ARN]), statement()),
        (
            statement(Action=["dynamodb:Query", "dynamodb:GetItem", "dynamodb:Query"]),
            statement(Action=["dynamodb:Query", "dynamodb:GetItem", "dynamodb:Query"]),
        ),
        (statement(Principal={"AWS": ACCOUNT}), statement()),
        (statement(Principal={"AWS": [ACCOUNT, ROOT]}), statement()),
        (statement(Effect="allow"), statement()),
        (
            statement(Condition={"StringEquals": {"aws:PrincipalAccount": [ACCOUNT]}}),
            statement(Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}),
        ),
        (
            statement(Effect="Deny", Principal="*"),
            statement(Effect="Deny", Principal="*"),
        ),
    ],
)
def test_a_document_is_kept_in_one_form(service: Service, sent: dict[str, Any], kept: dict[str, Any]) -> None:
    put(service, json.dumps({"Version": "2012-10-17", "Statement": [sent]}, indent=1))
    assert get(service)["Policy"] == document(kept)
    assert put(service, get(service)["Policy"]) == FIRST


def test_members_come_back_in_one_order(service: Service) -> None:
    given = statement(Condition={}, Sid="s")
    scrambled = {"Statement": dict(reversed(given.items())), "Id": "i", "Version": "2012-10-17"}
    put(service, json.dumps(scrambled))
    found = json.loads(get(service)["Policy"])
    assert list(found) == ["Version", "Id", "Statement"]
    assert list(found["Statement"][0]) == ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"]


def test_a_document_without_version_is_in_the_oldest(service: Service) -> None:
    put(service, json.dumps({"Statement": [statement()]}))
    assert json.loads(get(service)["Policy"])["Version"] == "2008-10-17"


def without(member: str) -> str:
    return document({name: value for name, value in statement().items() if name != member})


UNBOUNDED = (
    "Resource-based policy grants unbounded access in one or more elements."
    " Please revise the policy to ensure least-privilege form of access"
)
BAD_DOCUMENTS: list[tuple[str, str]] = [
    ("", INVALID + "This policy contains invalid Json"),
    ("{not json", INVALID + "This policy contains invalid Json"),
    ("[]", INVALID + "This policy contains invalid Json"),
    ("null", INVALID + "This text appears not to be a policy"),
    ("{}", INVALID + "Syntax error at position (1,3)"),
    (document(), INVALID + "Could not parse the policy: Statement is empty!"),
    (document({}), INVALID + "Missing required field Effect"),
    (without("Principal"), INVALID + "Missing required field Principal"),
    (without("Action"), INVALID + "Missing required field Action"),
    (without("Resource"), INVALID + "Missing required field Resource"),
    (
        document(statement(Sid="s"), statement(Sid="s")),
        INVALID + "The Statement Ids in the policy are not unique",
    ),
    (document(statement(Principal="*")), UNBOUNDED),
    (document(statement(Principal={"AWS": "*"})), UNBOUNDED),
    (READ + " " * (20 * 1024), f"{OMPVI}Maximum policy size of 20480 bytes exceeded"),
]


@pytest.mark.parametrize(("policy", "complaint"), BAD_DOCUMENTS)
def test_what_is_no_policy_is_refused(service: Service, policy: str, complaint: str) -> None:
    error = service.refused("PutResourcePolicy", ResourceArn=ARN, Policy=policy)
    assert (error.code, error.message) == ("ValidationException", complaint)
    error = service.refused("CreateTable", **PLAIN | {"TableName": "New"}, ResourcePolicy=policy)
    assert error.message == complaint


def test_white_space_counts_up_to_the_last_byte(service: Service) -> None:
    put(service, READ + " " * (20 * 1024 - len(READ)))
    assert get(service)["Policy"] == READ


# ------------------------------------------------------------------ which resource


@pytest.mark.parametrize(
    ("arn", "code", "complaint"),
    [
        ("Things", "ValidationException", f"{OMPVI}ARNs must start with 'arn:': Things"),
        (
            f"{ARN}/index/by-kind",
            "ValidationException",
            f"{OMPVI}Invalid resource arn provided, only table or stream is accepted."
            f" Provided resource arn: {ARN}/index/by-kind",
        ),
        (
            ARN.replace("us-east-1", "eu-west-1"),
            "ValidationException",
            f"{OMPVI}Invalid resource Arn: {ARN.replace('us-east-1', 'eu-west-1')}",
        ),
        (
            ARN.replace("arn:aws:", "arn:aws-cn:"),
            "ValidationException",
            f"{OMPVI}Invalid resource Arn: {ARN.replace('arn:aws:', 'arn:aws-cn:')}",
        ),
        (
            ARN.replace(ACCOUNT, "123456789012"),
            "ValidationException",
            "This action is only supported by accounts that match the resource owner’s account.",
        ),
        (
            ARN.replace("Things", "Nowhere"),
            "ResourceNotFoundException",
            "Requested resource not found: Table: Nowhere not found",
        ),
    ],
)
def test_a_policy_belongs_to_a_table_of_this_region_and_account(
    service: Service, arn: str, code: str, complaint: str
) -> None:
    for operation in ("GetResourcePolicy", "DeleteResourcePolicy", "PutResourcePolicy"):
        more = {"Policy": READ} if operation == "PutResourcePolicy" else {}
        error = service.refused(operation, ResourceArn=arn, **more)
        assert (error.code, error.message) == (code, complaint)


def test_the_policy_of_a_table_that_goes_does_not_change() -> None:
    service = Service(Settings(transition_seconds=100))
    service.call("CreateTable", **PLAIN | {"TableName": "Things"}, ResourcePolicy=READ)
    assert get(service)["Policy"] == READ
    assert service.refused("DeleteResourcePolicy", ResourceArn=ARN).code == "ThrottlingException"
    service.clock.advance(100)
    service.call("DeleteTable", TableName="Things")
    assert get(service)["Policy"] == READ
    assert put(service, READ) == FIRST
    error = service.refused("PutResourcePolicy", ResourceArn=ARN, Policy=WRITE)
    assert (error.code, error.message) == (
        "ResourceInUseException",
        "Attempt to change a resource which is still in use: Table is being deleted: Things",
    )
    service.close()
