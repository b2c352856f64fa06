"""Clients that change a table's items: what they want is drawn from a seed, what they learn is noted."""

import asyncio
from random import Random
from typing import Any

from dynalite.errors import (
    ConditionalCheckFailedException,
    TransactionCanceledException,
    TransactionConflictException,
    TransactionInProgressException,
)
from tests.simulation.history import NOBODY, Call, Effect, History, Image, Key
from tests.simulation.site import GONE, Site

TABLE = "Orders"
REFUSED = (ConditionalCheckFailedException, TransactionCanceledException, TransactionConflictException)
TOKEN_SECONDS = 300
"""For how long a transaction is sent again: tokens are kept for ten minutes."""

_UPDATE = "SET #by = :by, #after = if_not_exists(#by, :nobody) ADD n :one"


class Client:
    def __init__(self, name: str, site: Site, history: History, random: Random) -> None:
        self._name = name
        self._site = site
        self._history = history
        self._random = random

    async def turn(self) -> None:
        """Make one call, and note what became of it."""
        await self._random.choice((self._put, self._put, self._update, self._delete, self._transact))()

    # -------------------------------------------------------------- what to do

    def _key(self) -> Key:
        return self._random.choice("abcd"), self._random.choice("12")

    def _item(self, key: Key, mark: str) -> Image:
        item: Image = {"p": {"S": key[0]}, "s": {"S": key[1]}, "by": {"S": mark}, "n": {"N": "0"}}
        group = self._random.choice(("red", "green", None))
        if group is not None:
            item["group"] = {"S": group}
        lifetime = self._random.choice((None, None, -10, 5, 100, 3000, 100_000))
        if lifetime is not None:
            item["ends"] = {"N": str(int(self._site.clock.now()) + lifetime)}
        return item

    def _changes(self, key: Key, mark: str) -> dict[str, Any]:
        update, values = _UPDATE, {":by": {"S": mark}, ":nobody": {"S": NOBODY}, ":one": {"N": "1"}}
        names = {"#by": "by", "#after": "after"}
        extra = self._random.choice(("", "", " REMOVE #group", " REMOVE ends"))
        if extra == " REMOVE #group":
            names["#group"] = "group"
        return {
            "Key": _key(key),
            "UpdateExpression": update + extra,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }

    async def _put(self) -> None:
        key = self._key()
        call = self._history.sent(self._name, {key: "put"})
        condition = self._random.choice((None, None, "attribute_not_exists(p)"))
        request: dict[str, Any] = {"TableName": TABLE, "Item": self._item(key, call.mark)}
        if condition is not None:
            request["ConditionExpression"] = condition
        await self._send(call, "PutItem", request)

    async def _update(self) -> None:
        key = self._key()
        call = self._history.sent(self._name, {key: "update"})
        await self._send(call, "UpdateItem", {"TableName": TABLE} | self._changes(key, call.mark))

    async def _delete(self) -> None:
        key = self._key()
        call = self._history.sent(self._name, {key: "delete"})
        request = {"TableName": TABLE, "Key": _key(key), "ReturnValues": "ALL_OLD"}
        await self._send(call, "DeleteItem", request)

    async def _transact(self) -> None:
        keys = {self._key() for _ in range(self._random.randrange(1, 4))}
        effects: dict[Key, Effect] = {
            key: self._random.choice(("put", "update", "delete")) for key in sorted(keys)
        }
        if len(effects) == 1:  # a lone delete would have to say what it deleted
            effects = dict.fromkeys(effects, "put")
        call = self._history.sent(self._name, effects)
        actions = [self._action(key, effect, call.mark) for key, effect in effects.items()]
        token = call.mark if self._random.random() < 0.7 else None
        await self._send_transaction(call, actions, token)

    def _action(self, key: Key, effect: Effect, mark: str) -> dict[str, Any]:
        if effect == "put":
            return {"Put": {"TableName": TABLE, "Item": self._item(key, mark)}}
        if effect == "update":
            return {"Update": {"TableName": TABLE} | self._changes(key, mark)}
        condition = "attribute_exists(p)"  # so that a delete that is done has deleted something
        return {"Delete": {"TableName": TABLE, "Key": _key(key), "ConditionExpression": condition}}

    # -------------------------------------------------------------- and what became of it

    async def _send(self, call: Call, operation: str, request: dict[str, Any]) -> None:
        try:
            answer = await self._site.call(operation, **request)
        except REFUSED:
            self._history.answered(call, "refused")
        except GONE:
            return
        else:
            self._history.answered(call, "done", answer.get("Attributes"))

    async def _send_transaction(self, call: Call, actions: list[dict[str, Any]], token: str | None) -> None:
        """With a token, send it until there is an answer: its effect is had once."""
        request: dict[str, Any] = {"TransactItems": actions}
        if token is not None:
            request["ClientRequestToken"] = token
        first = self._site.clock.now()
        while abs(self._site.clock.now() - first) < TOKEN_SECONDS:
            try:
                await self._site.call("TransactWriteItems", **request)
            except REFUSED:
                self._history.answered(call, "refused")
                return
            except (*GONE, TransactionInProgressException):
                if token is None:
                    return
                await asyncio.sleep(0)
            else:
                self._history.answered(call, "done")
                return


def _key(key: Key) -> Image:
    return {"p": {"S": key[0]}, "s": {"S": key[1]}}
