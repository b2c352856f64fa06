"""Requests for bulk puts: what is refused, what a client token makes the same, and what is listed."""

from typing import Any

import pytest

from dynalite.settings import Settings
from tests.operations.service import START, Service, with_tables
from tests.recovery.recording import at_once, settle
from tests.recovery.test_bulk import BUCKET, REPORTS, alone, described, put, request_of, start

__all__ = ["alone"]


# ------------------------------------------------------------------ tokens and lists


def test_a_client_token_makes_one_of_several_requests_for_eight_hours(alone: Service) -> None:
    put(alone, "a", b"")
    first = start(alone, "", ClientToken="again")
    settle(alone)
    assert start(alone, "", ClientToken="again")["BulkOperationArn"] == first["BulkOperationArn"]
    other = request_of("", ClientToken="again", PerformanceTier="ACCELERATED")
    error = alone.refused("StartBulkPutItems", **other)
    assert error.code == "IdempotentParameterMismatchException"
    alone.clock.advance(8 * 3600)
    assert start(alone, "", ClientToken="again")["BulkOperationArn"] != first["BulkOperationArn"]


@pytest.mark.parametrize("bucket", [BUCKET, "nowhere"])
def test_simultaneous_requests_with_one_client_token_made_several_bulk_puts(
    alone: Service, bucket: str
) -> None:
    put(alone, "a", b"")
    request = request_of("", ClientToken="same")
    request["InputS3Configuration"] |= {"S3Bucket": bucket}
    answers = at_once(alone, "StartBulkPutItems", [request] * 3)
    assert answers[1:] == [answers[0]] * 2
    assert len(alone.call("ListBulkOperations")["BulkOperationsSummaryList"]) == 1


def test_bulk_puts_of_the_last_ninety_days_are_listed_newest_first(alone: Service) -> None:
    put(alone, "a", b"")
    arns: list[str] = []
    for _ in range(12):
        alone.clock.advance(8 * 24 * 3600)
        arns.insert(0, start(alone, "")["BulkOperationArn"])
        settle(alone)
    page = alone.call("ListBulkOperations")
    assert [one["BulkOperationArn"] for one in page["BulkOperationsSummaryList"]] == arns[:10]
    assert set(page["BulkOperationsSummaryList"][0]) == {
        "BulkOperationArn",
        "BulkOperationStatus",
        "StartTime",
        "EndTime",
    }
    rest = alone.call("ListBulkOperations", NextToken=page["NextToken"], MaxResults=25)
    assert [one["BulkOperationArn"] for one in rest["BulkOperationsSummaryList"]] == arns[10:]
    assert "NextToken" not in rest
    alone.clock.advance(4 * 24 * 3600)
    listed = alone.call("ListBulkOperations", MaxResults=25)["BulkOperationsSummaryList"]
    assert [one["BulkOperationArn"] for one in listed] == arns[:11]


# ------------------------------------------------------------------ what is refused

