"""A stream as a reader finds it: its name, its shards, and the numbers of its records.

A sequence number is the engine's sequence behind a leading one, 21 digits in all, so that numbers compare as
numbers and as text. A shard's StartingSequenceNumber is one that its records lie above, its
EndingSequenceNumber that of its last record: reading after the one and up to the other is reading all of it.

A stream can be read for a day after it was disabled, also when its table is gone.
"""

from typing import NamedTuple

from dynalite import limits
from dynalite.catalog import arn, lineage
from dynalite.catalog.schema import Shard, Stream, Table
from dynalite.catalog.store import Catalog
from dynalite.errors import ResourceNotFoundException, ValidationException

_OFFSET = 10**20
_LARGEST_SEQUENCE = 2**63 - 1


class Found(NamedTuple):
    """A stream and the table whose changes it holds, as the table is or as it was last."""

    table: Table
    stream: Stream

    @property
    def arn(self) -> str:
        return arn.stream(self.table.arn, self.stream.label)

    @property
    def status(self) -> str:
        if self.stream.disabled_at is None:
            if self.table.status == "DELETING":
                return "DISABLING"
            starting = self.table.status == "CREATING" or "StreamSpecification" in self.table.applying
            return "ENABLING" if starting else "ENABLED"
        return "DISABLED" if all(shard.end is not None for shard in self.shards()) else "DISABLING"

    def shards(self) -> list[Shard]:
        """What readers may know of, oldest first."""
        return lineage.of_stream(self.table, self.stream)

    def shard(self, identifier: str) -> Shard:
        """The shard with this id. Raises ResourceNotFoundException."""
        for shard in self.shards():
            if shard.id == identifier:
                return shard
        raise ResourceNotFoundException("Requested resource not found: Shard does not exist")


def readable(catalog: Catalog, region: str, now: float, table_name: str | None = None) -> list[Found]:
    """All streams of a region, or of all tables that have had a name there, in the order of their ARNs."""
    forgotten = now - limits.STREAM_SECONDS
    found = [
        Found(table, stream)
        for table in catalog.with_log(region, table_name)
        for stream in lineage.streams(table)
        if stream.disabled_at is None or stream.disabled_at > forgotten
    ]
    return sorted(found, key=lambda one: one.arn)


def find(catalog: Catalog, region: str, account: str, now: float, stream_arn: str) -> Found:
    """The stream of an ARN. Raises ResourceNotFoundException, or what is wrong with the ARN."""
    table_arn, slash, label = stream_arn.partition("/stream/")
    if not slash or not table_arn.startswith(arn.PREFIX):
        raise ValidationException(f"Invalid StreamArn: {stream_arn}")
    name = arn.table_name(table_arn, region, account)
    for found in readable(catalog, region, now, name):
        if found.stream.label == label:
            return found
    raise ResourceNotFoundException(f"Requested resource not found: Stream: {stream_arn} not found")


# ------------------------------------------------------------------ sequence numbers


def sequence_number(sequence: int) -> str:
    return str(_OFFSET + sequence)


def sequence(number: str) -> int:
    """The engine's sequence that a number stands for. Raises ValidationException when it stands for none."""
    if number.isascii() and number.isdecimal() and 0 <= int(number) - _OFFSET <= _LARGEST_SEQUENCE:
        return int(number) - _OFFSET
    raise invalid_sequence_number(number)


def invalid_sequence_number(number: str) -> ValidationException:
    return ValidationException(f"Invalid SequenceNumber: {number}")
