"""A table's streams, encryption and class: what may be asked for, and what is kept of it.

Only a stream changes what the server does. The others are kept and described: there is one storage class
here, and items are not encrypted by this server.
"""

import uuid
from collections.abc import Sequence

from dynalite.catalog.rules import Members, invalid
from dynalite.errors import ValidationException


def refuse(request: Members, members: Sequence[str]) -> None:
    """Say so when a request asks for what this server does not do, rather than leave it out silently."""
    for member in members:
        if member in request:
            raise ValidationException(f"{member} is not supported by this server")


# ------------------------------------------------------------------ streams


def check_new_stream(specification: Members | None) -> None:
    """The StreamSpecification of a new table."""
    if specification is None:
        return
    enabled, view = specification["StreamEnabled"], specification.get("StreamViewType")
    if enabled and view is None:
        invalid("Table is being created with a stream enabled, UpdateViewType is required")
    if not enabled and view is not None:
        invalid("Table is being created with a stream disabled, UpdateViewType should not be specified")


def check_stream_change(specification: Members | None) -> None:
    """The StreamSpecification of an update."""
    if specification is None:
        return
    enabled, view = specification["StreamEnabled"], specification.get("StreamViewType")
    if enabled and view is None:
        invalid("If stream is being enabled then UpdateViewType is required")
    if not enabled and view is not None:
        invalid("If stream is being disabled, then UpdateViewType must not be specified")


# ------------------------------------------------------------------ encryption


def check_encryption(specification: Members | None) -> None:
    """An SSESpecification, of a new table or of an update."""
    if specification is None:
        return
    kind, key = specification.get("SSEType"), specification.get("KMSMasterKeyId")
    if specification.get("Enabled") is False:
        for member, value in (("SSEType", kind), ("KMSMasterKeyId", key)):
            if value is not None:
                invalid(f"{member} can not be specified if Enabled is false")
    if kind == "AES256":
        invalid("SSEType AES256 is not supported")
    if key is not None and kind != "KMS":
        invalid("SSEType KMS is required if KMSMasterKeyId is specified")


def asks_for_encryption(specification: Members | None) -> bool:
    """Whether a key of the key management service is wanted; without one the service's own key encrypts."""
    return specification is not None and bool(specification.get("Enabled", "SSEType" in specification))


def encryption(specification: Members, region: str, account: str) -> Members:
    """What is kept of a specification: its key's ARN, the account's own key unless one is named."""
    key = specification.get("KMSMasterKeyId")
    opening = f"arn:aws:kms:{region}:{account}:"
    if key is None:
        key = f"{opening}key/{uuid.uuid5(uuid.NAMESPACE_URL, f'alias/aws/dynamodb {region} {account}')}"
    elif not key.startswith("arn:"):
        key = opening + (key if key.startswith("alias/") else f"key/{key}")
    return {"Enabled": True, "KMSMasterKeyArn": key}
