"""The form of a row, the table that the rows speak of, and how a row is judged."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from tests.oracle.client import Client, ServiceError

TABLE = "conformance"
PREFIX = "1 validation error detected: "
OMPVI = "One or more parameter values were invalid: "

CREATE_TABLE = {
    "TableName": TABLE,
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
        {"AttributeName": "gpk", "AttributeType": "S"},
        {"AttributeName": "lsk", "AttributeType": "S"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "gsi",
            "KeySchema": [{"AttributeName": "gpk", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "lsi",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "lsk", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
KEY: dict[str, Any] = {"pk": {"S": "a"}, "sk": {"N": "1"}}

Certainty = Literal["captured", "documented", "reported"]


@dataclass(frozen=True)
class Case:
    """A request that is refused. TableName is ours unless the request names another (or None: no TableName
    at all).
    """

    name: str
    operation: str
    request: dict[str, Any]
    message: str
    certainty: Certainty = "captured"
    code: str = "ValidationException"


def table_of(cases: Iterable[Case]) -> pytest.MarkDecorator:
    """The decorator that makes a test of every row."""
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases])


def judge(call: Client, case: Case) -> None:
    request = {"TableName": TABLE} | case.request
    with pytest.raises(ServiceError) as raised:
        call(case.operation, {name: value for name, value in request.items() if value is not None})
    answered = (raised.value.code, raised.value.message, raised.value.status)
    expected = (case.code, case.message, 400)
    assert answered == expected, f"\nanswered {answered}\nexpected {expected}"
