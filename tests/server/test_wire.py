"""What a request must say to be heard, and how refusals look: status, type, message."""

import gzip

import pytest

from dynalite import limits
from tests.server.rig import AUTHORIZATION, Rig, json_of, post

PRESIGNED = (
    "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=QID%2F20261008%2Fap-south-1%2Fdynamodb%2Faws4_request"
    "&X-Amz-Date=20261008T120000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
)


def refusal(rig: Rig, request: bytes) -> tuple[int, dict[str, str]]:
    reply = rig.ask(request)
    assert reply.checksum_holds
    return reply.status, json_of(reply.body)


# ------------------------------------------------------------------ operations and errors


@pytest.mark.parametrize("target", ["DynamoDB_20120810.Nothing", "DynamoDB_20111205.Echo", "Echo", "", "."])
def test_an_unknown_target_is_an_unknown_operation(rig: Rig, target: str) -> None:
    assert refusal(rig, post(X_Amz_Target=target)) == (
        400,
        {"__type": "com.amazon.coral.service#UnknownOperationException"},
    )


def test_a_request_without_a_target_is_an_unknown_operation(rig: Rig) -> None:
    assert rig.ask(post(without=("X-Amz-Target",))).error == "UnknownOperationException"


def test_the_path_does_not_matter_to_an_operation(rig: Rig) -> None:
    assert rig.ask(post(path="/any/path")).status == 200


def test_an_error_says_its_type_its_message_and_its_fields(rig: Rig) -> None:
    reply = rig.ask(post("Refuse"))
    assert reply.status == 400
    assert reply.body == (
        b'{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",'
        b'"message":"The conditional request failed","Item":{"pk":{"S":"a"}}}'
    )


def test_a_cancelled_transaction_spells_message_with_a_capital(rig: Rig) -> None:
    assert json_of(rig.ask(post("Cancel")).body)["Message"] == "cancelled"


@pytest.mark.parametrize("operation", ["Break", "Unwritable"])
def test_what_nobody_foresaw_is_logged_and_answered_without_details(
    rig: Rig, operation: str, caplog: pytest.LogCaptureFixture
) -> None:
    reply = rig.ask(post(operation))
    assert (reply.status, reply.error) == (500, "InternalServerError")
    assert b"secret" not in reply.body
    assert b"Traceback" not in reply.body
    (record,) = caplog.records
    assert reply.headers["x-amzn-RequestId"] in record.message
    assert record.exc_info is not None
    caplog.clear()


# ------------------------------------------------------------------ bodies


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"{'a':1}",
        b'{"a":\xff}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":NaN}',
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
        b"[" * 100_000,
        b"{}{}",
    ],
)
def test_a_body_that_is_no_json_object_is_refused_without_a_word(rig: Rig, body: bytes) -> None:
    assert refusal(rig, post(body=body)) == (
        400,
        {"__type": "com.amazon.coral.service#SerializationException"},
    )


def test_json_is_looked_at_before_the_target_and_the_target_before_the_caller(rig: Rig) -> None:
    assert rig.ask(post("Nothing", b"[", without=("Authorization",))).error == "SerializationException"
    assert rig.ask(post("Nothing", b"{}", without=("Authorization",))).error == "UnknownOperationException"
    missing = rig.ask(post("Echo", b"{}", without=("Authorization",)))
    assert missing.error == "MissingAuthenticationTokenException"


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip"])
def test_an_encoding_that_is_not_known_is_refused(rig: Rig, encoding: str) -> None:
    assert rig.ask(post(Content_Encoding=encoding)).error == "MalformedHttpRequestException"


PACKED = gzip.compress(b"{}", mtime=0)


@pytest.mark.parametrize("body", [b"{}", PACKED[:-1], PACKED + b"x"])
def test_a_body_that_is_not_the_gzip_it_claims_to_be_is_refused(rig: Rig, body: bytes) -> None:
    assert rig.ask(post(body=body, Content_Encoding="gzip")).error == "MalformedHttpRequestException"


