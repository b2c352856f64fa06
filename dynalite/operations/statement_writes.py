"""INSERT, UPDATE, DELETE and EXISTS as actions on one item.

    INSERT   a put that refuses an item which is there
    UPDATE   an update that refuses an item which is not: it never creates one
    DELETE   a delete; of an item that is not there it is a success, whatever the WHERE clause says
    EXISTS   a condition check

The WHERE clause must fix the whole key; what else it says becomes the action's condition.
"""

from dataclasses import replace

from dynalite import limits
from dynalite.catalog.schema import Table
from dynalite.errors import DuplicateItemException, ValidationException
from dynalite.expressions import update as updates
from dynalite.expressions.prepare import Prepared
from dynalite.expressions.tree import Node, Operation, Path
from dynalite.items.record import Record
from dynalite.operations import actions
from dynalite.operations.actions import ITEM_TOO_LARGE, Action, Done, Draft, Outcome, Verb
from dynalite.operations.context import Context
from dynalite.operations.statement_judging import Judged
from dynalite.partiql import meaning
from dynalite.partiql.keys import joined, key_test, named_item
from dynalite.partiql.statement import Delete, Exists, Insert, Update, table_of
from dynalite.values.size import item_size
from dynalite.values.types import Item, Spliced

_DUPLICATE = "Duplicate primary key exists in table"
_INCOMPLETE_KEY = "Where clause does not contain a mandatory equality on all key attributes"
_TWO_VALUES = "Multiple conditions on same key {}. Only single item Update/Insert/Delete are supported"
_ONLY_A_READ = "EXISTS() must contain a single item read with additional condition"


def _bind_insert(context: Context, draft: Draft) -> Action:
    action = actions.PUT.bind(context, draft)

    def transition(before: Record | None) -> Outcome:
        if before is not None:
            raise DuplicateItemException(_DUPLICATE)
        return action.transition(before)

    return action._replace(transition=transition)


INSERT = replace(actions.PUT, bind=_bind_insert)


def draft(
    context: Context, judged: Judged, *, returns_item: bool, partial_key: bool = False
) -> tuple[Verb, Draft]:
    """The action that a statement stands for. Raises ValidationException, or ResourceNotFoundException.

    `returns_item`: a failed condition shows the item. `partial_key`: a key that is not complete is left
    for the action's own check, which a transaction reports as the member's reason.
    """
    name = table_of(judged.command)
    if isinstance(judged.command, Insert):
        assert judged.item is not None
        return INSERT, _whole_item(name, judged.item)
    table = context.catalog.get(context.region, name)
    verb, key, prepared = _on_key(table, judged, partial_key)
    return verb, Draft(name, key, item_size(key), prepared, returns_item)


def _whole_item(name: str, item: Item) -> Draft:
    size_bytes = item_size(item)
    if size_bytes > limits.ITEM_SIZE_BYTES:
        raise ValidationException(ITEM_TOO_LARGE)
    return Draft(name, item, size_bytes, Prepared())


def _on_key(table: Table, judged: Judged, partial_key: bool) -> tuple[Verb, Item, Prepared]:
    named = named_item(judged.where, table.keys)
    partition = Path((table.keys.partition[0].name,))
    rest = joined(named.rest)
    if isinstance(judged.command, Exists):
        if len(named.key) < len(table.keys.attributes) or rest is None:
            raise ValidationException(_ONLY_A_READ)
        return actions.CHECK, named.key, Prepared(condition=meaning.tested(rest))
    if len(named.key) < len(table.keys.attributes) and not partial_key:
        raise ValidationException(_INCOMPLETE_KEY)
    for node in named.rest:
        test = key_test(node, table.keys)
        if test is not None and test.operator == "=":
            raise ValidationException(_TWO_VALUES.format(test.name))
    if isinstance(judged.command, Delete):
        condition = None if rest is None else _either("attribute_not_exists", partition, rest)
        return actions.DELETE, named.key, Prepared(condition=meaning.tested(condition))
    exists = Operation("attribute_exists", (partition,))
    condition = exists if rest is None else Operation("AND", (exists, rest))
    return actions.UPDATE, named.key, Prepared(condition=meaning.tested(condition), update=judged.update)


def _either(function: str, path: Path, rest: Node) -> Node:
    return Operation("OR", (Operation(function, (path,)), rest))


def returned(judged: Judged, done: Done) -> object | None:
    """What RETURNING shows of a write; None for nothing, and for a projection that is empty."""
    command = judged.command
    if not isinstance(command, Update | Delete) or command.returning is None:
        return None
    which, image = command.returning
    record = done.before if image == "OLD" else done.after
    if record is None:
        return None
    if which == "ALL":
        return Spliced(record.json)
    assert done.updated is not None
    before = done.before.item if done.before else {}
    return updates.returned(
        done.updated, before, record.item, "UPDATED_OLD" if image == "OLD" else "UPDATED_NEW"
    )
