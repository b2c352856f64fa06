"""What a table's schema must satisfy: attribute definitions, key schemas, projections and lists of indexes.

Each rule is a question with the sentence that the service answers when it is broken. They are asked in the
service's order, since a request that breaks several is told of the first only: the definitions must match the
keys before anything else about an index is looked at. Sentences are the service's own, where they are known
from its answers.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, TypeAlias

from dynalite import limits
from dynalite.errors import INVALID_VALUES, ValidationException
from dynalite.model.indexes import TABLE_KEY_SCHEMA
from dynalite.model.shape import ListOf, structure
from dynalite.model.walker import validate

Members: TypeAlias = dict[str, Any]

_SAME_NAME = "Both the Hash Key and the Range Key element in the KeySchema have the same name"
_FIRST_NOT_HASH = "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
_SECOND_NOT_RANGE = "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"

_TABLE_KEYS = structure("CreateTable", KeySchema=TABLE_KEY_SCHEMA)
"""How long a table's key schema may be. The words are those of the front layer, but the rule is judged later:
captured, it gives way to the rule that a provisioned table must have throughput.
"""
_LOCAL_KEYS = structure(
    "CreateTable",
    LocalSecondaryIndexes=ListOf(structure("LocalSecondaryIndex", KeySchema=TABLE_KEY_SCHEMA)),
)
"""The same of local indexes, after the rules that come before an index is looked at."""


def invalid(reason: str) -> NoReturn:
    """Refuse a value of the request."""
    raise ValidationException(INVALID_VALUES + reason)


def names(attributes: Iterable[Members]) -> list[str]:
    return [attribute["AttributeName"] for attribute in attributes]


def _printed(attribute_names: Iterable[str]) -> str:
    return f"[{', '.join(attribute_names)}]"


# ------------------------------------------------------------------ a table that is being created


def check_schema(request: Members) -> None:
    """The key schema, the definitions and the indexes of a CreateTable request."""
    _check_present(request)
    definitions = names(request["AttributeDefinitions"])
    keys = request["KeySchema"]
    validate(_TABLE_KEYS, {"KeySchema": keys})
    local, global_ = request.get("LocalSecondaryIndexes"), request.get("GlobalSecondaryIndexes")
    _check_duplicate_definitions(definitions)
    _check_table_keys_defined(names(keys), definitions)
    _check_pair(keys)
    vectors = request.get("VectorIndexes") or ()
    if local is None and global_ is None and not vectors:
        if len(keys) != len(definitions):
            invalid(
                "Number of attributes in KeySchema does not exactly match number of attributes defined in"
                " AttributeDefinitions"
            )
        return
    for member, indexes in (("LocalSecondaryIndexes", local), ("GlobalSecondaryIndexes", global_)):
        if indexes is not None and not indexes:
            invalid(f"List of {member} is empty")
    indexes = [*(local or ()), *(global_ or ())]
    for index in indexes:
        check_index_keys_defined(index["KeySchema"], definitions)
    searched = [index.get("SearchSchema", ()) for index in vectors]
    _check_definitions_used(definitions, [keys, *(index["KeySchema"] for index in indexes), *searched])
    if local:
        _check_local_indexes(local, keys)
    for index in global_ or ():
        check_global_index(index)
    _check_counts(local or (), global_ or ())
    _check_index_names(names_of([*indexes, *vectors]))
    check_projected_count(index["Projection"].get("NonKeyAttributes", ()) for index in indexes)


def _check_present(request: Members) -> None:
    """A new table needs both. The request's shape does not: a global table's replica has its source's."""
    absent = [member for member in ("AttributeDefinitions", "KeySchema") if member not in request]
    if absent:
        problems = "; ".join(
            f"Value null at '{member[0].lower()}{member[1:]}' failed to satisfy constraint:"
            " Member must not be null"
            for member in absent
        )
        plural = "s" if len(absent) > 1 else ""
        raise ValidationException(f"{len(absent)} validation error{plural} detected: {problems}")


def _check_duplicate_definitions(definitions: Sequence[str]) -> None:
    seen = set()
    for name in definitions:
        if name in seen:
            raise ValidationException(f"Attribute Name is duplicated: {name}")
        seen.add(name)


def _check_table_keys_defined(keys: Sequence[str], definitions: Sequence[str]) -> None:
    if all(name in definitions for name in keys):
        return
    if len(keys) > 1:
        raise ValidationException("Invalid KeySchema: Some index key attribute have no definition")
    _keys_not_defined(keys, definitions)


def check_new_index_keys_defined(keys: Sequence[Members], definitions: Sequence[str]) -> None:
    """An index that is added to a table: the service says less about it than when the table is created."""
    if any(name not in definitions for name in names(keys)):
        invalid(_KEYS_NOT_DEFINED)


def check_index_keys_defined(keys: Sequence[Members], definitions: Sequence[str]) -> None:
    if any(name not in definitions for name in names(keys)):
        _keys_not_defined(names(keys), definitions)


_KEYS_NOT_DEFINED = "Some index key attributes are not defined in AttributeDefinitions"


def _keys_not_defined(keys: Sequence[str], definitions: Sequence[str]) -> NoReturn:
    invalid(f"{_KEYS_NOT_DEFINED}. Keys: {_printed(keys)}, AttributeDefinitions: {_printed(definitions)}")


