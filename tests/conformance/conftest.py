"""One table for all rows of a session, and a connection."""

from collections.abc import Iterator

import pytest

from tests.conformance.cases import CREATE_TABLE, TABLE
from tests.live import LiveServer
from tests.oracle.client import Client


@pytest.fixture(scope="session")
def call(live: LiveServer) -> Iterator[Client]:
    client = Client(live.endpoint)
    client("CreateTable", CREATE_TABLE)
    yield client
    client("DeleteTable", {"TableName": TABLE})
    client.close()
