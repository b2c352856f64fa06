"""Vector indexes: what a request for one must satisfy, and what becomes of it.

A vector index ranks a table's items by how near a vector attribute of theirs (a list of numbers) is to a
vector that is searched for. This server keeps no rows for it: a search reads the table
(`operations/search_vectors`), so that its answer is exact and as fresh as the table. What is kept here is the
definition, by which writes are judged and searches are made; a new index needs no filling, and passes through
the service's statuses all the same. Sentences are the service's own, as measured by others; what it says of a
second HASH, of more than 18 filters and of an update that does nothing, nobody has published.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dynalite import limits
from dynalite.catalog import building, rules, throughput
from dynalite.catalog.rules import Members, invalid
from dynalite.catalog.schema import Table
from dynalite.catalog.standing import IN_USE
from dynalite.errors import LimitExceededException, ResourceInUseException, ValidationException

_ACTIONS = ("Create", "Delete")


def online(request: Members) -> list[tuple[str, Members]]:
    """The actions of VectorIndexUpdates with their members."""
    return [item for entry in request.get("VectorIndexUpdates", ()) for item in entry.items()]


# ------------------------------------------------------------------ judged from the request alone


def check_new(request: Members) -> None:
    """The VectorIndexes of a CreateTable request."""
    wanted = request.get("VectorIndexes") or []
    if not wanted:
        return
    _check_mode(request.get("BillingMode", "PROVISIONED"))
    if len(wanted) > limits.VECTOR_INDEXES_PER_TABLE:
        invalid(f"VectorIndex count exceeds the per-table limit of {limits.VECTOR_INDEXES_PER_TABLE}")
    for index in wanted:
        _check_one(index, rules.names(request["AttributeDefinitions"]))
    _check_dimensions([(index["VectorAttribute"]["AttributeName"], index["Dimensions"]) for index in wanted])


def check_updates(request: Members) -> None:
    """The VectorIndexUpdates of an UpdateTable request."""
    for entry in request.get("VectorIndexUpdates", ()):
        given = [action for action in _ACTIONS if action in entry]
        if not given:
            invalid("One of VectorIndexUpdate.Create, VectorIndexUpdate.Delete must not be null")
        if len(given) > 1:
            invalid("Only one vector index action is allowed per VectorIndexUpdate object")
    for action, members in online(request):
        if action == "Create":
            _check_one(members, rules.names(request.get("AttributeDefinitions", ())))


def _check_mode(mode: str) -> None:
    if mode != "PAY_PER_REQUEST":
        invalid("Vector indexes are only supported for PAY_PER_REQUEST tables")


def _check_one(index: Members, definitions: Sequence[str]) -> None:
    """The rules of one index. What it filters by is defined in the same request, its vectors are not."""
    attribute, search = index["VectorAttribute"]["AttributeName"], index.get("SearchSchema", ())
    if index["Dimensions"] > limits.VECTOR_DIMENSIONS:
        invalid(f"Number of dimensions must be between 1 and {limits.VECTOR_DIMENSIONS} inclusive.")
    if any(name not in definitions for name in rules.names(search)):
        invalid("One element in SearchSchema is not defined in attribute definitions")
    if attribute in definitions:
        invalid(
            f"Conflicting attribute definition for '{attribute}'. An attribute cannot be defined in"
            " AttributeDefinitions when used as a VectorAttribute."
        )
    kinds = [element["SearchSchemaElementType"] for element in search]
    if kinds.count("HASH") > 1:
        invalid("SearchSchema must not have more than one HASH key")
    if kinds.count("INLINE_FILTER") > limits.INLINE_FILTERS:
        invalid(f"SearchSchema must not have more than {limits.INLINE_FILTERS} INLINE_FILTER elements")
    rules.check_projection(index["Projection"])


def _check_dimensions(vectors: Iterable[tuple[str, int]]) -> None:
    """Indexes on one attribute agree how many numbers its vectors have."""
    known: dict[str, int] = {}
    for attribute, dimensions in vectors:
        if known.setdefault(attribute, dimensions) != dimensions:
            invalid(
                f"Conflicting attribute definition for '{attribute}'. All VectorIndexes on the same vector"
                " attribute must use the same dimensions."
            )


# ------------------------------------------------------------------ judged against the table


def revise(table: Table, request: Members) -> Table:
    """The table after the request's VectorIndexUpdates: at most one, as `indexing` has seen to."""
    for action, members in online(request):
        table = _create(table, members, request) if action == "Create" else _delete(table, members)
    return table


