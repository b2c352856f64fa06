"""From a checked request to descriptors: a new table and its indexes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from dynalite.catalog import features, lineage, policy, tagging, throughput
from dynalite.catalog.rules import Members
from dynalite.catalog.schema import (
    BillingMode,
    Index,
    IndexStatus,
    KeyAttribute,
    KeySchema,
    Projection,
    SearchAttribute,
    Table,
    VectorIndex,
)

UNSUPPORTED = ("GlobalTableSourceArn", "GlobalTableSettingsReplicationMode")
"""Members of CreateTable that ask for what this server does not do."""


@dataclass(frozen=True, slots=True)
class Birth:
    """What a table gets from its surroundings. The last three are for its stream, if it is to have one;
    `taken_label` is that of the last stream of a deleted table of the same name.
    """

    id: int
    name: str
    region: str
    account: str
    uuid: str
    now: float
    due_at: float
    stream_shards: int
    last_sequence: int
    taken_label: str | None


def _wants_stream(specification: Members | None) -> bool:
    return specification is not None and bool(specification["StreamEnabled"])


def new_table(request: Members, birth: Birth) -> Table:
    """The table that a checked CreateTable request describes, CREATING until it is due."""
    mode: BillingMode = request.get("BillingMode", "PROVISIONED")
    definitions = attributes(request["AttributeDefinitions"])
    units = throughput.provisioned(request.get("ProvisionedThroughput"))
    indexes = _new_indexes(request, definitions, mode)
    vectors = tuple(
        new_vector_index(id_, index, definitions)
        for id_, index in enumerate(request.get("VectorIndexes") or (), len(indexes) + 1)
    )
    table = Table(
        id=birth.id,
        name=birth.name,
        region=birth.region,
        account=birth.account,
        uuid=birth.uuid,
        created_at=birth.now,
        keys=key_schema(request["KeySchema"], definitions),
        definitions=tuple(definitions.values()),
        indexes=indexes,
        vector_indexes=vectors,
        status="CREATING",
        due_at=birth.due_at,
        billing_mode=mode,
        throughput=units,
        on_demand_since=birth.now if mode == "PAY_PER_REQUEST" else None,
        deletion_protection=request.get("DeletionProtectionEnabled", False),
        next_index_id=len(indexes) + len(vectors) + 1,
        settings=_settings(request, birth, {"WarmThroughput": throughput.warm(mode, units, _warm(request))}),
        applying=("WarmThroughput",) if "WarmThroughput" in request else (),
    )
    if not _wants_stream(request.get("StreamSpecification")):
        return table
    view_type = request["StreamSpecification"]["StreamViewType"]
    table = replace(table, latest_stream_label=birth.taken_label)
    return lineage.with_stream(table, view_type, birth.stream_shards, birth.now, birth.last_sequence)


def _warm(owner: Members) -> Mapping[str, int]:
    requested: Mapping[str, int] = owner.get("WarmThroughput", {})
    return requested


def _settings(request: Members, birth: Birth, settings: Members) -> Members:
    """What is kept of a request by its wire name."""
    if "TableClass" in request:
        settings["TableClassSummary"] = {"TableClass": request["TableClass"]}
    if request.get("OnDemandThroughput"):
        settings["OnDemandThroughput"] = request["OnDemandThroughput"]
    if features.asks_for_encryption(request.get("SSESpecification")):
        settings["SSESpecification"] = features.encryption(
            request["SSESpecification"], birth.region, birth.account
        )
    if "ResourcePolicy" in request:
        settings["ResourcePolicy"] = policy.new(request["ResourcePolicy"], birth.now)
    if request.get("Tags"):
        settings["Tags"] = tagging.merged((), request["Tags"])
    return settings


# ------------------------------------------------------------------ keys


Definitions: TypeAlias = Mapping[str, KeyAttribute]


def attributes(definitions: Sequence[Members]) -> Definitions:
    """Attribute definitions by name, in the order given."""
    return {
        definition["AttributeName"]: KeyAttribute(definition["AttributeName"], definition["AttributeType"])
        for definition in definitions
    }


def key_schema(elements: Sequence[Members], definitions: Definitions) -> KeySchema:
    def of(kind: str) -> tuple[KeyAttribute, ...]:
        return tuple(definitions[e["AttributeName"]] for e in elements if e["KeyType"] == kind)

    return KeySchema(of("HASH"), of("RANGE"))


# ------------------------------------------------------------------ indexes


def _new_indexes(request: Members, definitions: Definitions, mode: BillingMode) -> tuple[Index, ...]:
    local = [(index, False) for index in request.get("LocalSecondaryIndexes", ())]
    global_ = [(index, True) for index in request.get("GlobalSecondaryIndexes", ())]
    return tuple(
        new_index(
            id_, index, definitions, mode, is_global=is_global, status="CREATING" if is_global else "ACTIVE"
        )
        for id_, (index, is_global) in enumerate([*local, *global_], 1)
    )


def new_index(
    id_: int,
    request: Members,
    definitions: Definitions,
    mode: BillingMode,
    *,
    is_global: bool,
    status: IndexStatus,
    backfilling: bool | None = None,
) -> Index:
    """The index that a checked index member describes. A local index has no throughput of its own."""
    units = throughput.provisioned(request.get("ProvisionedThroughput"))
    return Index(
        id=id_,
        name=request["IndexName"],
        is_global=is_global,
        keys=key_schema(request["KeySchema"], definitions),
        projection=_projection(request["Projection"]),
        status=status,
        backfilling=backfilling,
        throughput=units,
        on_demand_throughput=request.get("OnDemandThroughput") or None,
        warm_throughput=throughput.warm(mode, units, _warm(request)) if is_global else None,
    )


def new_vector_index(
    id_: int, request: Members, definitions: Definitions, *, backfilling: bool | None = None
) -> VectorIndex:
    """The vector index that a checked member describes, CREATING."""
    return VectorIndex(
        id=id_,
        name=request["IndexName"],
        attribute=request["VectorAttribute"]["AttributeName"],
        dimensions=request["Dimensions"],
        distance=request["DistanceFunction"],
        projection=_projection(request["Projection"]),
        search=tuple(
            SearchAttribute(
                element["AttributeName"],
                definitions[element["AttributeName"]].type,
                element["SearchSchemaElementType"] == "HASH",
            )
            for element in request.get("SearchSchema", ())
        ),
        status="CREATING",
        backfilling=backfilling,
    )


def _projection(requested: Members) -> Projection:
    return Projection(requested["ProjectionType"], tuple(requested.get("NonKeyAttributes", ())))
