"""Vector indexes go where their table goes: into dumps' requests, backups, restores and imports."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from dynalite.errors import ValidationException
from dynalite.settings import Settings
from tests.operations.service import Service
from tests.recovery.recording import settle

NEAR: dict[str, Any] = {
    "IndexName": "near",
    "VectorAttribute": {"AttributeName": "v"},
    "Dimensions": 2,
    "DistanceFunction": "EUCLIDEAN",
    "Projection": {"ProjectionType": "ALL"},
    "SearchSchema": [{"AttributeName": "mood", "SearchSchemaElementType": "INLINE_FILTER"}],
}
TABLE: dict[str, Any] = {
    "TableName": "Songs",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "mood", "AttributeType": "S"},
    ],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "VectorIndexes": [NEAR],
}


def song(name: str, *vector: int) -> dict[str, Any]:
    components = [{"N": str(component)} for component in vector]
    return {"id": {"S": name}, "mood": {"S": "calm"}, "v": {"L": components}}


SONGS = [song("a", 0, 1), song("b", 3, 4), song("c", 10, 0)]


def nearest(service: Service, table: str) -> list[str]:
    answer = service.call(
        "SearchVectors", TableName=table, IndexName="near", SearchVector=[{"N": "3"}, {"N": "3"}], TopK=2
    )
    return [found["Item"]["id"]["S"] for found in answer["SearchResults"]]


def indexes(service: Service, table: str) -> list[Any]:
    described = service.call("DescribeTable", TableName=table)["Table"].get("VectorIndexes", ())
    return [{member: one[member] for member in NEAR} for one in described]


@pytest.fixture
def service() -> Iterator[Service]:
    opened = Service(Settings())
    opened.call("CreateTable", **TABLE)
    for one in SONGS:
        opened.call("PutItem", TableName="Songs", Item=one)
    yield opened
    opened.close()


def back_up(service: Service) -> str:
    details = service.call("CreateBackup", TableName="Songs", BackupName="songs")["BackupDetails"]
    settle(service)
    arn: str = details["BackupArn"]
    return arn


def restore(service: Service, arn: str, **overrides: Any) -> None:
    service.call("RestoreTableFromBackup", BackupArn=arn, TargetTableName="Back", **overrides)
    settle(service)


def test_a_backup_says_what_vector_indexes_it_has(service: Service) -> None:
    described = service.call("DescribeBackup", BackupArn=back_up(service))["BackupDescription"]
    assert described["SourceTableFeatureDetails"]["VectorIndexes"] == [NEAR]


def test_a_restored_table_is_searched_as_its_source_is(service: Service) -> None:
    restore(service, back_up(service))
    assert indexes(service, "Back") == indexes(service, "Songs") == [NEAR]
    assert nearest(service, "Back") == nearest(service, "Songs") == ["b", "a"]


def test_a_restore_may_leave_vector_indexes_out_with_what_only_they_need(service: Service) -> None:
    restore(service, back_up(service), VectorIndexOverride=[])
    described = service.call("DescribeTable", TableName="Back")["Table"]
    assert "VectorIndexes" not in described
    assert described["AttributeDefinitions"] == TABLE["AttributeDefinitions"][:1]


@pytest.mark.parametrize("change", [{"Dimensions": 3}, {"DistanceFunction": "COSINE"}, {"IndexName": "far"}])
def test_a_restore_may_not_change_vector_indexes(service: Service, change: dict[str, Any]) -> None:
    arn = back_up(service)
    with pytest.raises(ValidationException, match=r"on restore|to restored"):
        restore(service, arn, VectorIndexOverride=[NEAR | change])


def test_an_import_makes_vector_indexes_and_minds_them(service: Service) -> None:
    short = song("d", 1)
    lines = b"".join(orjson.dumps({"Item": one}) + b"\n" for one in [*SONGS, short])
    service.database.buckets.put("songs", "a", lines)
    started = service.call(
        "ImportTable",
        S3BucketSource={"S3Bucket": "songs"},
        InputFormat="DYNAMODB_JSON",
        TableCreationParameters=TABLE | {"TableName": "Into"},
    )["ImportTableDescription"]
    settle(service)
    done = service.call("DescribeImport", ImportArn=started["ImportArn"])["ImportTableDescription"]
    assert (done["ImportedItemCount"], done["ErrorCount"]) == (3, 1)
    assert indexes(service, "Into") == [NEAR]
    assert nearest(service, "Into") == ["b", "a"]