def test_gzip_members_are_joined(rig: Rig) -> None:
    body = gzip.compress(b'{"a"', mtime=0) + gzip.compress(b":1}")
    assert rig.ask(post(body=body, Content_Encoding="gzip")).status == 200


def test_a_body_of_very_many_gzip_members_is_refused_at_once(rig: Rig) -> None:
    """Each was cut off from a copy of the rest: four megabytes kept everybody waiting for nine seconds."""
    empty = gzip.compress(b"", mtime=0)
    assert rig.ask(post(body=empty * 15 + PACKED, Content_Encoding="gzip")).status == 200
    many = post(body=empty * 200_000, Content_Encoding="gzip")
    assert rig.ask(many).error == "MalformedHttpRequestException"


def test_a_compression_bomb_is_refused(rig: Rig) -> None:
    body = gzip.compress(b" " * (limits.REQUEST_BODY_BYTES + 1))
    assert rig.ask(post(body=body, Content_Encoding="gzip")).status == 413


# ------------------------------------------------------------------ who asks


def caller(rig: Rig, request: bytes) -> tuple[str, str]:
    answer = json_of(rig.ask(request).body)
    return answer["AccessKey"], answer["Region"]


def test_the_caller_is_read_from_the_credential_scope(rig: Rig) -> None:
    assert caller(rig, post()) == ("AKID", "eu-west-1")
    elsewhere = AUTHORIZATION.replace("eu-west-1", "sa-east-1")
    assert caller(rig, post(Authorization=elsewhere)) == ("AKID", "sa-east-1")


def test_the_caller_is_read_whatever_the_order(rig: Rig) -> None:
    scheme, _, rest = AUTHORIZATION.partition(" ")
    backwards = scheme + " " + ", ".join(reversed(rest.split(", ")))
    assert caller(rig, post(Authorization=backwards)) == ("AKID", "eu-west-1")
    assert caller(rig, post(Authorization=AUTHORIZATION.replace(", ", ","))) == ("AKID", "eu-west-1")


@pytest.mark.parametrize("region", ["%00exports", "r" * 65, "euwest%20"])
def test_a_region_that_is_no_name_is_refused(rig: Rig, region: str) -> None:
    """With a zero in front it was where an export keeps its tables."""
    path = PRESIGNED.replace("ap-south-1", region)
    assert rig.ask(post(path=path, without=("Authorization",))).error == "InvalidSignatureException"


def test_credentials_without_a_scope_ask_the_default_region(rig: Rig) -> None:
    assert caller(rig, post(Authorization="AWS4 Credential=me, SignedHeaders=x, Signature=x")) == (
        "me",
        "us-east-1",
    )


def test_a_presigned_request_is_heard(rig: Rig) -> None:
    assert caller(rig, post(path=PRESIGNED, without=("Authorization",))) == ("QID", "ap-south-1")


def test_no_credentials_at_all(rig: Rig) -> None:
    assert refusal(rig, post(without=("Authorization",))) == (
        400,
        {
            "__type": "com.amazon.coral.service#MissingAuthenticationTokenException",
            "Message": "Request is missing Authentication Token",
        },
    )


@pytest.mark.parametrize("known_before", [False, True])
def test_what_an_authorization_lacks_is_listed_in_order(rig: Rig, known_before: bool) -> None:
    opening = AUTHORIZATION.partition(",")[0]
    if known_before:
        rig.ask(post())
    status, body = refusal(rig, post(Authorization=opening, without=("X-Amz-Date",)))
    assert status == 400
    assert body["__type"].endswith("#IncompleteSignatureException")
    assert body["Message"] == (
        "Authorization header requires 'Signature' parameter. "
        "Authorization header requires 'SignedHeaders' parameter. "
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        f"Authorization={opening}"
    )


def test_an_authorization_of_another_kind_lacks_everything_but_the_date(rig: Rig) -> None:
    _, body = refusal(rig, post(Authorization="Bearer x"))
    assert body["Message"] == (
        "Authorization header requires 'Credential' parameter. "
        "Authorization header requires 'Signature' parameter. "
        "Authorization header requires 'SignedHeaders' parameter. Authorization=Bearer x"
    )


