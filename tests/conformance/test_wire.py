"""Below the operations: headers, checksums, namespaces, and requests that no SDK would send."""

import json
import re
import zlib

import pytest

from tests.conformance.schema import KEY, NOWHERE, on
from tests.conformance.wire import Refusal, Wire

BODY = json.dumps(on(Key=KEY)).encode()
FULL = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.GetItem"}


def error(answer: bytes) -> tuple[str, object]:
    body = json.loads(answer)
    return body["__type"], body.get("message", body.get("Message"))


@pytest.mark.parametrize("request_body", [BODY, b'{"TableName": "conformance-nowhere", "Key": {}}'])
def test_every_answer_has_its_headers(wire: Wire, request_body: bytes) -> None:
    """B3.01, B3.02, B3.03"""
    _, headers, body = wire.send("GetItem", request_body)
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
    assert int(headers["x-amz-crc32"]) == zlib.crc32(body)
    assert int(headers["Content-Length"]) == len(body)
    assert re.fullmatch("[A-Z0-9]{52}", headers["x-amzn-RequestId"])
    assert headers["Date"]


def test_a_get_says_that_it_is_healthy(wire: Wire) -> None:
    """B3.06"""
    status, headers, body = wire.raw("GET", "/")
    assert status == 200
    assert re.fullmatch(rb"healthy: dynamodb\.[a-z0-9-]+\.amazonaws\.com ", body)
    assert int(headers["x-amz-crc32"]) == zlib.crc32(body)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b'"x"', b"null", b"{'a': 1}", b'{"a": 1,}', b"\xff", b'{"a": NaN}']
)
def test_what_is_not_a_json_object_is_refused_without_a_word(wire: Wire, body: bytes) -> None:
    """B3.09"""
    status, _, answer = wire.send("GetItem", body)
    assert (status, error(answer)) == (400, ("com.amazon.coral.service#SerializationException", None))


@pytest.mark.parametrize("operation", ["NoSuchOperation", "", "getitem", "GetItem2"])
def test_an_unknown_operation(wire: Wire, operation: str) -> None:
    """B3.10"""
    status, _, answer = wire.send(operation, b"{}")
    assert status in (400, 404)
    assert error(answer)[0] == "com.amazon.coral.service#UnknownOperationException"


def test_without_authorization(wire: Wire) -> None:
    """B3.07"""
    status, _, answer = wire.raw("POST", "/", BODY, FULL)
    assert (status, error(answer)[0]) == (400, "com.amazon.coral.service#MissingAuthenticationTokenException")


def test_with_half_an_authorization(wire: Wire) -> None:
    """B3.08"""
    status, _, answer = wire.raw("POST", "/", BODY, FULL | {"Authorization": "AWS4-HMAC-SHA256 "})
    kind, message = error(answer)
    assert (status, kind) == (400, "com.amazon.coral.service#IncompleteSignatureException")
    assert str(message).startswith(
        "Authorization header requires 'Credential' parameter. "
        "Authorization header requires 'Signature' parameter. "
    )


def test_the_other_content_type_is_answered_in_kind(wire: Wire) -> None:
    """B3.01"""
    status, headers, _ = wire.send("GetItem", BODY, **{"Content-Type": "application/json"})
    assert (status, headers["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize(
    ("operation", "request_", "namespace", "code"),
    [
        ("GetItem", on(NOWHERE, Key=KEY), "com.amazonaws.dynamodb.v20120810", "ResourceNotFoundException"),
        ("GetItem", on(Key={}), "com.amazon.coral.validate", "ValidationException"),
        ("GetItem", {"TableName": 1}, "com.amazon.coral.service", "SerializationException"),
        (
            "DeleteItem",
            on(Key=KEY, ConditionExpression="attribute_exists(zz)"),
            "com.amazonaws.dynamodb.v20120810",
            "ConditionalCheckFailedException",
        ),
    ],
)
def test_errors_live_in_namespaces(
    wire: Wire, operation: str, request_: dict[str, object], namespace: str, code: str
) -> None:
    """B3.05"""
    with pytest.raises(Refusal) as raised:
        wire(operation, request_)
    assert (raised.value.namespace, raised.value.code) == (namespace, code)
    member = "Message" if code == "SerializationException" else "message"
    assert member in raised.value.body
    assert raised.value.status == 400
