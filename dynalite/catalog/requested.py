"""What an UpdateTable request may ask for, judged before any table is looked at.

UpdateTable makes one logical change per call: most pairs of members are refused, each pair by a sentence that
names one of the two, and which one is a matter of precedence.
"""

from dynalite.catalog import features, indexing, throughput, vectors
from dynalite.catalog.rules import Members, invalid
from dynalite.errors import ValidationException

UNSUPPORTED = (
    "ReplicaUpdates",
    "MultiRegionConsistency",
    "GlobalTableWitnessUpdates",
    "GlobalTableSettingsReplicationMode",
    "DisassociationProtectionEnabled",
)
"""Members of UpdateTable that ask for what this server does not do."""

_CHANGES = (
    "ProvisionedThroughput",
    "BillingMode",
    "StreamSpecification",
    "GlobalSecondaryIndexUpdates",
    "VectorIndexUpdates",
    "SSESpecification",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "WarmThroughput",
    "TableClass",
)
_NOTHING_ASKED = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates,"
    " SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn,"
    " MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is"
    " required"
)

_PARTS = (
    ("OnDemandThroughput", "MaxReadRequestUnits or MaxWriteRequestUnits"),
    ("WarmThroughput", "ReadUnitsPerSecond or WriteUnitsPerSecond"),
)


def check(request: Members) -> None:
    """Refuse a request that no table could accept."""
    features.refuse(request, UNSUPPORTED)
    asked = asked_for(request)
    if not asked:
        raise ValidationException(_NOTHING_ASKED)
    if request.get("GlobalSecondaryIndexUpdates") == []:
        invalid("List of GlobalSecondaryIndexUpdates is empty")
    _check_alone(asked, indexing.actions(request))
    _check_billing(request)
    features.check_stream_change(request.get("StreamSpecification"))
    features.check_encryption(request.get("SSESpecification"))
    for member, parts in _PARTS:
        if request.get(member) == {}:
            invalid(f"{member} must have at least one of {parts} specified")
    indexing.check(request)
    vectors.check_updates(request)


def asked_for(request: Members) -> set[str]:
    """The changes that the request asks for. An empty list of index updates asks for none."""
    return {member for member in _CHANGES if request.get(member) is not None and request[member] != []}


_ALONE = (
    ("SSESpecification", "Server-Side Encryption modification must be the only operation in the request"),
    ("TableClass", "TableClass modification must be the only operation in the request"),
    (
        "DeletionProtectionEnabled",
        "DeletionProtection modification must be the only operation in the request",
    ),
)
"""Members that tolerate no other, in the order in which one of several is named."""


def _check_alone(asked: set[str], actions: frozenset[str]) -> None:
    """Refuse members that do not go together."""
    for member, refusal in _ALONE:
        if member in asked and len(asked) > 1:
            invalid(refusal)
    if "OnDemandThroughput" in asked and asked - {"OnDemandThroughput", "BillingMode"}:
        invalid("OnDemandThroughput can only be combined with BillingMode in an UpdateTable request")
    if "WarmThroughput" in asked and len(asked) > 1:
        if "Create" in actions:
            invalid("Create global secondary index cannot be specified when updating WarmThroughput")
        invalid("WarmThroughput must be the only operation in the request")
    if "StreamSpecification" in asked and "ProvisionedThroughput" in asked:
        invalid("You cannot modify stream status while updating table IOPS")
    if actions & {"Create", "Delete"}:
        if "ProvisionedThroughput" in asked:
            invalid("You cannot create or delete index while updating table IOPS")
        if "StreamSpecification" in asked:
            invalid("You cannot create or delete index while changing stream status")


def _check_billing(request: Members) -> None:
    mode, provisioned = request.get("BillingMode"), request.get("ProvisionedThroughput")
    if mode == "PAY_PER_REQUEST" and provisioned is not None:
        invalid("ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST")
    if mode == "PROVISIONED" and provisioned is None:
        invalid("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    throughput.check_bounds(request)
