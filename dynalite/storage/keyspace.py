"""Where everything lives: the one place that lays out storage keys, byte by byte in `docs/formats.md`.

The first byte names a space, so that spaces never meet and a range within one is a prefix:

    0x01  system     name                                  salt, sequence, and other single values
    0x02  catalog    region 0x00 name                      table descriptors
    0x03  job        table job                             progress of background work
    0x04  statistic  table index figure                    counters: items and bytes
    0x05  token      api account region client token       idempotency tokens
    0x06  departed   table                                 descriptors of tables that left streams behind
    0x07  horizon    table shard                           how far a shard of a change log is trimmed
    0x08  backup     region 0x00 backup                    descriptors of backups
    0x09  transfer   region 0x00 kind 0x00 transfer        exports and imports
    0x10  data       table kind ...                        items and index rows
    0x20  log        table shard                           change logs (the engine adds the sequence)
    0x30  expiry     second table H(pk) sk                 items by the second at which they expire

Inside `data`, `table` is four bytes big-endian, then a kind byte: 1 items, 2 an index's rows (with the
index's id in two bytes). H is a 16-byte BLAKE2b of the encoded partition key, keyed with the database's own
salt: nobody outside can aim for a collision, keys stay short whatever the partition key's length, and one
hash decides scan order, parallel segments, stream shards and throttle partitions, as in the real service.
Encoded sort keys are order-preserving and prefix-free (`values/order.py`), so they may be followed by more.
"""

from collections.abc import Callable
from hashlib import blake2b

SYSTEM = b"\x01"
CATALOG = b"\x02"
JOB = b"\x03"
STATISTIC = b"\x04"
TOKEN = b"\x05"
DEPARTED = b"\x06"
HORIZON = b"\x07"
BACKUP = b"\x08"
TRANSFER = b"\x09"
DATA = b"\x10"
LOG = b"\x20"
EXPIRY = b"\x30"

SPACES = frozenset(
    (SYSTEM, CATALOG, JOB, STATISTIC, TOKEN, DEPARTED, HORIZON, BACKUP, TRANSFER, DATA, LOG, EXPIRY)
)
"""All there are."""

ITEMS = b"\x01"
INDEX = b"\x02"

ITEM_HASH_AT = 6
"""Where H(pk) begins in the key of an item, behind the space, the table and the kind."""

HASH_BYTES = 16
SALT_BYTES = 16

ITEM_COUNT = b"c"
SIZE_BYTES = b"s"

SEQUENCE = SYSTEM + b"sequence"
"""Where an engine that has to remember it keeps the last log sequence that it gave out, as a counter."""

NO_INDEX = 0
"""The index id under which a table's own statistics are kept."""


def hasher(salt: bytes) -> Callable[[bytes], bytes]:
    """The database's H: 16 bytes from an encoded partition key."""
    base = blake2b(digest_size=HASH_BYTES, key=salt)

    def partition_hash(encoded: bytes) -> bytes:
        state = base.copy()
        state.update(encoded)
        return state.digest()

    return partition_hash


def after(prefix: bytes) -> bytes:
    """The smallest key greater than every key that begins with `prefix`."""
    stripped = prefix.rstrip(b"\xff")
    return stripped[:-1] + bytes([stripped[-1] + 1])


def system(name: bytes) -> bytes:
    return SYSTEM + name


def catalog(region: str, name: str) -> bytes:
    return CATALOG + region.encode() + b"\x00" + name.encode()


def backup(region: str, identifier: str) -> bytes:
    return BACKUP + region.encode() + b"\x00" + identifier.encode()


def transfer(region: str, kind: str, identifier: str) -> bytes:
    return TRANSFER + "\x00".join((region, kind, identifier)).encode()


def job(table: int, name: bytes) -> bytes:
    return JOB + table.to_bytes(4, "big") + name


def statistic(table: int, index: int, figure: bytes) -> bytes:
    return STATISTIC + table.to_bytes(4, "big") + index.to_bytes(2, "big") + figure


def table_rows(table: int) -> bytes:
    """The prefix of everything that belongs to a table's data: its items and all index rows."""
    return DATA + table.to_bytes(4, "big")


def items(table: int) -> bytes:
    """The prefix of a table's items; H(pk) and the encoded sort key follow."""
    return DATA + table.to_bytes(4, "big") + ITEMS


def index_rows(table: int, index: int) -> bytes:
    """The prefix of an index's rows; H(ipk), the encoded index sort key and H(pk sk) follow.

    The trailing hash keeps items with equal index keys apart. A local index shares the table's partition key,
    so its H(ipk) is H(pk).
    """
    return DATA + table.to_bytes(4, "big") + INDEX + index.to_bytes(2, "big")


def log(table: int, shard: int) -> bytes:
    return LOG + table.to_bytes(4, "big") + shard.to_bytes(4, "big")


def horizon(table: int, shard: int) -> bytes:
    return HORIZON + table.to_bytes(4, "big") + shard.to_bytes(4, "big")


def departed(table: int) -> bytes:
    return DEPARTED + table.to_bytes(4, "big")


def expiry(second: int) -> bytes:
    """What the rows of the items that expire in this second of the epoch begin with."""
    return EXPIRY + second.to_bytes(8, "big")


def expiry_row(second: int, item: bytes) -> bytes:
    """The row that says when the item at the storage key `item` expires: the table and H(pk) sk follow."""
    return EXPIRY + second.to_bytes(8, "big") + item[1:5] + item[ITEM_HASH_AT:]


def token(account: str, region: str, api: str, client_token: str) -> bytes:
    """The row of an idempotency token. Each API has tokens of its own."""
    return TOKEN + "\x00".join((api, account, region, client_token)).encode()
