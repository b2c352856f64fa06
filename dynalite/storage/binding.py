"""LevelDB's Python binding, under the name by which it is installed here.

It is plyvel. For Python 3.13 and later its wheels are another project's, which has kept its code and changed
its name (docs/decisions/0028-leveldb-for-every-python.md). Where there is neither, an import says what is
wrong with plyvel itself.
"""

try:
    import plyvel
except ImportError as missing:
    try:
        import plyvel_next as plyvel
    except ImportError:
        raise missing from None

__all__ = ["plyvel"]
