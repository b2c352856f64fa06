"""The calls of the sequential specification as requests of DynamoDB, and its answers as outcomes.

A register is an item of the table `registers`: its partition key names the history, its sort key is the
register's number, and `v` is its value. A new history therefore starts with empty registers in the same
table.
"""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from typing import Any

from tests.linearizability.registers import Call, Change, Outcome, Requires, Touch, Value
from tests.linearizability.site import BROKEN
from tests.oracle.client import Client, ServiceError

TABLE = "registers"
CONFLICTS = {"TransactionConflictException", "TransactionInProgressException"}

Answer = dict[str, Any]
Moved = Callable[[str], str]
"""Where the server is, now that it no longer answers at the endpoint given."""


class Conflict(Exception):
    """A transaction stood in the way: nothing happened, and nothing was told about any register."""


def create_table(endpoint: str) -> None:
    client = Client(endpoint)
    client(
        "CreateTable",
        {
            "TableName": TABLE,
            "KeySchema": [
                {"AttributeName": "history", "KeyType": "HASH"},
                {"AttributeName": "register", "KeyType": "RANGE"},
            ],
            "AttributeDefinitions": [
                {"AttributeName": "history", "AttributeType": "S"},
                {"AttributeName": "register", "AttributeType": "N"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    client.close()


def hang_up(endpoint: str, operation: str, request: Answer) -> None:
    """Send a request on a connection of its own and close it at once, never to know what happened."""
    with closing(Client(endpoint)) as client:
        client.send(operation, request)


def delete_table(endpoint: str) -> None:
    client = Client(endpoint)
    client("DeleteTable", {"TableName": TABLE})
    client.close()


class Registers:
    """One client of the registers of one history. It keeps every call that it has made in `calls`."""

    def __init__(self, number: int, history: str, endpoint: str, moved: Moved | None = None) -> None:
        self.calls: list[Call] = []
        self.conflicts = 0
        self._number = number
        self._history = history
        self._endpoint = endpoint
        self._moved = moved
        self._client = Client(endpoint)

    def close(self) -> None:
        self._client.close()

    # ---------------------------------------------------------------- reads

    def get(self, register: int) -> None:
        request = {"TableName": TABLE, "Key": self._key(register), "ConsistentRead": True}
        self._call([Touch(register)], "GetItem", request, lambda said: {register: _value(said.get("Item"))})

    def transact_get(self, registers: Sequence[int]) -> None:
        gets = [{"Get": {"TableName": TABLE, "Key": self._key(register)}} for register in registers]

        def found(said: Answer) -> dict[int, Value]:
            values = (_value(response.get("Item")) for response in said["Responses"])
            return dict(zip(registers, values, strict=True))

        self._call([*map(Touch, registers)], "TransactGetItems", {"TransactItems": gets}, found)

    def batch_get(self, registers: Sequence[int]) -> None:
        """Each item of a batch is read for itself: the batch is as many calls as it has items."""
        wanted = {"Keys": [self._key(register) for register in registers], "ConsistentRead": True}
        self._many(
            [Touch(register) for register in registers],
            "BatchGetItem",
            {"RequestItems": {TABLE: wanted}},
            lambda said: said["Responses"][TABLE],
        )

    def query(self, registers: Sequence[int]) -> None:
        """A page is consistent item by item, not as a whole."""
        request = {
            "TableName": TABLE,
            "KeyConditionExpression": "history = :h",
            "ExpressionAttributeValues": {":h": {"S": self._history}},
            "ConsistentRead": True,
        }
        self._many([Touch(register) for register in registers], "Query", request, lambda said: said["Items"])

    # ---------------------------------------------------------------- writes

    def write(self, touch: Touch) -> None:
        """PutItem, UpdateItem or DeleteItem. It tells what was there, whether it goes through or not."""
        self._call(
            [touch],
            _OPERATIONS[touch.change],
            {**self._action(touch), "ReturnValues": "ALL_OLD"},
            lambda said: {touch.register: _value(said.get("Attributes"))},
        )

    def batch_write(self, touches: Sequence[Touch]) -> None:
        """Unconditional puts and deletes: as many calls as there are items."""
        requests = [
            {"PutRequest": {"Item": self._item(touch)}}
            if touch.change is Change.SET
            else {"DeleteRequest": {"Key": self._key(touch.register)}}
            for touch in touches
        ]
        self._many(touches, "BatchWriteItem", {"RequestItems": {TABLE: requests}}, None)

    def transact_write(self, touches: Sequence[Touch], *, until_answered: bool, hang_ups: int = 0) -> None:
        """With `until_answered` it carries a token and is sent again, to whichever server there is, until it
        has succeeded or a condition has refused it: one call, however often it was sent. Before that it is
        sent `hang_ups` times without waiting for an answer; it must have no conditions then, as one of these
        may still come through after a later one has been refused.
        """
        request: Answer = {"TransactItems": [self._member(touch) for touch in touches]}
        if until_answered:
            request["ClientRequestToken"] = str(uuid.uuid4())
        self._call(
            touches,
            "TransactWriteItems",
            request,
            lambda _: {},
            until_answered=until_answered,
            hang_ups=hang_ups,
        )

    # ---------------------------------------------------------------- recording

    def _call(
        self,
        touches: Sequence[Touch],
        operation: str,
        request: Answer,
        found: Callable[[Answer], Mapping[int, Value]],
        *,
        until_answered: bool = False,
        hang_ups: int = 0,
    ) -> None:
        start = time.monotonic_ns()
        for _ in range(hang_ups):
            # Should the server be gone, the call itself will notice.
            with suppress(*BROKEN):
                hang_up(self._endpoint, operation, request)
        while True:
            try:
                outcome: Outcome | None = self._outcome(touches, operation, request, found)
            except Conflict:
                self.conflicts += 1
                if not until_answered:
                    return
                continue
            except BROKEN:
                self._reconnect()
                if until_answered:
                    continue
                outcome = None
            self._keep(touches, start, outcome)
            return

    def _many(
        self,
        touches: Sequence[Touch],
        operation: str,
        request: Answer,
        items: Callable[[Answer], list[Answer]] | None,
    ) -> None:
        """A request that is as many calls as it touches registers; `items` finds what it read."""
        start = time.monotonic_ns()
        try:
            said = self._client(operation, request)
        except ServiceError as error:
            if error.code not in CONFLICTS:
                raise
            self.conflicts += 1
            return
        except BROKEN:
            self._reconnect()
            for touch in touches:
                self._keep([touch], start, None)
            return
        assert not said.get("UnprocessedKeys")
        assert not said.get("UnprocessedItems")
        values = {int(item["register"]["N"]): _value(item) for item in (items(said) if items else [])}
        for touch in touches:
            told = {touch.register: values.get(touch.register)} if items else {}
            self._keep([touch], start, Outcome(told))

    def _outcome(
        self,
        touches: Sequence[Touch],
        operation: str,
        request: Answer,
        found: Callable[[Answer], Mapping[int, Value]],
    ) -> Outcome:
        try:
            return Outcome(found(self._client(operation, request)))
        except ServiceError as error:
            if error.code in CONFLICTS:
                raise Conflict from None
            if error.code == "ConditionalCheckFailedException":
                (touch,) = touches
                return Outcome({touch.register: _value(error.body.get("Item"))}, frozenset({touch.register}))
            if error.code == "TransactionCanceledException":
                return _cancelled(touches, error)
            raise

    def _keep(self, touches: Sequence[Touch], start: int, outcome: Outcome | None) -> None:
        self.calls.append(Call(self._number, tuple(touches), start, time.monotonic_ns(), outcome))

    def _reconnect(self) -> None:
        if self._moved is None:
            raise
        self._client.close()
        self._endpoint = self._moved(self._endpoint)
        self._client = Client(self._endpoint)

    # ---------------------------------------------------------------- requests

    def _key(self, register: int) -> Answer:
        return {"history": {"S": self._history}, "register": {"N": str(register)}}

    def _item(self, touch: Touch) -> Answer:
        return self._key(touch.register) | {"v": {"N": str(touch.number)}}

    def _action(self, touch: Touch) -> Answer:
        """The members that a single write and an action of a transaction have in common."""
        action: Answer = {"TableName": TABLE, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        values: Answer = {}
        if touch.change is Change.SET:
            action["Item"] = self._item(touch)
        else:
            action["Key"] = self._key(touch.register)
        if touch.change is Change.ADD:
            action["UpdateExpression"] = "ADD v :n"
            values[":n"] = {"N": str(touch.number)}
        if touch.requires is None:
            action["ConditionExpression"] = "attribute_not_exists(history)"
        elif touch.requires is not Requires.NOTHING:
            action["ConditionExpression"] = "v = :r"
            values[":r"] = {"N": str(touch.requires)}
        if values:
            action["ExpressionAttributeValues"] = values
        return action

    def _member(self, touch: Touch) -> Answer:
        return {_MEMBERS[touch.change]: self._action(touch)}


_OPERATIONS = {Change.SET: "PutItem", Change.ADD: "UpdateItem", Change.DELETE: "DeleteItem"}
_MEMBERS = {
    Change.NOTHING: "ConditionCheck",
    Change.SET: "Put",
    Change.ADD: "Update",
    Change.DELETE: "Delete",
}


def _value(item: Any) -> Value:
    return None if item is None else int(item["v"]["N"])


def _cancelled(touches: Sequence[Touch], error: ServiceError) -> Outcome:
    reasons: Any = error.body["CancellationReasons"]
    if any(reason["Code"] == "TransactionConflict" for reason in reasons):
        raise Conflict from None
    refused = {}
    for touch, reason in zip(touches, reasons, strict=True):
        assert reason["Code"] in ("None", "ConditionalCheckFailed"), reason
        if reason["Code"] != "None":
            refused[touch.register] = _value(reason.get("Item"))
    return Outcome(refused, frozenset(refused))