def test_what_a_presigned_request_lacks_is_listed(rig: Rig) -> None:
    path = "/?X-Amz-Algorithm=x&X-Amz-Date=x&X-Amz-SignedHeaders=x"
    _, body = refusal(rig, post(path=path, without=("Authorization",)))
    assert body["Message"] == (
        "AWS query-string parameters must include 'X-Amz-Credential'. "
        "AWS query-string parameters must include 'X-Amz-Signature'. Re-examine the query-string parameters."
    )


def test_two_signatures_are_one_too_many(rig: Rig) -> None:
    assert rig.ask(post(path=PRESIGNED)).error == "InvalidSignatureException"


# ------------------------------------------------------------------ what is not an operation


@pytest.mark.parametrize("path", ["/", "/ping", "/?x=y"])
def test_the_server_says_that_it_is_well(rig: Rig, path: str) -> None:
    reply = rig.ask(f"GET {path} HTTP/1.1\r\n\r\n".encode(), "GET")
    assert (reply.status, reply.body) == (200, b"healthy: dynamodb.us-east-1.amazonaws.com ")
    assert reply.checksum_holds


def test_and_where(rig: Rig) -> None:
    reply = rig.ask(b"GET / HTTP/1.1\r\nHost: dynamodb.eu-west-1.localhost:8000\r\n\r\n", "GET")
    assert reply.body == b"healthy: dynamodb.eu-west-1.amazonaws.com "


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_other_methods_are_unknown(rig: Rig, method: str) -> None:
    with rig.connect() as wire:
        wire.send(f"{method} / HTTP/1.1\r\nContent-Length: 0\r\n\r\n".encode() + post())
        reply = wire.read(method)
        assert reply.status == 404
        assert reply.body == (b"" if method == "HEAD" else b"<UnknownOperationException/>\n")
        assert wire.read().status == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-amz-json-1.1", ""])
def test_other_content_types_are_unknown(rig: Rig, content_type: str) -> None:
    reply = rig.ask(post(Content_Type=content_type))
    assert (reply.status, reply.body) == (404, b"<UnknownOperationException/>\n")


def test_a_content_type_may_have_parameters(rig: Rig) -> None:
    reply = rig.ask(post(Content_Type="Application/X-Amz-JSON-1.0; charset=utf-8"))
    assert reply.headers["Content-Type"] == "application/x-amz-json-1.0"


def test_a_page_of_this_machine_may_read_the_answer(rig: Rig) -> None:
    headers = rig.ask(post(Origin="http://localhost:3000")).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "x-amzn-RequestId" in headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in rig.ask(post()).headers


def test_a_page_of_this_machine_may_ask(rig: Rig) -> None:
    reply = rig.ask(
        b"OPTIONS / HTTP/1.1\r\nOrigin: http://localhost:3000\r\n"
        b"Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-amz-target, other\r\n\r\n",
        "OPTIONS",
    )
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["Access-Control-Max-Age"] == "172800"
    assert reply.headers["Access-Control-Allow-Methods"] == "POST"
    assert reply.headers["Access-Control-Allow-Headers"] == "x-amz-target, other"


def test_a_page_from_elsewhere_is_not_served(rig: Rig) -> None:
    """Not even when its own name leads to us, and the browser need not ask first."""
    for host in ("localhost:8000", "evil.example:8000"):
        reply = rig.ask(post(Origin="http://evil.example:8000", Host=host))
        assert reply.status == 403
        assert b"AccessDeniedException" in reply.body
        assert "Access-Control-Allow-Origin" not in reply.headers
    assert not rig.script.begun
    preflight = b"OPTIONS / HTTP/1.1\r\nOrigin: https://evil.example\r\n\r\n"
    reply = rig.ask(preflight, "OPTIONS")
    assert reply.status == 403
    assert "Access-Control-Allow-Origin" not in reply.headers


def test_nor_on_the_way_to_the_site(rig: Rig) -> None:
    asked = post(Origin="http://evil.example", Upgrade="h2c", Connection="Upgrade")
    assert rig.ask(asked).status == 403
    assert not rig.script.begun