def _check_definitions_used(definitions: Sequence[str], schemas: Iterable[Sequence[Members]]) -> None:
    used = list(dict.fromkeys(name for schema in schemas for name in names(schema)))
    if any(name not in used for name in definitions):
        invalid(
            "Some AttributeDefinitions are not used."
            f" AttributeDefinitions: {_printed(definitions)}, keys used: {_printed(used)}"
        )


def _check_counts(local: Sequence[Members], global_: Sequence[Members]) -> None:
    if len(local) > limits.LOCAL_INDEXES_PER_TABLE:
        invalid(
            f"Number of LocalSecondaryIndexes exceeds per-table limit of {limits.LOCAL_INDEXES_PER_TABLE}"
        )
    if len(global_) > limits.GLOBAL_INDEXES_PER_TABLE:
        invalid(
            f"GlobalSecondaryIndex count exceeds the per-table limit of {limits.GLOBAL_INDEXES_PER_TABLE}"
        )


def _check_index_names(index_names: Sequence[str]) -> None:
    seen = set()
    for name in index_names:
        if name in seen:
            invalid(f"Duplicate index name: {name}")
        seen.add(name)


def names_of(indexes: Iterable[Members]) -> list[str]:
    return [index["IndexName"] for index in indexes]


# ------------------------------------------------------------------ key schemas


def _check_pair(keys: Sequence[Members]) -> None:
    """One partition attribute and perhaps one sort attribute: a table's key schema, or a local index's."""
    if len(keys) > 1 and keys[0]["AttributeName"] == keys[1]["AttributeName"]:
        raise ValidationException(_SAME_NAME)
    if keys[0]["KeyType"] != "HASH":
        raise ValidationException(_FIRST_NOT_HASH)
    if len(keys) > 1 and keys[1]["KeyType"] != "RANGE":
        raise ValidationException(_SECOND_NOT_RANGE)


def _check_multiple(keys: Sequence[Members]) -> None:
    """A global index's key schema: up to four partition attributes, then up to four sort attributes."""
    kinds = [key["KeyType"] for key in keys]
    if kinds[0] != "HASH":
        raise ValidationException(_FIRST_NOT_HASH)
    if kinds != sorted(kinds):  # HASH sorts before RANGE
        invalid("All HASH key attributes must precede RANGE key attributes in the KeySchema")
    for kind in ("HASH", "RANGE"):
        if kinds.count(kind) > limits.INDEX_KEY_ATTRIBUTES:
            invalid(f"The KeySchema exceeds the maximum allowed number of {kind} key attributes")
    if len(set(names(keys))) < len(keys):
        pair = kinds == ["HASH", "RANGE"]
        raise ValidationException(
            _SAME_NAME if pair else "The KeySchema contains multiple key attributes with the same name"
        )


# ------------------------------------------------------------------ indexes


def _check_local_indexes(indexes: Sequence[Members], table_keys: Sequence[Members]) -> None:
    if len(table_keys) < limits.KEY_ATTRIBUTES:
        invalid(
            "Table KeySchema does not have a range key, which is required when specifying a"
            " LocalSecondaryIndex"
        )
    validate(_LOCAL_KEYS, {"LocalSecondaryIndexes": indexes})
    for index in indexes:
        _check_local_index(index, table_keys)


def _check_local_index(index: Members, table_keys: Sequence[Members]) -> None:
    keys, name = index["KeySchema"], index["IndexName"]
    _check_pair(keys)
    if len(keys) < limits.KEY_ATTRIBUTES:
        invalid(f"Index KeySchema does not have a range key for index: {name}")
    hash_key, table_hash_key = keys[0]["AttributeName"], table_keys[0]["AttributeName"]
    if hash_key != table_hash_key:
        invalid(
            f"Index KeySchema does not have the same leading hash key as table KeySchema for index: {name}."
            f" index hash key: {hash_key}, table hash key: {table_hash_key}"
        )
    check_projection(index["Projection"])


def check_global_index(index: Members) -> None:
    """The key schema and the projection of a global index, new or in a new table."""
    _check_multiple(index["KeySchema"])
    check_projection(index["Projection"])


def check_projection(projection: Members) -> None:
    """A projection by itself."""
    kind, non_key = projection.get("ProjectionType"), projection.get("NonKeyAttributes")
    if kind is None:
        invalid("Unknown ProjectionType: null")
    if kind == "INCLUDE" and non_key is None:
        invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    if kind != "INCLUDE" and non_key is not None:
        invalid(f"ProjectionType is {kind}, but NonKeyAttributes is specified")
    seen = set()
    for name in non_key or ():
        if name in seen:
            invalid(f"Duplicate element in NonKeyAttributes: {name}")
        seen.add(name)


def check_projected_count(lists: Iterable[Sequence[str]]) -> None:
    """The INCLUDE lists of all indexes together; a name that stands in two of them counts twice."""
    if sum(map(len, lists)) > limits.PROJECTED_NAMES_PER_TABLE:
        invalid(
            "Number of user-specified non-key attributes projected into all indexes exceeds the per-table"
            f" limit of {limits.PROJECTED_NAMES_PER_TABLE}"
        )
