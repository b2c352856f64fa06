"""Resource policies: how they are kept, and when they may change.

A policy is enforced where access keys are configured (`dynalite/access`). It is kept in a canonical form, and
a document that has the same canonical form as the one in place changes nothing. The form is the service's
(observed): no white space, members in one order, a list of one written as its element, a missing version
filled in, an account's number written as the ARN of its root. A policy's revision id is the time of its
change in milliseconds since the epoch; a removal is a change too, and leaves its revision behind. For fifteen
seconds after a change there is no other, by the server's own clock.

The grammar is checked here as far as the canonical form depends on it; what statements say is judged by those
who read them (`access/policy.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeAlias

import orjson

from dynalite import limits
from dynalite.catalog.rules import invalid
from dynalite.errors import PolicyNotFoundException, ThrottlingException, ValidationException

Stored: TypeAlias = Mapping[str, str]
"""What a descriptor keeps: `RevisionId`, and `Policy` unless it has been removed."""

NO_POLICY = "NO_POLICY"
"""The expected revision of a resource without a policy."""

NOT_FOUND = "Resource-based policy not found for the provided ResourceArn: "

_VERSION = "2008-10-17"  # what a document without a version is written in
_STATEMENT_MEMBERS = (
    ("Sid",),
    ("Effect",),
    ("Principal", "NotPrincipal"),
    ("Action", "NotAction"),
    ("Resource", "NotResource"),
    ("Condition",),
)
"""A statement's members in canonical order; one of each pair."""
_REQUIRED = _STATEMENT_MEMBERS[1:5]
_EFFECTS = {"allow": "Allow", "deny": "Deny"}
_ACCOUNT_DIGITS = 12


# ------------------------------------------------------------------ documents


def canonical(text: str) -> str:
    """The canonical form of a policy document. Raises ValidationException for what is none."""
    if len(text.encode()) > limits.RESOURCE_POLICY_BYTES:
        invalid(f"Maximum policy size of {limits.RESOURCE_POLICY_BYTES} bytes exceeded")
    document = _parsed(text)
    if "Statement" not in document:
        _refuse(_syntax_error(text))
    given = document["Statement"]
    statements = given if isinstance(given, list) else [given]
    if not statements:
        _refuse("Could not parse the policy: Statement is empty!")
    if not all(isinstance(statement, dict) for statement in statements):
        _refuse(_syntax_error(text))
    for statement in statements:
        _check_statement(statement, text)
    names = [statement["Sid"] for statement in statements if "Sid" in statement]
    if len(set(map(str, names))) < len(names):
        _refuse("The Statement Ids in the policy are not unique")
    ordered = {"Version": document.get("Version", _VERSION)}
    if "Id" in document:
        ordered["Id"] = document["Id"]
    ordered["Statement"] = [_statement(statement) for statement in statements]
    return orjson.dumps(ordered).decode()


def _parsed(text: str) -> dict[str, Any]:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        document = []
    if document is None:
        _refuse("This text appears not to be a policy")
    if not isinstance(document, dict):
        _refuse("This policy contains invalid Json")
    return document


def _check_statement(statement: Mapping[str, Any], text: str) -> None:
    for names in _REQUIRED:
        if not any(name in statement for name in names):
            _refuse(f"Missing required field {names[0]}")
    effect, principal = str(statement["Effect"]).lower(), statement.get("Principal")
    if effect not in _EFFECTS:
        _refuse(f"Invalid effect: {statement['Effect']}")
    if principal is not None and principal != "*" and not isinstance(principal, dict):
        _refuse(_syntax_error(text))
    everybody = principal == "*" or (isinstance(principal, dict) and "*" in _listed(principal.get("AWS")))
    if everybody and effect == "allow" and "Condition" not in statement:
        raise ValidationException(
            "Resource-based policy grants unbounded access in one or more elements."
            " Please revise the policy to ensure least-privilege form of access"
        )


def _refuse(complaint: str) -> NoReturn:
    invalid(f"Invalid policy document: {complaint}")


