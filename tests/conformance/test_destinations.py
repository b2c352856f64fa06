"""Kinesis streaming destinations: of our own server, with streams that are moto's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from dynalite import Server
from tests.conformance.bases import KINESIS
from tests.conformance.cases import Case, judge, table_of
from tests.conformance.schema import HASH_TABLE, NEW, attributes, keys, on
from tests.conformance.wire import Refusal, Wire
from tests.kinesis.moto import Moto
from tests.kinesis.test_over_http import until

STATE = "Table is not in a valid state to enable Kinesis Streaming Destination: "
ENABLE_IN_VAIN = (
    f"{STATE}EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation."
)
DISABLE_IN_VAIN = f"{STATE}KinesisStreamingDestination must be ACTIVE to perform DISABLE operation."
UPDATE_IN_VAIN = f"{STATE}Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state"
BELONGS = "The kinesis Arn used to enable kinesis replication belongs to a stream which is not in "
MICROSECOND = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
MILLISECOND = {"ApproximateCreationDateTimePrecision": "MILLISECOND"}


@dataclass
class Table:
    """The table `NEW`, without a destination yet, and the Kinesis server beside it."""

    wire: Wire
    server: Server
    moto: Moto

    def __call__(self, operation: str, arn: str, **members: Any) -> dict[str, Any]:
        return self.wire(f"{operation}KinesisStreamingDestination", on(NEW, StreamArn=arn, **members))

    def refused(self, operation: str, arn: str, **members: Any) -> str:
        with pytest.raises(Refusal) as raised:
            self(operation, arn, **members)
        assert raised.value.code == "ValidationException"
        return str(raised.value.message)

    def entries(self) -> list[dict[str, Any]]:
        answer = self.wire("DescribeKinesisStreamingDestination", on(NEW))
        assert answer.keys() == {"TableName", "KinesisDataStreamDestinations"}
        found: list[dict[str, Any]] = answer["KinesisDataStreamDestinations"]
        return found

    def become(self, status: str, arn: str) -> None:
        until(
            lambda: (arn, status) in [(one["StreamArn"], one["DestinationStatus"]) for one in self.entries()]
        )

    def enable(self, arn: str, **members: Any) -> None:
        self("Enable", arn, **members)
        self.become("ACTIVE", arn)

    def disable(self, arn: str) -> None:
        self("Disable", arn)
        self.become("DISABLED", arn)

    def put(self, **item: dict[str, str]) -> None:
        self.wire("PutItem", on(NEW, Item={"pk": {"S": "a"}, **item}))

    def records(self, arn: str) -> list[Any]:
        self.server.drain()
        return self.moto.records(arn.rpartition("/")[2])


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    with Moto() as server:
        yield server


@pytest.fixture
def table(moto: Moto) -> Iterator[Table]:
    with Server(kinesis_endpoint=moto.endpoint) as server:
        wire = Wire(server.endpoint_url)
        wire.create(
            {
                "TableName": NEW,
                "KeySchema": keys("pk"),
                "AttributeDefinitions": attributes(pk="S"),
                "BillingMode": "PAY_PER_REQUEST",
            }
        )
        yield Table(wire, server, moto)
        wire.close()


@contextmanager
def stream(moto: Moto, name: str) -> Iterator[str]:
    """A Kinesis stream for the length of a block: its ARN."""
    yield moto.stream(name)
    moto.client("kinesis").delete_stream(StreamName=name)


@pytest.fixture
def arn(moto: Moto) -> Iterator[str]:
    with stream(moto, "changes") as arn:
        yield arn


@table_of(
    [
        Case(
            "B11.30",
            "no destination",
            "DescribeKinesisStreamingDestination",
            on(HASH_TABLE),
            {"TableName": HASH_TABLE, "KinesisDataStreamDestinations": []},
        ),
        Case(
            "B11.35",
            "none to disable",
            "DisableKinesisStreamingDestination",
            on(HASH_TABLE, StreamArn=KINESIS),
            DISABLE_IN_VAIN,
        ),
        Case(
            "B11.37",
            "none to update",
            "UpdateKinesisStreamingDestination",
            on(HASH_TABLE, StreamArn=KINESIS, UpdateKinesisStreamingConfiguration=MICROSECOND),
            f"{STATE}No streaming destination with streamArn: {KINESIS} found for table with tableName:"
            f" {HASH_TABLE}",
        ),
        *(
            Case(
                "B11.37",
                name,
                "UpdateKinesisStreamingDestination",
                on(HASH_TABLE, StreamArn=KINESIS, UpdateKinesisStreamingConfiguration=configuration),
                "Streaming destination cannot be updated with given parameters:"
                " UpdateKinesisStreamingConfiguration cannot be null or contain only null values",
            )
            for name, configuration in (("no configuration", None), ("an empty one", {}))
        ),
    ]
)
def test_a_table_without_destinations(wire: Wire, case: Case) -> None:
    judge(wire, case)


def test_it_is_enabling_then_active(table: Table, arn: str) -> None:
    """B11.31"""
    answer = table("Enable", arn)
    assert answer == {
        "TableName": NEW,
        "StreamArn": arn,
        "DestinationStatus": "ENABLING",
        "EnableKinesisStreamingConfiguration": {},
    }
    table.become("ACTIVE", arn)
    assert table.entries() == [{"StreamArn": arn, "DestinationStatus": "ACTIVE"}]
    table.disable(arn)
    answer = table("Enable", arn, EnableKinesisStreamingConfiguration=MICROSECOND)
    assert answer["EnableKinesisStreamingConfiguration"] == MICROSECOND
    table.become("ACTIVE", arn)
    assert table.entries() == [{"StreamArn": arn, "DestinationStatus": "ACTIVE", **MICROSECOND}]


def test_one_is_on_at_a_time(table: Table, arn: str, moto: Moto) -> None:
    """B11.32"""
    table.enable(arn)
    with stream(moto, "others") as other:
        for wanted in (arn, other):
            assert table.refused("Enable", wanted) == ENABLE_IN_VAIN
        table.disable(arn)
        table.enable(other)


@pytest.mark.parametrize(
    ("part", "instead", "why"),
    [
        ("changes", "nowhere", "User does not have a permission to use kinesis stream"),
        (
            "us-east-1",
            "eu-west-1",
            f"{BELONGS}the current region",
        ),
        (
            "123456789012",
            "000000000000",
            f"{BELONGS}Active state",
        ),
    ],
)
def test_a_stream_that_cannot_be_had_shows_afterwards(
    table: Table, arn: str, part: str, instead: str, why: str
) -> None:
    """B11.33"""
    wrong = arn.replace(part, instead)
    assert table("Enable", wrong)["DestinationStatus"] == "ENABLING"
    table.become("ENABLE_FAILED", wrong)
    [entry] = table.entries()
    assert entry["DestinationStatusDescription"] == why
    assert table.refused("Disable", wrong) == DISABLE_IN_VAIN
    wanted = {"UpdateKinesisStreamingConfiguration": MICROSECOND}
    assert table.refused("Update", wrong, **wanted).startswith(UPDATE_IN_VAIN)
    table.enable(arn)
    assert [one["DestinationStatus"] for one in table.entries()] == ["ACTIVE", "ENABLE_FAILED"]


def test_what_is_disabled_stays_listed_and_is_enabled_again_as_the_same_entry(table: Table, arn: str) -> None:
    """B11.34"""
    table.enable(arn, EnableKinesisStreamingConfiguration=MICROSECOND)
    answer = table("Disable", arn)
    assert answer == {"TableName": NEW, "StreamArn": arn, "DestinationStatus": "DISABLING"}
    table.become("DISABLED", arn)
    table.enable(arn)
    assert table.entries() == [{"StreamArn": arn, "DestinationStatus": "ACTIVE"}]


def test_only_what_is_active_is_disabled(table: Table, arn: str) -> None:
    """B11.35"""
    table.enable(arn)
    assert table.refused("Disable", arn, EnableKinesisStreamingConfiguration=MICROSECOND) == (
        "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters"
    )
    assert table.refused("Disable", arn.replace("changes", "others")) == DISABLE_IN_VAIN
    table.disable(arn)
    assert table.refused("Disable", arn) == DISABLE_IN_VAIN


def test_an_update_shows_at_once(table: Table, arn: str) -> None:
    """B11.36"""
    table.enable(arn)
    answer = table("Update", arn, UpdateKinesisStreamingConfiguration=MICROSECOND)
    assert answer == {
        "TableName": NEW,
        "StreamArn": arn,
        "DestinationStatus": "UPDATING",
        "UpdateKinesisStreamingConfiguration": MICROSECOND,
    }
    [entry] = table.entries()
    assert entry["ApproximateCreationDateTimePrecision"] == "MICROSECOND"


@pytest.mark.parametrize("precision", [MILLISECOND, MICROSECOND], ids=["the default", "what was asked for"])
def test_a_precision_is_not_set_twice(table: Table, arn: str, precision: dict[str, str]) -> None:
    """B11.37"""
    asked = {} if precision is MILLISECOND else {"EnableKinesisStreamingConfiguration": precision}
    table.enable(arn, **asked)
    identifier = table.wire("DescribeTable", on(NEW))["Table"]["TableId"]
    assert table.refused("Update", arn, UpdateKinesisStreamingConfiguration=precision) == (
        "Invalid Request: Precision is already set to the desired value of"
        f" {precision['ApproximateCreationDateTimePrecision']} for tableId: {identifier}, kdsArn: {arn}"
    )


def test_a_precision_changes_three_times_in_a_day(table: Table, arn: str) -> None:
    """B11.38"""
    table.enable(arn)
    for precision in (MICROSECOND, MILLISECOND, MICROSECOND):
        table("Update", arn, UpdateKinesisStreamingConfiguration=precision)
        table.become("ACTIVE", arn)
    with pytest.raises(Refusal):  # nobody has captured how
        table("Update", arn, UpdateKinesisStreamingConfiguration=MILLISECOND)


def test_the_members_of_a_record(table: Table, arn: str) -> None:
    """B11.39"""
    table.enable(arn)
    table.put(n={"N": "1"})
    table.put(n={"N": "2"})
    table.wire("DeleteItem", on(NEW, Key={"pk": {"S": "a"}}))
    first, second, third = table.records(arn)
    for record in (first, second, third):
        time = record["dynamodb"].pop("ApproximateCreationDateTime")
        assert 10**12 < time < 10**13, "milliseconds"
        assert [len(part) for part in record.pop("eventID").split("-")] == [8, 4, 4, 4, 12]
        images = record.pop("dynamodb")
        assert images.pop("Keys") == {"pk": {"S": "a"}}
        assert record == {
            "awsRegion": "us-east-1",
            "eventName": record["eventName"],
            "userIdentity": None,
            "recordFormat": "application/json",
            "tableName": NEW,
            "eventSource": "aws:dynamodb",
        }
        record["images"] = images
    old, new = ({"pk": {"S": "a"}, "n": {"N": number}} for number in "12")
    assert [record["eventName"] for record in (first, second, third)] == ["INSERT", "MODIFY", "REMOVE"]
    assert first["images"] == {"NewImage": old, "SizeBytes": 9}
    assert second["images"] == {"NewImage": new, "OldImage": old, "SizeBytes": 15}
    assert third["images"] == {"OldImage": new, "SizeBytes": 9}


def test_a_time_in_microseconds_says_so(table: Table, arn: str) -> None:
    """B11.40"""
    table.enable(arn, EnableKinesisStreamingConfiguration=MICROSECOND)
    table.put()
    [record] = table.records(arn)
    assert 10**15 < record["dynamodb"]["ApproximateCreationDateTime"] < 10**16
    assert record["dynamodb"]["ApproximateCreationDateTimePrecision"] == "MICROSECOND"


def test_a_destination_and_the_tables_stream_are_two_things(table: Table, arn: str) -> None:
    """B11.41"""
    table.enable(arn)
    assert "StreamSpecification" not in table.wire("DescribeTable", on(NEW))["Table"]
    for specification in ({"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}, {"StreamEnabled": False}):
        table.wire("UpdateTable", on(NEW, StreamSpecification=specification))
        assert table.entries() == [{"StreamArn": arn, "DestinationStatus": "ACTIVE"}]
        table.put(n={"S": str(specification["StreamEnabled"])})
    images = [record["dynamodb"]["NewImage"]["n"]["S"] for record in table.records(arn)]
    assert images == ["True", "False"]


def test_a_stream_that_goes_leaves_its_destination_active(table: Table, moto: Moto) -> None:
    """B11.42"""
    with stream(moto, "gone") as arn:
        table.enable(arn)
    table.put()
    assert table.entries() == [{"StreamArn": arn, "DestinationStatus": "ACTIVE"}]
    table("Update", arn, UpdateKinesisStreamingConfiguration=MICROSECOND)
    assert table("Disable", arn)["DestinationStatus"] == "DISABLING"
