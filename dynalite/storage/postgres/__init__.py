"""The engine that keeps its rows in a database that speaks PostgreSQL's protocol, so that several servers can
share it. Imported only where `--engine` asks for it: asyncpg is an optional extra.

    statements   the tables and every statement, and where databases differ
    connections  connections, how they are made again, and what is said when there is none
    rows         reading: one statement for each answer, so that it is of one moment
    group        what is written together
    commit       the way of every batch into the database: conditional, in groups, once
    moments      snapshots and savepoints
    engine       all of it as the Engine of `storage/engine.py`
"""

from urllib.parse import urlsplit


def place(dsn: str) -> str:
    """A database as its users name it, without the password."""
    parts = urlsplit(dsn)
    hosts = parts.netloc.rpartition("@")[2]
    return f"the database {parts.path.lstrip('/')} at {hosts}" if hosts else "the database"
