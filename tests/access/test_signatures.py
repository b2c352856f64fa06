"""Signature Version 4 over HTTP: what botocore signs is accepted, and nothing else."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.access.principals import Identity
from dynalite.errors import (
    ExpiredTokenException,
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    ServiceError,
    UnrecognizedClientException,
)
from dynalite.operations.context import Caller
from server.access.requests import identifier
from server.access.sigv4 import Verifier
from server.client import signing
from server.request import HttpRequest
from tests.access.signing import ALICE, FIELDS, KEYS, NOW, clock_at, identify, signed

MINUTE = timedelta(minutes=1)

# ------------------------------------------------------------------ what is accepted


@pytest.mark.parametrize("presigned", [None, 60])
@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/",
        "http://localhost:8000",
        "http://localhost:8000/a/b",
        "http://localhost:8000/a//b/",
        "http://localhost:8000/a/./c/../b",
        "http://localhost:8000/with%20space/%C3%BC",
        "http://localhost:8000/?b=2&a=1",
        "http://localhost:8000/?a=2&a=1&empty=&bare",
        "http://localhost:8000/x?tilde=%7E&space=%20&plus=%2B&slash=%2F",
    ],
)
def test_odd_urls(url: str, presigned: int | None) -> None:
    if presigned is None and "bare" in url:
        url = url.replace("&bare", "&bare=")  # botocore signs no other form itself
    if presigned is None and "%7E" in url:
        url = url.replace("%7E", "~")
    assert identify(signed(url=url, presigned=presigned)) == Caller(
        "eu-west-1", "AKID", Identity(ALICE, agent="Boto3")
    )


@pytest.mark.parametrize("presigned", [None, 60])
def test_odd_header_fields(presigned: int | None) -> None:
    fields = {**FIELDS, "X-Spaces": "  a   b\t c ", "X-Empty": "", "X-Latin": "ü"}
    assert identify(signed(fields=fields, presigned=presigned)).access_key == "AKID"


def test_fields_that_are_not_signed_may_change() -> None:
    request = signed()
    request.fields[b"user-agent"] = b"a proxy"
    request.fields[b"x-forwarded-for"] = b"192.0.2.1"
    assert identify(request).access_key == "AKID"


def test_bodies() -> None:
    for body in (b"", b"{}", b"\x00\xff" * 5000):
        assert identify(signed(body)).access_key == "AKID"


@pytest.mark.parametrize("presigned", [None, 60])
def test_session_tokens(presigned: int | None) -> None:
    request = signed(key="ASIA", token="token/+=", presigned=presigned)
    assert identify(request).access_key == "ASIA"


def test_a_date_header_stands_in_for_x_amz_date() -> None:
    request = signed(fields={**FIELDS, "Date": "any: botocore replaces it"})
    assert identify(request).access_key == "AKID"


@pytest.mark.parametrize(
    ("target", "service"),
    [
        ("DynamoDBStreams_20120810.ListStreams", "dynamodb"),
        ("AmazonDAXV3.DescribeClusters", "dax"),
        ("GraniteServiceVersion20100801.ListMetrics", "monitoring"),
        ("AnyScaleFrontendService.DescribeScalableTargets", "application-autoscaling"),
    ],
)
def test_each_api_is_signed_for_by_its_own_name(target: str, service: str) -> None:
    fields = {**FIELDS, "X-Amz-Target": target}
    identify(signed(fields=fields, service=service))
    with pytest.raises(InvalidSignatureException, match=f"scoped to correct service: '{service}'"):
        identify(signed(fields=fields, service="s3"))


def test_signing_keys_are_remembered_and_bounded() -> None:
    verifier = Verifier(KEYS, clock_at(NOW))
    for number in range(1100):
        identifier(verifier)(signed(region=f"region-{number % 1050}"), b"")
    assert len(verifier._signing_keys) <= 1024


@pytest.mark.parametrize(("key", "token"), [("AKID", None), ("ASIA", "token/+=")])
def test_what_our_own_command_line_signs(key: str, token: str | None) -> None:
    fields = signing.headers(
        signing.Credentials(key, "secret", token), "http://h:1", "eu-west-1", "api.X", b"{}", NOW.timestamp()
    )
    sent = {name.encode(): value.encode() for name, value in fields.items()}
    assert identify(HttpRequest(b"POST", b"/", b"", sent, b"{}", True, None)).access_key == key


# ------------------------------------------------------------------ what is not


def refusal(request: HttpRequest, error: type[ServiceError], minutes_later: float = 0) -> str:
    with pytest.raises(error) as caught:
        identify(request, NOW + minutes_later * MINUTE)
    return caught.value.message


def test_the_services_words() -> None:
    mismatch = "The request signature we calculated does not match the signature you provided."
    unknown = "The security token included in the request is invalid."
    assert refusal(signed(secret="other"), InvalidSignatureException).startswith(mismatch)
    assert refusal(signed(key="NOBODY"), UnrecognizedClientException) == unknown
    assert refusal(signed(token="token/+="), UnrecognizedClientException) == unknown
    assert refusal(signed(key="ASIA"), UnrecognizedClientException) == unknown
    assert refusal(signed(key="ASIA", token="else"), UnrecognizedClientException) == unknown
    unsigned = HttpRequest(b"POST", b"/", b"", {}, b"", True, None)
    missing = refusal(unsigned, MissingAuthenticationTokenException)
    assert missing == "Request is missing Authentication Token"


def test_a_token_that_has_expired() -> None:
    late = NOW + 61 * MINUTE
    with pytest.raises(ExpiredTokenException, match="The security token included in the request is expired"):
        identify(signed(key="ASIA", token="token/+=", at=late), late)


def test_a_signature_is_good_for_fifteen_minutes_both_ways() -> None:
    identify(signed(), NOW + 15 * MINUTE)
    identify(signed(), NOW - 15 * MINUTE)
    assert refusal(signed(), InvalidSignatureException, 15.5) == (
        "Signature expired: 20261123T120000Z is now earlier than 20261123T120030Z"
        " (20261123T121530Z - 15 min.)"
    )
    assert refusal(signed(), InvalidSignatureException, -16) == (
        "Signature not yet current: 20261123T120000Z is still later than 20261123T115900Z"
        " (20261123T114400Z + 15 min.)"
    )


def test_a_presigned_request_is_good_for_as_long_as_it_says() -> None:
    identify(signed(presigned=86400), NOW + timedelta(days=1))
    said = refusal(signed(presigned=90), InvalidSignatureException, 2)
    assert said.endswith("(20261123T120200Z - 90 sec.)")
    refusal(signed(presigned=86400), InvalidSignatureException, -16)
    assert "X-Amz-Expires" in refusal(signed(presigned=604801), InvalidSignatureException)
    assert "X-Amz-Expires" in refusal(signed(presigned=-1), InvalidSignatureException)


def header(text: str, **fields: bytes) -> HttpRequest:
    sent = {b"host": b"localhost", b"x-amz-date": b"20261123T120000Z"}
    sent[b"authorization"] = text.encode("latin-1")
    sent |= {name.replace("_", "-").encode(): value for name, value in fields.items()}
    return HttpRequest(b"POST", b"/", b"", sent, b"", True, None)


SCOPE = "20261123/us-east-1/dynamodb/aws4_request"


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (
            header("AWS4-HMAC-SHA256 Credential=AKID/x"),
            IncompleteSignatureException,
            "Authorization header requires 'Signature' parameter."
            " Authorization header requires 'SignedHeaders' parameter."
            " Authorization=AWS4-HMAC-SHA256 Credential=AKID/x",
        ),
        (
            header(f"AWS4-ECDSA-P256-SHA256 Credential=AKID/{SCOPE}, SignedHeaders=host, Signature=0"),
            IncompleteSignatureException,
            "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
        ),
        (
            header("AWS4-HMAC-SHA256 Credential=AKID/x/y, SignedHeaders=host;x-amz-date, Signature=0"),
            IncompleteSignatureException,
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term,"
            " got 'AKID/x/y'",
        ),
        (
            header(f"AWS4-HMAC-SHA256 Credential=AKID/{SCOPE}5, SignedHeaders=host;x-amz-date, Signature=0"),
            InvalidSignatureException,
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4_request5'.",
        ),
        (
            header(f"AWS4-HMAC-SHA256 Credential=AKID/{SCOPE}, SignedHeaders=x-amz-date, Signature=0"),
            InvalidSignatureException,
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ),
        (
            header(f"AWS4-HMAC-SHA256 Credential=AKID/{SCOPE}, SignedHeaders=host, Signature=0"),
            InvalidSignatureException,
            "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization.",
        ),
        (
            header(
                f"AWS4-HMAC-SHA256 Credential=AKID/{SCOPE}, SignedHeaders=host;x-amz-date, Signature=0",
                x_amz_date=b"2026-11-23",
            ),
            IncompleteSignatureException,
            "Date must be in ISO-8601 'basic format'. Got '2026-11-23'."
            " See http://en.wikipedia.org/wiki/ISO_8601",
        ),
        (
            header(
                f"AWS4-HMAC-SHA256 Credential=AKID/{SCOPE}, SignedHeaders=host;x-amz-date, Signature=0",
                x_amz_date=b"20261124T000000Z",
            ),
            InvalidSignatureException,
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP:"
            " '20261123' != '20261124', from '20261124T000000Z'.",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    request_: HttpRequest, error: type[ServiceError], message: str
) -> None:
    assert refusal(request_, error) == message


def test_a_list_of_signed_fields_that_repeats_one_is_refused_before_it_is_hashed() -> None:
    names = "host;x-amz-date;" + ";".join(["big"] * 1000)
    request = header(f"AWS4-HMAC-SHA256 Credential=AKID/{SCOPE}, SignedHeaders={names}, Signature=0")
    request.fields[b"big"] = b"x"
    refusal(request, InvalidSignatureException)


# ------------------------------------------------------------------ anything else

PRESIGNED = st.sampled_from([None, 300])


@settings(max_examples=300)
@given(data=st.data(), presigned=PRESIGNED)
def test_a_request_with_one_byte_changed_is_refused(data: st.DataObject, presigned: int | None) -> None:
    request = signed(b'{"TableName": "Music"}', url="http://localhost:8000/a?b=c", presigned=presigned)
    places = ["body", "path", "query", "method"]
    places += [name.decode() for name in request.fields if name != b"user-agent"]
    place = data.draw(st.sampled_from(places))
    at_field = place not in ("body", "path", "query", "method")
    text = request.fields[place.encode()] if at_field else getattr(request, place)
    if not text:
        return
    position = data.draw(st.integers(0, len(text) - 1))
    byte = data.draw(st.integers(33, 126).filter(lambda value: value != text[position]))
    changed = text[:position] + bytes([byte]) + text[position + 1 :]
    if at_field:
        request.fields[place.encode()] = changed
    else:
        setattr(request, place, changed)
    try:
        identify(request)
    except ServiceError:
        return
    assert means_the_same(place, text, changed)


def means_the_same(place: str, text: bytes, changed: bytes) -> bool:
    """Different bytes, the same canonical request: white space is not looked at."""
    return place == "authorization" and text.replace(b" ", b"") in (changed.replace(b" ", b""),)


AUTHORIZATIONS = st.one_of(
    st.binary(max_size=200),
    st.lists(
        st.sampled_from(
            [
                b"AWS4-HMAC-SHA256", b" ", b", ", b"=", b"Credential=", b"SignedHeaders=", b"Signature=",
                b"AKID/20261123/us-east-1/dynamodb/aws4_request", b"host;x-amz-date", b"/", b";", b"0",
            ]
        ),
        max_size=14,
    ).map(b"".join),
)  # fmt: skip


@settings(max_examples=500)
@given(AUTHORIZATIONS, st.one_of(st.binary(max_size=20), st.just(b"20261123T120000Z")))
def test_whatever_stands_in_the_header_the_answer_is_an_error(text: bytes, date: bytes) -> None:
    fields = {b"host": b"h", b"authorization": text, b"x-amz-date": date}
    with pytest.raises(ServiceError):
        identify(HttpRequest(b"POST", b"/", b"", fields, b"", True, None))


QUERIES = st.lists(
    st.tuples(
        st.sampled_from(
            ["Algorithm", "Credential", "Signature", "SignedHeaders", "Date", "Expires", "Security-Token"]
        ),
        st.sampled_from(
            ["AWS4-HMAC-SHA256", f"AKID/{SCOPE}", "0", "host", "%ff", "20261123T120000Z", "-1", "9" * 99, ""]
        ),
    ),
    max_size=9,
)


@settings(max_examples=500)
@given(QUERIES, st.binary(max_size=9))
def test_whatever_stands_in_the_query_too(pairs: list[tuple[str, str]], rest: bytes) -> None:
    query = "&".join(f"X-Amz-{name}={value}" for name, value in pairs).encode() + rest
    with pytest.raises(ServiceError):
        identify(HttpRequest(b"POST", b"/", query, {b"host": b"h"}, b"", True, None))
