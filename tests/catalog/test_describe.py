"""What is described of a table: what was asked for, and what the service adds and leaves out."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dynalite.storage import keyspace
from dynalite.storage.engine import Batch
from tests.catalog.world import (
    ACCOUNT,
    FIVE,
    REGION,
    START,
    a_request,
    a_world,
    an_index,
    attributes,
    elsewhere,
    keys,
    provisioned,
    with_index,
)
from tests.storage.scenarios import on_loop

ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Music"
SIX = {"ReadCapacityUnits": 6, "WriteCapacityUnits": 6}
POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"dynamodb:*",'
    '"Resource":"*"}]}'
)
NO_UNITS = {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
FIVE_UNITS = {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
ON_DEMAND_WARM = {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}


@on_loop
async def test_the_answer_to_create_table() -> None:
    world = await a_world()
    answer = await world.call("CreateTable", **a_request())
    described = answer["TableDescription"]
    assert described.pop("TableId").count("-") == 4
    assert described == {
        "TableName": "Music",
        "TableStatus": "CREATING",
        "TableArn": ARN,
        "AttributeDefinitions": attributes(pk="S", sk="S"),
        "KeySchema": keys("pk", "-sk"),
        "CreationDateTime": START,
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        "ProvisionedThroughput": NO_UNITS,
        "ItemCount": 0,
        "TableSizeBytes": 0,
        "DeletionProtectionEnabled": False,
    }


@on_loop
async def test_the_very_next_description_is_of_an_active_table() -> None:
    """With no delay set a table is ACTIVE before any background work: a client's waiter would sleep 20 s."""
    world = await a_world()
    created = (await world.call("CreateTable", **a_request()))["TableDescription"]
    assert await world.describe() == created | {
        "TableStatus": "ACTIVE",
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST", "LastUpdateToPayPerRequestDateTime": START},
        "WarmThroughput": ON_DEMAND_WARM,
    }


@on_loop
async def test_a_provisioned_table_has_no_billing_mode_summary() -> None:
    world = await a_world()
    await world.call("CreateTable", **provisioned())
    described = await world.describe()
    assert "BillingModeSummary" not in described
    assert described["ProvisionedThroughput"] == FIVE_UNITS
    assert described["WarmThroughput"] == {
        "ReadUnitsPerSecond": 5,
        "WriteUnitsPerSecond": 5,
        "Status": "ACTIVE",
    }


