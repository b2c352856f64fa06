"""Signature version 4, for requests of one kind: a POST of JSON to the root of a service's endpoint.

Most of these servers accept any signature. Some verify it, and so does the service itself, which is as good
an endpoint as any: what can be dumped from there can be loaded here. The signed headers are the least that
the service wants. Source: "Signature Version 4 signing process" in the IAM user guide.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


class Service(NamedTuple):
    """Who is asked: the name that a signature is for, and the JSON that is spoken."""

    name: str
    content_type: str


DYNAMODB = Service("dynamodb", "application/x-amz-json-1.0")
KINESIS = Service("kinesis", "application/x-amz-json-1.1")


class Credentials(NamedTuple):
    """Who signs."""

    access_key: str
    secret: str
    token: str | None = None


def credentials(environment: Mapping[str, str]) -> Credentials:
    """Those that the environment has, as AWS's own tools look for them; else any will have to do."""
    access_key = environment.get("AWS_ACCESS_KEY_ID", "dynalite")
    secret = environment.get("AWS_SECRET_ACCESS_KEY", "dynalite")
    return Credentials(access_key, secret, environment.get("AWS_SESSION_TOKEN"))


def headers(
    who: Credentials,
    endpoint: str,
    region: str,
    target: str,
    body: bytes,
    now: float,
    service: Service = DYNAMODB,
) -> dict[str, str]:
    """All headers of the request. `now` is seconds since the epoch."""
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    date = moment[:8]
    fields = {
        "content-type": service.content_type,
        "host": urlsplit(endpoint).netloc,
        "x-amz-date": moment,
        "x-amz-target": target,
    }
    if who.token is not None:
        fields["x-amz-security-token"] = who.token
    names = sorted(fields)
    signed = ";".join(names)
    lines = "".join(f"{name}:{fields[name]}\n" for name in names)
    canonical = f"POST\n/\n\n{lines}\n{signed}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{date}/{region}/{service.name}/aws4_request"
    text = f"{_ALGORITHM}\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{who.secret}".encode()
    for part in scope.split("/"):
        key = _mac(key, part)
    fields["authorization"] = (
        f"{_ALGORITHM} Credential={who.access_key}/{scope}, SignedHeaders={signed},"
        f" Signature={_mac(key, text).hex()}"
    )
    return fields


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
