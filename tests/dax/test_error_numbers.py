"""Errors: the numbers that lead the clients to their exceptions, and the name for where they do not."""

import pytest

from dynalite import errors
from dynalite.errors import ServiceError
from dynalite.items.key import KeyMismatch
from server.dax import error_numbers
from server.dax.cbor import read


def answered(error: ServiceError, reasons: list[bytes] | None = None) -> tuple[object, object, object]:
    written = error_numbers.write(error, "id", reasons)
    codes, at = read(written, 0)
    message, at = read(written, at)
    details, at = read(written, at)
    assert at == len(written)
    return codes, message, details


@pytest.mark.parametrize(
    ("error", "codes", "name"),
    [
        (errors.ResourceNotFoundException("m"), [4, 37, 38, 39, 41], "ResourceNotFoundException"),
        (errors.ConditionalCheckFailedException("m"), [4, 37, 38, 39, 43], "ConditionalCheckFailedException"),
        (errors.ValidationException("m"), [4, 37, 38, 39, 46], "ValidationException"),
        (errors.InvalidRequest("m"), [4, 37, 38, 39, 46], "ValidationException"),
        (KeyMismatch("m"), [4, 37, 38, 39, 46], "ValidationException"),
        (errors.InternalServerError("m"), [4, 37, 38, 39, 47], "InternalServerError"),
        (errors.ServiceUnavailable("m"), [4, 37, 38, 39, 47], "ServiceUnavailable"),
        (errors.SerializationException("m"), [4, 37, 38, 39, 46], "SerializationException"),
        (errors.InvalidSignatureException("m"), [4, 23, 31, 32], "InvalidSignatureException"),
    ],
)
def test_numbers_and_names(error: ServiceError, codes: list[int], name: str) -> None:
    assert answered(error) == (codes, "m", ["id", name, error.status])


def test_a_message_is_never_empty() -> None:
    assert answered(errors.SerializationException())[1] == "SerializationException"


def test_reasons_come_behind_the_other_details() -> None:
    details = answered(errors.TransactionCanceledException("m"), [b"\x61A", b"\xf6", b"\xf6"])[2]
    assert details == ["id", "TransactionCanceledException", 400, ["A", None, None]]


def test_python_knows_no_error_without_a_leading_four() -> None:
    assert {codes[0] for codes in error_numbers.CODES.values()} == {4}
    assert {len(codes) for codes in error_numbers.CODES.values()} == {4, 5}
    # a sequence that ends here breaks the Python client
    assert (4, 37, 38, 39) not in error_numbers.CODES.values()
