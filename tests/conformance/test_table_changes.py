"""UpdateTable: throughput and its rules, on-demand ceilings, encryption, streams; and what tables then say of
themselves.
"""

from typing import Any

import pytest

from tests.conformance.cases import OMPVI, Like, No, compare
from tests.conformance.schema import NEW, attributes, index, keys, on
from tests.conformance.wire import Refusal, Wire

FIVE = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
SIX = {"ReadCapacityUnits": 6, "WriteCapacityUnits": 7}
FEW = {"ReadCapacityUnits": 2, "WriteCapacityUnits": 2}
VIEW = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
OFF = {"StreamEnabled": False}
BASE: dict[str, Any] = {
    "TableName": NEW,
    "KeySchema": keys("pk"),
    "AttributeDefinitions": attributes(pk="S"),
    "GlobalSecondaryIndexes": [index("gsi", keys("pk"))],
}
ON_DEMAND = BASE | {"BillingMode": "PAY_PER_REQUEST"}
PROVISIONED = BASE | {
    "ProvisionedThroughput": FIVE,
    "GlobalSecondaryIndexes": [index("gsi", keys("pk")) | {"ProvisionedThroughput": FIVE}],
}


def updating(**members: Any) -> dict[str, Any]:
    """The members of an UpdateTable that updates the index."""
    return {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "gsi"} | members}]}


def unchanged(owner: str, of: str) -> str:
    return (
        f"The provisioned throughput for the {owner} will not change. "
        "The requested value equals the current value. "
        f"Current ReadCapacityUnits provisioned for {of}: 5. Requested ReadCapacityUnits: 5. "
        f"Current WriteCapacityUnits provisioned for {of}: 5. Requested WriteCapacityUnits: 5. "
        "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    )


ZERO = "1 validation error detected: Value '0' at '{}' failed to satisfy constraint: Member must have value "
REFUSED: tuple[tuple[str, str, dict[str, Any], dict[str, Any], Any], ...] = (
    (
        "B4.33",
        "the same throughput",
        PROVISIONED,
        {"ProvisionedThroughput": FIVE},
        unchanged("table", "the table"),
    ),
    (
        "B4.33",
        "the same throughput of an index",
        PROVISIONED,
        updating(ProvisionedThroughput=FIVE),
        Like(("The provisioned throughput for the index gsi will not change. ",)),
    ),
    (
        "B4.20",
        "no reads",
        PROVISIONED,
        {"ProvisionedThroughput": FIVE | {"ReadCapacityUnits": 0}},
        f"{ZERO.format('provisionedThroughput.readCapacityUnits')}greater than or equal to 1",
    ),
    (
        "B4.34",
        "throughput on demand",
        ON_DEMAND,
        {"ProvisionedThroughput": SIX},
        f"{OMPVI}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST",
    ),
    (
        "B4.34",
        "provisioned without throughput",
        ON_DEMAND,
        {"BillingMode": "PROVISIONED"},
        f"{OMPVI}ProvisionedThroughput must be specified when BillingMode is PROVISIONED",
    ),
    (
        "B4.34",
        "provisioned without its index",
        ON_DEMAND,
        {"BillingMode": "PROVISIONED", "ProvisionedThroughput": SIX},
        f"{OMPVI}ProvisionedThroughput must be specified for index: gsi",
    ),
    (
        "B2.08",
        "a ceiling on a provisioned table, out of range too",
        PROVISIONED,
        {"OnDemandThroughput": {"MaxReadRequestUnits": 0, "MaxWriteRequestUnits": 5}},
        Like((f"{OMPVI}MaxReadRequestUnits ", "OnDemandThroughput")),
    ),
    (
        "B4.35",
        "a ceiling of zero",
        ON_DEMAND,
        {"OnDemandThroughput": {"MaxWriteRequestUnits": 0}},
        Like(("", "MaxWriteRequestUnits")),
    ),
    (
        "B4.36",
        "throughput of no index",
        PROVISIONED,
        {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "nowhere", "ProvisionedThroughput": SIX}}]},
        Like(("",), "ResourceNotFoundException"),
    ),
    (
        "B4.37",
        "a stream that is there",
        ON_DEMAND | {"StreamSpecification": VIEW},
        {"StreamSpecification": VIEW},
        Like(("Table already has an enabled stream",)),
    ),
    (
        "B4.37",
        "no stream",
        ON_DEMAND,
        {"StreamSpecification": OFF},
        Like(("Table has no stream to disable",)),
    ),
    (
        "B4.38",
        "less warm throughput",
        ON_DEMAND,
        {"WarmThroughput": {"ReadUnitsPerSecond": 11_999}},
        Like((f"{OMPVI}Requested ReadUnitsPerSecond for WarmThroughput for table is lower than ",)),
    ),
    (
        "B4.03",
        "a second table of the name",
        ON_DEMAND,
        {},
        No("ResourceInUseException", f"Table already exists: {NEW}"),
    ),
)


@pytest.mark.parametrize(
    ("behaviour", "name", "table", "change", "expected"),
    REFUSED,
    ids=[f"{row[0]}-{row[1]}" for row in REFUSED],
)
def test_refused(
    new: Wire, behaviour: str, name: str, table: dict[str, Any], change: dict[str, Any], expected: Any
) -> None:
    new.create(table)
    before = new("DescribeTable", on(NEW))["Table"]
    with pytest.raises(Refusal) as raised:
        new(*(("UpdateTable", on(NEW, **change)) if change else ("CreateTable", table)))
    compare(expected, raised.value)
    assert new("DescribeTable", on(NEW))["Table"] == before


