"""The tables in the database, and every statement that is sent to it.

    dynalite_kv        k, v, ver        rows and log records; `ver` is drawn anew whenever a row is written
    dynalite_counters  k, slot, n       counters, each the sum of its slots
    dynalite_tokens    token, at, ...   what became of a commit, for whoever did not hear it
    dynalite_leases    name, ...        what one server does for all, and until when
    dynalite_store     name, value      the format

A counter's slots are what keeps writers apart: each server adds to a slot of its own, and a counter's value
is the sum. The last log sequence is the one counter with a single slot, because it must be one order for all.

Only what PostgreSQL, YugabyteDB and CockroachDB have in common is used: no advisory locks, no LISTEN, no
sequences, no ctid. Where they differ, the difference is a value in `DIALECTS`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

FORMAT: Final = 1
"""The format that this version writes. It reads this one only; there has been no other."""

_NAME: Final = re.compile(r"\{(\w+)\}")

LONGEST_KEY_BYTES: Final = 2700
"""PostgreSQL's index on `k` takes no longer one: a third of a page, less what belongs to the page."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one kind of database needs to be told. `ascending` follows a key column that ranges are read by;
    `settings` are those of each connection.
    """

    name: str
    ascending: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


# Every table is read by its key. On a table of a few pages the planner would rather read all of it, which in
# a serializable transaction locks all of it.
_BY_KEY: Final = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_bitmapscan": "off",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}

POSTGRESQL: Final = Dialect("PostgreSQL", settings=_BY_KEY)

DIALECTS: Final = (
    ("CockroachDB", Dialect("CockroachDB", settings={"enable_multiple_modifications_of_table": "on"})),
    ("-YB-", Dialect("YugabyteDB", ascending=" ASC", settings=_BY_KEY)),
    ("PostgreSQL", POSTGRESQL),
)
"""By what the database's version() contains; the first that does."""


def tables(dialect: Dialect) -> list[str]:
    """The statements that make what is missing of the tables."""
    by = dialect.ascending
    return [
        f"CREATE TABLE IF NOT EXISTS dynalite_kv (k bytea, v bytea NOT NULL, ver int8 NOT NULL,"
        f" PRIMARY KEY (k{by}))",
        f"CREATE TABLE IF NOT EXISTS dynalite_counters (k bytea, slot int8, n int8 NOT NULL,"
        f" PRIMARY KEY (k{by}, slot{by}))",
        "CREATE TABLE IF NOT EXISTS dynalite_tokens (token bytea PRIMARY KEY, at timestamptz NOT NULL,"
        " stale int8[])",
        "CREATE TABLE IF NOT EXISTS dynalite_leases (name text PRIMARY KEY, holder bytea NOT NULL,"
        " until timestamptz NOT NULL)",
        "CREATE TABLE IF NOT EXISTS dynalite_store (name text PRIMARY KEY, value int8 NOT NULL)",
    ]


VERSION: Final = "SELECT version()"
READ_ONLY: Final = "SHOW transaction_read_only"
STORED_FORMAT: Final = "SELECT value FROM dynalite_store WHERE name = 'format'"
FORMAT_TABLE: Final = (
    "SELECT 1 FROM information_schema.tables"
    " WHERE table_schema = current_schema() AND table_name = 'dynalite_store'"
)
WRITE_FORMAT: Final = (
    f"INSERT INTO dynalite_store (name, value) VALUES ('format', {FORMAT}) ON CONFLICT (name) DO NOTHING"
)

# ------------------------------------------------------------------ reading

READ: Final = """
SELECT k, v, ver, NULL::int8 AS n FROM dynalite_kv WHERE k = ANY($1::bytea[])
UNION ALL
SELECT k, NULL::bytea, NULL::int8, sum(n)::int8 FROM dynalite_counters WHERE k = ANY($1::bytea[]) GROUP BY k
"""
"""Rows and counters under the keys $1."""


def scan(*, reverse: bool) -> str:
    """Rows and counters with $1 <= k < $2, in no order: the first $3 rows (or the last), ending with the one
    that takes the sum of their lengths to $4; the first $3 counters; and the row at $5.
    """
    order = "k DESC" if reverse else "k"
    return f"""
SELECT k, v, ver, NULL::int8 AS n FROM (
    SELECT k, v, ver,
        sum(octet_length(v)) OVER (ORDER BY {order} ROWS UNBOUNDED PRECEDING) - octet_length(v) AS ahead
    FROM (SELECT k, v, ver FROM dynalite_kv WHERE k >= $1 AND k < $2 ORDER BY {order} LIMIT $3) AS first_rows
) AS page WHERE ahead < $4
UNION ALL
SELECT k, NULL::bytea, NULL::int8, total FROM (
    SELECT k, sum(n)::int8 AS total FROM dynalite_counters WHERE k >= $1 AND k < $2
    GROUP BY k ORDER BY {order} LIMIT $3
) AS first_counters
UNION ALL
SELECT k, v, ver, NULL::int8 FROM dynalite_kv WHERE k = $5
"""


SCAN: Final = scan(reverse=False)
SCAN_BACK: Final = scan(reverse=True)

# ------------------------------------------------------------------ committing

