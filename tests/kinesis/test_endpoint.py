"""What is asked of a Kinesis server, and what is made of whatever it answers."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from dynalite.clock import Clock
from dynalite.streams.kinesis import Outgoing
from server.kinesis.endpoint import Endpoint, Summary, Unavailable

RECORDS = [Outgoing(1, "A", b'{"n":1}'), Outgoing(2, "B", b"{}")]
Asks = Callable[[Endpoint], Awaitable[Any]]


class Scripted:
    """A server that answers one thing, and keeps what it was asked."""

    def __init__(self, status: int, body: str) -> None:
        self.asked: list[tuple[web.Request, Any]] = []
        self._status = status
        self._body = body

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request, await request.json()))
        return web.Response(status=self._status, text=self._body)

    def asks(self, ask: Asks) -> Any:
        """The outcome of asking it something."""

        async def run() -> Any:
            application = web.Application()
            application.router.add_post("/", self.answer)
            clock = Clock()
            clock.advance(1_000_000)
            async with TestServer(application) as server:
                endpoint = Endpoint(str(server.make_url("")).rstrip("/"), clock)
                try:
                    return await ask(endpoint)
                finally:
                    await endpoint.close()

        return asyncio.run(run())


def put(endpoint: Endpoint) -> Awaitable[Any]:
    return endpoint.put("eu-west-1", "changes", RECORDS)


def summary(endpoint: Endpoint) -> Awaitable[Any]:
    return endpoint.summary("eu-west-1", "changes")


def test_records_are_put_as_kinesis_wants_them() -> None:
    server = Scripted(200, '{"FailedRecordCount": 1, "Records": [{}, {"ErrorCode": "InternalFailure"}]}')
    assert server.asks(put) == [None, "InternalFailure"]
    [(request, members)] = server.asked
    assert members == {
        "StreamName": "changes",
        "Records": [
            {"Data": "eyJuIjoxfQ==", "PartitionKey": "A"},
            {"Data": "e30=", "PartitionKey": "B"},
        ],
    }
    assert request.headers["X-Amz-Target"] == "Kinesis_20131202.PutRecords"
    assert request.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert re.search(r"Credential=\S+/eu-west-1/kinesis/aws4_request,", request.headers["Authorization"])


def test_a_request_is_signed_with_the_real_time_however_the_clock_is_moved() -> None:
    server = Scripted(200, '{"Records": [{}, {}]}')
    began = Clock().now()
    server.asks(put)
    signed_at = server.asked[0][0].headers["X-Amz-Date"]
    at = datetime.strptime(signed_at, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    assert began - 2 < at < Clock().now() + 2


def test_a_stream_is_described() -> None:
    body = '{"StreamDescriptionSummary": {"StreamARN": "arn", "StreamStatus": "ACTIVE"}}'
    assert Scripted(200, body).asks(summary) == Summary("arn", "ACTIVE")


def test_a_stream_that_is_not_there_is_none() -> None:
    body = '{"__type": "com.amazonaws.kinesis#ResourceNotFoundException", "message": "no"}'
    assert Scripted(400, body).asks(summary) is None
    with pytest.raises(Unavailable, match="ResourceNotFoundException: no"):
        Scripted(400, body).asks(put)


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (500, '{"__type": "InternalFailure"}', "InternalFailure"),
        (400, '{"__type": "LimitExceededException", "Message": "slowly"}', "LimitExceededException: slowly"),
        (502, "<html>Bad gateway</html>", "answered 502"),
        (200, "", "no JSON"),
        (200, "[]", "no JSON"),
        (200, "{}", "for 0 records of 2"),
        (200, '{"Records": [{}]}', "for 1 records of 2"),
    ],
)
def test_what_makes_no_sense_is_tried_again_later(status: int, body: str, why: str) -> None:
    with pytest.raises(Unavailable, match=why):
        Scripted(status, body).asks(put)


def test_nobody_at_the_address() -> None:
    async def run() -> None:
        server = TestServer(web.Application())
        await server.start_server()
        url = str(server.make_url("")).rstrip("/")
        await server.close()
        endpoint = Endpoint(url, Clock())
        with pytest.raises(Unavailable, match="cannot be reached"):
            await put(endpoint)
        await endpoint.close()

    asyncio.run(run())
