"""Every error the service can answer, one class each.

An error is raised where it is known, with its final message, and rendered once per protocol (JSON in
`server/`, DAX codes in `server/dax/`). The class carries what a protocol needs: the code a client sees, the
namespace that the JSON protocol prints before it, the HTTP status, and the name of the member that holds the
message (the service is not consistent about its case). Nothing in the code base may decide anything by
looking at a message's text. What its docstring begins with is when it is answered: docs/reference/errors.md
is made of that.

Two axes of wording exist. In 2026 the service reworded what its request layer says: a sentence that can be
judged from the request alone is prefixed on the write operations (`InvalidRequest`), and constraint
violations echo less. The classic wording is kept beside the new one, and `settings.wording` chooses when the
error is rendered.
"""

from collections.abc import Mapping
from typing import ClassVar

_DYNAMODB = "com.amazonaws.dynamodb.v20120810"
_VALIDATE = "com.amazon.coral.validate"
_SERVICE = "com.amazon.coral.service"
_AVAILABILITY = "com.amazon.coral.availability"

INVALID_VALUES = "One or more parameter values were invalid: "
"""The opening of most messages about a request's values."""


class ServiceError(Exception):
    """An answer that says no.

    `message` is the 2026 wording, `classic` the wording before it (the same unless given), `fields` further
    members of the error body (for example `Item` or `CancellationReasons`), by their wire names.
    """

    code: ClassVar[str] = "InternalServerError"
    namespace: ClassVar[str] = _DYNAMODB
    status: ClassVar[int] = 400
    message_member: ClassVar[str] = "message"
    query_code: ClassVar[str] = ""
    """The code in the protocol before JSON, for a service that had one (CloudWatch)."""

    def __init__(
        self, message: str = "", *, classic: str | None = None, fields: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.classic = message if classic is None else classic
        self.fields: Mapping[str, object] = {} if fields is None else fields

    def __init_subclass__(cls) -> None:
        if "code" not in cls.__dict__:
            cls.code = cls.__name__


# ------------------------------------------------------------------ the request itself


class ValidationException(ServiceError):
    """The request is wrong; the message says what about it.

    The message is answered as it stands on every operation.
    """

    namespace = _VALIDATE


class InvalidRequest(ValidationException):
    """A ValidationException that is judged from the request alone: expressions, values, enums.

    The write operations that moved to the 2026 layer answer it behind `1 validation error detected: `; every
    other operation answers it bare.
    """

    code = "ValidationException"


class CoralError(ServiceError):
    """Errors of the service's front: they spell `Message` and live in a namespace of their own."""

    namespace = _SERVICE
    message_member = "Message"


class SerializationException(CoralError):
    """The body is not what the protocol says: broken JSON, or a member of the wrong JSON type."""


class UnknownOperationException(CoralError):
    """The operation is not one that this server has; or the request names none."""


class AccessDeniedException(CoralError):
    """A policy does not allow it, the resource is another account's, or the web page may not come in."""


class AnothersResource(AccessDeniedException):
    """The resource is another account's. The service's sentence names the caller and the action, which nobody
    knows where a name is resolved: the facade says it.
    """

    code = "AccessDeniedException"

    def __init__(self, resource: str) -> None:
        super().__init__(f"No resource-based policy allows access to resource: {resource}")
        self.resource = resource


class UnrecognizedClientException(CoralError):
    """With `--credentials`: there is no such access key, or its session token is another."""


class MissingAuthenticationTokenException(CoralError):
    """The request is not signed."""


class IncompleteSignatureException(CoralError):
    """A part of the signature is missing or cannot be read."""


class InvalidSignatureException(CoralError):
    """The request is signed twice, in its header and in its address. With `--credentials` also: the signature
    is not that of this request, or its time is too far away.
    """


class ExpiredTokenException(CoralError):
    """With `--credentials`: the temporary access key has expired."""


class MalformedHttpRequestException(CoralError):
    """The request is not HTTP, its head is too long, or its body is not compressed as it says."""


class RequestEntityTooLargeException(CoralError):
    """The body is larger than 16 MB."""

    status = 413


class RequestTimeoutException(CoralError):
    """The rest of a request that had begun did not come in time."""

    status = 408


class ServiceUnavailable(CoralError):
    """The service is overloaded. This server never says so; its own client tries again when AWS does."""

    status = 503


# ------------------------------------------------------------------ resources and their state


class ResourceNotFoundException(ServiceError):
    """There is no such table, index, stream, shard or bulk operation, or it is not ready to be read or
    written.
    """


class ResourceInUseException(ServiceError):
    """The table exists already, or is being made, changed or dropped and has to be waited for."""


class TableNotFoundException(ServiceError):
    """Backups and recovery: there is no such table."""


class TableAlreadyExistsException(ServiceError):
    """Restores: the table to be made exists."""


class TableInUseException(ServiceError):
    """CreateBackup: the table is being made or dropped."""


class GlobalTableNotFoundException(ServiceError):
    """There is no global table of version 2017.11.29, here or at AWS."""


class LimitExceededException(ServiceError):
    """More at a time than the service allows: changes of indexes, vector indexes, changes a day of a Kinesis
    destination's precision; with `--enforce-capacity` also tables, provisioned units, decreases a day.
    """


class ContinuousBackupsUnavailableException(ServiceError):
    """The recovery settings cannot be changed now: they are changing, or the table is being restored from."""


class PointInTimeRecoveryUnavailableException(ServiceError):
    """Point-in-time recovery is not enabled for the table."""


class InvalidRestoreTimeException(ServiceError):
    """The second that is asked for is not in the recovery period."""


class BackupNotFoundException(ServiceError):
    """There is no such backup."""


class BackupInUseException(ServiceError):
    """The backup is being made, or restored from."""


class ExportNotFoundException(ServiceError):
    """There is no such export."""


class ExportConflictException(ServiceError):
    """The client token was used for another export."""


class InvalidExportTimeException(ServiceError):
    """The export's moments are not in the recovery period, or not 15 minutes to 24 hours apart."""


class ImportNotFoundException(ServiceError):
    """There is no such import."""


class ImportConflictException(ServiceError):
    """The client token was used for another import."""


class PolicyNotFoundException(ServiceError):
    """The table has no resource policy, or not the revision that is expected."""


# ------------------------------------------------------------------ writes


class ConditionalCheckFailedException(ServiceError):
    """The condition of a write is not met. `Item` has the item when it was asked for."""


class ItemCollectionSizeLimitExceededException(ServiceError):
    """An item collection of a table with local indexes would grow beyond 10 GB. AWS says so; this server has
    no such limit, and never does.
    """


class TransactionCanceledException(ServiceError):
    """A transaction did nothing; `CancellationReasons` has a reason for each of its actions."""

    message_member = "Message"


class TransactionConflictException(ServiceError):
    """The item is part of a transaction that is under way."""


class TransactionInProgressException(ServiceError):
    """A transaction with the same client token is under way."""

    message_member = "Message"


class IdempotentParameterMismatchException(ServiceError):
    """The client token was used for another request."""

    message_member = "Message"


class DuplicateItemException(ServiceError):
    """PartiQL's INSERT: there is an item with this key."""


# ------------------------------------------------------------------ streams


class ExpiredIteratorException(ServiceError):
    """A shard iterator is more than 15 minutes old."""


class TrimmedDataAccessException(ServiceError):
    """The stream's records that are asked for are older than 24 hours and gone."""


# ------------------------------------------------------------------ capacity


class ProvisionedThroughputExceededException(ServiceError):
    """With `--enforce-capacity`: a provisioned table's or index's units are used up."""


class RequestLimitExceeded(ServiceError):
    """With `--enforce-capacity`: the account's units are used up."""


class ThrottlingException(ServiceError):
    """With `--enforce-capacity`: an on-demand table is over its present capacity, or an operation is called
    too often. A table's policy was changed a moment ago.
    """

    namespace = _AVAILABILITY


# ------------------------------------------------------------------ the server


class InternalServerError(ServiceError):
    """Something broke on our side; the request was not applied unless the message says so."""

    status = 500


class AnswerDropped(Exception):
    """Not an answer but the lack of one: the request was applied, and whoever holds the connection closes it.
    Faults are scripted so (`operations/faults.py`).
    """
