"""The Kinesis server, asked over Kinesis' own JSON protocol. Two operations of it are needed.

A stream is named by its name, which every server understands, in the region of the signature.
"""

import os
from base64 import b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import orjson

from dynalite.clock import Clock
from dynalite.streams.kinesis import Outgoing
from server.client import signing

if TYPE_CHECKING:
    from aiohttp import ClientSession

ANSWER_SECONDS: Final = 5.0
"""How long an answer may take (real time): half as long as a lease lasts (`dynalite/sharing.py`)."""

_API: Final = "Kinesis_20131202"
_NOT_FOUND: Final = "ResourceNotFoundException"


class Unavailable(Exception):
    """The server did not do what it was asked for; the message says why. It may do it later."""


class Summary(NamedTuple):
    """What a server says of a stream."""

    arn: str
    status: str


class Kinesis(Protocol):
    """Whoever has the streams."""

    async def summary(self, region: str, stream: str) -> Summary | None:
        """What there is to say of a stream; None when there is none. Raises `Unavailable`."""
        ...

    async def put(self, region: str, stream: str, records: Sequence[Outgoing]) -> list[str | None]:
        """Put records into a stream. Of each, why that failed; None when it did not. Raises `Unavailable`
        when nothing is known to have been put.
        """
        ...

    async def close(self) -> None: ...


class Endpoint:
    """The server at a URL."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._who = signing.credentials(os.environ)
        self._session: ClientSession | None = None

    async def summary(self, region: str, stream: str) -> Summary | None:
        try:
            answer = await self._ask(region, "DescribeStreamSummary", {"StreamName": stream})
        except _Refused as refused:
            if refused.code == _NOT_FOUND:
                return None
            raise
        found = answer.get("StreamDescriptionSummary", {})
        return Summary(found.get("StreamARN", ""), found.get("StreamStatus", ""))

    async def put(self, region: str, stream: str, records: Sequence[Outgoing]) -> list[str | None]:
        members = [
            {"Data": b64encode(record.data).decode(), "PartitionKey": record.partition_key}
            for record in records
        ]
        answer = await self._ask(region, "PutRecords", {"StreamName": stream, "Records": members})
        results = answer.get("Records", [])
        if len(results) != len(records):
            raise Unavailable(f"{self._url} answered for {len(results)} records of {len(records)}")
        return [one.get("ErrorCode") for one in results]

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _ask(self, region: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        from aiohttp import ClientError, ClientSession, ClientTimeout  # only who has a Kinesis needs it

        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=ANSWER_SECONDS))
        body = orjson.dumps(request)
        real_now = self._clock.now() - self._clock.offset_seconds  # the other server's clock is not moved
        fields = signing.headers(
            self._who, self._url, region, f"{_API}.{operation}", body, real_now, signing.KINESIS
        )
        try:
            async with self._session.post(self._url + "/", data=body, headers=fields) as response:
                status, answered = response.status, await response.read()
        except (ClientError, OSError, TimeoutError) as error:
            raise Unavailable(f"{self._url} cannot be reached: {error!r}") from error
        return _members(status, answered, self._url)


class _Refused(Unavailable):
    """The answer says no, with an error's code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code


def _members(status: int, answered: bytes, url: str) -> dict[str, Any]:
    """The members of an answer. Raises `Unavailable` when it says no, or makes no sense."""
    try:
        members = orjson.loads(answered)
    except orjson.JSONDecodeError:
        members = None
    if not isinstance(members, dict):
        raise Unavailable(f"{url} answered {status}, and no JSON of Kinesis' protocol")
    if status != 200:
        code = str(members.get("__type", status)).rpartition("#")[2]
        raise _Refused(code, str(members.get("message", members.get("Message", ""))))
    return members
