"""TagResource, UntagResource and ListTagsOfResource."""

from pathlib import Path
from typing import Any

import pytest

from dynalite.settings import Settings
from tests.operations.service import OMPVI, PLAIN, Service, in_folder

ACCOUNT = "000000000000"
ARN = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/Things"


def pairs(**tags: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag(service: Service, tags: list[dict[str, str]], arn: str = ARN) -> None:
    assert service.call("TagResource", ResourceArn=arn, Tags=tags) == {}


def listed(service: Service, arn: str = ARN) -> Any:
    answer = service.call("ListTagsOfResource", ResourceArn=arn)
    assert set(answer) == {"Tags"}
    return answer["Tags"]


WITH_MEMBERS: list[tuple[str, dict[str, Any]]] = [
    ("TagResource", {"Tags": pairs(a="1")}),
    ("UntagResource", {"TagKeys": ["a"]}),
    ("ListTagsOfResource", {}),
]


def not_found(operation: str, arn: str) -> str:
    """What is said of a resource that is not there; the listing does lack a letter."""
    member = "ResourcArn" if operation == "ListTagsOfResource" else "ResourceArn"
    return f"Requested resource not found: {member}: {arn} not found"


# ------------------------------------------------------------------ what they do


def test_a_tag_is_added_or_replaced(service: Service) -> None:
    assert listed(service) == []
    tag(service, pairs(team="blue", stage="test"))
    tag(service, pairs(stage="live", owner=""))
    assert listed(service) == pairs(team="blue", stage="live", owner="")


def test_tags_are_removed_whether_they_are_there_or_not(service: Service) -> None:
    tag(service, pairs(a="1", b="2", A="3"))
    assert service.call("UntagResource", ResourceArn=ARN, TagKeys=["a", "nothing"]) == {}
    assert listed(service) == pairs(b="2", A="3")


def test_tags_come_with_a_new_table_and_go_with_it(service: Service) -> None:
    arn = ARN.replace("Things", "Tagged")
    service.call("CreateTable", **PLAIN | {"TableName": "Tagged"}, Tags=pairs(a="1"))
    assert listed(service, arn) == pairs(a="1")
    service.call("DeleteTable", TableName="Tagged")
    service.call("CreateTable", **PLAIN | {"TableName": "Tagged"})
    assert listed(service, arn) == []


def test_tags_survive_a_restart_and_an_update_of_the_table(tmp_path: Path) -> None:
    service = in_folder(tmp_path / "data")
    tag(service, pairs(a="1"))
    service.call("UpdateTable", TableName="Things", DeletionProtectionEnabled=True)
    service = service.reopened()
    assert listed(service) == pairs(a="1")
    service.close()


def test_a_stream_has_tags_of_its_own(tmp_path: Path) -> None:
    service = in_folder(tmp_path / "data")
    tag(service, pairs(of="table"))
    on = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    service.call("UpdateTable", TableName="Things", StreamSpecification=on)
    stream = service.call("DescribeTable", TableName="Things")["Table"]["LatestStreamArn"]
    assert listed(service, stream) == []
    tag(service, pairs(of="stream", more=""), stream)
    service.call("UpdateTable", TableName="Things", StreamSpecification={"StreamEnabled": False})
    service = service.reopened()
    service.call("UntagResource", ResourceArn=stream, TagKeys=["more"])
    service.call("UpdateTable", TableName="Things", StreamSpecification=on)
    next_stream = service.call("DescribeTable", TableName="Things")["Table"]["LatestStreamArn"]
    assert listed(service, stream) == pairs(of="stream")
    assert listed(service, ARN) == pairs(of="table")
    assert listed(service, next_stream) == []
    service.close()


def test_a_stream_that_is_not_there_has_no_tags(service: Service) -> None:
    stream = f"{ARN}/stream/2020-01-02T03:04:05.678"
    for operation, members in WITH_MEMBERS:
        error = service.refused(operation, ResourceArn=stream, **members)
        assert (error.code, error.message) == ("ResourceNotFoundException", not_found(operation, stream))


def test_all_fifty_tags_come_at_once(service: Service) -> None:
    tag(service, pairs(**{f"k{n}": "v" for n in range(50)}))
    assert len(listed(service)) == 50
    error = service.refused("ListTagsOfResource", ResourceArn=ARN, NextToken="more")
    assert error.code == "ValidationException"


# ------------------------------------------------------------------ which tags there may be


TOO_MANY = "Number of Tags exceed the current limit for the provided ResourceArn"
BAD_TAGS: list[tuple[str, list[Any], str]] = [
    ("none", [], "Atleast one Tag needs to be provided as Input."),
    ("an empty key", pairs(**{"": "v"}), "The Tag Key provided is invalid, Key: "),
    ("a long key", pairs(**{"k" * 129: "v"}), f"The Tag Key provided is invalid, Key: {'k' * 129}"),
    ("no key", [{"Value": "v"}], "The Tag Key provided is invalid, Key: null"),
    ("a long value", pairs(k="v" * 257), f"The Tag Value provided is invalid, Value: {'v' * 257}"),
    ("no value", [{"Key": "k"}], "The Tag Value provided is invalid, Value: null"),
    ("a character in a key", pairs(**{"bad#char": "v"}), "The Tag Key provided is invalid, Key: bad#char"),
    ("a character in a value", pairs(k="100%"), "The Tag Value provided is invalid, Value: 100%"),
    ("a picture", pairs(k="🔑"), "The Tag Value provided is invalid, Value: 🔑"),
    ("the service's own", pairs(**{"aws:x": "v"}), "Tag Key cannot be prefixed with aws:, Key: aws:x"),
    ("in capitals", pairs(**{"AWS:x": "v"}), "Tag Key cannot be prefixed with aws:, Key: AWS:x"),
    ("twice", pairs(k="1") * 2, "Duplicate Tag Keys provided as input: Duplicate Tag Key found k"),
    ("fifty-one", pairs(**{f"k{n}": "v" for n in range(51)}), TOO_MANY),
]


@pytest.mark.parametrize(("tags", "complaint"), [row[1:] for row in BAD_TAGS], ids=[r[0] for r in BAD_TAGS])
def test_one_bad_tag_and_none_is_applied(service: Service, tags: list[Any], complaint: str) -> None:
    good = pairs(good="tag") if tags and len(tags) < 51 else []
    error = service.refused("TagResource", ResourceArn=ARN, Tags=good + tags)
    assert (error.code, error.message) == ("ValidationException", complaint)
    assert listed(service) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("k" * 128, "v" * 256), (" sp ace", "a+b-c=d.e_f:g/h@i"), ("ключ", "café 表"), ("myaws:x", "")],
)
def test_letters_of_any_script_and_some_punctuation_are_fine(service: Service, key: str, value: str) -> None:
    tag(service, pairs(**{key: value}))
    assert listed(service) == pairs(**{key: value})


