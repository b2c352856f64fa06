"""Each test begins with empty tables, on each storage engine; S3 is moto's server, over HTTP."""

import urllib.request
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from tests.operations.conftest import service

__all__ = ["service"]

BUCKETS = ("exports", "imports")


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The URL of a server that speaks S3 and has two buckets."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    for bucket in BUCKETS:
        urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{bucket}", method="PUT")).close()
    yield endpoint
    server.stop()
