"""A door with a database behind it that does as the test says, and a client that speaks bytes."""

import asyncio
import http.client
import io
import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson

from dynalite.clock import Clock
from dynalite.errors import ConditionalCheckFailedException, TransactionCanceledException
from dynalite.ids import Ids
from dynalite.operations.context import Caller
from dynalite.values.types import Answer, Request, Spliced
from server.bounds import Bounds
from server.dispatch import Dispatcher
from server.door import Door
from server.embedded.loop import Loop
from server.front import Front
from server.site import Site
from server.turns import Turns

AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=AKID/20261008/eu-west-1/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + "0" * 64
)
PATIENCE_SECONDS = 10


class Script:
    """A database whose operations are named after what they do."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun: list[str] = []
        self.ended: list[str] = []

    def serves(self, api: str, operation: str) -> bool:
        return api == "DynamoDB_20120810" and hasattr(self, "do_" + operation)

    async def execute(self, operation: str, request: object, caller: Caller) -> Answer:
        self.begun.append(operation)
        try:
            answer: Answer = await getattr(self, "do_" + operation)(request, caller)
        finally:
            self.ended.append(operation)
        return answer

    async def do_Echo(self, request: Request, caller: Caller) -> Answer:  # noqa: N802
        return {"Request": request, "Region": caller.region, "AccessKey": caller.access_key}

    async def do_Yield(self, request: Request, caller: Caller) -> Answer:  # noqa: N802
        for _ in range(3):
            await asyncio.sleep(0)
        return {"Request": request}

    async def do_Wait(self, request: Request, caller: Caller) -> Answer:  # noqa: N802
        await self.gate.wait()
        return {"Request": request}

    async def do_Thread(self, request: Request, caller: Caller) -> Answer:  # noqa: N802
        return {"Thread": await asyncio.to_thread(lambda: "another")}

    async def do_Splice(self, request: Request, caller: Caller) -> Answer:  # noqa: N802
        return {"Item": Spliced(b'{"pk":{"S":"a"}}'), "Items": [{"Deep": Spliced(b"1.50")}]}

    async def do_Large(self, request: Request, caller: Caller) -> Answer:  # noqa: N802
        return {"Filling": "x" * request["Bytes"]}

    async def do_Refuse(self, request: Request, caller: Caller) -> Answer:  # noqa: N802
        raise ConditionalCheckFailedException(
            "The conditional request failed", fields={"Item": Spliced(b'{"pk":{"S":"a"}}')}
        )

    async def do_Cancel(self, request: Request, caller: Caller) -> Answer:  # noqa: N802
        raise TransactionCanceledException("cancelled", fields={"CancellationReasons": [{"Code": "None"}]})

    async def do_Break(self, request: Request, caller: Caller) -> Answer:  # noqa: N802
        await asyncio.sleep(0)
        raise RuntimeError("the secret reason")

    async def do_Unwritable(self, request: Request, caller: Caller) -> Answer:  # noqa: N802
        return {"Object": object()}


class Reply:
    """One answer, as a client that is not ours reads it (`http.client`)."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def error(self) -> str:
        """The error code in the body's `__type`."""
        kind: str = json_of(self.body)["__type"]
        return kind.rpartition("#")[2]

    @property
    def checksum_holds(self) -> bool:
        return int(self.headers["x-amz-crc32"]) == zlib.crc32(self.body)

    def settled(self) -> tuple[int, list[tuple[str, str]], bytes]:
        """What must be the same whenever the same is asked: all but the request id and the date."""
        lines = [
            (name, value) for name, value in self.headers.items() if name not in ("x-amzn-RequestId", "Date")
        ]
        return self.status, lines, self.body


def json_of(body: bytes) -> Any:
    return orjson.loads(body)


class Wire:
    """A connection. `send` bytes, `read` answers."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, PATIENCE_SECONDS)
        self._file = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self, method: str = "POST") -> Reply:
        """The next answer. Fails the test when none comes in time."""
        response = http.client.HTTPResponse(self, method=method)  # type: ignore[arg-type]
        response.begin()
        return Reply(response)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What `http.client` asks a socket for: our one buffered reader, which it must not close."""
        return _Shared(self._file)  # type: ignore[return-value]

    def rest(self) -> bytes:
        """Everything until the server ends the connection."""
        return self._file.read()

    @property
    def ended(self) -> bool:
        """Whether the server has ended the connection, with nothing more to read."""
        return self.rest() == b""

    def reset(self) -> None:
        """Break the connection off, instead of saying that no more will be sent."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self._file.close()
        self.socket.close()


class _Shared:
    """A reader that outlives the answer that is read from it."""

    def __init__(self, file: io.BufferedIOBase) -> None:
        self.read = file.read
        self.readline = file.readline
        self.readinto = file.readinto
        self.read1 = file.read1

    def close(self) -> None: ...

    def flush(self) -> None: ...


class Rig:
    """A listening door."""

    def __init__(self, loop: Loop, bounds: Bounds | None = None, *, in_turns: bool = True) -> None:
        self.loop = loop
        self._bounds = bounds
        self._connections = ("one", "another") if in_turns else ("the only one",)
        self.unready: str | None = None
        self.script = loop.call(Script)
        self.front, self._site = loop.call(self._front)
        self.asyncio_server = loop.run(self._listen)
        self.address: tuple[str, int] = self.asyncio_server.sockets[0].getsockname()

    def _front(self) -> tuple[Front, Site]:
        site = Site()
        front = Front(
            Dispatcher(self.script), site, Clock(), Ids(7), bounds=self._bounds, unready=lambda: self.unready
        )
        front.turns = Turns(self._connections)
        return front, site

    async def _listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: Door(self.front), "127.0.0.1", 0)

    @property
    def doors(self) -> list[Door]:
        return [door for door in self.front.doors if isinstance(door, Door)]

    @contextmanager
    def connect(self) -> Iterator[Wire]:
        wire = Wire(self.address)
        try:
            yield wire
        finally:
            wire.close()

    def ask(self, request: bytes, method: str = "POST") -> Reply:
        """One request on a connection of its own."""
        with self.connect() as wire:
            wire.send(request)
            return wire.read(method)

    def beat(self, seconds: int) -> None:
        """Let time pass for the doors."""

        def beats() -> None:
            for _ in range(seconds):
                self.front.beat()

        self.loop.call(beats)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to become true on the loop's thread; fail the test when it does not."""

        async def come_true() -> None:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not condition():
                    await asyncio.sleep(0.001)

        self.loop.run(come_true)

    def open_gate(self) -> None:
        self.loop.call(self.script.gate.set)

    def close(self) -> None:
        async def end() -> None:
            self.script.gate.set()
            self.asyncio_server.close()
            for door in tuple(self.front.doors):
                door.leave()
            await self._site.close()

        self.loop.run(end)
        self.until(lambda: not self.front.doors and not self.front.waiting)


def post(
    operation: str = "Echo",
    body: bytes = b"{}",
    *,
    version: str = "1.1",
    path: str = "/",
    without: tuple[str, ...] = (),
    **fields: Any,
) -> bytes:
    """A request as an SDK sends it. Further fields are given by name with `_` for `-`."""
    lines = {
        "Host": "localhost:8000",
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Date": "20261008T120000Z",
        "Authorization": AUTHORIZATION,
        "Content-Length": str(len(body)),
    }
    lines.update({name.replace("_", "-"): value for name, value in fields.items()})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if name not in without)
    return f"POST {path} HTTP/{version}\r\n{head}\r\n".encode("latin-1") + body
