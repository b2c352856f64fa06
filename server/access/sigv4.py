"""Signature Version 4: is a claim true?

    key       = HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request")
    signature = hex(HMAC(key, algorithm, time, scope, hash of the canonical request))

The key of a day, a region and a service is the same for all requests of that day, so it is remembered, in a
bounded table; what is left for each request is one HMAC, and the hashes that whoever makes the claim has
computed. Nothing is remembered of signatures: the same request sent again within its time is as good as it
was the first time, as at AWS.

A claim is good for fifteen minutes around its time, by the server's own clock; one that says itself how long
it lasts (a presigned URL) is good for so long.

The order of the checks, and their words, are the service's.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from dynalite.clock import Clock
from dynalite.errors import (
    ExpiredTokenException,
    IncompleteSignatureException,
    InvalidSignatureException,
    UnrecognizedClientException,
)
from server.access.keyring import Key

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TERMINATOR: Final = "aws4_request"
SKEW_SECONDS: Final = 900

_TIME_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_TIME_LENGTH: Final = len("20261123T120000Z")
_REMEMBERED: Final = 1024


class Claim(NamedTuple):
    """What is claimed: that the holder of an access key made a request of that hash, at that time.

    `scope` is `date/region/service/aws4_request`, `time` as `20261123T120000Z`; `request_hash` is that of the
    canonical request, in hexadecimal as is the signature.
    """

    access_key: str
    scope: str
    time: str
    token: str | None
    request_hash: str
    signature: str
    lasts_seconds: int = SKEW_SECONDS


class Verifier:
    """Knows the keys, and the time."""

    def __init__(self, keys: Mapping[str, Key], clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._signing_keys: dict[tuple[str, str], tuple[bytes, str]] = {}  # and the service of each

    def verify(self, claim: Claim, service: str) -> Key:
        """Whose claim it is, if it is true and made to that service. Raises a ServiceError."""
        key = self._keys.get(claim.access_key)
        if key is None or not _is_token(claim.token, key.session_token):
            raise UnrecognizedClientException("The security token included in the request is invalid.")
        now = self._clock.now()
        if key.expires is not None and now >= key.expires:
            raise ExpiredTokenException("The security token included in the request is expired")
        signing_key, scoped = self._signing_keys.get((claim.access_key, claim.scope)) or self._derive(
            claim.access_key, key.secret, claim.scope
        )
        if scoped != service:
            raise InvalidSignatureException(f"Credential should be scoped to correct service: '{service}'.")
        _check_time(claim, now)
        to_sign = f"{ALGORITHM}\n{claim.time}\n{claim.scope}\n{claim.request_hash}"
        expected = hmac.digest(signing_key, to_sign.encode(), "sha256").hex()
        if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
            raise does_not_match()
        return key

    def _derive(self, access_key: str, secret: str, scope: str) -> tuple[bytes, str]:
        pieces = scope.split("/")
        if len(pieces) != 4:
            raise IncompleteSignatureException(
                "Credential must have exactly 5 slash-delimited elements, e.g."
                f" keyid/date/region/service/term, got '{access_key}/{scope}'"
            )
        if pieces[3] != TERMINATOR:
            raise InvalidSignatureException(
                f"Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{pieces[3]}'."
            )
        derived = f"AWS4{secret}".encode()
        for piece in pieces:
            derived = hmac.digest(derived, piece.encode(), "sha256")
        if len(self._signing_keys) >= _REMEMBERED:
            self._signing_keys.clear()
        found = self._signing_keys[access_key, scope] = derived, pieces[2]
        return found


def does_not_match() -> InvalidSignatureException:
    return InvalidSignatureException(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret"
        " Access Key and signing method. Consult the service documentation for details."
    )


def _is_token(given: str | None, wanted: str | None) -> bool:
    return hmac.compare_digest((given or "").encode(), (wanted or "").encode())


# ------------------------------------------------------------------ time


def _check_time(claim: Claim, now: float) -> None:
    at = _seconds(claim.time)
    if not claim.scope.startswith(claim.time[:8] + "/"):
        raise InvalidSignatureException(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP:"
            f" '{claim.scope.partition('/')[0]}' != '{claim.time[:8]}', from '{claim.time}'."
        )
    if at < now - claim.lasts_seconds:
        raise InvalidSignatureException(
            f"Signature expired: {claim.time} is now earlier than {_text(now - claim.lasts_seconds)}"
            f" ({_text(now)} - {_span(claim.lasts_seconds)}.)"
        )
    if at > now + SKEW_SECONDS:
        raise InvalidSignatureException(
            f"Signature not yet current: {claim.time} is still later than {_text(now + SKEW_SECONDS)}"
            f" ({_text(now)} + {_span(SKEW_SECONDS)}.)"
        )


def _seconds(time: str) -> float:
    try:
        if len(time) != _TIME_LENGTH or not time[:8].isdecimal() or time[8] != "T" or time[15] != "Z":
            raise ValueError  # fromisoformat knows other forms too
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        raise IncompleteSignatureException(
            f"Date must be in ISO-8601 'basic format'. Got '{time}'. See http://en.wikipedia.org/wiki/ISO_8601"
        ) from None


def _text(epoch_seconds: float) -> str:
    return datetime.fromtimestamp(epoch_seconds, UTC).strftime(_TIME_FORMAT)


def _span(seconds: int) -> str:
    return f"{seconds} sec" if seconds % 60 else f"{seconds // 60} min"
