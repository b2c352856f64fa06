"""A server, asked over its own JSON protocol."""

import asyncio
import os
import ssl
from types import TracebackType

import aiohttp
import orjson

from dynalite.clock import Clock
from server.client import signing
from server.client.api import Reply, Request
from server.client.signing import Credentials
from server.outcome import Refused, Unreachable

_API = "DynamoDB_20120810"
_ANSWER_SECONDS = 60.0


class Http:
    """Connections to an endpoint, in a `with` block."""

    def __init__(self, endpoint: str, region: str, who: Credentials, clock: Clock) -> None:
        self.place = endpoint
        self._region = region
        self._who = who
        self._clock = clock

    async def __aenter__(self) -> "Http":
        timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        self._session = aiohttp.ClientSession(timeout=timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def call(self, operation: str, request: Request) -> Reply:
        body = orjson.dumps(request)
        target = f"{_API}.{operation}"
        fields = signing.headers(self._who, self.place, self._region, target, body, self._clock.now())
        try:
            async with self._session.post(self.place + "/", data=body, headers=fields) as response:
                status, answered = response.status, await response.read()
        except TimeoutError as error:
            raise Unreachable(
                f"No answer came from {self.place} for {_ANSWER_SECONDS:.0f} seconds."
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(f"No server answers at {self.place} ({_why(error)}).") from error
        members = _object(answered)
        if members is None:
            raise Unreachable(f"What answers at {self.place} does not speak DynamoDB's protocol.")
        if status != 200:
            code = str(members.get("__type", status)).rpartition("#")[2]
            raise Refused(str(members.get("message", members.get("Message", ""))), code)
        return members

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _object(text: bytes) -> Reply | None:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _why(error: Exception) -> str:
    """What went wrong, in the operating system's words if it was there that it did."""
    cause = getattr(error, "os_error", error)
    numbered = not isinstance(cause, ssl.SSLError)  # OpenSSL has numbers of its own
    if numbered and isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
        return os.strerror(cause.errno)
    return str(cause) or type(cause).__name__