@on_loop
async def test_every_member_sent_comes_back() -> None:
    world = await a_world()
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    key_arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k-1"
    await world.call(
        "CreateTable",
        **a_request(
            AttributeDefinitions=attributes(z="B", pk="S", sk="N", a="S"),
            LocalSecondaryIndexes=[an_index("loc", "pk", "-a", Projection={"ProjectionType": "KEYS_ONLY"})],
            GlobalSecondaryIndexes=[
                an_index(
                    "z-index", "z", Projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": ["y", "x"]}
                ),
                an_index(
                    "a-index",
                    "a",
                    "z",
                    "-sk",
                    OnDemandThroughput={"MaxReadRequestUnits": 7},
                    WarmThroughput={"ReadUnitsPerSecond": 13000},
                ),
            ],
            StreamSpecification=stream,
            SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "k-1"},
            TableClass="STANDARD_INFREQUENT_ACCESS",
            DeletionProtectionEnabled=True,
            OnDemandThroughput={"MaxReadRequestUnits": 100, "MaxWriteRequestUnits": 50},
            WarmThroughput={"WriteUnitsPerSecond": 5000},
            Tags=[{"Key": "team", "Value": "blue"}],
            ResourcePolicy=POLICY,
        ),
    )
    described = await world.describe()
    assert described["AttributeDefinitions"] == attributes(a="S", pk="S", sk="N", z="B")
    assert described["LocalSecondaryIndexes"] == [
        {
            "IndexName": "loc",
            "IndexArn": f"{ARN}/index/loc",
            "KeySchema": keys("pk", "-a"),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
            "ItemCount": 0,
            "IndexSizeBytes": 0,
        }
    ]
    first, second = described["GlobalSecondaryIndexes"]
    assert first["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x", "y"]}
    assert second == {
        "IndexName": "a-index",
        "IndexArn": f"{ARN}/index/a-index",
        "IndexStatus": "ACTIVE",
        "KeySchema": keys("a", "z", "-sk"),
        "Projection": {"ProjectionType": "ALL"},
        "ProvisionedThroughput": NO_UNITS,
        "OnDemandThroughput": {"MaxReadRequestUnits": 7},
        "WarmThroughput": {"ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"},
        "ItemCount": 0,
        "IndexSizeBytes": 0,
    }
    label = datetime.fromtimestamp(START, UTC).strftime("%Y-%m-%dT%H:%M:%S.000")
    assert described["StreamSpecification"] == stream
    assert described["LatestStreamLabel"] == label
    assert described["LatestStreamArn"] == f"{ARN}/stream/{label}"
    assert described["SSEDescription"] == {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key_arn}
    assert described["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert described["DeletionProtectionEnabled"] is True
    assert described["OnDemandThroughput"] == {"MaxReadRequestUnits": 100, "MaxWriteRequestUnits": 50}
    assert described["WarmThroughput"] == ON_DEMAND_WARM | {"WriteUnitsPerSecond": 5000}
    settings = world.table().settings
    assert settings["Tags"] == [{"Key": "team", "Value": "blue"}]
    assert settings["ResourcePolicy"]["Policy"] == POLICY


@on_loop
async def test_requested_warm_throughput_is_applied_in_time() -> None:
    world = await a_world(transition_seconds=10)
    await world.call("CreateTable", **a_request(WarmThroughput={"ReadUnitsPerSecond": 13000}))
    assert (await world.describe())["WarmThroughput"]["Status"] == "UPDATING"
    world.advance(10)
    assert (await world.describe())["WarmThroughput"]["Status"] == "ACTIVE"


@on_loop
async def test_a_table_that_goes_loses_its_schema_and_indexes_first() -> None:
    world = await a_world(transition_seconds=10)
    await world.call("CreateTable", **with_index(LocalSecondaryIndexes=[an_index("loc", "pk", "-g")]))
    world.advance(10)
    whole = await world.describe()
    answer = await world.call("DeleteTable", TableName="Music")
    gone = {
        "AttributeDefinitions",
        "KeySchema",
        "CreationDateTime",
        "WarmThroughput",
        "LocalSecondaryIndexes",
        "GlobalSecondaryIndexes",
    }
    described = answer["TableDescription"]
    assert described["TableStatus"] == "DELETING"
    assert whole.keys() - described.keys() == gone
    assert await world.describe() == described


@on_loop
async def test_figures_come_from_the_counters() -> None:
    world = await a_world()
    await world.call("CreateTable", **with_index())
    table = world.table()
    batch = Batch()
    for index, items, size_bytes in ((keyspace.NO_INDEX, 3, 300), (table.indexes[0].id, 2, 150)):
        batch.add(keyspace.statistic(table.id, index, keyspace.ITEM_COUNT), items)
        batch.add(keyspace.statistic(table.id, index, keyspace.SIZE_BYTES), size_bytes)
    await world.context.engine.update([], lambda _: (None, batch))
    described = await world.describe()
    assert (described["ItemCount"], described["TableSizeBytes"]) == (3, 300)
    (index_,) = described["GlobalSecondaryIndexes"]
    assert (index_["ItemCount"], index_["IndexSizeBytes"]) == (2, 150)


# ------------------------------------------------------------------ updates


@on_loop
async def test_the_answer_to_new_throughput_shows_the_old() -> None:
    world = await a_world()
    await world.call("CreateTable", **provisioned())
    world.advance(60)
    answer = await world.call("UpdateTable", TableName="Music", ProvisionedThroughput=SIX)
    assert answer["TableDescription"]["TableStatus"] == "UPDATING"
    assert answer["TableDescription"]["ProvisionedThroughput"] == FIVE_UNITS
    described = await world.describe()
    assert described["TableStatus"] == "ACTIVE"
    assert described["ProvisionedThroughput"] == {
        "NumberOfDecreasesToday": 0,
        "LastIncreaseDateTime": START + 60,
        **SIX,
    }
    assert described["WarmThroughput"] == {
        "ReadUnitsPerSecond": 6,
        "WriteUnitsPerSecond": 6,
        "Status": "ACTIVE",
    }


@on_loop
async def test_decreases_are_counted_by_the_day_and_leave_what_is_warm() -> None:
    world = await a_world()
    await world.call("CreateTable", **provisioned())
    for units in (4, 3):
        await world.call(
            "UpdateTable",
            TableName="Music",
            ProvisionedThroughput={"ReadCapacityUnits": units, "WriteCapacityUnits": units},
        )
    described = await world.describe()
    assert described["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 2
    assert described["ProvisionedThroughput"]["LastDecreaseDateTime"] == START
    assert described["WarmThroughput"]["ReadUnitsPerSecond"] == 5
    world.advance(24 * 3600)
    assert (await world.describe())["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 0


@on_loop
async def test_only_the_index_is_updating_while_its_throughput_changes() -> None:
    world = await a_world()
    await world.call("CreateTable", **provisioned())
    update = {
        "GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "by-g", "ProvisionedThroughput": SIX}}]
    }
    answer = await world.call("UpdateTable", TableName="Music", **update)
    (index,) = answer["TableDescription"]["GlobalSecondaryIndexes"]
    assert answer["TableDescription"]["TableStatus"] == "ACTIVE"
    assert (index["IndexStatus"], index["ProvisionedThroughput"]) == ("UPDATING", FIVE_UNITS)
    (index,) = (await world.describe())["GlobalSecondaryIndexes"]
    assert index["IndexStatus"] == "ACTIVE"
    assert index["ProvisionedThroughput"] == {
        "NumberOfDecreasesToday": 0,
        "LastIncreaseDateTime": START,
        **SIX,
    }


@on_loop
async def test_to_on_demand_and_back() -> None:
    world = await a_world()
    await world.call("CreateTable", **provisioned())
    world.advance(5)
    answer = await world.call("UpdateTable", TableName="Music", BillingMode="PAY_PER_REQUEST")
    assert answer["TableDescription"]["BillingModeSummary"] == {"BillingMode": "PAY_PER_REQUEST"}
    await world.call("UpdateTable", TableName="Music", OnDemandThroughput={"MaxReadRequestUnits": 9})
    described = await world.describe()
    assert described["BillingModeSummary"] == {
        "BillingMode": "PAY_PER_REQUEST",
        "LastUpdateToPayPerRequestDateTime": START + 5,
    }
    assert described["ProvisionedThroughput"] == NO_UNITS
    assert described["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] == NO_UNITS
    assert described["OnDemandThroughput"] == {"MaxReadRequestUnits": 9}
    await world.call(
        "UpdateTable",
        TableName="Music",
        BillingMode="PROVISIONED",
        ProvisionedThroughput=SIX,
        GlobalSecondaryIndexUpdates=[{"Update": {"IndexName": "by-g", "ProvisionedThroughput": FIVE}}],
    )
    described = await world.describe()
    assert described["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert described["ProvisionedThroughput"]["ReadCapacityUnits"] == 6
    assert described["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert described["WarmThroughput"] == ON_DEMAND_WARM
    assert "OnDemandThroughput" not in described


@on_loop
async def test_a_removed_ceiling_is_echoed_once() -> None:
    world = await a_world()
    await world.call(
        "CreateTable", **a_request(OnDemandThroughput={"MaxReadRequestUnits": 9, "MaxWriteRequestUnits": 8})
    )
    answer = await world.call(
        "UpdateTable", TableName="Music", OnDemandThroughput={"MaxReadRequestUnits": -1}
    )
    assert answer["TableDescription"]["TableStatus"] == "ACTIVE"
    assert answer["TableDescription"]["OnDemandThroughput"] == {
        "MaxReadRequestUnits": -1,
        "MaxWriteRequestUnits": 8,
    }
    assert (await world.describe())["OnDemandThroughput"] == {"MaxWriteRequestUnits": 8}
    await world.call("UpdateTable", TableName="Music", OnDemandThroughput={"MaxWriteRequestUnits": -1})
    assert "OnDemandThroughput" not in await world.describe()


@on_loop
async def test_every_stream_of_a_table_has_a_label_of_its_own() -> None:
    world = await a_world()
    await world.call("CreateTable", **a_request())
    on = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    labels, logs = [], []
    for _ in range(2):
        answer = await world.call("UpdateTable", TableName="Music", StreamSpecification=on)
        labels.append(answer["TableDescription"]["LatestStreamLabel"])
        stream = world.table().stream
        assert stream is not None
        logs.append(stream.first_shard)
        await world.call("UpdateTable", TableName="Music", StreamSpecification={"StreamEnabled": False})
    described = await world.describe()
    assert "StreamSpecification" not in described
    assert described["LatestStreamLabel"] == labels[1]
    assert labels[0] < labels[1]
    assert logs[0] < logs[1]


@on_loop
async def test_encryption_comes_and_goes() -> None:
    world = await a_world(transition_seconds=10)
    await world.call("CreateTable", **a_request())
    world.advance(10)
    for enabled in (True, False):
        answer = await world.call("UpdateTable", TableName="Music", SSESpecification={"Enabled": enabled})
        assert answer["TableDescription"]["TableStatus"] == "ACTIVE"
        assert answer["TableDescription"]["SSEDescription"]["Status"] == "UPDATING"
        world.advance(10)
        described = await world.describe()
        assert ("SSEDescription" in described) is enabled
    assert "SSESpecification" not in world.table().settings


@on_loop
async def test_a_table_class_changes_with_its_time() -> None:
    world = await a_world()
    await world.call("CreateTable", **a_request())
    await world.call("UpdateTable", TableName="Music", TableClass="STANDARD")
    assert "TableClassSummary" not in await world.describe()
    await world.call("UpdateTable", TableName="Music", TableClass="STANDARD_INFREQUENT_ACCESS")
    assert (await world.describe())["TableClassSummary"] == {
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "LastUpdateDateTime": START,
    }


# ------------------------------------------------------------------ listing


@on_loop
async def test_tables_are_listed_by_name_page_by_page() -> None:
    world = await a_world()
    for name in ("bbb", "Zed", "a.b", "aaa"):
        await world.call("CreateTable", **a_request(TableName=name))
    assert await world.call("ListTables") == {"TableNames": ["Zed", "a.b", "aaa", "bbb"]}
    first = await world.call("ListTables", Limit=3)
    assert first == {"TableNames": ["Zed", "a.b", "aaa"], "LastEvaluatedTableName": "aaa"}
    assert await world.call("ListTables", ExclusiveStartTableName="aaa") == {"TableNames": ["bbb"]}
    assert await world.call("ListTables", ExclusiveStartTableName="aab", Limit=1) == {"TableNames": ["bbb"]}


@on_loop
async def test_every_region_has_tables_of_its_own() -> None:
    here = await a_world()
    there = elsewhere(here, "ap-south-1")
    await here.call("CreateTable", **a_request())
    assert await there.call("ListTables") == {"TableNames": []}
    await there.call(
        "CreateTable", **a_request(KeySchema=keys("pk"), AttributeDefinitions=attributes(pk="N"))
    )
    assert (await here.describe())["KeySchema"] == keys("pk", "-sk")
    assert (await there.describe())["TableArn"] == f"arn:aws:dynamodb:ap-south-1:{ACCOUNT}:table/Music"


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        (
            "DescribeLimits",
            {
                "AccountMaxReadCapacityUnits": 80000,
                "AccountMaxWriteCapacityUnits": 80000,
                "TableMaxReadCapacityUnits": 40000,
                "TableMaxWriteCapacityUnits": 40000,
            },
        ),
        (
            "DescribeEndpoints",
            {"Endpoints": [{"Address": f"dynamodb.{REGION}.amazonaws.com", "CachePeriodInMinutes": 1440}]},
        ),
    ],
)
@on_loop
async def test_what_an_account_has(operation: str, answer: dict[str, Any]) -> None:
    assert await (await a_world()).call(operation) == answer