_OUTPUT = {"S3Bucket": REPORTS, "OutputType": ["ERROR"]}
_INPUT = {"S3Bucket": BUCKET, "InputFormat": "ION"}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no input": ({"InputS3Configuration": None}, "Value null at 'inputS3Configuration' failed"),
    "no output": ({"OutputS3Configuration": None}, "Value null at 'outputS3Configuration' failed"),
    "no table": ({"TableName": None}, "Value null at 'tableName' failed"),
    "no format": ({"InputS3Configuration": {"S3Bucket": BUCKET}}, "'inputS3Configuration.inputFormat'"),
    "CSV": (
        {"InputS3Configuration": {"S3Bucket": BUCKET, "InputFormat": "CSV"}},
        "Member must satisfy enum value set: [DYNAMODB_JSON, ION]",
    ),
    "a compression that is none": (
        {"InputS3Configuration": _INPUT | {"InputCompressionType": "LZ4"}},
        "Member must satisfy enum value set: [GZIP, ZSTD, NONE]",
    ),
    "a bucket's name": (
        {"InputS3Configuration": _INPUT | {"S3Bucket": "-"}},
        "'inputS3Configuration.s3Bucket' failed to satisfy constraint",
    ),
    "no output type": (
        {"OutputS3Configuration": {"S3Bucket": REPORTS}},
        "'outputS3Configuration.outputType' failed",
    ),
    "an empty list of output types": (
        {"OutputS3Configuration": _OUTPUT | {"OutputType": []}},
        "OutputS3Configuration: OutputType must have one or both of ERROR and CONDITION_CHECK_FAILURE",
    ),
    "an output type that is none": (
        {"OutputS3Configuration": _OUTPUT | {"OutputType": ["ALL"]}},
        "[ERROR, CONDITION_CHECK_FAILURE]",
    ),
    "too slow": ({"MaxWriteRequestUnits": 1023}, "Member must have value greater than or equal to 1024"),
    "a tier that is none": ({"PerformanceTier": "FAST"}, "[STANDARD, ACCELERATED]"),
    "a token with a dollar": ({"ClientToken": "a$b"}, "'clientToken' failed to satisfy constraint"),
    "no output bucket": (
        {"OutputS3Configuration": {"OutputType": ["ERROR"]}},
        "OutputS3Configuration: S3Bucket must be specified",
    ),
    "a key without KMS": (
        {"OutputS3Configuration": _OUTPUT | {"S3SseAlgorithm": "AES256", "S3SseKmsKeyId": "k"}},
        "OutputS3Configuration: S3SseKmsKeyId must be specified when S3SseAlgorithm is KMS, and only then",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_requests_that_are_refused(alone: Service, name: str) -> None:
    members, said = REFUSED[name]
    request = request_of("") | members
    error = alone.refused(
        "StartBulkPutItems", **{key: one for key, one in request.items() if one is not None}
    )
    assert error.code == "ValidationException"
    assert said in error.message
    assert alone.call("ListBulkOperations")["BulkOperationsSummaryList"] == []


def test_a_table_must_be_there_and_not_be_making_an_index() -> None:
    service = with_tables(Service(Settings(transition_seconds=60)))
    missing = service.refused("StartBulkPutItems", **request_of("", TableName="Nowhere"))
    assert (missing.code, missing.message) == (
        "ResourceNotFoundException",
        "Requested resource not found: Table: Nowhere not found",
    )
    creating = service.refused("StartBulkPutItems", **request_of(""))
    assert (creating.code, creating.message) == (
        "ResourceInUseException",
        "Table is being created: Things",
    )
    service.clock.advance(60)
    settle(service)
    index = {
        "IndexName": "more",
        "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    service.call(
        "UpdateTable",
        TableName="Things",
        AttributeDefinitions=[{"AttributeName": "kind", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index}],
    )
    assert service.refused("StartBulkPutItems", **request_of("")).code == "ResourceInUseException"
    service.close()


@pytest.mark.parametrize("where", ["InputS3Configuration", "OutputS3Configuration"])
def test_a_bucket_that_is_not_there_fails_the_bulk_put(s3: str, where: str) -> None:
    service = with_tables(Service(Settings(s3_endpoint=s3)))
    configuration = request_of("bulk/none/")[where] | {"S3Bucket": "nowhere"}
    failed = start(service, "bulk/none/", **{where: configuration})
    assert (failed["BulkOperationStatus"], failed["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert (failed["ProcessedItemCount"], failed["EndTime"]) == (0, START)
    assert "TotalInputBytes" not in failed
    assert described(service, failed["BulkOperationArn"]) == failed
    service.close()


@pytest.mark.parametrize("operation", ["DescribeBulkOperation", "CancelBulkOperation"])
def test_a_bulk_put_that_is_not_known(alone: Service, operation: str) -> None:
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/Things/bulk-operation/01800000000000-00000000"
    error = alone.refused(operation, BulkOperationArn=arn)
    assert (error.code, error.message) == (
        "ResourceNotFoundException",
        f"Bulk operation not found: {arn}",
    )
    assert alone.refused(operation, BulkOperationArn="short").code == "ValidationException"
