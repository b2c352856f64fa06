"""How far a shard of a change log is trimmed: the sequence up to which its records are gone for a reader.

Streams lose a record after a day. Where point-in-time recovery needs it for longer, it stays, and only the
streams' horizon moves over it; recovery's own horizon follows when the record is deleted.

The horizon is written before anything is deleted, so whoever reads behind it finds every record that is
there, and whoever asks for what lies before it is told so instead of getting half.
"""

from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Engine, Reader, decode_counter, encode_counter, write_batch

STREAMS = b""
RECOVERY = b"r"


async def of(reader: Reader, table: int, shard: int, whose: bytes = STREAMS) -> int:
    """The last sequence that was trimmed; 0 when none was."""
    (value,) = await reader.read([keyspace.horizon(table, shard) + whose])
    return decode_counter(value)


async def move(engine: Engine, table: int, shard: int, sequence: int, whose: bytes = STREAMS) -> None:
    batch = Batch()
    batch.put(keyspace.horizon(table, shard) + whose, encode_counter(sequence))
    await write_batch(engine, batch)


async def forget(engine: Engine, table: int, shard: int) -> None:
    """For a shard that is going and holds nothing any more."""
    batch = Batch()
    batch.delete(keyspace.horizon(table, shard) + STREAMS)
    batch.delete(keyspace.horizon(table, shard) + RECOVERY)
    await write_batch(engine, batch)
