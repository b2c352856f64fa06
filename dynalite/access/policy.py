"""Policy documents: read, judged, and asked which requests they concern.

    {"Version": "2012-10-17",
     "Statement": [{"Sid": "OwnRows", "Effect": "Allow", "Action": "dynamodb:GetItem",
                    "Resource": "arn:aws:dynamodb:*:*:table/Music",
                    "Condition": {"StringEquals": {"dynamodb:LeadingKeys": "${aws:username}"}}}]}

The policy of a caller (identity-based) says nothing of principals; that of a resource must. A document is
judged as a whole before it is used: a member that means nothing, an operator that does not exist or a date
that is none is an error, and not a condition that never holds. That an action exists is not checked, as it is
not by IAM: there are more actions than this server has operations."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from dynalite.access import conditions
from dynalite.access.conditions import Condition
from dynalite.access.patterns import Facts, Pattern

Effect: TypeAlias = Literal["Allow", "Deny"]

LATEST: Final = "2012-10-17"
_VERSIONS: Final = (LATEST, "2008-10-17")  # the older one has no variables
_DOCUMENT: Final = frozenset(["Version", "Id", "Statement"])
_STATEMENT: Final = frozenset(
    [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ]
)
_PRINCIPALS: Final = frozenset(["AWS", "Service", "Federated", "CanonicalUser"])
_ACTION: Final = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_RESOURCE: Final = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+|.*\$\{.*", re.DOTALL)
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_ROOT: Final = re.compile(r"arn:[a-z-]+:iam::([0-9]{12}):root")


class MalformedPolicy(ValueError):
    """The document is no policy; the message says why, without a full stop."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Patterns one of which must match, or none (`inverted`)."""

    patterns: tuple[Pattern, ...]
    inverted: bool

    def takes(self, text: str, facts: Facts) -> bool:
        return any(pattern.matches(text, facts) for pattern in self.patterns) is not self.inverted


