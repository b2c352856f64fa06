"""The credentials file: the access keys that are let in, in TOML.

    [keys.AKIAIOSFODNN7EXAMPLE]
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    user = "alice"
    policies = ["music", "reports"]

    [keys.ASIAIOSFODNN7EXAMPLE]
    secret = "kWcrlUX5JEDGM/LtmEENI/aVmYvHNif5zB+d9+ct"
    session_token = "IQoJb3JpZ2luX2Vj"
    expires = 2030-01-31T12:00:00Z
    arn = "arn:aws:sts::000000000000:assumed-role/reader/session"

    [policies]
    reports = "reports.json"

    [[policies.music.Statement]]
    Effect = "Allow"
    Action = "dynamodb:*"
    Resource = "arn:aws:dynamodb:*:*:table/Music*"

A key belongs to the user of that name in the server's own account (the key itself is the name where none is
given), or to whom the ARN names. A key that has a session token is good only together with it. A key that
names policies may do what they allow; one that does not may do everything. A policy is written in IAM's
members, in place or as JSON in a file (its path is relative to this file's).

The file is read once, when the server starts. Whatever is wrong with it keeps the server from starting:
someone who mistypes `policies` must not learn later that nothing was forbidden.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from dynalite.access import policy
from dynalite.access.policy import Policy
from dynalite.access.principals import Principal
from server.outcome import Failure

_ACCESS_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_USER: Final = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}")
_ARN: Final = re.compile(r"arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:[\x21-\x7e]+")


class WrongCredentials(Failure):
    """The credentials file cannot be used; the message is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """An access key and whose it is. `expires` is in epoch seconds; None: never."""

    secret: str
    principal: Principal
    session_token: str | None = None
    expires: float | None = None


def load(path: Path, account: str) -> dict[str, Key]:
    """The keys of a credentials file, by access key. Raises WrongCredentials."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongCredentials(f"The credentials file {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # not UTF-8, or not TOML
        raise WrongCredentials(f"The credentials file {path} is not TOML: {error}.") from error
    try:
        return _keys(document, account, _policies(document, path.parent))
    except ValueError as error:
        raise WrongCredentials(f"The credentials file {path} is wrong: {error}.") from error


def _keys(document: Mapping[str, Any], account: str, policies: Mapping[str, Policy]) -> dict[str, Key]:
    _check_members("the file", document, {"keys", "policies"})
    keys = document.get("keys")
    if not isinstance(keys, dict) or not keys:
        raise ValueError("it has no [keys.ACCESS_KEY]")
    return {name: _key(name, table, account, policies) for name, table in keys.items()}


def _policies(document: Mapping[str, Any], folder: Path) -> dict[str, Policy]:
    given = document.get("policies", {})
    if not isinstance(given, dict):
        raise ValueError("policies is not a table")
    found = {}
    for name, written in given.items():
        try:
            found[name] = policy.identity(
                name, _read(folder / written) if isinstance(written, str) else written
            )
        except ValueError as error:
            raise ValueError(f"policies.{name} is no policy: {error}") from error
    return found


def _read(file: Path) -> object:
    try:
        return json.loads(file.read_bytes())
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{file} is not JSON: {error}") from error


def _key(access_key: str, table: object, account: str, policies: Mapping[str, Policy]) -> Key:
    where = f"keys.{access_key}"
    if not _ACCESS_KEY.fullmatch(access_key):
        raise ValueError(f"{access_key!r} is no access key (letters, digits, _ and -)")
    if not isinstance(table, dict):
        raise ValueError(f"{where} is not a table")
    _check_members(where, table, {"secret", "session_token", "expires", "user", "arn", "policies"})
    secret = _text(where, table, "secret")
    if secret is None:
        raise ValueError(f"{where} has no secret")
    arn = _arn(where, table, account) or f"arn:aws:iam::{account}:user/{access_key}"
    return Key(
        secret,
        Principal(arn, access_key, _attached(where, table, policies)),
        _text(where, table, "session_token"),
        _moment(where, table, "expires"),
    )


def _arn(where: str, table: Mapping[str, Any], account: str) -> str | None:
    user, arn = _text(where, table, "user"), _text(where, table, "arn")
    if user is not None and arn is not None:
        raise ValueError(f"{where} has both user and arn")
    if user is not None:
        if not _USER.fullmatch(user):
            raise ValueError(f"{where}.user is no name of a user (letters, digits, and _+=,.@-)")
        return f"arn:aws:iam::{account}:user/{user}"
    if arn is not None and not _ARN.fullmatch(arn):
        raise ValueError(f"{where}.arn is not the ARN of a principal (arn:aws:iam::… or arn:aws:sts::…)")
    return arn


def _attached(
    where: str, table: Mapping[str, Any], policies: Mapping[str, Policy]
) -> tuple[Policy, ...] | None:
    names = table.get("policies")
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{where}.policies is not a list of names")
    for name in names:
        if name not in policies:
            raise ValueError(f"{where}.policies names {name!r}, and there is no [policies] of that name")
    return tuple([policies[name] for name in names])


def _text(where: str, table: Mapping[str, Any], member: str) -> str | None:
    value = table.get(member)
    if value is not None and (not isinstance(value, str) or not value):
        raise ValueError(f"{where}.{member} is not a text")
    return value


def _moment(where: str, table: Mapping[str, Any], member: str) -> float | None:
    value = table.get(member)
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"{where}.{member} is not a moment like 2030-01-31T12:00:00Z")
    return value.timestamp()


def _check_members(where: str, table: Mapping[str, Any], known: set[str]) -> None:
    for member in table:
        if member not in known:
            there_are = ", ".join(sorted(known))
            raise ValueError(f"{where} has {member!r}, which means nothing; there is: {there_are}")
