"""Denied, allowed, or neither; and how the service says it.

Everything that concerns an ask is looked at, the caller's policies and the resource's. One Deny is enough.
Without one, a caller of the resource's own account needs one Allow from either side; of another account, one
from both. A resource that allows its whole account leaves it to the account's policies, so that is no Allow
for any of its users.

Facts are found only when a statement asks for them: most statements have no conditions, and finding the
attributes that a request names costs more than everything else here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from dynalite.access.patterns import Facts
from dynalite.access.policy import Effect, Policy, Statement
from dynalite.access.principals import Principal
from dynalite.errors import AccessDeniedException


def _nothing() -> Facts:
    return {}


@dataclass(frozen=True)
class Ask:
    """An action on a resource, and how to find what its request says. `policy` is the resource's own,
    `account` whose the resource is.
    """

    action: str
    resource: str
    find: Callable[[], Facts] = field(default=_nothing, compare=False)
    policy: Policy | None = None
    account: str = ""

    @cached_property
    def facts(self) -> Facts:
        return self.find()


@dataclass(frozen=True, slots=True)
class Denial:
    """Why an ask is refused: by a statement of a policy, or (both None) because no policy of that side allows
    it.
    """

    ask: Ask
    principal: Principal
    side: str
    policy: Policy | None = None
    statement: Statement | None = None

    @property
    def error(self) -> AccessDeniedException:
        """The service's words."""
        opening = f"User: {self.principal.arn} is not authorized to perform: {self.ask.action} on resource:"
        if self.statement is not None:
            because = f"with an explicit deny in {_article(self.side)} policy"
        else:
            because = f"because no {self.side} policy allows the {self.ask.action} action"
        return AccessDeniedException(f"{opening} {self.ask.resource} {because}")

    def __str__(self) -> str:
        asked = f"{self.principal.arn} may not {self.ask.action} on {self.ask.resource}"
        if self.policy is None:
            return f"{asked}: no {self.side} policy allows it"
        return f"{asked}: denied by {self.statement} of policy {self.policy.name}"


IDENTITY, RESOURCE = "identity-based", "resource-based"


def _article(side: str) -> str:
    return f"an {side}" if side == IDENTITY else f"a {side}"


def decide(ask: Ask, principal: Principal, about: Facts) -> Denial | None:
    """None when the ask is allowed. `about` are the facts that are not the request's: who, whence, when."""
    judge = _Judge(ask, principal, about)
    policies = [(IDENTITY, policy) for policy in principal.policies or ()]
    if ask.policy is not None:
        policies.append((RESOURCE, ask.policy))
    allowed = {IDENTITY} if principal.policies is None else set()
    for side, policy in policies:
        denying = judge.first(policy, "Deny")
        if denying is not None:
            return Denial(ask, principal, side, policy, denying)
        if side not in allowed and judge.first(policy, "Allow") is not None:
            allowed.add(side)
    if ask.account in ("", principal.account):
        return None if allowed else Denial(ask, principal, IDENTITY)
    lacking = [side for side in (IDENTITY, RESOURCE) if side not in allowed]
    return Denial(ask, principal, lacking[0]) if lacking else None


class _Judge:
    """One ask of one principal."""

    def __init__(self, ask: Ask, principal: Principal, about: Facts) -> None:
        self._ask = ask
        self._principal = principal
        self._about = about

    @cached_property
    def _facts(self) -> Mapping[str, Sequence[str]]:
        return {**self._ask.facts, **self._about}

    def first(self, policy: Policy, effect: Effect) -> Statement | None:
        """The first statement of that effect that concerns the ask, if there is one."""
        for statement in policy.statements:
            if (
                statement.effect == effect
                and self._means(statement)
                and statement.covers(self._ask.action, self._ask.resource, self._about)
                and (not statement.conditions or statement.holds(self._facts))
            ):
                return statement
        return None

    def _means(self, statement: Statement) -> bool:
        principals, principal = statement.principals, self._principal
        if principals is None:
            return True
        if statement.effect == "Allow" and self._ask.account == principal.account:
            return principals.mean_itself(principal.names)
        return principals.mean(principal.names, principal.account)
