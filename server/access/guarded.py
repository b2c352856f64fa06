"""The same services, with a gate in front: what a caller may not do is refused before it begins.

Each stands where the service it guards stood, which is decided when the server starts; the services know
nothing of it. Over DAX a caller needs what DAX's own policies give (`dax:GetItem` on the cluster): as at AWS,
the cluster reads and writes the tables in its own name, and conditions on items do not exist there."""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, Final, TypeAlias, cast

from dynalite.access import asks
from dynalite.access.decision import Ask
from dynalite.access.gate import Gate
from dynalite.access.principals import Identity
from dynalite.catalog.schema import KeySchema
from dynalite.database import Database
from dynalite.errors import AccessDeniedException, AnothersResource, ServiceError, ValidationException
from dynalite.operations.context import Caller
from dynalite.values.types import Answer, Request
from server.dax.methods import Node
from server.dispatch import Service

Name: TypeAlias = Callable[[Request, str, str], str]
"""The resource that a request names, in a region of an account."""

_IN_TRANSACTIONS: Final = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


def _identity(caller: Caller) -> Identity:
    if caller.identity is None:  # nobody comes here without having been verified
        raise AccessDeniedException("The caller is not known")
    return caller.identity


class GuardedDatabase:
    """DynamoDB and its streams: `service` is the database itself, or the cache in front of it."""

    def __init__(self, service: Service, database: Database, gate: Gate) -> None:
        self.serves = service.serves
        self._service = service
        self._database = database
        self._gate = gate

    def execute(self, operation: str, request: object, caller: Caller) -> Coroutine[Any, Any, Answer]:
        if not self._database.accepts(operation, request):
            # It will say what is wrong with it; a cache might not, and answer.
            return self._database.execute(operation, request, caller)
        identity, members = _identity(caller), cast(Request, request)
        if operation == "BatchExecuteStatement":
            return self._batch(members, caller, identity)
        try:
            self._gate.check(operation, members, caller.region, identity)
        except ValidationException as error:
            raise self._database.worded(operation, request, error) from None
        except AnothersResource as error:
            raise self._database.denied(operation, error, caller) from None
        return self._service.execute(operation, request, caller)

    async def _batch(self, request: Request, caller: Caller, identity: Identity) -> Answer:
        """Every statement is judged by itself; the answer says in its place which one was refused."""
        scope = self._gate.scope(caller.region)
        refused: dict[int, Answer] = {}
        for place, member in enumerate(request["Statements"]):
            try:
                ask = asks.statement(scope, member, "BatchExecuteStatement")
            except ServiceError:
                continue  # a text that is no statement cannot run; the database says so in its place
            try:
                self._gate.check_all([ask], caller.region, identity)
            except AccessDeniedException as denied:
                refused[place] = _refusal("AccessDenied", denied)
            except ServiceError as wrong:
                refused[place] = _refusal("ValidationError", wrong)
        total = len(request["Statements"])
        request["Statements"] = [
            member for place, member in enumerate(request["Statements"]) if place not in refused
        ]
        answer: Answer = {"Responses": []}
        if request["Statements"]:
            answer = await self._service.execute("BatchExecuteStatement", request, caller)
        done: Iterator[object] = iter(cast("list[object]", answer["Responses"]))
        answer["Responses"] = [refused[place] if place in refused else next(done) for place in range(total)]
        return answer


def _refusal(code: str, error: ServiceError) -> Answer:
    return {"Error": {"Code": code, "Message": error.message}}


class GuardedService:
    """One of the APIs beside DynamoDB: its operations are actions of the name `prefix` gives them."""

    def __init__(self, service: Service, gate: Gate, prefix: str, name: Name) -> None:
        self.serves = service.serves
        self._service = service
        self._gate = gate
        self._prefix = prefix
        self._name = name

    def execute(self, operation: str, request: object, caller: Caller) -> Coroutine[Any, Any, Answer]:
        resource = self._name(cast(Request, request), caller.region, self._gate.account)
        ask = Ask(f"{self._prefix}:{operation}", resource, account=self._gate.account)
        self._gate.check_all([ask], caller.region, _identity(caller))
        return self._service.execute(operation, request, caller)


def anything(request: Request, region: str, account: str) -> str:
    return asks.ANYTHING


def cluster(request: Request, region: str, account: str) -> str:
    """The DAX cluster that a request of the control plane names, if it does."""
    name = request.get("ClusterName")
    return cluster_arn(name, region, account) if isinstance(name, str) else asks.ANYTHING


def cluster_arn(name: str, region: str, account: str) -> str:
    return f"arn:aws:dax:{region}:{account}:cache/{name}"


class GuardedNode:
    """A node of a DAX cluster, for the callers of its endpoint."""

    def __init__(self, node: Node, gate: Gate, cluster_name: str) -> None:
        self._node = node
        self._gate = gate
        self._cluster_name = cluster_name

    def key_schema(self, region: str, table_name: str) -> KeySchema:
        return self._node.key_schema(region, table_name)

    async def execute(self, operation: str, request: object, caller: Caller) -> Answer:
        account = self._gate.account
        resource = cluster_arn(self._cluster_name, caller.region, account)
        actions = _dax_actions(operation, cast("Mapping[str, Any]", request))
        asked = [Ask(f"dax:{action}", resource, account=account) for action in actions]
        self._gate.check_all(asked, caller.region, _identity(caller))
        return await self._node.execute(operation, request, caller)


def _dax_actions(operation: str, request: Mapping[str, Any]) -> list[str]:
    """A transaction needs the actions in it, each once."""
    members = request.get("TransactItems")
    if members is None:
        return [operation]
    return list(dict.fromkeys(_IN_TRANSACTIONS[verb] for member in members for verb in member))