def test_the_limit_is_on_what_the_table_would_have(service: Service) -> None:
    fifty = {f"k{n}": "v" for n in range(50)}
    tag(service, pairs(**fifty))
    for tags in (pairs(new="v"), pairs(k0="w", new="v")):
        assert service.refused("TagResource", ResourceArn=ARN, Tags=tags).message == TOO_MANY
    tag(service, pairs(**dict.fromkeys(fifty, "w")))
    assert {one["Value"] for one in listed(service)} == {"w"}


@pytest.mark.parametrize(
    ("tag_keys", "complaint"),
    [
        ([], "Atleast one Tag Key needs to be provided as Input."),
        (["aws:x"], "Tag Key cannot be prefixed with aws:, Key: aws:x"),
        (["k" * 129], f"The Tag Key provided is invalid, Key: {'k' * 129}"),
        ([f"k{n}" for n in range(51)], TOO_MANY),
    ],
)
def test_keys_to_remove_are_judged_like_keys_to_add(
    service: Service, tag_keys: list[str], complaint: str
) -> None:
    assert service.refused("UntagResource", ResourceArn=ARN, TagKeys=tag_keys).message == complaint


# ------------------------------------------------------------------ which resource


NOT_DYNAMODB = OMPVI + "Provided Arn is not a DynamoDB resource arn: "
BAD_ARNS: list[tuple[str, str, str]] = [
    ("Things", "ValidationException", f"{OMPVI}ARNs must start with 'arn:': Things"),
    ("arn:aws", "ValidationException", f"{NOT_DYNAMODB}arn:aws"),
    ("arn:aws:s3:::table/Things", "ValidationException", f"{NOT_DYNAMODB}arn:aws:s3:::table/Things"),
    (f"{ARN}/backup/0170", "ValidationException", f"{NOT_DYNAMODB}{ARN}/backup/0170"),
    (
        f"{ARN}/index/by-kind",
        "ValidationException",
        f"{OMPVI}Invalid resource arn provided, only table or stream is accepted."
        f" Provided resource arn: {ARN}/index/by-kind",
    ),
    (
        ARN.replace("us-east-1", "eu-west-1"),
        "ValidationException",
        f"Invalid TableArn: Invalid ResourceArn provided as input {ARN.replace('us-east-1', 'eu-west-1')}",
    ),
]


@pytest.mark.parametrize(("arn", "code", "complaint"), BAD_ARNS)
def test_tags_belong_to_tables_of_this_region(service: Service, arn: str, code: str, complaint: str) -> None:
    for operation, more in WITH_MEMBERS:
        error = service.refused(operation, ResourceArn=arn, **more)
        assert (error.code, error.message) == (code, complaint)


@pytest.mark.parametrize("name", ["Nowhere", "things"])
def test_a_table_that_is_not_there_has_no_tags(service: Service, name: str) -> None:
    arn = ARN.replace("Things", name)
    for operation, more in WITH_MEMBERS:
        error = service.refused(operation, ResourceArn=arn, **more)
        assert (error.code, error.message) == ("ResourceNotFoundException", not_found(operation, arn))


def test_another_account_has_no_access(service: Service) -> None:
    arn = ARN.replace(ACCOUNT, "123456789012")
    for operation, more in WITH_MEMBERS:
        error = service.refused(operation, ResourceArn=arn, **more)
        action = f"dynamodb:{operation}"
        assert (error.code, error.message) == (
            "AccessDeniedException",
            f"User: arn:aws:iam::{ACCOUNT}:root is not authorized to perform: {action} on resource: {arn}"
            f" because no resource-based policy allows the {action} action",
        )


def test_a_table_that_comes_or_goes_cannot_be_tagged() -> None:
    service = Service(Settings(transition_seconds=10))
    service.call("CreateTable", **PLAIN, Tags=pairs(a="1"))
    arn = ARN.replace("Things", "Plain")
    for operation, more in (("TagResource", {"Tags": pairs(b="2")}), ("ListTagsOfResource", {})):
        assert service.refused(operation, ResourceArn=arn, **more).code == "ResourceNotFoundException"
    service.clock.advance(10)
    service.call("DeleteTable", TableName="Plain")
    error = service.refused("TagResource", ResourceArn=arn, Tags=pairs(b="2"))
    assert (error.code, error.message) == (
        "ResourceInUseException",
        "Attempt to change a resource which is still in use: Table is being deleted: Plain",
    )
    assert listed(service, arn) == pairs(a="1")
    service.close()
