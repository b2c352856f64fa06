"""DAX's cache: a database's `execute` in front of the database's `execute`.

Two caches that know nothing of each other, as in the real service. The item cache holds items by primary key,
and that an item does not exist; GetItem and BatchGetItem read it, and every write through the cache keeps it
right. The query cache holds the answers of Query and Scan by their request, and no write ever touches it: an
answer stays until its time is over. Strongly consistent and transactional reads pass both by and leave
nothing behind.

    lru          entries by age of use and by size         items queries    the two caches
    node         reads through one node's caches           cluster          several nodes: writes, replication
    attribute_lists   names for numbers, which the DAX protocol needs kept for ever

Time is the server's clock. Nothing here expires by itself; what is too old is not found.
"""
