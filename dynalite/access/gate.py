"""The gate: may this caller do that? Everybody who asks is answered here, and what is refused is logged."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Final

import orjson

from dynalite.access import asks, policy
from dynalite.access.asks import Scope
from dynalite.access.decision import Ask, Denial, decide
from dynalite.access.patterns import Facts
from dynalite.access.policy import MalformedPolicy, Policy
from dynalite.access.principals import Identity
from dynalite.catalog.schema import Table
from dynalite.catalog.store import Catalog
from dynalite.clock import Clock
from dynalite.expressions.cache import Cache
from dynalite.values.types import Request

log = logging.getLogger(__name__)

_REMEMBERED_CHARACTERS: Final = 1 << 20
_CLOSED: Final[Any] = {
    "Statement": {
        "Effect": "Deny",
        "Principal": "*",
        "NotAction": ["dynamodb:*ResourcePolicy"],
        "Resource": "*",
    }
}
"""What holds for a table whose policy is none: nothing, but to give it another one."""


class Gate:
    """Knows the tables and their policies, and the time."""

    def __init__(self, catalog: Catalog, clock: Clock, account: str) -> None:
        self.account = account
        self._catalog = catalog
        self._clock = clock
        self._policies: Cache[str, Policy] = Cache(_REMEMBERED_CHARACTERS)
        self._second = 0
        self._time = _time(0)

    def scope(self, region: str) -> Scope:
        return Scope(self._catalog, region, self.account, self._policy_of)

    def check(self, operation: str, request: Request, region: str, identity: Identity) -> None:
        """Judge a request to the database whose shape has been checked. Raises AccessDeniedException, or what
        is wrong with a request whose expressions had to be read.
        """
        self.check_all(asks.of(self.scope(region), operation, request), region, identity)

    def check_all(self, asked: Iterable[Ask], region: str, identity: Identity) -> None:
        """Raises AccessDeniedException for the first of the asks that is refused."""
        about = self._about(region, identity)
        for ask in asked:
            denial = decide(ask, identity.principal, about)
            if denial is not None:
                raise _refused(denial).error

    def _about(self, region: str, identity: Identity) -> Facts:
        """What is known of a request whatever it asks for."""
        second = int(self._clock.now())
        if second != self._second:
            self._second, self._time = second, _time(second)
        facts: dict[str, Any] = {
            **identity.principal.facts,
            **self._time,
            "aws:requestedregion": (region,),
            "aws:resourceaccount": (self.account,),
            "aws:securetransport": ("true" if identity.secure else "false",),
        }
        if identity.address is not None:
            facts["aws:sourceip"] = (_plain(identity.address),)
        if identity.agent is not None:
            facts["aws:useragent"] = (identity.agent,)
        return facts

    def _policy_of(self, table: Table) -> Policy | None:
        kept = table.settings.get("ResourcePolicy") or {}
        text: str | None = kept.get("Policy")
        if text is None:
            return None
        known = self._policies.get(text)
        if known is None:
            name = f"of table {table.name}"
            try:
                known = policy.resource(name, orjson.loads(text))
            except MalformedPolicy as error:
                log.warning("the policy of table %s is none, and the table is closed: %s", table.name, error)
                known = policy.resource(name, _CLOSED)
            self._policies.put(text, known, len(text))
        return known


def _time(second: int) -> Facts:
    moment = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"aws:currenttime": (moment,), "aws:epochtime": (str(second),)}


def _refused(denial: Denial) -> Denial:
    log.warning("%s", denial)
    return denial


def _plain(address: str) -> str:
    """An IPv4 address as such, also when a socket for both versions shows it as one of IPv6."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