_ROWS: Final = """
WITH stale AS (
    SELECT e.member
    FROM unnest({expected_member}::int8[], {expected_key}::bytea[], {expected_ver}::int8[],
        {expected_total}::int8[]) AS e(member, k, ver, total)
    LEFT JOIN dynalite_kv AS r ON r.k = e.k
    WHERE r.ver IS DISTINCT FROM e.ver
        OR (SELECT sum(c.n)::int8 FROM dynalite_counters AS c WHERE c.k = e.k) IS DISTINCT FROM e.total
    UNION
    SELECT g.member
    FROM unnest({guarded_member}::int8[], {guarded_key}::bytea[], {guarded_value}::bytea[])
        AS g(member, k, v)
    LEFT JOIN dynalite_kv AS r ON r.k = g.k
    WHERE r.v IS DISTINCT FROM g.v
), told AS (
    INSERT INTO dynalite_tokens (token, at, stale)
    VALUES ({token}::bytea, now(), (SELECT array_agg(member) FROM stale))
), kept AS (
    SELECT p.k, p.v FROM unnest({put_member}::int8[], {put_key}::bytea[], {put_value}::bytea[])
        AS p(member, k, v)
    WHERE p.member NOT IN (SELECT member FROM stale)
), gone AS (
    DELETE FROM dynalite_kv WHERE k IN (SELECT k FROM kept WHERE v IS NULL)
), cleared AS (
    DELETE FROM dynalite_counters WHERE k IN (SELECT k FROM kept)
)"""

_COUNTS: Final = """, counted AS (
    INSERT INTO dynalite_counters (k, slot, n)
    SELECT c.k, {slot}::int8, sum(c.n)::int8
    FROM unnest({count_member}::int8[], {count_key}::bytea[], {count_amount}::int8[]) AS c(member, k, n)
    WHERE c.member NOT IN (SELECT member FROM stale)
    GROUP BY c.k
    ON CONFLICT (k, slot) DO UPDATE SET n = dynalite_counters.n + excluded.n
)"""

_APPENDS: Final = """, appended AS (
    SELECT a.log, a.record, row_number() OVER (ORDER BY a.place) AS ordinal
    FROM unnest({append_member}::int8[], {append_place}::int8[], {append_log}::bytea[],
        {append_record}::bytea[]) AS a(member, place, log, record)
    WHERE a.member NOT IN (SELECT member FROM stale)
), reached AS (
    INSERT INTO dynalite_counters (k, slot, n)
    SELECT {sequence}::bytea, 0, count(*) FROM appended HAVING count(*) > 0
    ON CONFLICT (k, slot) DO UPDATE SET n = dynalite_counters.n + excluded.n
    RETURNING n
)"""

_PUT: Final = """, written AS (
    INSERT INTO dynalite_kv (k, v, ver)
    SELECT k, v, {ver}::int8 FROM kept WHERE v IS NOT NULL{logged}
    ON CONFLICT (k) DO UPDATE SET v = excluded.v, ver = excluded.ver
)
SELECT array_agg(member) FROM stale
"""

_LOGGED: Final = """
    UNION ALL
    SELECT a.log || decode(
            lpad(to_hex(r.n - (SELECT count(*) FROM appended)::int8 + a.ordinal::int8), 16, '0'), 'hex'),
        a.record, {ver}::int8
    FROM appended AS a, reached AS r"""


class Statement:
    """A text with names in braces, and the same with numbers, as PostgreSQL wants it."""

    __slots__ = ("names", "text")

    def __init__(self, text: str) -> None:
        self.names = tuple(dict.fromkeys(_NAME.findall(text)))
        self.text = text.format_map({name: f"${at}" for at, name in enumerate(self.names, 1)})


def _commit(*, counts: bool, appends: bool) -> Statement:
    put = _PUT.replace("{logged}", _LOGGED if appends else "")
    return Statement(_ROWS + (_COUNTS if counts else "") + (_APPENDS if appends else "") + put)


COMMIT: Final = {
    (counts, appends): _commit(counts=counts, appends=appends)
    for counts in (False, True)
    for appends in (False, True)
}
"""The conditional commit of a group, by whether it adds to counters and to logs.

What was read must still be there (`expected`: a row by its `ver`, a counter by its sum), and what a member
relies on must have the value that it believes (`guarded`). A member of which anything is not so is stale, and
nothing of it is written; the others are. The answer is the stale ones, and the same is noted under the token,
which must be new: a token that somebody has made void keeps the commit from ever happening.
"""

MAKE_VOID: Final = """
INSERT INTO dynalite_tokens (token, at, stale) VALUES ($1, now(), ARRAY[-1]::int8[])
ON CONFLICT (token) DO NOTHING
"""
"""From here on the commit of the token $1 has either happened or never will."""

OUTCOME: Final = "SELECT stale FROM dynalite_tokens WHERE token = $1"
VOID: Final = [-1]

TRIM_TOKENS: Final = "DELETE FROM dynalite_tokens WHERE at < now() - $1::int8 * interval '1 second'"

# ------------------------------------------------------------------ background work

DELETE_ROWS: Final = """
DELETE FROM dynalite_kv WHERE k IN (
    SELECT k FROM dynalite_kv WHERE k >= $1 AND k < $2 ORDER BY k LIMIT $3
)
"""
DELETE_COUNTERS: Final = """
DELETE FROM dynalite_counters WHERE k IN (
    SELECT k FROM dynalite_counters WHERE k >= $1 AND k < $2 GROUP BY k ORDER BY k LIMIT $3
)
"""
ANY_LEFT: Final = """
SELECT EXISTS (SELECT 1 FROM dynalite_kv WHERE k >= $1 AND k < $2)
    OR EXISTS (SELECT 1 FROM dynalite_counters WHERE k >= $1 AND k < $2)
"""

LEASE: Final = """
INSERT INTO dynalite_leases (name, holder, until)
VALUES ($1, $2, now() + $3::int8 * interval '1 second')
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE dynalite_leases.holder = excluded.holder OR dynalite_leases.until < now()
RETURNING 1
"""
"""Take or renew the lease $1 for the holder $2, for $3 seconds of the database's clock. A row: it is had."""

RELEASE: Final = "DELETE FROM dynalite_leases WHERE name = $1 AND holder = $2"