def test_a_ceiling_is_positive_when_a_table_is_made(new: Wire) -> None:
    """B4.35"""
    for units in (0, -1):
        with pytest.raises(Refusal) as raised:
            new("CreateTable", ON_DEMAND | {"OnDemandThroughput": {"MaxReadRequestUnits": units}})
        assert raised.value.code == "ValidationException"
    new.create(ON_DEMAND | {"OnDemandThroughput": {}})


def after(wire: Wire, **change: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """UpdateTable's answer, and what DescribeTable says once it is applied."""
    answer = wire("UpdateTable", on(NEW, **change))["TableDescription"]
    wire.until_active(NEW)
    return answer, wire("DescribeTable", on(NEW))["Table"]


def units(described: dict[str, Any]) -> tuple[int, int]:
    throughput = described["ProvisionedThroughput"]
    return throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]


def test_throughput_goes_up_and_down_with_its_dates(new: Wire) -> None:
    """B4.50"""
    new.create(PROVISIONED)
    answer, table = after(new, ProvisionedThroughput=SIX)
    assert answer["TableStatus"] == "UPDATING"
    assert units(table) == (6, 7)
    assert "LastIncreaseDateTime" in table["ProvisionedThroughput"]
    assert "LastDecreaseDateTime" not in table["ProvisionedThroughput"]
    _, table = after(new, ProvisionedThroughput=FEW)
    assert units(table) == (2, 2)
    assert table["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 1
    assert "LastDecreaseDateTime" in table["ProvisionedThroughput"]


def test_an_index_has_throughput_of_its_own(new: Wire) -> None:
    """B4.50"""
    new.create(PROVISIONED)
    _, table = after(new, **updating(ProvisionedThroughput=SIX))
    assert units(table) == (5, 5)
    assert units(table["GlobalSecondaryIndexes"][0]) == (6, 7)


def test_a_table_changes_its_mode_and_back(new: Wire) -> None:
    """B4.51"""
    new.create(PROVISIONED)
    identity = new("DescribeTable", on(NEW))["Table"]["TableId"]
    _, table = after(new, BillingMode="PAY_PER_REQUEST")
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert "LastUpdateToPayPerRequestDateTime" in table["BillingModeSummary"]
    assert units(table) == units(table["GlobalSecondaryIndexes"][0]) == (0, 0)
    after(new, OnDemandThroughput={"MaxReadRequestUnits": 10})
    _, table = after(
        new, BillingMode="PROVISIONED", ProvisionedThroughput=SIX, **updating(ProvisionedThroughput=FEW)
    )
    assert table["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert (units(table), units(table["GlobalSecondaryIndexes"][0])) == ((6, 7), (2, 2))
    assert "OnDemandThroughput" not in table, "ceilings are gone with the mode"
    assert table["TableId"] == identity


def test_a_class_alone_is_a_change(new: Wire) -> None:
    """B4.52"""
    new.create(ON_DEMAND)
    _, table = after(new, TableClass="STANDARD_INFREQUENT_ACCESS")
    assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"


def test_an_attribute_keeps_its_type(new: Wire) -> None:
    """B4.45"""
    new.create(ON_DEMAND)
    _, table = after(
        new,
        AttributeDefinitions=attributes(pk="N", more="S"),
        GlobalSecondaryIndexUpdates=[{"Create": index("more", keys("more"))}],
    )
    assert table["AttributeDefinitions"] == attributes(more="S", pk="S")


def test_encryption_stays_through_other_changes_and_ends_slowly(new: Wire) -> None:
    """B4.46, B4.53"""
    new.create(ON_DEMAND | {"SSESpecification": {"Enabled": True, "SSEType": "KMS"}})
    _, table = after(new, DeletionProtectionEnabled=False)
    assert table["SSEDescription"]["Status"] == "ENABLED"
    answer = new("UpdateTable", on(NEW, SSESpecification={"Enabled": False}))["TableDescription"]
    assert answer["SSEDescription"]["Status"] == "UPDATING"


@pytest.mark.parametrize(
    ("schema", "warm"),
    [(ON_DEMAND, (12_000, 4_000)), (PROVISIONED, (5, 5))],
    ids=["on demand", "provisioned"],
)
def test_an_index_is_as_warm_as_its_table(new: Wire, schema: dict[str, Any], warm: tuple[int, int]) -> None:
    """B4.41"""
    new.create(schema)
    (made,) = new("DescribeTable", on(NEW))["Table"]["GlobalSecondaryIndexes"]
    found = made["WarmThroughput"]
    assert (found["ReadUnitsPerSecond"], found["WriteUnitsPerSecond"], found["Status"]) == (*warm, "ACTIVE")


def test_warm_throughput_is_raised(new: Wire) -> None:
    """B4.42"""
    new.create(ON_DEMAND)
    answer, table = after(new, WarmThroughput={"ReadUnitsPerSecond": 13_000})
    assert answer["WarmThroughput"]["Status"] == "UPDATING"
    assert table["WarmThroughput"]["ReadUnitsPerSecond"] == 13_000
    assert table["WarmThroughput"]["WriteUnitsPerSecond"] == 4_000
