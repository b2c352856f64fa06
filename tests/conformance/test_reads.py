"""Query and Scan: what they refuse."""

from typing import Any

from tests.conformance.cases import OMPVI, PREFIX, Case, judge, table_of
from tests.oracle.client import Client

P: dict[str, Any] = {":p": {"S": "a"}}


def query(name: str, message: str, certainty: Any = "captured", **members: Any) -> Case:
    whole = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": P}
    return Case(name, "Query", whole | members, message, certainty)


CASES = (
    query(
        "nested key path",
        "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes",
        KeyConditionExpression="pk.a = :p",
    ),
    query(
        "partition key missing",
        "Query condition missed key schema element: pk",
        "reported",
        KeyConditionExpression="sk = :s",
        ExpressionAttributeValues={":s": {"N": "1"}},
    ),
    query(
        "partition key not by =",
        "Query key condition not supported",
        "reported",
        KeyConditionExpression="pk > :p",
    ),
    query(
        "or",
        "Invalid operator used in KeyConditionExpression: OR",
        "reported",
        KeyConditionExpression="pk = :p OR sk = :s",
        ExpressionAttributeValues=P | {":s": {"N": "1"}},
    ),
    query(
        "one key twice",
        "KeyConditionExpressions must only contain one condition per key",
        "reported",
        KeyConditionExpression="pk = :p AND sk > :a AND sk < :b",
        ExpressionAttributeValues=P | {":a": {"N": "1"}, ":b": {"N": "2"}},
    ),
    query(
        "value of another type",
        f"{OMPVI}Condition parameter type does not match schema type",
        "reported",
        ExpressionAttributeValues={":p": {"N": "1"}},
    ),
    query(
        "filter on a key",
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk",
        "reported",
        FilterExpression="sk = :s",
        ExpressionAttributeValues=P | {":s": {"N": "1"}},
    ),
    query(
        "neither style",
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
        "reported",
        KeyConditionExpression=None,
        ExpressionAttributeValues=None,
    ),
    query(
        "no such index",
        "The table does not have the specified index: nowhere",
        "reported",
        IndexName="nowhere",
    ),
    query(
        "all attributes of a narrow index",
        f"{OMPVI}Select type ALL_ATTRIBUTES is not supported for global secondary index gsi "
        "because its projection type is not ALL",
        "reported",
        IndexName="gsi",
        KeyConditionExpression="gpk = :p",
        Select="ALL_ATTRIBUTES",
    ),
    query(
        "what the index does not project",
        f"{OMPVI}Global secondary index gsi does not project [a]",
        IndexName="gsi",
        KeyConditionExpression="gpk = :p",
        ProjectionExpression="a",
    ),
    Case(
        "scan of what the index does not project",
        "Scan",
        {"IndexName": "gsi", "ProjectionExpression": "a"},
        f"{OMPVI}Global secondary index gsi does not project [a]",
    ),
    query(
        "consistent global index",
        "Consistent reads are not supported on global secondary indexes",
        "reported",
        IndexName="gsi",
        KeyConditionExpression="gpk = :p",
        ConsistentRead=True,
    ),
    query(
        "specific attributes, none named",
        f"{PREFIX}Must specify the AttributesToGet or ProjectionExpression "
        "when choosing to get SPECIFIC_ATTRIBUTES",
        Select="SPECIFIC_ATTRIBUTES",
    ),
    Case(
        "scan for specific attributes, none named",
        "Scan",
        {"Select": "SPECIFIC_ATTRIBUTES"},
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
    ),
    query(
        "start in another partition",
        "The provided starting key is outside query boundaries based on provided conditions",
        "reported",
        ExclusiveStartKey={"pk": {"S": "b"}, "sk": {"N": "1"}},
    ),
    query(
        "start outside the range",
        "The provided starting key does not match the range key predicate",
        "reported",
        KeyConditionExpression="pk = :p AND sk > :s",
        ExpressionAttributeValues=P | {":s": {"N": "5"}},
        ExclusiveStartKey={"pk": {"S": "a"}, "sk": {"N": "1"}},
    ),
    Case(
        "scan start of another shape",
        "Scan",
        {"ExclusiveStartKey": {"pk": {"S": "a"}, "sk": {"S": "1"}}},
        "The provided starting key is invalid: The provided key element does not match the schema",
    ),
)


@table_of(CASES)
def test_refused(call: Client, case: Case) -> None:
    judge(call, case)
