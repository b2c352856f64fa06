"""Errors as the DAX protocol writes them: a sequence of numbers, a message, and what the HTTP API would say.

The numbers lead the clients to their exceptions; where a client knows no exception for them it takes the
name, so the name is always there. The first number says who is to blame and whether to try again: 4 is the
client's fault, which the Python client retries all the same.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from dynalite import errors
from dynalite.errors import ServiceError
from server.dax.cbor import (
    EMPTY_ARRAY,
    write_array,
    write_int,
    write_text,
)

SUCCESS: Final = EMPTY_ARRAY
"""What stands in place of the numbers when there is no error."""

_VALIDATION: Final = (4, 37, 38, 39, 46)
_INTERNAL: Final = (4, 37, 38, 39, 47)
_UNAUTHORIZED: Final = (4, 23, 31, 32)

CODES: Final[Mapping[type[ServiceError], tuple[int, ...]]] = {
    errors.ProvisionedThroughputExceededException: (4, 37, 38, 39, 40),
    errors.ResourceNotFoundException: (4, 37, 38, 39, 41),
    errors.AccessDeniedException: (4, 37, 38, 42),
    errors.ConditionalCheckFailedException: (4, 37, 38, 39, 43),
    errors.ResourceInUseException: (4, 37, 38, 39, 45),
    errors.ValidationException: _VALIDATION,
    errors.InternalServerError: _INTERNAL,
    errors.ItemCollectionSizeLimitExceededException: (4, 37, 38, 39, 48),
    errors.LimitExceededException: (4, 37, 38, 39, 49),
    errors.ThrottlingException: (4, 37, 38, 39, 50),
    errors.TransactionConflictException: (4, 37, 38, 39, 57),
    errors.TransactionCanceledException: (4, 37, 38, 39, 58),
    errors.TransactionInProgressException: (4, 37, 38, 39, 59),
    errors.IdempotentParameterMismatchException: (4, 37, 38, 39, 60),
    errors.RequestLimitExceeded: (4, 37, 38, 39, 61),
    errors.InvalidSignatureException: _UNAUTHORIZED,
    errors.IncompleteSignatureException: _UNAUTHORIZED,
    errors.ExpiredTokenException: _UNAUTHORIZED,
    errors.MissingAuthenticationTokenException: (4, 23, 31, 33),
    errors.UnrecognizedClientException: (4, 23, 31, 34),
}
"""An error's class stands for those derived from it. Any other is a ValidationException to the clients, or an
internal error, and keeps its name.
"""


def write(error: ServiceError, request_id: str, reasons: Sequence[bytes] | None = None) -> bytes:
    """An error answer. `reasons` are a transaction's, written already: code, message, item of each action."""
    codes = _codes(error)
    details = [write_text(request_id), write_text(error.code), write_int(error.status)]
    if reasons is not None:
        details.append(write_array(reasons))
    return (
        write_array([write_int(code) for code in codes])
        + write_text(error.message or error.code)
        + write_array(details)
    )


def _codes(error: ServiceError) -> tuple[int, ...]:
    for kind in type(error).__mro__:
        codes = CODES.get(kind)
        if codes is not None:
            return codes
    return _INTERNAL if error.status >= 500 else _VALIDATION
