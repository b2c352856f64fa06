"""Which items a transaction holds right now.

A transaction is decided at once and then waits for the disk. Until it is durable its items are held: another
transaction that touches one of them is cancelled, and a single write is refused, with the service's own
conflict errors, as on AWS where transactions overlap for longer. Nothing is ever wrong without this (updates
are decided one after another anyway); it is what lets callers meet conflicts before they meet them in
production.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

TRANSACTION_CONFLICT: Final = "Transaction is ongoing for the item"


class Held:
    """The storage keys and the idempotency tokens of transactions in flight."""

    __slots__ = ("_keys", "_tokens")

    def __init__(self) -> None:
        self._keys: set[bytes] = set()
        self._tokens: set[bytes] = set()

    def __contains__(self, key: bytes) -> bool:
        return key in self._keys

    def running(self, token: bytes) -> bool:
        """Whether a transaction with this token has not been answered yet."""
        return token in self._tokens

    @contextmanager
    def hold(self, keys: Iterable[bytes], token: bytes | None) -> Iterator[None]:
        """Hold a transaction's items and its token until it is durable. None of them is held already."""
        own = set(keys)
        self._keys |= own
        if token is not None:
            self._tokens.add(token)
        try:
            yield
        finally:
            self._keys -= own
            if token is not None:
                self._tokens.discard(token)
