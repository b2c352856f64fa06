"""A request as an SDK sends it, signature included: there are servers that verify it.

The credentials are the ones that AWS's documentation uses as its example; ExtendDB knows them, the others
do not look. A signature is good for some minutes, so requests are made shortly before they are sent.
"""

import hashlib
import hmac
import time
from functools import lru_cache
from typing import NamedTuple

import orjson

from dynalite.values.types import Request

ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
_REGION = "us-east-1"
_SIGNED = "host;x-amz-date;x-amz-target"


class Call(NamedTuple):
    """An operation and its request."""

    operation: str
    request: Request


def headers(operation: str, body: bytes) -> dict[str, str]:
    """The header fields of a request to `localhost` that is sent now."""
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    target = f"DynamoDB_20120810.{operation}"
    canonical = (
        f"POST\n/\n\nhost:localhost\nx-amz-date:{moment}\nx-amz-target:{target}\n\n"
        f"{_SIGNED}\n{hashlib.sha256(body).hexdigest()}"
    )
    scope = f"{moment[:8]}/{_REGION}/dynamodb/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = _hmac(_signing_key(moment[:8]), to_sign).hex()
    return {
        "Host": "localhost",
        "Authorization": (
            f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope}, "
            f"SignedHeaders={_SIGNED}, Signature={signature}"
        ),
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Date": moment,
        "X-Amz-Target": target,
    }


def http_request(call: Call) -> bytes:
    """The bytes that a connection carries for a call."""
    body = orjson.dumps(call.request)
    fields = headers(call.operation, body) | {"Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST / HTTP/1.1\r\n{lines}\r\n".encode() + body


@lru_cache(maxsize=4)
def _signing_key(day: str) -> bytes:
    key = f"AWS4{SECRET_KEY}".encode()
    for part in (day, _REGION, "dynamodb", "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
