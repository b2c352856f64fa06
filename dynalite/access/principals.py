"""Who asks: the ARN of a user, a role's session or an account's root, and the policies that are theirs."""

from dataclasses import dataclass, field

from dynalite.access.patterns import Facts
from dynalite.access.policy import Policy

_KINDS = {"user": "User", "assumed-role": "AssumedRole", "federated-user": "FederatedUser", "root": "Account"}


@dataclass(frozen=True, slots=True)
class Principal:
    """`policies` None: nobody has said what it may do, and it may do everything that no resource forbids."""

    arn: str
    access_key: str = ""
    policies: tuple[Policy, ...] | None = None
    account: str = field(init=False)
    facts: Facts = field(init=False)
    names: frozenset[str] = field(init=False)
    """The ARNs by which a resource's policy may mean this principal, without its account's."""

    def __post_init__(self) -> None:
        parts = self.arn.split(":", 5)
        account, resource = parts[4], parts[5]
        kind, *path = resource.split("/")
        facts = {
            "aws:principalarn": (self.arn,),
            "aws:principalaccount": (account,),
            "aws:principaltype": (_KINDS.get(kind, "User"),),
            "aws:userid": (self.access_key,),
        }
        names = {self.arn}
        if kind == "user":
            facts["aws:username"] = (path[-1],)
        if kind == "assumed-role" and path:
            role = f"arn:{parts[1]}:iam::{account}:role/{path[0]}"
            facts["aws:principalarn"] = (role,)
            names.add(role)
        object.__setattr__(self, "account", account)
        object.__setattr__(self, "facts", facts)
        object.__setattr__(self, "names", frozenset(names))


@dataclass(frozen=True, slots=True)
class Identity:
    """A principal on a connection. `address` is where it comes from, `secure` whether over TLS."""

    principal: Principal
    address: str | None = None
    secure: bool = False
    agent: str | None = None
