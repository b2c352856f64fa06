"""The log: lines as people and as programs read them, and one for every request where that is wanted."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from dynalite.clock import Clock
from server import logs
from server.dispatch import Dispatcher
from server.log_settings import LogSettings
from server.logs import Journal
from tests.live import local_server, start_server
from tests.server.rig import Rig, post

Opens = Callable[[LogSettings], io.StringIO]


@pytest.fixture
def configured() -> Iterator[Opens]:
    """Has the log written to memory, in some way."""
    root, level = logging.getLogger(), logging.getLogger().level
    handlers: list[logging.Handler] = []

    def configure(settings: LogSettings) -> io.StringIO:
        stream = io.StringIO()
        handlers.append(logs.configure(settings, stream))
        return stream

    yield configure
    for handler in handlers:
        root.removeHandler(handler)
    root.setLevel(level)
    logging.getLogger("dynalite.access").setLevel(logging.NOTSET)


def lines(stream: io.StringIO) -> list[Any]:
    """What has been logged, but for what asyncio says of tasks that other tests left behind."""
    written = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [line for line in written if line["logger"] != "asyncio"]


def test_a_record_is_a_line_of_json(configured: Opens) -> None:
    stream = configured(LogSettings("json"))
    logging.getLogger("some.where").warning("%d are\nmissing", 3)
    logging.getLogger("some.where").info("of no interest")
    (line,) = lines(stream)
    assert line.pop("time").endswith("Z")
    assert line == {"level": "warning", "logger": "some.where", "message": "3 are\nmissing"}


def test_a_traceback_is_always_there(configured: Opens) -> None:
    stream = configured(LogSettings("json", "error"))
    try:
        raise RuntimeError("the reason")
    except RuntimeError:
        logging.getLogger("some.where").exception("it failed")
    (line,) = lines(stream)
    assert line["traceback"].endswith("RuntimeError: the reason")


def test_the_level_is_as_asked_for(configured: Opens) -> None:
    stream = configured(LogSettings("json", "info"))
    logging.getLogger("some.where").info("of interest")
    assert [line["message"] for line in lines(stream)] == ["of interest"]


def test_text_is_for_people(configured: Opens) -> None:
    stream = configured(LogSettings("text", "warning", access=True))
    logging.getLogger("some.where").warning("look")
    logging.getLogger("dynalite.access").info("answered", extra={"fields": {"status": 200, "table": "t"}})
    first, second = stream.getvalue().splitlines()
    assert first.endswith(" WARNING look")
    assert second.endswith(" INFO status=200 table=t")


# ------------------------------------------------------------------ requests


@pytest.fixture
def journal(rig: Rig, configured: Opens) -> Callable[..., Any]:
    """Asks something, and returns the line about it."""
    stream = configured(LogSettings("json", "error", access=True))
    rig.front.dispatcher = Journal(rig.front.dispatcher, Clock())

    def ask(request: bytes) -> Any:
        reply = rig.ask(request)
        accesses = [line for line in lines(stream) if line["logger"] == "dynalite.access"]
        line = accesses[-1]
        assert line["request"] == reply.headers["x-amzn-RequestId"], "the line is about this answer"
        assert line.get("milliseconds", 0) >= 0
        return {name: line.get(name) for name in ("operation", "table", "status", "error")}

    return ask


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (post(body=b'{"TableName":"t"}'), ("Echo", "t", 200, None)),
        (post("Yield", b'{"TransactItems":[{"Put":{"TableName":"a"}}]}'), ("Yield", ["a"], 200, None)),
        (post("Yield", b'{"RequestItems":{"a":[],"b":[]}}'), ("Yield", ["a", "b"], 200, None)),
        (post("Yield", b'{"RequestItems":7}'), ("Yield", None, 200, None)),
        (post("Refuse"), ("Refuse", None, 400, "ConditionalCheckFailedException")),
        (post("Break"), ("Break", None, 500, "InternalServerError")),
        (post("Nothing"), ("Nothing", None, 400, "UnknownOperationException")),
        (post(body=b"nonsense"), ("Echo", None, 400, "SerializationException")),
        (b"no http\r\n\r\n", (None, None, 400, "MalformedHttpRequestException")),
    ],
)
def test_every_answer_has_its_line(
    journal: Callable[[bytes], Any], request_: bytes, line: tuple[object, ...]
) -> None:
    assert tuple(journal(request_).values()) == line


def test_what_was_consumed_is_said_when_the_request_asks_for_it(configured: Opens) -> None:
    stream = configured(LogSettings("json", "error", access=True))
    with local_server(log=LogSettings("json", access=True)) as server:
        client = server.client()
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}]
        attributes = [{"AttributeName": "pk", "AttributeType": "S"}]
        client.create_table(
            TableName="table", KeySchema=keys, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST"
        )
        client.put_item(TableName="table", Item={"pk": {"S": "a"}}, ReturnConsumedCapacity="TOTAL")
        client.batch_get_item(
            RequestItems={"table": {"Keys": [{"pk": {"S": "a"}}]}}, ReturnConsumedCapacity="TOTAL"
        )
        with suppress(client.exceptions.ResourceNotFoundException):
            client.get_item(TableName="missing", Key={"pk": {"S": "a"}})
    told = [(line["operation"], line.get("consumed"), line["status"]) for line in lines(stream)]
    assert told == [
        ("CreateTable", None, 200),
        ("PutItem", 1.0, 200),
        ("BatchGetItem", 0.5, 200),
        ("GetItem", None, 400),
    ]


def test_without_the_option_nothing_stands_between_the_door_and_the_dispatcher() -> None:
    with local_server() as server:
        assert type(server.app.front.dispatcher) is Dispatcher


def test_a_server_writes_lines_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    server = start_server("--in-memory", "--log=json", "--access-log")
    server.client().list_tables()
    server.stop()
    (line,) = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert (line["operation"], line["status"]) == ("ListTables", 200)


def test_requests_of_the_admin_api_had_no_line(configured: Opens) -> None:
    stream = configured(LogSettings("json", "error", access=True))
    with local_server(log=LogSettings("json", access=True)) as server:
        for path in ("/_admin/clock", "/_admin/nothing", "/metrics"):
            try:
                answer = urlopen(server.endpoint + path)
            except HTTPError as refused:
                answer = refused
            answer.close()
    told = [(line["request"], line["status"]) for line in lines(stream)]
    assert told == [("GET /_admin/clock", 200), ("GET /_admin/nothing", 404), ("GET /metrics", 200)]
