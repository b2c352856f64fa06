"""Bytes into capacity units, as the service charges them. Source: the developer guide's pages on read and
write operations.
"""

from dynalite.limits import READ_UNIT_BYTES, WRITE_UNIT_BYTES


def write_units(size_bytes: int) -> float:
    """One unit for each started KiB, at least one."""
    return float(-(-size_bytes // WRITE_UNIT_BYTES) or 1)


def read_units(size_bytes: int, *, consistent: bool) -> float:
    """One unit for each started 4 KiB, at least one; half of it when the read is eventually consistent."""
    units = -(-size_bytes // READ_UNIT_BYTES) or 1
    return float(units) if consistent else units / 2


def read_bytes(size_bytes: int) -> int:
    """The bytes that are paid for with a read of so many."""
    return -(-size_bytes // READ_UNIT_BYTES) * READ_UNIT_BYTES