@dataclass(frozen=True, slots=True)
class Principals:
    """Whom a resource's statement means: everybody (`*`), ARNs, and whole accounts."""

    everybody: bool
    names: frozenset[str]
    accounts: frozenset[str]
    inverted: bool

    def mean(self, names: frozenset[str], account: str) -> bool:
        """Whether they mean a principal, by its ARNs or with its account."""
        listed = self.everybody or account in self.accounts or not names.isdisjoint(self.names)
        return listed is not self.inverted

    def mean_itself(self, names: frozenset[str]) -> bool:
        """Whether they mean it otherwise than with its whole account."""
        return not self.inverted and (self.everybody or not names.isdisjoint(self.names))


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; `number` counts from 1."""

    number: int
    sid: str | None
    effect: Effect
    actions: Choice
    resources: Choice
    conditions: tuple[Condition, ...]
    principals: Principals | None = None

    def covers(self, action: str, resource: str, facts: Facts) -> bool:
        """Whether its action and resource are those. `facts` are for variables in them."""
        return self.actions.takes(action, facts) and self.resources.takes(resource, facts)

    def holds(self, facts: Facts) -> bool:
        """Whether all its conditions do."""
        return all(condition.holds(facts) for condition in self.conditions)

    def __str__(self) -> str:
        return f"statement {self.number}" + (f" ({self.sid})" if self.sid else "")


@dataclass(frozen=True, slots=True)
class Policy:
    """A document that has been judged. `name` is what it is called in the log."""

    name: str
    statements: tuple[Statement, ...]


# ------------------------------------------------------------------ reading


def identity(name: str, document: object) -> Policy:
    """The policy of a caller. Raises MalformedPolicy."""
    return Policy(name, _statements(document, of_resource=False))


def resource(name: str, document: object) -> Policy:
    """The policy of a resource. Raises MalformedPolicy."""
    return Policy(name, _statements(document, of_resource=True))


def _statements(document: object, *, of_resource: bool) -> tuple[Statement, ...]:
    if not isinstance(document, dict):
        raise MalformedPolicy("it is not an object")
    _check_members("The policy", document, _DOCUMENT)
    version = document.get("Version", _VERSIONS[1])
    if version not in _VERSIONS:
        raise MalformedPolicy(f"Version must be {' or '.join(_VERSIONS)}, not {version!r}")
    given = document.get("Statement")
    listed = given if isinstance(given, list) else [given]
    if given is None or not listed:
        raise MalformedPolicy("there is no Statement")
    found = []
    for number, statement in enumerate(listed, 1):
        try:
            found.append(_statement(number, statement, of_resource, variables=version == LATEST))
        except ValueError as error:
            raise MalformedPolicy(f"in statement {number}, {error}") from error
    sids = [one.sid for one in found if one.sid is not None]
    if len(set(sids)) < len(sids):
        raise MalformedPolicy("two statements have the same Sid")
    return tuple(found)


def _statement(number: int, given: object, of_resource: bool, *, variables: bool) -> Statement:
    if not isinstance(given, dict):
        raise ValueError("there is no object")
    _check_members("the statement", given, _STATEMENT)
    effect = given.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise ValueError(f"Effect must be Allow or Deny, not {effect!r}")
    sid = given.get("Sid")
    if sid is not None and not isinstance(sid, str):
        raise ValueError("Sid is not a text")
    principals = _principals(given) if of_resource else None
    if not of_resource and not given.keys().isdisjoint(("Principal", "NotPrincipal")):
        raise ValueError("there is a Principal, which is for the policies of resources")
    actions, no_actions = _one_of(given, "Action")
    resources, no_resources = _one_of(given, "Resource")
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise ValueError(f"{action!r} is no action, such as dynamodb:GetItem")
    for name in resources:
        if not _RESOURCE.fullmatch(name):
            raise ValueError(f"{name!r} is no ARN")
    return Statement(
        number,
        sid,
        "Allow" if effect == "Allow" else "Deny",
        Choice(tuple([Pattern(one, variables=False, ignore_case=True) for one in actions]), no_actions),
        Choice(tuple([Pattern(one, variables=variables) for one in resources]), no_resources),
        _conditions(given.get("Condition", {}), variables=variables),
        principals,
    )


def _one_of(given: Mapping[str, Any], member: str) -> tuple[Sequence[str], bool]:
    """The texts of a member or of its opposite (there must be one of them), and which of the two it is."""
    present = [name for name in (member, f"Not{member}") if name in given]
    if len(present) != 1:
        raise ValueError(f"there must be {member} or Not{member}, and not both")
    return _texts(present[0], given[present[0]]), present[0] != member


def _texts(where: str, given: object) -> list[str]:
    """A text or a list of them, as a list."""
    texts: list[Any] = given if isinstance(given, list) else [given]
    if not texts or not all(isinstance(text, str) and text for text in texts):
        raise ValueError(f"{where} is not a text or a list of texts")
    return texts


def _conditions(given: object, *, variables: bool) -> tuple[Condition, ...]:
    if not isinstance(given, dict):
        raise ValueError("Condition is not an object")
    found = []
    for name, keys in given.items():
        if not isinstance(keys, dict):
            raise ValueError(f"Condition.{name} is not an object")
        for key, values in keys.items():
            found.append(conditions.read(name, key, _values(key, values), variables=variables))
    return tuple(found)


def _values(key: str, given: object) -> list[str]:
    """Condition values, which may be written as JSON's numbers and booleans too."""
    texts = []
    for value in given if isinstance(given, list) else [given]:
        if isinstance(value, bool):
            texts.append("true" if value else "false")
        elif isinstance(value, str | int | float):
            texts.append(str(value))
        else:
            raise ValueError(f"the condition on {key} has a value that is no text")
    return texts


def _principals(given: Mapping[str, Any]) -> Principals:
    present = [name for name in ("Principal", "NotPrincipal") if name in given]
    if len(present) != 1:
        raise ValueError("there must be Principal or NotPrincipal, and not both")
    named = given[present[0]]
    inverted = present[0] == "NotPrincipal"
    if inverted and given.get("Effect") == "Allow":
        raise ValueError("NotPrincipal allows nothing; it is for Deny")
    if named == "*":
        return Principals(True, frozenset(), frozenset(), inverted)
    if not isinstance(named, dict) or not named:
        raise ValueError(f"{present[0]} is neither * nor an object")
    _check_members(present[0], named, _PRINCIPALS)
    listed = _texts(f"{present[0]}.AWS", named["AWS"]) if "AWS" in named else []
    accounts = {name for name in listed if _ACCOUNT.fullmatch(name)}
    roots = {match[1] for match in map(_ROOT.fullmatch, listed) if match}
    return Principals("*" in listed, frozenset(listed), frozenset(accounts | roots), inverted)


def _check_members(where: str, given: Mapping[str, Any], known: frozenset[str]) -> None:
    for member in given:
        if member not in known:
            raise MalformedPolicy(f"{where} has a member that means nothing: {member}")