def check_billing(table: Table, mode: str) -> None:
    """A table with vector indexes stays on demand."""
    if table.live_vectors:
        _check_mode(mode)


def _create(table: Table, create: Members, request: Members) -> Table:
    attribute = create["VectorAttribute"]["AttributeName"]
    _check_mode(table.billing_mode)
    if len(table.vector_indexes) >= limits.VECTOR_INDEXES_PER_TABLE:
        raise LimitExceededException(
            "Subscriber limit exceeded: Number of vector secondary indexes exceeds per-table limit of"
            f" {limits.VECTOR_INDEXES_PER_TABLE}"
        )
    if attribute in table.keys.names:
        _refuse_key(table, attribute, create["Dimensions"])
    known = {definition.name: definition for definition in table.definitions}
    definitions = {**building.attributes(request.get("AttributeDefinitions", ())), **known}
    if attribute in definitions:
        invalid(
            f"Conflicting attribute definition for '{attribute}'. An attribute cannot be defined in"
            " AttributeDefinitions when used as a VectorAttribute."
        )
    index = building.new_vector_index(table.next_index_id, create, definitions, backfilling=False)
    vectors = (*table.vector_indexes, index)
    _check_dimensions((one.attribute, one.dimensions) for one in vectors)
    return replace(
        table,
        status="UPDATING",
        vector_indexes=vectors,
        next_index_id=index.id + 1,
        definitions=tuple({**known, **{one.name: definitions[one.name] for one in index.search}}.values()),
    )


def check_names(table: Table, request: Members) -> None:
    """Refuse to create an index under a name that is taken, whatever else is under way."""
    for action, members in online(request):
        name = members["IndexName"]
        present = table.index(name) or table.vector_index(name)
        if action != "Create" or present is None:
            continue
        if present.status == "CREATING":  # the service does write two spaces
            raise ResourceInUseException(
                f"{IN_USE}Index is being created.  Table: {table.name} Index: {name}"
            )
        raise ValidationException("Attempting to create an index which already exists")


def _refuse_key(table: Table, attribute: str, dimensions: int) -> None:
    (key,) = [key for key in table.keys.attributes if key.name == attribute]
    kind = "HASH" if key in table.keys.partition else "RANGE"
    invalid(
        "Attributes cannot be redefined. Please check that your attribute has the same type as previously"
        f" defined. Existing schema: Schema:[SchemaElement: key{{{attribute}:{key.type}:{kind}}}] New schema:"
        f" VectorIndexSchema:[VectorAttribute: key{{{attribute}:L:{dimensions}}}]"
    )


def _delete(table: Table, delete: Members) -> Table:
    name = delete["IndexName"]
    index = table.vector_index(name)
    if index is None:
        raise throughput.index_not_found(name, table.name)
    if index.backfilling is False:
        raise ResourceInUseException(
            f"{IN_USE}Index creation is in resource allocation phase. Retry deletion during backfilling"
            f" phase or when the index is active. Table: {table.name} Index: {name}"
        )
    if index.status == "DELETING":
        raise ResourceInUseException(f"{IN_USE}Index is being deleted. Table: {table.name} Index: {name}")
    leaving = replace(index, status="DELETING", backfilling=None)
    kept = tuple(leaving if one.name == name else one for one in table.vector_indexes)
    return replace(table, status="UPDATING", vector_indexes=kept)
