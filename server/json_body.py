"""Bodies as the JSON protocol writes them: stored JSON within an answer, and errors,
`{"__type": "<namespace>#<code>", "message": …}` and further members.

An error without a message has no message member at all; that is how the service answers a body it cannot
parse.
"""

import orjson

from dynalite.errors import ServiceError
from dynalite.values.types import Spliced


def of_error(error: ServiceError) -> bytes:
    """The error's JSON. Values in its fields may be `Spliced`, at any depth."""
    members: dict[str, object] = {"__type": f"{error.namespace}#{error.code}"}
    if error.message:
        members[error.message_member] = error.message
    members.update(error.fields)
    return orjson.dumps(members, default=splice)


def error_headers(error: ServiceError) -> dict[str, str]:
    """Headers beside the body: by this one SDKs go on calling an error what the query protocol called it."""
    return {"x-amzn-query-error": f"{error.query_code};Sender"} if error.query_code else {}


def splice(value: object) -> orjson.Fragment:
    """For orjson's `default`: stored JSON goes into an answer as the bytes that were stored."""
    if isinstance(value, Spliced):
        return orjson.Fragment(value.json)
    raise TypeError(f"{type(value).__name__} cannot be part of an answer")
