"""Every error the service can answer, one class each.

An error is raised where it is known, with its final message, and rendered once per protocol (JSON in
`server/`, DAX codes in `server/dax/`). The class carries what a protocol needs: the code a client sees, the
namespace that the JSON protocol prints before it, the HTTP status, and the name of the member that holds the
message (the service is not consistent about its case). Nothing in the code base may decide anything by
looking at a message's text.

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
    """The request is wrong. The message is answered as it stands on every operation."""

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


class UnknownOperationException(CoralError): ...


class AccessDeniedException(CoralError): ...


class UnrecognizedClientException(CoralError): ...


class MissingAuthenticationTokenException(CoralError): ...


class IncompleteSignatureException(CoralError): ...


class InvalidSignatureException(CoralError): ...


class ExpiredTokenException(CoralError): ...


class MalformedHttpRequestException(CoralError): ...


class RequestEntityTooLargeException(CoralError):
    status = 413


class RequestTimeoutException(CoralError):
    status = 408


class ServiceUnavailable(CoralError):
    status = 503


# ------------------------------------------------------------------ resources and their state


class ResourceNotFoundException(ServiceError): ...


class ResourceInUseException(ServiceError): ...


class TableNotFoundException(ServiceError): ...


class TableAlreadyExistsException(ServiceError): ...


class TableInUseException(ServiceError): ...


class IndexNotFoundException(ServiceError): ...


class GlobalTableNotFoundException(ServiceError): ...


class LimitExceededException(ServiceError): ...


class ContinuousBackupsUnavailableException(ServiceError): ...


class PointInTimeRecoveryUnavailableException(ServiceError): ...


class InvalidRestoreTimeException(ServiceError): ...


class BackupNotFoundException(ServiceError): ...


class BackupInUseException(ServiceError): ...


class ExportNotFoundException(ServiceError): ...


class ExportConflictException(ServiceError): ...


class InvalidExportTimeException(ServiceError): ...


class ImportNotFoundException(ServiceError): ...


class ImportConflictException(ServiceError): ...


class PolicyNotFoundException(ServiceError): ...


# ------------------------------------------------------------------ writes


class ConditionalCheckFailedException(ServiceError): ...


class ItemCollectionSizeLimitExceededException(ServiceError): ...


class TransactionCanceledException(ServiceError):
    message_member = "Message"


class TransactionConflictException(ServiceError): ...


class TransactionInProgressException(ServiceError):
    message_member = "Message"


class IdempotentParameterMismatchException(ServiceError):
    message_member = "Message"


class DuplicateItemException(ServiceError): ...


# ------------------------------------------------------------------ streams


class ExpiredIteratorException(ServiceError): ...


class TrimmedDataAccessException(ServiceError): ...


# ------------------------------------------------------------------ capacity


class ProvisionedThroughputExceededException(ServiceError): ...


class RequestLimitExceeded(ServiceError): ...


class ThrottlingException(ServiceError):
    namespace = _AVAILABILITY


# ------------------------------------------------------------------ the server


class InternalServerError(ServiceError):
    """Something broke on our side; the request was not applied unless the message says so."""

    status = 500


class AnswerDropped(Exception):
    """Not an answer but the lack of one: the request was applied, and whoever holds the connection closes it.
    Faults are scripted so (`operations/faults.py`).
    """
