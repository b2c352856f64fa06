"""Who gets in, seen from outside: a server process and the clients that everybody uses."""

import json
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.model
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.exceptions import SSLError as BotocoreSSLError

from server.access.settings import AccessSettings
from tests import certificates
from tests.live import REPOSITORY, LocalServer, live_server, local_server

KEYS = """
[keys.AKID]
secret = "secret"
user = "alice"

[keys.ASIA]
secret = "secret"
session_token = "token"
"""
ALICE = {"aws_access_key_id": "AKID", "aws_secret_access_key": "secret"}
TABLE: dict[str, Any] = {
    "TableName": "kept",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("access") / "keys.toml"
    file.write_text(KEYS)
    return file


@pytest.fixture(scope="module")
def server(credentials: Path) -> Iterator[LocalServer]:
    with local_server(access=AccessSettings(credentials)) as server:
        yield server


def code(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


# ------------------------------------------------------------------ signatures


def test_boto3_with_right_and_wrong_keys(server: LocalServer) -> None:
    client = server.client(**ALICE)
    client.create_table(**TABLE)
    client.put_item(TableName="kept", Item={"pk": {"S": "ü" * 900}})
    assert client.scan(TableName="kept")["Count"] == 1
    assert server.client("dynamodbstreams", **ALICE).list_streams()["Streams"] == []
    assert server.client("cloudwatch", **ALICE).list_metrics()["Metrics"] is not None
    session = {"aws_access_key_id": "ASIA", "aws_secret_access_key": "secret"}
    assert server.client(**session, aws_session_token="token").list_tables()["TableNames"] == ["kept"]
    assert code(server.client(**session).list_tables) == "UnrecognizedClientException"
    assert code(server.client().list_tables) == "UnrecognizedClientException"
    wrong = server.client(**{**ALICE, "aws_secret_access_key": "wrong"})
    assert code(wrong.list_tables) == "InvalidSignatureException"


@pytest.mark.parametrize("protocol", ["json", "smithy-rpc-v2-cbor", "query"])
def test_cloudwatch_is_behind_the_keys_in_every_protocol(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    monkeypatch.setattr(botocore.model, "PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", (protocol,))
    assert server.client("cloudwatch", **ALICE).list_metrics()["Metrics"] is not None
    assert code(server.client("cloudwatch").list_metrics) == "UnrecognizedClientException"
    wrong = server.client("cloudwatch", **{**ALICE, "aws_secret_access_key": "wrong"})
    assert code(wrong.list_metrics) == "InvalidSignatureException"


def presigned(server: LocalServer, body: bytes, seconds: int = 60) -> urllib.request.Request:
    fields = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "DynamoDB_20120810.ListTables",
    }
    signer = SigV4QueryAuth(Credentials("AKID", "secret"), "dynamodb", "us-east-1", expires=seconds)
    signer.payload = lambda _: "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"  # of {}
    request = AWSRequest("POST", server.endpoint + "/", fields)
    signer.add_auth(request)
    return urllib.request.Request(request.url, body, dict(request.headers), method="POST")


def test_a_presigned_request(server: LocalServer) -> None:
    with urllib.request.urlopen(presigned(server, b"{}")) as answer:
        assert "TableNames" in json.load(answer)
    with pytest.raises(urllib.error.HTTPError) as caught, urllib.request.urlopen(presigned(server, b"{ }")):
        pass
    with caught.value as answer:
        assert answer.status == 400
        assert "InvalidSignatureException" in answer.read().decode()


def test_the_clock_that_counts_is_the_servers(server: LocalServer) -> None:
    server.loop.call(lambda: server.clock.advance(16 * 60))
    try:
        assert code(server.client(**ALICE).list_tables) == "InvalidSignatureException"
    finally:
        server.loop.call(server.clock.reset)
    server.client(**ALICE).list_tables()


def test_a_request_that_wants_another_protocol_is_checked_too(server: LocalServer) -> None:
    """Such a request is answered by the ordinary web server behind the door."""
    client = server.client(**ALICE)
    asked: dict[str, str] = {}

    def upgrade(request: Any, **_: object) -> None:
        request.headers["Upgrade"] = "h2c"
        request.headers["Connection"] = "Upgrade"
        asked.update(request.headers)

    client.meta.events.register("before-send.dynamodb", upgrade)
    assert "TableNames" in client.list_tables()
    assert asked["Upgrade"] == "h2c"
    client = server.client(aws_access_key_id="AKID", aws_secret_access_key="wrong")
    client.meta.events.register("before-send.dynamodb", upgrade)
    assert code(client.list_tables) == "InvalidSignatureException"


# ------------------------------------------------------------------ who may listen where


def fails(*flags: str) -> str:
    """The one line with which a server that cannot start ends."""
    command = [sys.executable, "-m", "server", "--in-memory", "--port", "0", *flags]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("dynalite: ")
    assert ended.stderr.count("\n") == 1
    return ended.stderr.removeprefix("dynalite: ").strip()


def test_other_machines_are_let_in_only_when_told(credentials: Path) -> None:
    assert fails("--host", "0.0.0.0") == (
        "At 0.0.0.0 other machines could reach this server, and any access key would let them in;"
        " say who may come with --credentials FILE, or --allow-anonymous that everybody may."
    )
    with live_server("--host", "0.0.0.0", "--allow-anonymous") as server:
        assert server.client().list_tables()["TableNames"] == []
    with live_server("--host", "0.0.0.0", "--credentials", str(credentials)) as server:
        assert server.client(**ALICE).list_tables()["TableNames"] == []
        assert f"Access keys: those in {credentials}" in server.banner


def test_a_name_of_this_machine_is_fine() -> None:
    with live_server("--host", "localhost") as server:
        assert server.client().list_tables()["TableNames"] == []


def test_a_credentials_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    complaint = fails("--credentials", str(tmp_path / "none.toml"))
    assert (
        complaint == f"The credentials file {tmp_path}/none.toml cannot be read: No such file or directory."
    )


# ------------------------------------------------------------------ TLS


def test_boto3_over_https(tmp_path: Path) -> None:
    certificate, key = certificates.made(tmp_path)
    flags = ("--tls-cert", str(certificate), "--tls-key", str(key))
    with live_server(*flags) as server:
        assert server.endpoint.startswith("https://")
        client = server.client(verify=str(certificate))
        client.create_table(**TABLE)
        item = {"pk": {"S": "x"}, "much": {"S": "y" * 300_000}}
        client.put_item(TableName="kept", Item=item)
        assert client.get_item(TableName="kept", Key={"pk": {"S": "x"}})["Item"] == item
        with pytest.raises(BotocoreSSLError):
            server.client().list_tables()
        trusting = ssl.create_default_context(cafile=certificate)
        with urllib.request.urlopen(server.endpoint + "/_admin/clock", context=trusting) as answer:
            assert "now" in json.load(answer)
        origin = {"Origin": server.endpoint, "Content-Type": "application/json"}
        reset = urllib.request.Request(server.endpoint + "/_admin/reset", b"{}", origin, method="POST")
        with urllib.request.urlopen(reset, context=trusting) as answer:
            assert answer.status == 200
        refuses_what_is_not_http(server.endpoint, trusting)


def refuses_what_is_not_http(endpoint: str, trusting: ssl.SSLContext) -> None:
    """An answer, and an end, although TLS knows no half-closed connection."""
    port = int(endpoint.rpartition(":")[2])
    for nonsense in (b"what?\r\n\r\n", b"GET / HTTP/1.1\r\n"):
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            trusting.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            secured.sendall(nonsense)
            if nonsense.endswith(b"\r\n\r\n"):
                assert secured.recv(100).startswith(b"HTTP/1.1 400")


def test_certificates_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    certificate, key = certificates.made(tmp_path)
    _, other = certificates.made(tmp_path, "other")
    (tmp_path / "text").write_text("no certificate")
    tls = "--tls-cert", "--tls-key"
    for cert_flag, key_flag in (tls, ("--dax-certificate", "--dax-certificate-key")):
        more = () if cert_flag == "--tls-cert" else ("--dax-port", "0")
        said = fails(cert_flag, str(certificate), key_flag, str(other), *more)
        assert said == f"The private key {other} is not that of the certificate {certificate}."
    said = fails("--tls-cert", str(certificate), "--tls-key", str(tmp_path / "none"))
    assert said == f"The file {tmp_path}/none cannot be read: No such file or directory."
    said = fails("--tls-cert", str(tmp_path / "text"), "--tls-key", str(key))
    assert "are no certificate and private key in PEM form" in said
