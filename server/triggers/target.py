"""What a trigger calls: a Python function, a web hook, or a command.

Each takes an event and returns the answer's JSON value (None when it has none), or raises `CallFailed`. A
function runs in a thread of its own, so that it cannot hold up the server; nor can it hold up the server's
end, which is why these are daemon threads and not the event loop's pool.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

import orjson

from server.triggers import WrongDefinition
from server.triggers.definition import Definition

if TYPE_CHECKING:
    from aiohttp import ClientSession

Event: TypeAlias = Mapping[str, Any]

CALL_SECONDS: Final = 60.0
_KILL_SECONDS: Final = 1.0
"""How long a web hook or a command may take (real time). A function cannot be stopped, and is not."""

_STDERR_SHOWN: Final = 500


class CallFailed(Exception):
    """The target could not be called, or said that it failed."""


class Target(Protocol):
    async def call(self, event: Event, request_id: str) -> Any: ...

    async def close(self) -> None: ...


def target_of(definition: Definition, name: str) -> Target:
    """The target of a definition. Raises WrongDefinition when there is no such function."""
    if definition.function is not None:
        return FunctionTarget(_load(definition.function), name)
    if definition.url is not None:
        return WebHook(definition.url)
    return Command(definition.command or ())


# ------------------------------------------------------------------ a Python function


@dataclass(frozen=True, slots=True)
class CallContext:
    """The second argument of a Lambda function, as far as there is anything to say here."""

    aws_request_id: str
    function_name: str

    def get_remaining_time_in_millis(self) -> int:
        """Nobody stops a function here; this is the most that Lambda allows."""
        return 900_000


class FunctionTarget:
    """A function that takes (event, context), as Lambda's do."""

    def __init__(self, function: Callable[[Event, CallContext], Any], name: str) -> None:
        self._function = function
        self._name = name

    async def call(self, event: Event, request_id: str) -> Any:
        context = CallContext(request_id, self._name)
        return await _in_thread(lambda: self._function(event, context))

    async def close(self) -> None: ...


def _load(path: str) -> Callable[[Event, CallContext], Any]:
    module_name, _, name = path.partition(":")
    here = os.getcwd()
    if here not in sys.path:  # an installed command, unlike `python -m`, does not look where it was started
        sys.path.insert(0, here)
    try:
        function: Any = import_module(module_name)
        for part in name.split("."):
            function = getattr(function, part)
    except Exception as error:  # whatever the module does when it is imported
        raise WrongDefinition(f"The function {path} cannot be loaded: {error!r}.") from error
    if not callable(function):
        raise WrongDefinition(f"{path} is not a function.")
    loaded: Callable[[Event, CallContext], Any] = function
    return loaded


async def _in_thread(call: Callable[[], Any]) -> Any:
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, failure: BaseException | None) -> None:
        if outcome.done():  # nobody waits any more
            return
        if failure is None:
            outcome.set_result(result)
        else:
            outcome.set_exception(CallFailed(repr(failure)))

    def run() -> None:
        result, failure = None, None
        try:
            result = call()
        except BaseException as error:
            failure = error
        with suppress(RuntimeError):  # the loop is closed: the server has ended
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name="dynalite-trigger", daemon=True).start()
    return await outcome


# ------------------------------------------------------------------ a web hook


class WebHook:
    """A URL to which events are POSTed. Any 2xx status is success."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: ClientSession | None = None

    async def call(self, event: Event, request_id: str) -> Any:
        # Half of aiohttp that nobody else needs, and slow to import.
        from aiohttp import ClientError, ClientSession, ClientTimeout

        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=CALL_SECONDS))
        headers = {"Content-Type": "application/json", "x-amzn-RequestId": request_id}
        try:
            async with self._session.post(self._url, data=orjson.dumps(event), headers=headers) as answer:
                body = await answer.read()
                if not 200 <= answer.status < 300:
                    raise CallFailed(f"{self._url} answered {answer.status}")
        except (ClientError, OSError, TimeoutError) as error:
            raise CallFailed(f"{self._url} cannot be reached: {error!r}") from error
        return _json(body)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


# ------------------------------------------------------------------ a command


class Command:
    """A program that reads an event from its standard input. Exit status 0 is success."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = words

    async def call(self, event: Event, request_id: str) -> Any:
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(*self._words, stdin=pipe, stdout=pipe, stderr=pipe)
        except OSError as error:
            raise CallFailed(f"{self._words[0]} cannot be started: {error.strerror}") from error
        try:
            async with asyncio.timeout(CALL_SECONDS):
                output, complaint = await process.communicate(orjson.dumps(event))
        except TimeoutError as error:
            raise CallFailed(f"{self._words[0]} took longer than {CALL_SECONDS:g} seconds") from error
        finally:
            if process.returncode is None:
                process.kill()
                with suppress(TimeoutError):  # a child of its own may hold the pipes open
                    async with asyncio.timeout(_KILL_SECONDS):
                        await process.communicate()  # to the end, which closes the pipes
        if process.returncode != 0:
            said = complaint[-_STDERR_SHOWN:].decode(errors="replace").strip()
            raise CallFailed(f"{self._words[0]} ended with status {process.returncode}: {said}")
        return _json(output)

    async def close(self) -> None: ...


def _json(body: bytes) -> Any:
    """The answer's JSON value; None when it is empty or something else."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
