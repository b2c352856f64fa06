"""Amazon Resource Names of tables, indexes and streams.

    arn:aws:dynamodb:us-east-1:000000000000:table/Music
    arn:aws:dynamodb:us-east-1:000000000000:table/Music/index/ByArtist
    arn:aws:dynamodb:us-east-1:000000000000:table/Music/stream/2026-01-02T03:04:05.678

Wherever a request names a table it may use the table's ARN instead. The ARN must be of the region that the
request was sent to; a table of another account would need a resource policy that lets the caller in, and
there is none here.
"""

from typing import NamedTuple

from dynalite.errors import INVALID_VALUES, AnothersResource, ValidationException
from dynalite.model.fragments import NAME

PREFIX = "arn:"

_PARTITION = "aws"  # of every ARN that is given out here, whatever the region
_FORMAT = "Valid ARN format is arn:aws:dynamodb:<region>:<account>:table/<table name>"


class TableArn(NamedTuple):
    """The parts of a table's ARN that identify the table."""

    region: str
    account: str
    name: str


def parse(text: str) -> TableArn:
    """Take a table's ARN apart. Raises ValidationException when it is not one."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        raise _invalid(f"{_FORMAT}: '{text}'")
    _, partition, service, region, account, resource = parts
    kind, _, name = resource.partition("/")
    if partition != _PARTITION:
        raise _invalid(f"Invalid AWS partition in '{text}'")
    if service != "dynamodb" or kind != "table" or not name or "/" in name:
        raise _invalid(f"Invalid resource type in '{text}'")
    if not NAME.accepts(name):
        raise _invalid(f"Invalid table name in '{text}'")
    return TableArn(region, account, name)


def table_name(text: str, region: str, account: str) -> str:
    """The name of the table that a request means by `text`, its name or its ARN."""
    if not text.startswith(PREFIX):
        return text
    table = parse(text)
    if table.region != region:
        raise _invalid(f"Invalid AWS region in '{text}'")
    if table.account != account:
        raise AnothersResource(text)
    return table.name


class ResourceArn(NamedTuple):
    """The parts of a table's ARN, or of a stream's (then with its label), as `ResourceArn` names them."""

    partition: str
    region: str
    account: str
    table: str
    stream_label: str | None = None


def resource(text: str) -> ResourceArn:
    """Take a `ResourceArn` apart: what tags and policies belong to. Raises ValidationException."""
    if not text.startswith(PREFIX):
        raise ValidationException(f"{INVALID_VALUES}ARNs must start with 'arn:': {text}")
    parts = text.split(":", 5)
    kind, *names = parts[-1].split("/")
    within = names[1] if len(names) == 3 else None
    if len(parts) != 6 or parts[2] != "dynamodb" or kind != "table" or len(names) not in (1, 3):
        raise ValidationException(f"{INVALID_VALUES}Provided Arn is not a DynamoDB resource arn: {text}")
    if within == "index":
        raise ValidationException(
            f"{INVALID_VALUES}Invalid resource arn provided, only table or stream is accepted."
            f" Provided resource arn: {text}"
        )
    if within not in (None, "stream") or not all(names):
        raise ValidationException(f"{INVALID_VALUES}Provided Arn is not a DynamoDB resource arn: {text}")
    return ResourceArn(parts[1], parts[3], parts[4], names[0], names[2] if within else None)


def index(table_arn: str, name: str) -> str:
    return f"{table_arn}/index/{name}"


def stream(table_arn: str, label: str) -> str:
    return f"{table_arn}/stream/{label}"


def _invalid(reason: str) -> ValidationException:
    return ValidationException(f"1 validation error detected: {reason}")