def _syntax_error(text: str) -> str:
    """The end of the text stands for the place: only the service's parser knows where it gave up."""
    lines = text.split("\n")
    return f"Syntax error at position ({len(lines)},{len(lines[-1]) + 1})"


def _statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    members = [name for names in _STATEMENT_MEMBERS for name in names if name in statement]
    return {name: _REWRITES.get(name, _scalar)(statement[name]) for name in members}


def _scalar(value: Any) -> Any:
    """A list of one is its element."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _principal(value: Any) -> Any:
    """Principals by kind: each once, an account as its root."""
    if not isinstance(value, dict):
        return value
    return {
        kind: _scalar(list(dict.fromkeys(_root(kind, name) for name in _listed(named))))
        for kind, named in value.items()
    }


def _root(kind: str, name: str) -> str:
    is_account = kind == "AWS" and len(name) == _ACCOUNT_DIGITS and name.isdecimal()
    return f"arn:aws:iam::{name}:root" if is_account else name


def _condition(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        operator: {key: _scalar(wanted) for key, wanted in keys.items()} if isinstance(keys, dict) else keys
        for operator, keys in value.items()
    }


def _listed(value: Any) -> Sequence[str]:
    return [str(entry) for entry in value] if isinstance(value, list) else [str(value)]


_REWRITES: Mapping[str, Callable[[Any], Any]] = {
    "Effect": lambda value: _EFFECTS[str(value).lower()],
    "Principal": _principal,
    "NotPrincipal": _principal,
    "Condition": _condition,
}


# ------------------------------------------------------------------ changes


@dataclass(frozen=True, slots=True)
class Change:
    """Who asks for a change: of which table, expecting which revision (None: any), when (epoch seconds)."""

    table_name: str
    expected: str | None
    now: float


def new(text: str, now: float) -> Stored:
    """What is kept of a policy that comes into being with its table."""
    return {"RevisionId": str(_milliseconds(now)), "Policy": canonical(text)}


def put(present: Stored | None, document: str, change: Change) -> Stored:
    """What is kept after putting a (canonical) document: what was, if it is the same."""
    _check_revision(present, change)
    if present is not None and present.get("Policy") == document:
        return present
    return {"RevisionId": _next_revision(present, change), "Policy": document}


def removed(present: Stored | None, change: Change) -> Stored | None:
    """What is kept after removing the policy: what was, if there is none to remove."""
    _check_revision(present, change)
    if present is None or "Policy" not in present:
        return present
    return {"RevisionId": _next_revision(present, change)}


def _check_revision(present: Stored | None, change: Change) -> None:
    expected, name = change.expected, change.table_name
    if expected == NO_POLICY:
        if present is not None and "Policy" in present:
            raise PolicyNotFoundException(
                f"{NOT_FOUND}Requested policy update expecting none to be present for table {name},"
                f" but a policy exists with revision id {present['RevisionId']}."
            )
    elif expected is not None and present is None:
        raise PolicyNotFoundException(
            f"{NOT_FOUND}Requested update for policy with revision id {expected},"
            f" but table {name} has no associated policy."
        )
    elif expected is not None and present is not None and expected != present["RevisionId"]:
        raise PolicyNotFoundException(
            f"{NOT_FOUND}Requested update for policy with revision id {expected},"
            f" but the policy associated to target table {name} has revision id {present['RevisionId']}."
        )


def _next_revision(present: Stored | None, change: Change) -> str:
    """The revision of a change made now, which must not follow the last one too soon."""
    now = _milliseconds(change.now)
    if present is None:
        return str(now)
    last = int(present["RevisionId"])
    rest = limits.RESOURCE_POLICY_REST_MILLISECONDS
    if last <= now < last + rest:
        again = datetime.fromtimestamp((last + rest) / 1000, UTC).replace(tzinfo=None)
        raise ThrottlingException(
            f"Resource-based policy for table {change.table_name} modified within the previous {rest}"
            f" milliseconds. Please try again after {again.isoformat(timespec='milliseconds')}Z."
        )
    return str(max(now, last + 1))  # a clock that was set back must not bring an old revision again


def _milliseconds(epoch_seconds: float) -> int:
    return int(epoch_seconds * 1000)
