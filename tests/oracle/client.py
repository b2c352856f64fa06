"""The smallest client that can speak to the server: one connection, JSON in, JSON out. It signs nothing, and
holds every answer against the service's model.
"""

import http.client
import json
import urllib.parse
from collections.abc import Mapping
from typing import Any

from tests import shapes

AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/dynamodb/aws4_request, "
    f"SignedHeaders=host;x-amz-date;x-amz-target, Signature={'0' * 64}"
)

_STREAMS = frozenset(["ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"])


class ServiceError(Exception):
    """An error answer: its code, the HTTP status and the whole body."""

    def __init__(self, code: str, status: int, body: dict[str, object]) -> None:
        super().__init__(f"{status} {code}: {body.get('message', body.get('Message'))}")
        self.code = code
        self.status = status
        self.body = body
        self.message = body.get("message", body.get("Message"))


class Client:
    """Calls are answered in order on one kept-alive connection; `close` ends it."""

    def __init__(self, endpoint: str) -> None:
        address = urllib.parse.urlsplit(endpoint)
        assert address.hostname is not None
        self._connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)

    def send(self, operation: str, request: Mapping[str, object]) -> None:
        """Send a request and leave it at that: who closes the client now will not know what became of it."""
        api = "DynamoDBStreams_20120810" if operation in _STREAMS else "DynamoDB_20120810"
        headers = {
            "Authorization": AUTHORIZATION,
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Date": "20260101T000000Z",
            "X-Amz-Target": f"{api}.{operation}",
        }
        self._connection.request("POST", "/", json.dumps(request).encode(), headers)

    def __call__(self, operation: str, request: Mapping[str, object]) -> dict[str, Any]:
        self.send(operation, request)
        response = self._connection.getresponse()
        body: dict[str, Any] = json.loads(response.read())
        shapes.check(shapes.operations()[operation], response.status, body)
        if response.status != 200:
            raise ServiceError(str(body.get("__type", "")).rpartition("#")[2], response.status, body)
        return body

    def close(self) -> None:
        self._connection.close()
