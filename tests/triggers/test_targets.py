"""Functions, web hooks and commands."""

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from server.triggers import WrongDefinition
from server.triggers.definition import parse
from server.triggers.target import CallFailed, Target, target_of
from tests.triggers import handlers

EVENT = {"Records": [{"eventID": "1", "dynamodb": {"Keys": {"id": {"S": "ä"}}}}]}


def target(**members: Any) -> Target:
    return target_of(parse({"Table": "Orders", **members}), "orders")


def call(**members: Any) -> Any:
    async def run() -> Any:
        called = target(**members)
        try:
            return await called.call(EVENT, "request-1")
        finally:
            await called.close()

    return asyncio.run(run())


def handler(name: str) -> str:
    return f"tests.triggers.handlers:{name}"


# ------------------------------------------------------------------ functions


def test_a_function_is_called_with_event_and_context_in_a_thread_of_its_own() -> None:
    handlers.calls.clear()
    assert call(Function=handler("remember")) == {"batchItemFailures": []}
    [(event, context, thread)] = handlers.calls
    assert event == EVENT
    assert (context.aws_request_id, context.function_name) == ("request-1", "orders")
    assert context.get_remaining_time_in_millis() > 0
    assert thread == "dynalite-trigger"


@pytest.mark.parametrize(("name", "said"), [("fail", "ValueError('no good')"), ("leave", "SystemExit(3)")])
def test_whatever_a_function_raises_is_a_failed_call(name: str, said: str) -> None:
    with pytest.raises(CallFailed, match="^" + said.replace("(", r"\(").replace(")", r"\)")):
        call(Function=handler(name))


def test_a_slow_function_holds_nobody_up() -> None:
    async def run() -> None:
        handlers.gate.clear()
        called = asyncio.ensure_future(target(Function=handler("wait")).call(EVENT, "1"))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not called.done()
        handlers.gate.set()
        assert await called == "waited"

    asyncio.run(run())


def test_a_function_that_is_still_running_does_not_hold_up_the_end() -> None:
    async def run() -> None:
        handlers.gate.clear()
        called = asyncio.ensure_future(target(Function=handler("wait")).call(EVENT, "1"))
        await asyncio.sleep(0.01)
        called.cancel()

    asyncio.run(run())
    handlers.gate.set()


@pytest.mark.parametrize("path", ["no.such.module:f", handler("missing"), handler("not_a_function")])
def test_a_function_that_is_not_there_is_named_at_once(path: str) -> None:
    with pytest.raises(WrongDefinition, match=path.replace(".", r"\.")):
        target(Function=path)


# ------------------------------------------------------------------ web hooks


class Hook(BaseHTTPRequestHandler):
    received: list[tuple[str, Any]] = []  # noqa: RUF012

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.headers["Content-Type"], json.loads(body)))
        status, answer = {"/ok": (200, b'{"batchItemFailures": []}'), "/empty": (204, b"")}.get(
            self.path, (500, b"broken")
        )
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="module")
def hook() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_web_hook_is_posted_the_event_as_json(hook: str) -> None:
    Hook.received.clear()
    assert call(Url=f"{hook}/ok") == {"batchItemFailures": []}
    assert call(Url=f"{hook}/empty") is None
    assert Hook.received == [("application/json", EVENT)] * 2


def test_a_web_hook_that_answers_an_error_or_not_at_all_has_failed(hook: str) -> None:
    with pytest.raises(CallFailed, match="answered 500"):
        call(Url=f"{hook}/broken")
    with pytest.raises(CallFailed, match="cannot be reached"):
        call(Url="http://127.0.0.1:1/")


# ------------------------------------------------------------------ commands


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_command_reads_the_event_and_writes_the_answer() -> None:
    code = "import json, sys; print(json.dumps(json.load(sys.stdin)['Records'][0]['dynamodb']))"
    assert call(Command=python(code)) == EVENT["Records"][0]["dynamodb"]
    assert call(Command=python("print('done')")) is None


def test_a_command_that_ends_badly_or_cannot_start_has_failed() -> None:
    with pytest.raises(CallFailed, match="ended with status 3: too bad"):
        call(Command=python("import sys; print('too bad', file=sys.stderr); sys.exit(3)"))
    with pytest.raises(CallFailed, match="cannot be started: No such file"):
        call(Command="/no/such/program")
