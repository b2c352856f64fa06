"""The words that cannot be bare names in a statement: quoted ("size") they can.

These are the reserved words of SQL-92 without the parts of a date, which the service takes as names, and
the words that PartiQL adds. Case does not matter.
"""

from collections.abc import Mapping

_SQL_92 = """
absolute action add all allocate alter and any are as asc assertion at authorization avg begin between
bit bit_length both by cascade cascaded case cast catalog char char_length character character_length
check close coalesce collate collation column commit connect connection constraint constraints continue
convert corresponding count create cross current current_date current_time current_timestamp current_user
cursor date deallocate dec decimal declare default deferrable deferred delete desc describe descriptor
diagnostics disconnect distinct domain double drop else end escape except exception exec execute exists
external extract false fetch first float for foreign found from full get global go goto grant group
having identity immediate in indicator initially inner input insensitive insert int integer intersect
interval into is isolation join key language last leading left level like local lower match max min
module names national natural nchar next no not null nullif numeric octet_length of on only open option
or order outer output overlaps pad partial position precision prepare preserve primary prior privileges
procedure public read real references relative restrict revoke right rollback rows schema scroll section
select session session_user set size smallint some space sql sqlcode sqlerror sqlstate substring sum
system_user table temporary then time timestamp to trailing transaction translate translation trim true
union unique unknown update upper usage user using value values varchar varying view when whenever where
with work write zone
"""
_PARTIQL = "limit missing modified pivot remove returning tuple unpivot"

KEYWORDS = frozenset(f"{_SQL_92} {_PARTIQL}".upper().split())

OPERATOR_WORDS = frozenset(["AND", "OR", "IN", "BETWEEN", "IS", "LIKE"])
"""Keywords that stand between operands."""

TYPE_NAMES: Mapping[tuple[str, ...], str] = {
    ("MISSING",): "MISSING",
    ("NULL",): "NULL",
    ("BOOL",): "BOOL",
    ("BOOLEAN",): "BOOL",
    ("STRING",): "S",
    ("BLOB",): "B",
    ("NUMERIC",): "N",
    ("DECIMAL",): "N",
    ("LIST",): "L",
    ("STRUCT",): "M",
    ("TUPLE",): "M",
}
"""The type names after IS that a DynamoDB type answers to, as words."""

OTHER_TYPE_NAMES: frozenset[tuple[str, ...]] = frozenset(
    [
        *(
            ("INT",),
            ("INT2",),
            ("INT4",),
            ("INT8",),
            ("INTEGER",),
            ("INTEGER2",),
            ("INTEGER4",),
            ("INTEGER8",),
        ),
        *(("SMALLINT",), ("BIGINT",), ("REAL",), ("FLOAT",), ("DOUBLE", "PRECISION"), ("DEC",)),
        *(("CHAR",), ("CHARACTER",), ("CHARACTER", "VARYING"), ("VARCHAR",), ("SYMBOL",), ("CLOB",)),
        *(("TIMESTAMP",), ("DATE",), ("TIME",), ("SEXP",), ("BAG",), ("ANY",)),
    ]
)
"""PartiQL's other type names: they can be read, but the service tests nothing for them."""
