"""The client: JSON over one kept-alive connection, signed, and nothing else.

An SDK refuses to send half of what is asked here, and repairs some of the rest; this one sends a request as
the row spells it. It signs like an SDK, so that the suite can be pointed at the service itself.
"""

import http.client
import json
import time
import urllib.parse
from collections.abc import Mapping
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.session import Session

ANSWER_SECONDS = 10
BECOMING_ACTIVE_SECONDS = 60
POLL_SECONDS = 0.05
REGION = "us-east-1"
API, STREAMS_API = "DynamoDB_20120810", "DynamoDBStreams_20120810"
STREAMS = {"ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"}
"""The operations of the other API. (The service has it on a host of its own.)"""


class Refusal(Exception):
    """An error answer: its code, its message, the HTTP status and the whole body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.namespace, _, self.code = str(body.get("__type", "")).rpartition("#")
        self.message = body.get("message", body.get("Message"))
        self.status = status
        self.body = body
        super().__init__(f"{status} {self.code}: {self.message}")


class Wire:
    """Calls are answered in order. Credentials are the environment's, or made up."""

    def __init__(self, endpoint: str) -> None:
        address = urllib.parse.urlsplit(endpoint)
        assert address.hostname is not None
        secure = address.scheme == "https"
        connection = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self.endpoint = endpoint
        self._connection = connection(address.hostname, address.port, timeout=ANSWER_SECONDS)
        self._authority = SigV4Auth(
            Session().get_credentials() or Credentials("AKIDEXAMPLE", "secret"), "dynamodb", REGION
        )

    def __call__(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        status, _, body = self.send(operation, json.dumps(request).encode())
        parsed: dict[str, Any] = json.loads(body) if body else {}
        if status != 200:
            raise Refusal(status, parsed)
        return parsed

    def send(
        self, operation: str, body: bytes, **headers: str
    ) -> tuple[int, "http.client.HTTPMessage", bytes]:
        """One POST with a body as it is: status, headers and body of the answer."""
        signed = AWSRequest("POST", self.endpoint, self.headers(operation) | headers, body)
        self._authority.add_auth(signed)
        return self.raw("POST", "/", body, dict(signed.headers))

    def headers(self, operation: str) -> dict[str, str]:
        return {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"{STREAMS_API if operation in STREAMS else API}.{operation}",
        }

    def raw(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, "http.client.HTTPMessage", bytes]:
        """One request, unsigned unless its headers say otherwise. A connection that the server has closed is
        opened again, once; a request that it does not answer is not asked again.
        """
        for attempt in (1, 2):
            try:
                self._connection.request(method, path, body, dict(headers or {}))
                answer = self._connection.getresponse()
                return answer.status, answer.headers, answer.read()
            except (OSError, http.client.HTTPException) as failure:
                self._connection.close()
                if attempt == 2 or isinstance(failure, TimeoutError):
                    raise
        raise AssertionError("unreachable")

    def create(self, schema: Mapping[str, Any]) -> None:
        """Make a table, and wait until it can be used."""
        self("CreateTable", schema)
        self.until_active(schema["TableName"])

    def until_active(self, table: str) -> None:
        until = time.monotonic() + BECOMING_ACTIVE_SECONDS
        while time.monotonic() < until:
            described = self("DescribeTable", {"TableName": table})["Table"]
            indexes = [*described.get("GlobalSecondaryIndexes", []), *described.get("VectorIndexes", [])]
            if described["TableStatus"] == "ACTIVE" and all(
                index.get("IndexStatus", "ACTIVE") == "ACTIVE" for index in indexes
            ):
                return
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"{table} did not become ACTIVE")

    def insights(self, table: str) -> dict[str, Any]:
        """The contributor insights of a table, once they are on or off."""
        until = time.monotonic() + BECOMING_ACTIVE_SECONDS
        while time.monotonic() < until:
            described = self("DescribeContributorInsights", {"TableName": table})
            if not described["ContributorInsightsStatus"].endswith("ING"):
                return described
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"the insights of {table} were not switched")

    def drop(self, table: str) -> None:
        """Delete a table if it is there, and wait until it is not."""
        try:
            self("DeleteTable", {"TableName": table})
            until = time.monotonic() + BECOMING_ACTIVE_SECONDS
            while time.monotonic() < until:
                self("DescribeTable", {"TableName": table})
                time.sleep(POLL_SECONDS)
        except Refusal:
            return

    def close(self) -> None:
        self._connection.close()
