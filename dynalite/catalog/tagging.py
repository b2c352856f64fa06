"""Tags of a table or a stream: which may be given, and what becomes of them.

Tags are kept in the order in which they were first given and mean nothing to the server. A request is judged
as a whole before anything is changed: one bad tag and none is applied. The wording is the service's own (the
SDKs' model would have the length of a key be a constraint of the request's shape, but the service judges it
here, together with its characters). `aws:` belongs to the service, in any case of its letters.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from dynalite import limits
from dynalite.errors import ValidationException

Tags: TypeAlias = Sequence[Mapping[str, str]]
"""Tags as requests and descriptors hold them: `Key` and `Value`."""

_RESERVED = "aws:"
_PUNCTUATION = frozenset("+-=._:/@")
_TOO_MANY = "Number of Tags exceed the current limit for the provided ResourceArn"


def check(tags: Tags) -> None:
    """Refuse tags that no resource may have."""
    seen: set[str] = set()
    for tag in tags:
        key, value = tag.get("Key"), tag.get("Value")
        _check_key(key)
        if value is None or len(value) > limits.TAG_VALUE_CHARACTERS or not _writable(value):
            raise ValidationException(f"The Tag Value provided is invalid, Value: {_shown(value)}")
        if key in seen:
            raise ValidationException(f"Duplicate Tag Keys provided as input: Duplicate Tag Key found {key}")
        seen.add(str(key))
    _check_count(len(seen))


def check_keys(keys: Sequence[str]) -> None:
    """Refuse keys that no tag could have. (The service counts the keys to remove as if they were added.)"""
    for key in keys:
        _check_key(key)
    _check_count(len(keys))


def merged(present: Tags, added: Tags) -> list[Mapping[str, str]]:
    """The tags of a resource after adding some. What is added replaces the value of its key."""
    values = {tag["Key"]: tag["Value"] for tag in (*present, *added)}
    _check_count(len(values))
    return [{"Key": key, "Value": value} for key, value in values.items()]


def without(present: Tags, keys: Sequence[str]) -> list[Mapping[str, str]]:
    """The tags of a resource after removing those with these keys, of which some may not be there."""
    return [tag for tag in present if tag["Key"] not in keys]


def _check_key(key: str | None) -> None:
    if not key or len(key) > limits.TAG_KEY_CHARACTERS or not _writable(key):
        raise ValidationException(f"The Tag Key provided is invalid, Key: {_shown(key)}")
    if key.lower().startswith(_RESERVED):
        raise ValidationException(f"Tag Key cannot be prefixed with aws:, Key: {key}")


def _check_count(count: int) -> None:
    if count > limits.TAGS_PER_RESOURCE:
        raise ValidationException(_TOO_MANY)


def _writable(text: str) -> bool:
    """Letters, digits and spaces of any script, and a little punctuation."""
    return all(char in _PUNCTUATION or unicodedata.category(char)[0] in "LNZ" for char in text)


def _shown(text: str | None) -> str:
    return "null" if text is None else text
