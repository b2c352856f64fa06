"""Asking a server: signatures, patience, and what is said when there is no answer."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from dynalite.clock import Clock
from server.client import signing
from server.client.over_http import Http
from server.client.patient import ATTEMPTS
from server.client.signing import Credentials
from server.outcome import Failure, Refused, Unreachable
from tests.cli.scripted import Scripted, wait
from tests.live import LocalServer

NOW = 1_795_000_000.0
TARGET = "DynamoDB_20120810.ListTables"


@pytest.mark.parametrize("service", [signing.DYNAMODB, signing.KINESIS], ids=lambda service: service.name)
@pytest.mark.parametrize("token", [None, "a+session/token=="])
@pytest.mark.parametrize(
    "endpoint", ["https://dynamodb.eu-west-1.amazonaws.com", "http://127.0.0.1:8000", "http://[::1]:8000"]
)
def test_a_signature_is_the_one_that_botocore_makes(
    token: str | None, endpoint: str, service: signing.Service
) -> None:
    body = '{"Limit": 1, "ä": "ö"}'.encode()
    who = Credentials("AKID", "sEcret", token)
    ours = signing.headers(who, endpoint, "eu-west-1", TARGET, body, NOW, service)
    assert ours["content-type"] == service.content_type
    request = AWSRequest(
        "POST",
        endpoint + "/",
        {"Content-Type": ours["content-type"], "X-Amz-Target": TARGET, "Host": ours["host"]},
        body,
    )
    request.headers["X-Amz-Date"] = ours["x-amz-date"]
    if token is not None:
        request.headers["X-Amz-Security-Token"] = token
    request.context["timestamp"] = datetime.fromtimestamp(NOW, UTC).strftime("%Y%m%dT%H%M%SZ")
    theirs = SigV4Auth(BotoCredentials("AKID", "sEcret", token), service.name, "eu-west-1")
    text = theirs.string_to_sign(request, theirs.canonical_request(request))
    assert ours["authorization"].endswith(f"Signature={theirs.signature(text, request)}")


def test_credentials_are_those_of_the_environment_or_any() -> None:
    assert signing.credentials({}) == Credentials("dynalite", "dynalite")
    environment = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c"}
    assert signing.credentials(environment) == Credentials("a", "b", "c")


# ------------------------------------------------------------------ patience


def first(times: int, error: Exception) -> Callable[[int], None]:
    """Trouble for so many requests."""

    def trouble(asked: int) -> None:
        if asked <= times:
            raise error

    return trouble


@pytest.mark.parametrize(
    "code",
    [
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "InternalServerError",
    ],
)
def test_what_is_throttled_is_asked_again_after_longer_and_longer_pauses(code: str) -> None:
    api = Scripted(1, 1, first(ATTEMPTS - 1, Refused("Slow down.", code)))
    wait(api.patient().call("Scan", {}))
    assert len(api.asked) == ATTEMPTS
    longest = [0.05 * 2**number for number in range(8)]
    for pause, at_most in zip(api.paused_seconds, longest, strict=False):
        assert 0 <= pause <= at_most
    assert max(api.paused_seconds) <= 20


def test_it_is_given_up_in_the_end() -> None:
    api = Scripted(1, 1, first(ATTEMPTS, Refused("Slow down.", "ThrottlingException")))
    with pytest.raises(Refused):
        wait(api.patient().call("Scan", {}))


def test_what_will_not_change_is_not_asked_again() -> None:
    api = Scripted(1, 1, first(1, Refused("No.", "ValidationException")))
    with pytest.raises(Refused):
        wait(api.patient().call("Scan", {}))
    assert len(api.asked) == 1


def test_a_server_that_never_answered_is_not_waited_for() -> None:
    api = Scripted(1, 1, first(1, Unreachable("Nobody.")))
    with pytest.raises(Unreachable):
        wait(api.patient().call("Scan", {}))
    assert len(api.asked) == 1


def test_a_server_that_has_answered_may_go_away_for_a_while() -> None:
    def trouble(asked: int) -> None:
        if 2 <= asked <= 5:
            raise Unreachable("Nobody.")

    async def twice(api: Any) -> None:
        await api.call("Scan", {})
        await api.call("Scan", {})

    api = Scripted(1, 1, trouble)
    wait(twice(api.patient()))
    assert len(api.asked) == 6


class Narrow(Scripted):
    """Takes `width` items of a batch, and hands the rest back."""

    width = 1

    def _BatchWriteItem(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        items = request["RequestItems"]["Plain"]
        self.put += len(items[: self.width])
        return {"UnprocessedItems": {"Plain": rest} if (rest := items[self.width :]) else {}}


def test_items_that_are_handed_back_are_put_again_while_any_get_through() -> None:
    api = Narrow()
    wait(api.patient().write("Plain", [{"id": {"S": str(number)}} for number in range(25)]))
    assert api.put == 25
    assert len(api.asked) == 25 > ATTEMPTS
    assert max(api.paused_seconds) <= 0.05


def test_a_table_that_takes_nothing_is_given_up() -> None:
    api = Narrow()
    api.width = 0
    with pytest.raises(Failure, match="Plain takes no more items"):
        wait(api.patient().write("Plain", [{"id": {"S": "a"}}]))
    assert len(api.asked) == ATTEMPTS


# ------------------------------------------------------------------ what is no answer


async def asking(answer: bytes) -> None:
    """Ask somebody who says `answer`, whatever is asked."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        async with Http(f"http://127.0.0.1:{port}", "us-east-1", Credentials("a", "b"), Clock()) as http:
            await http.call("ListTables", {})


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "does not speak DynamoDB's protocol"),
        (b"HTTP/1.1 502 Bad\r\nContent-Length: 6\r\n\r\n<html>", "does not speak DynamoDB's protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}", "No server answers at"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "No server answers at"),
        (b"", "No server answers at"),
    ],
)
def test_somebody_else_at_the_endpoint_is_told_apart(answer: bytes, sentence: str) -> None:
    with pytest.raises(Unreachable, match=sentence):
        wait(asking(answer))


def test_tls_where_there_is_none_is_not_called_a_missing_permission(server: LocalServer) -> None:
    """OpenSSL numbers its errors from 1, which is the operating system's "Operation not permitted"."""

    async def ask() -> None:
        endpoint = server.endpoint.replace("http:", "https:")
        async with Http(endpoint, "us-east-1", Credentials("a", "b"), Clock()) as http:
            await http.call("ListTables", {})

    with pytest.raises(Unreachable, match=r"No server answers at https://.* \(.*SSL"):
        wait(ask())


def test_an_error_has_its_code_and_its_sentence() -> None:
    body = b'{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"None."}'
    with pytest.raises(Refused) as refused:
        wait(asking(b"HTTP/1.1 400 Bad\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)))
    assert (refused.value.code, refused.value.sentence) == ("ResourceNotFoundException", "None.")
    assert str(refused.value) == "ResourceNotFoundException: None."
