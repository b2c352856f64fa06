"""What is measured: five requests against one table of 1 KB items, ten to a partition.

A body is a template for `%`, in Python here and in Lua under wrk: a partition number, then a sort key. A
request that needs fewer takes fewer.
"""

import json
from dataclasses import dataclass

TABLE = "bench"
ITEMS_PER_PARTITION = 10

AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/dynamodb/aws4_request, "
    f"SignedHeaders=host;x-amz-date;x-amz-target, Signature={'0' * 64}"
)

CREATE_TABLE = {
    "TableName": TABLE,
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}

_PARTITION = {"S": "partition-%07d"}
_KEY = {"pk": _PARTITION, "sk": {"N": "%d"}}
_ITEM = _KEY | {
    "customer": {"S": "Frances Hamilton-Oyelaran"},
    "email": {"S": "frances.hamilton@example.com"},
    "total": {"N": "1234.56"},
    "paid": {"BOOL": True},
    "note": {"NULL": True},
    "tags": {"SS": ["express", "gift", "returning"]},
    "address": {
        "M": {"street": {"S": "12 Long Acre"}, "city": {"S": "London"}, "postcode": {"S": "WC2E 9LH"}}
    },
    "lines": {"L": [{"M": {"sku": {"S": "A-1001"}, "quantity": {"N": "2"}}}, {"N": "7"}]},
    "description": {"S": "x" * 640},
}


@dataclass(frozen=True, slots=True)
class Workload:
    operation: str
    body: str
    writes: bool = False


def _workload(operation: str, writes: bool = False, **members: object) -> Workload:
    return Workload(operation, json.dumps({"TableName": TABLE, **members}), writes)


GET_ITEM = _workload("GetItem", Key=_KEY)
PUT_ITEM = _workload("PutItem", Item=_ITEM, writes=True)
QUERY = _workload("Query", KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": _PARTITION})

ALL = (
    GET_ITEM,
    PUT_ITEM,
    _workload(
        "UpdateItem",
        Key=_KEY,
        UpdateExpression="SET visits = if_not_exists(visits, :zero) + :one",
        ExpressionAttributeValues={":zero": {"N": "0"}, ":one": {"N": "1"}},
        writes=True,
    ),
    QUERY,
    _workload("Scan"),
)
AT_SCALE = (GET_ITEM, QUERY)


def headers(operation: str) -> dict[str, str]:
    return {
        "Authorization": AUTHORIZATION,
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Date": "20260101T000000Z",
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
    }


def http_request(operation: str, body: bytes) -> bytes:
    lines = [f"{name}: {value}\r\n" for name, value in headers(operation).items()]
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\n{''.join(lines)}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
