"""Whatever CreateTable and UpdateTable are sent comes back. Tools that manage infrastructure need that: what
does not come back they would ask for again in every run.

That this is about every field there is, is itself checked, by botocore's own shapes.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

import dynalite
from tests.clients.described import NOT_SERVED, READ, Members, in_order, lacking, leaves, said, sample, state

KEY = "arn:aws:kms:us-east-1:000000000000:key/"
POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"dynamodb:*",'
    '"Resource":"*"}]}'
)


@pytest.fixture(scope="module")
def server() -> Iterator[dynalite.Server]:
    with dynalite.Server() as server:
        yield server


@pytest.fixture(scope="module")
def client(server: dynalite.Server) -> Any:
    return server.client()


def shape(client: Any, operation: str) -> Any:
    return client.meta.service_model.operation_model(operation).input_shape


def keys(partitions: list[str], sorts: list[str] | None = None) -> list[Members]:
    kinds = ((partitions, "HASH"), (sorts or [], "RANGE"))
    return [{"AttributeName": name, "KeyType": kind} for names, kind in kinds for name in names]


def units(read: int, write: int) -> Members:
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


def warm(read: int, write: int) -> Members:
    return {"ReadUnitsPerSecond": read, "WriteUnitsPerSecond": write}


def ceilings(read: int, write: int) -> Members:
    return {"MaxReadRequestUnits": read, "MaxWriteRequestUnits": write}


# ------------------------------------------------------------------ any table

NAMES = st.text("abyzABYZ0189_-.:# éß漢", min_size=1, max_size=12)
INDEX_NAMES = st.from_regex(r"[A-Za-z0-9_.-]{3,20}", fullmatch=True)
TAGS = st.text("abyzABYZ0189 +-=._:/@é", max_size=12)
UNITS = st.builds(units, st.integers(1, 1000), st.integers(1, 1000))
WARM = st.builds(warm, st.integers(12_000, 40_000), st.integers(4_000, 40_000))
CEILINGS = st.builds(ceilings, st.integers(1, 40_000), st.integers(1, 40_000))
PROJECTIONS = st.one_of(
    st.sampled_from([{"ProjectionType": "ALL"}, {"ProjectionType": "KEYS_ONLY"}]),
    st.lists(NAMES.map("+".__add__), min_size=1, max_size=4, unique=True).map(
        lambda names: {"ProjectionType": "INCLUDE", "NonKeyAttributes": names}
    ),
)


@st.composite
def tables(draw: st.DrawFn) -> Members:
    """A CreateTable request that makes sense."""
    attributes = draw(st.lists(NAMES, min_size=4, max_size=6, unique=True))
    partition, sort, *others = attributes
    sorted_ = draw(st.booleans())
    on_demand = draw(st.booleans())
    own = keys([partition], [sort] if sorted_ else [])
    index_names = iter(draw(st.lists(INDEX_NAMES, min_size=5, max_size=5, unique=True)))
    local = [_index(draw, next(index_names), keys([partition], [other])) for other in others[: 2 * sorted_]]
    global_ = [
        {**_index(draw, next(index_names), schema), **_throughput(draw, on_demand)}
        for schema in draw(st.lists(_schemas(attributes), max_size=2))
    ]
    wanted: Members = {
        "TableName": draw(INDEX_NAMES),
        "KeySchema": own,
        "BillingMode": "PAY_PER_REQUEST" if on_demand else "PROVISIONED",
        **_throughput(draw, on_demand),
        **({"LocalSecondaryIndexes": draw(st.permutations(local))} if local else {}),
        **({"GlobalSecondaryIndexes": global_} if global_ else {}),
    }
    schemas = [own, *(index["KeySchema"] for index in (*local, *global_))]
    used = {key["AttributeName"]: draw(st.sampled_from("SNB")) for schema in schemas for key in schema}
    wanted["AttributeDefinitions"] = draw(
        st.permutations([{"AttributeName": name, "AttributeType": type_} for name, type_ in used.items()])
    )
    for member, values in _FEATURES.items():
        if draw(st.booleans()):
            wanted[member] = draw(values)
    return wanted


_FEATURES: dict[str, st.SearchStrategy[Any]] = {
    "StreamSpecification": st.sampled_from(
        [
            {"StreamEnabled": False},
            *(
                {"StreamEnabled": True, "StreamViewType": view}
                for view in ("NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY")
            ),
        ]
    ),
    "SSESpecification": st.sampled_from(
        [
            {"Enabled": False},
            {"Enabled": True, "SSEType": "KMS"},
            {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY + "a"},
        ]
    ),
    "Tags": st.dictionaries(TAGS.map("t".__add__), TAGS, max_size=4).map(
        lambda tags: [{"Key": key, "Value": value} for key, value in tags.items()]
    ),
    "TableClass": st.sampled_from(["STANDARD", "STANDARD_INFREQUENT_ACCESS"]),
    "DeletionProtectionEnabled": st.booleans(),
    "ResourcePolicy": st.just(POLICY),
}


@st.composite
def _schemas(draw: st.DrawFn, attributes: list[str]) -> list[Members]:
    """The key schema of a global index: up to four partition attributes, then up to four sort attributes."""
    chosen = draw(st.lists(st.sampled_from(attributes), min_size=1, max_size=6, unique=True))
    partitions = draw(st.integers(max(1, len(chosen) - 4), min(4, len(chosen))))
    return keys(chosen[:partitions], chosen[partitions:])


def _index(draw: st.DrawFn, name: str, schema: list[Members]) -> Members:
    return {"IndexName": name, "KeySchema": schema, "Projection": draw(PROJECTIONS)}


def _throughput(draw: st.DrawFn, on_demand: bool) -> Members:
    given = {"WarmThroughput": draw(WARM)} if draw(st.booleans()) else {}
    if not on_demand:
        return {**given, "ProvisionedThroughput": draw(UNITS)}
    return {**given, "OnDemandThroughput": draw(CEILINGS)} if draw(st.booleans()) else given


@given(tables())
@settings(max_examples=60)
def test_a_table_is_described_as_it_was_asked_for(
    server: dynalite.Server, client: Any, wanted: Members
) -> None:
    with server.fork():
        client.create_table(**wanted)
        assert lacking(wanted, state(client, wanted["TableName"])) == {}


# ------------------------------------------------------------------ every field

INDEX = {"IndexName": "by-year", "KeySchema": keys(["year"]), "Projection": {"ProjectionType": "ALL"}}
LOCAL = {
    "IndexName": "by-length",
    "KeySchema": keys(["artist"], ["length"]),
    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["plays", "label"]},
}
ON_DEMAND: Members = {
    "TableName": "Songs",
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": type_}
        for name, type_ in (("artist", "S"), ("title", "S"), ("length", "N"), ("year", "N"))
    ],
    "KeySchema": keys(["artist"], ["title"]),
    "LocalSecondaryIndexes": [LOCAL],
    "GlobalSecondaryIndexes": [
        {
            **INDEX,
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["plays"]},
            "OnDemandThroughput": ceilings(10, 11),
            "WarmThroughput": warm(12_100, 4_100),
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "OnDemandThroughput": ceilings(20, 21),
    "WarmThroughput": warm(12_200, 4_200),
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    "SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY + "a"},
    "Tags": [{"Key": "team", "Value": "blue"}, {"Key": "cost", "Value": ""}],
    "TableClass": "STANDARD_INFREQUENT_ACCESS",
    "DeletionProtectionEnabled": True,
    "ResourcePolicy": POLICY,
}
PROVISIONED: Members = {
    **{name: value for name, value in ON_DEMAND.items() if name != "OnDemandThroughput"},
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": units(5, 6),
    "GlobalSecondaryIndexes": [{**INDEX, "ProvisionedThroughput": units(7, 8)}],
}


def index_update(action: str, **members: Any) -> Members:
    return {"GlobalSecondaryIndexUpdates": [{action: members}]}


def one_index(**members: Any) -> Members:
    return {"GlobalSecondaryIndexes": [{"IndexName": "by-year", **members}]}


RATED: Members = {
    "IndexName": "by-rating",
    "KeySchema": keys(["rating"], ["title"]),
    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["label"]},
}
RATING = {"AttributeName": "rating", "AttributeType": "N"}
DEFINED = {"AttributeDefinitions": [{"AttributeName": "title", "AttributeType": "S"}, RATING]}
DEFINED_AFTER = {"AttributeDefinitions": [*ON_DEMAND["AttributeDefinitions"], RATING]}
KEPT = PROVISIONED["GlobalSecondaryIndexes"][0]

UPDATES: list[tuple[Members, Members, Members]] = [
    (ON_DEMAND, update, update)
    for update in (
        {"OnDemandThroughput": ceilings(30, 31)},
        {"WarmThroughput": warm(13_000, 5_000)},
        {"StreamSpecification": {"StreamEnabled": False}},
        {"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY + "b"}},
        {"SSESpecification": {"Enabled": False}},
        {"TableClass": "STANDARD"},
        {"DeletionProtectionEnabled": False},
    )
]
UPDATES += [
    (PROVISIONED, {"ProvisionedThroughput": units(50, 4)}, {"ProvisionedThroughput": units(50, 4)}),
    (PROVISIONED, {"BillingMode": "PAY_PER_REQUEST"}, {"BillingMode": "PAY_PER_REQUEST"}),
    (
        {**PROVISIONED, "StreamSpecification": {"StreamEnabled": False}},
        {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}},
        {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}},
    ),
    (
        ON_DEMAND,
        {
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": units(9, 9),
            **index_update("Update", IndexName="by-year", ProvisionedThroughput=units(3, 4)),
        },
        {
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": units(9, 9),
            **one_index(ProvisionedThroughput=units(3, 4)),
        },
    ),
    (
        ON_DEMAND,
        index_update("Update", IndexName="by-year", OnDemandThroughput=ceilings(40, 41)),
        one_index(OnDemandThroughput=ceilings(40, 41)),
    ),
    (
        ON_DEMAND,
        index_update("Update", IndexName="by-year", WarmThroughput=warm(14_000, 6_000)),
        one_index(WarmThroughput=warm(14_000, 6_000)),
    ),
    (
        PROVISIONED,
        index_update("Update", IndexName="by-year", ProvisionedThroughput=units(70, 1)),
        one_index(ProvisionedThroughput=units(70, 1)),
    ),
    (
        PROVISIONED,
        {**DEFINED, **index_update("Create", **RATED, ProvisionedThroughput=units(1, 2))},
        {"GlobalSecondaryIndexes": [KEPT, {**RATED, "ProvisionedThroughput": units(1, 2)}], **DEFINED_AFTER},
    ),
    (
        {**ON_DEMAND, "GlobalSecondaryIndexes": [INDEX]},
        {
            **DEFINED,
            **index_update(
                "Create", **RATED, OnDemandThroughput=ceilings(1, 2), WarmThroughput=warm(12_001, 4_001)
            ),
        },
        {
            "GlobalSecondaryIndexes": [
                INDEX,
                {**RATED, "OnDemandThroughput": ceilings(1, 2), "WarmThroughput": warm(12_001, 4_001)},
            ],
            **DEFINED_AFTER,
        },
    ),
    (
        PROVISIONED,
        index_update("Delete", IndexName="by-year"),
        {"GlobalSecondaryIndexes": [], "AttributeDefinitions": ON_DEMAND["AttributeDefinitions"][:3]},
    ),
]
"""A table, a change of it, and what it shall be described with instead."""

MODE_AND_ALL_THAT_GOES_WITH_IT = frozenset(
    {"BillingMode", "ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput", "GlobalSecondaryIndexes"}
)


@pytest.mark.parametrize("wanted", [ON_DEMAND, PROVISIONED], ids=["on-demand", "provisioned"])
def test_every_field_of_create_table_comes_back(
    server: dynalite.Server, client: Any, wanted: Members
) -> None:
    with server.fork():
        client.create_table(**wanted)
        assert lacking(wanted, state(client, "Songs")) == {}


@pytest.mark.parametrize(
    ("before", "update", "after"),
    UPDATES,
    ids=[f"{n}-{'-'.join(update)}" for n, (_, update, _) in enumerate(UPDATES)],
)
def test_every_field_of_update_table_comes_back_and_all_else_stays(
    server: dynalite.Server, client: Any, before: Members, update: Members, after: Members
) -> None:
    with server.fork():
        client.create_table(**before)
        server.sweep()
        was = state(client, "Songs")
        client.update_table(TableName="Songs", **update)
        server.sweep()
        found = state(client, "Songs")
        assert lacking(after, found) == {}
        may_change = {*after}
        if "BillingMode" in after:
            may_change |= MODE_AND_ALL_THAT_GOES_WITH_IT
        if "ProvisionedThroughput" in after:
            may_change.add("WarmThroughput")
        assert {name: value for name, value in found.items() if name not in may_change} == {
            name: value for name, value in was.items() if name not in may_change
        }


@pytest.mark.parametrize(
    ("operation", "requests"),
    [
        ("CreateTable", [ON_DEMAND, PROVISIONED]),
        ("UpdateTable", [{"TableName": "Songs", **update} for _, update, _ in UPDATES]),
    ],
)
def test_no_field_is_left_out_here(client: Any, operation: str, requests: list[Members]) -> None:
    fields = {
        path
        for path in leaves(shape(client, operation))
        if path.partition(".")[0] not in NOT_SERVED[operation]
    }
    assert {path for request in requests for path in said(request)} == fields


def test_every_member_of_create_table_is_read_back(client: Any) -> None:
    assert shape(client, "CreateTable").members.keys() - NOT_SERVED["CreateTable"] == READ


@pytest.mark.parametrize(
    ("operation", "member"),
    [(operation, member) for operation in NOT_SERVED for member in sorted(NOT_SERVED[operation])],
)
def test_a_field_that_would_not_come_back_is_refused(
    server: dynalite.Server, client: Any, operation: str, member: str
) -> None:
    asked = {member: sample(shape(client, operation).members[member])}
    with server.fork():
        call, table = client.create_table, PROVISIONED
        if operation == "UpdateTable":
            client.create_table(**PROVISIONED)
            call, table = client.update_table, {"TableName": "Songs"}
        with pytest.raises(ClientError) as refused:
            call(**table, **asked)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


# ------------------------------------------------------------------ what has calls of its own


def test_time_to_live_recovery_and_tags_come_back(server: dynalite.Server, client: Any) -> None:
    with server.fork():
        arn = client.create_table(**PROVISIONED)["TableDescription"]["TableArn"]
        expiry = {"Enabled": True, "AttributeName": "ends"}
        client.update_time_to_live(TableName="Songs", TimeToLiveSpecification=expiry)
        described = client.describe_time_to_live(TableName="Songs")["TimeToLiveDescription"]
        assert described["AttributeName"] == "ends"
        assert described["TimeToLiveStatus"] in ("ENABLING", "ENABLED")

        recovery = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}
        client.update_continuous_backups(TableName="Songs", PointInTimeRecoverySpecification=recovery)
        backups = client.describe_continuous_backups(TableName="Songs")["ContinuousBackupsDescription"]
        pitr = backups["PointInTimeRecoveryDescription"]
        assert (pitr["PointInTimeRecoveryStatus"], pitr["RecoveryPeriodInDays"]) == ("ENABLED", 7)

        client.tag_resource(
            ResourceArn=arn, Tags=[{"Key": "team", "Value": "red"}, {"Key": "x", "Value": "y"}]
        )
        client.untag_resource(ResourceArn=arn, TagKeys=["cost"])
        assert state(client, "Songs")["Tags"] == in_order(
            [{"Key": "team", "Value": "red"}, {"Key": "x", "Value": "y"}]
        )
