"""How a SELECT is read: a condition and a key schema become byte ranges to walk, and a filter for the rest.

A condition is taken apart at its ANDs and ORs into branches, each a conjunction. If every branch fixes
the partition key, the read is keyed: each branch is a range of one partition, bounded by the branch's
conditions on the sort key, as if it were a Query of its own. Otherwise everything is scanned and the
whole condition is the filter.

    pk = 'a' AND sk > '5' AND x = 1      one range, filter x = 1
    pk IN ['a', 'b']                     two ranges
    pk = 'a' AND (sk = '1' OR sk = '2')  two ranges in one partition
    pk = 'a' OR x = 1                    a scan

The service refuses branches of one partition whose ranges overlap, for it would find an item twice. It
does not where one of them has a condition on the sort key that no range can express (`<>`, NOT): there
the whole partition is one range and the whole condition the filter. It also refuses to take a condition
apart into more than fifty.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from dynalite.catalog.schema import Index, KeySchema, Table
from dynalite.errors import ValidationException
from dynalite.expressions import keycondition
from dynalite.expressions.keycondition import Clause, KeyClauses, KeyCondition
from dynalite.expressions.tree import Literal, Node, Operation, paths_of
from dynalite.items import ranges
from dynalite.items.page import Range
from dynalite.partiql.keys import KeyTest, conjuncts, joined, key_test
from dynalite.partiql.statement import Order
from dynalite.values.order import encode
from dynalite.values.types import AttributeValue

_MOST_BRANCHES = 50
_ITEMS_BY_IN = 10
"""How many items a page has where partition keys are listed (the developer guide, "PartiQL operators")."""
_TOO_MANY = "Too many decomposed read operations for a given query."
_OVERLAP = "Overlapping conditions with range keys are not supported in where clause"
_WRONG_TYPE = "Key attribute's data type should match its data type in table's schema: Key {}"

_ORDER_WITHOUT_WHERE = "Must have WHERE clause in the statement when using ORDER BY clause."
_ORDER_WITHOUT_KEY = (
    "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
)
_ORDER_WITHOUT_HASH = (
    "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause."
)
_ORDER_BY_OTHER = "Attribute {} in ORDER BY clause must be part of the primary key"
_ORDER_BY_TWICE = "Attribute {} occurs twice in ORDER BY clause"


@dataclass(frozen=True, slots=True)
class Reading:
    """The ranges to walk in their order, and what is left to ask of each item in them.

    `page_items` is how many items a page has at most, where the statement makes that few.
    """

    ranges: tuple[Range, ...]
    filter: Node | None
    page_items: int | None = None


@dataclass(frozen=True, slots=True)
class _Branch:
    """One conjunction. `elusive`: it has a condition on the sort key that no range expresses."""

    partition: AttributeValue | None = None
    sort: tuple[KeyTest, ...] = ()
    rest: tuple[Node, ...] = ()
    elusive: bool = False
    contradictory: bool = False

    def __and__(self, other: "_Branch") -> "_Branch":
        differ = (
            self.partition is not None and other.partition is not None and self.partition != other.partition
        )
        return _Branch(
            other.partition if self.partition is None else self.partition,
            self.sort + other.sort,
            self.rest + other.rest,
            self.elusive or other.elusive,
            self.contradictory or other.contradictory or differ,
        )


def read(
    table: Table,
    index: Index | None,
    tree: Node | None,
    order: Sequence[Order],
    hash: Callable[[bytes], bytes],
) -> Reading:
    """Plan a SELECT from a table or index whose key has one partition attribute and at most one sort
    attribute.
    """
    schema = table.keys if index is None else index.keys
    planner = _Planner(schema, ranges.prefix(table, index), hash)
    _check_order(schema, tree, order)
    if tree is None or not planner.pins(tree):
        if order:
            raise ValidationException(_ORDER_WITHOUT_KEY)
        return Reading((ranges.segment(planner.rows, 0, 1),), tree)
    branches = planner.branches(tree)
    if index is not None and index.is_global and index.projected is not None:
        _check_filtered(index, index.projected, branches)
    reading = planner.keyed(tree, branches, order)
    return replace(reading, page_items=_ITEMS_BY_IN) if planner.lists(tree) else reading


def partitions(schema: KeySchema, tree: Node | None) -> tuple[AttributeValue, ...] | None:
    """The partitions that a read with this condition walks; None when it walks all of them."""
    planner = _Planner(schema, b"", bytes)  # no place in storage is asked for
    if tree is None or not planner.pins(tree):
        return None
    return tuple([branch.partition for branch in planner.branches(tree) if branch.partition is not None])


class _Planner:
    """One condition against one key schema."""

    __slots__ = ("hash", "partition", "rows", "schema", "sort")

    def __init__(self, schema: KeySchema, rows: bytes, hash: Callable[[bytes], bytes]) -> None:
        self.schema = schema
        self.partition = schema.partition[0]
        self.sort = schema.sort[0] if schema.sort else None
        self.rows = rows
        self.hash = hash

    # -------------------------------------------------------------- taking apart

    def pins(self, node: Node) -> bool:
        """Whether every branch of the condition fixes the partition key."""
        if isinstance(node, Operation) and node.operator in ("AND", "OR"):
            found = [self.pins(operand) for operand in node.operands]
            return any(found) if node.operator == "AND" else all(found)
        test = key_test(node, self.schema)
        return test is not None and test.name == self.partition.name and test.operator in ("=", "IN")

    def lists(self, node: Node) -> bool:
        """Whether the condition has an IN for the partition key."""
        if isinstance(node, Operation) and node.operator in ("AND", "OR"):
            return any(self.lists(operand) for operand in node.operands)
        test = key_test(node, self.schema)
        return test is not None and test.name == self.partition.name and test.operator == "IN"

    def branches(self, node: Node) -> list[_Branch]:
        """The branches of a condition; one whatever it is, if it says nothing of the key."""
        if isinstance(node, Operation) and node.operator in ("AND", "OR") and self._concerns_key(node):
            found = [_Branch()] if node.operator == "AND" else []
            for operand in node.operands:
                more = self.branches(operand)
                if node.operator == "OR":
                    found = found + more
                else:
                    found = [one & other for one in found for other in more]
                if len(found) > _MOST_BRANCHES:
                    raise ValidationException(_TOO_MANY)
            return found
        test = key_test(node, self.schema)
        if test is not None:
            return self._tested(test, node)
        return [_Branch(rest=(node,), elusive=self.sort is not None and self._negates(node, self.sort.name))]

    def _tested(self, test: KeyTest, node: Node) -> list[_Branch]:
        if test.name == self.partition.name:
            if test.operator not in ("=", "IN"):
                return [_Branch(rest=(node,))]
            if len(test.values) > _MOST_BRANCHES:
                raise ValidationException(_TOO_MANY)
            return [_Branch(value) for value in test.values]
        if test.operator != "IN":
            return [_Branch(sort=(test,))]
        if len(test.values) > _MOST_BRANCHES:
            raise ValidationException(_TOO_MANY)
        return [_Branch(sort=(KeyTest(test.name, "=", (value,)),)) for value in test.values]

    def _concerns_key(self, node: Node) -> bool:
        return any(len(path) == 1 and path[0] in self.schema.names for path in paths_of(node))

    def _negates(self, node: Node, name: str) -> bool:
        negative = isinstance(node, Operation) and node.operator in ("NOT", "<>")
        return negative and any(path[0] == name for path in paths_of(node))

    def says_only_key(self, node: Node) -> bool:
        """Whether ranges say all that a condition says."""
        if isinstance(node, Operation) and node.operator in ("AND", "OR"):
            return all(self.says_only_key(operand) for operand in node.operands)
        test = key_test(node, self.schema)
        return test is not None and (test.name != self.partition.name or test.operator in ("=", "IN"))

    # -------------------------------------------------------------- putting together

    def keyed(self, tree: Node, branches: list[_Branch], order: Sequence[Order]) -> Reading:
        groups: dict[str, list[_Branch]] = {}
        for branch in branches:
            assert branch.partition is not None  # `pins` made sure
            groups.setdefault(self._encoded(branch.partition), []).append(branch)
        encoded = list(groups)
        reverse = _runs_backwards(order, self.sort.name if self.sort else None)
        for term in order:
            if term.name == self.partition.name:
                encoded.sort(reverse=term.descending)
                break
        else:
            if order and len(groups) > 1:
                raise ValidationException(_ORDER_WITHOUT_HASH)
        walked: list[Range] = []
        merged = False
        for one in encoded:
            group = groups[one]
            merge = len(group) > 1 and any(branch.elusive for branch in group)
            merged = merged or merge
            walked += [self._whole(group[0], reverse)] if merge else self._apart(group, reverse)
        if merged:
            return Reading(tuple(walked), tree)
        return Reading(
            tuple(walked), joined(tuple([node for node in conjuncts(tree) if not self.says_only_key(node)]))
        )

    def _encoded(self, value: AttributeValue) -> str:
        """A partition key as text that sorts as the key does."""
        if self.partition.type not in value:
            raise ValidationException(_WRONG_TYPE.format(self.partition.name))
        return encode(self.partition.type, value[self.partition.type]).hex()

    def _whole(self, branch: _Branch, reverse: bool) -> Range:
        assert branch.partition is not None
        return self._range(branch.partition, None, reverse)

    def _apart(self, group: list[_Branch], reverse: bool) -> list[Range]:
        """The ranges of branches in one partition, which must not overlap."""
        found = sorted(
            [self._of(branch, reverse) for branch in group if not branch.contradictory],
            key=lambda range: range.start,
        )
        found = [range for range in found if range.start < range.stop]
        for one, other in pairwise(found):
            if other.start < one.stop:
                raise ValidationException(_OVERLAP)
        return found[::-1] if reverse else found

    def _of(self, branch: _Branch, reverse: bool) -> Range:
        assert branch.partition is not None
        narrowed = self._range(branch.partition, None, reverse)
        for test in branch.sort:
            one = self._range(branch.partition, test, reverse)
            narrowed = Range(max(narrowed.start, one.start), min(narrowed.stop, one.stop), reverse)
        return narrowed

    def _range(self, partition: AttributeValue, test: KeyTest | None, reverse: bool) -> Range:
        clauses = [Clause(self.partition.name, "=", (Literal(partition),))]
        if test is not None:
            assert self.sort is not None
            if not all(self.sort.type in value for value in test.values):
                raise ValidationException(_WRONG_TYPE.format(test.name))
            clauses.append(Clause(test.name, test.operator, tuple([Literal(value) for value in test.values])))
        condition: KeyCondition = keycondition.resolve(
            KeyClauses(tuple(clauses), {}),
            ((self.partition.name, self.partition.type),),
            ((self.sort.name, self.sort.type),) if self.sort else (),
        )
        prefix = ranges.partition(self.rows, self.schema, condition, self.hash)
        return ranges.query(prefix, condition, reverse=reverse)


# ------------------------------------------------------------------ ORDER BY


def _check_order(schema: KeySchema, tree: Node | None, order: Sequence[Order]) -> None:
    if order and tree is None:
        raise ValidationException(_ORDER_WITHOUT_WHERE)
    seen = set()
    for term in order:
        if term.name not in schema.names:
            raise ValidationException(_ORDER_BY_OTHER.format(term.name))
        if term.name in seen:
            raise ValidationException(_ORDER_BY_TWICE.format(term.name))
        seen.add(term.name)


def _runs_backwards(order: Sequence[Order], sort_name: str | None) -> bool:
    """Whether partitions are walked from their end: ORDER BY without the sort key does it, as on the
    service.
    """
    for term in order:
        if term.name == sort_name:
            return term.descending
    return bool(order)


# ------------------------------------------------------------------ what an index cannot filter by


def _check_filtered(index: Index, projected: frozenset[str], branches: list[_Branch]) -> None:
    """Refuse a keyed read of an index each of whose branches filters by an attribute that the index lacks."""
    missing: list[str] = []
    for branch in branches:
        names = [str(path[0]) for node in branch.rest for path in paths_of(node)]
        missing = [name for name in dict.fromkeys(names) if name not in projected]
        if not missing:
            return
    raise keycondition.filters_beyond(index.name, missing)
