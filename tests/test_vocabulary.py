"""The clock, the ids and the errors: what everything else is written in."""

import time
import uuid

import pytest

from dynalite import errors
from dynalite.clock import Clock
from dynalite.ids import Ids, RequestIds


def test_a_clock_follows_the_systems() -> None:
    before = time.time()
    assert before <= Clock().now() <= time.time()


def test_a_frozen_clock_stands_still_until_it_resumes_where_it_stood() -> None:
    clock = Clock()
    clock.freeze()
    stood_at = clock.now()
    assert clock.now() == stood_at
    clock.advance(86_400)
    assert clock.now() == stood_at + 86_400
    clock.resume()
    assert stood_at + 86_400 <= clock.now() < stood_at + 86_460


def test_a_running_clock_can_be_set_and_goes_on_from_there() -> None:
    clock = Clock()
    clock.set(1_000_000.0)
    assert 1_000_000.0 <= clock.now() < 1_000_060.0
    clock.advance(-10)
    assert 999_990.0 <= clock.now() < 1_000_050.0


def test_a_clock_that_is_reset_is_the_systems_again() -> None:
    clock = Clock()
    clock.freeze()
    clock.set(0.0)
    clock.reset()
    assert not clock.frozen
    assert abs(clock.offset_seconds) < 60


def test_the_same_seed_draws_the_same_ids() -> None:
    one, other = Ids(seed=7), Ids(seed=7)
    assert [one.uuid(), one.hex(8), one.token(16)] == [other.uuid(), other.hex(8), other.token(16)]
    assert Ids(seed=8).uuid() != Ids(seed=7).uuid()


def test_a_uuid_is_of_version_four() -> None:
    assert uuid.UUID(Ids().uuid()).version == 4


def test_hex_keeps_leading_zeros() -> None:
    ids = Ids(seed=1)
    assert {len(ids.hex(3)) for _ in range(200)} == {3}


def test_request_ids_differ_and_look_like_the_services() -> None:
    ids = RequestIds(Ids(seed=3))
    drawn = [ids.next() for _ in range(5_000)]
    assert len(set(drawn)) == len(drawn)
    assert {len(one) for one in drawn} == {52}
    assert all(one.isalnum() and one.upper() == one for one in drawn)
    assert {one[26:] for one in drawn} == {"VV4KQNSO5AEMVJF66Q9ASUAAJG"}


@pytest.mark.parametrize(
    ("error", "code", "namespace", "status", "member"),
    [
        (errors.ValidationException, "ValidationException", "com.amazon.coral.validate", 400, "message"),
        (errors.InvalidRequest, "ValidationException", "com.amazon.coral.validate", 400, "message"),
        (errors.SerializationException, "SerializationException", "com.amazon.coral.service", 400, "Message"),
        (
            errors.ResourceNotFoundException,
            "ResourceNotFoundException",
            "com.amazonaws.dynamodb.v20120810",
            400,
            "message",
        ),
        (
            errors.TransactionCanceledException,
            "TransactionCanceledException",
            "com.amazonaws.dynamodb.v20120810",
            400,
            "Message",
        ),
        (
            errors.InternalServerError,
            "InternalServerError",
            "com.amazonaws.dynamodb.v20120810",
            500,
            "message",
        ),
    ],
)
def test_an_error_carries_what_a_protocol_prints(
    error: type[errors.ServiceError], code: str, namespace: str, status: int, member: str
) -> None:
    assert (error.code, error.namespace, error.status, error.message_member) == (
        code,
        namespace,
        status,
        member,
    )


def test_an_error_without_a_classic_wording_has_one_wording() -> None:
    assert errors.ValidationException("so").classic == "so"
    assert errors.ValidationException("so", classic="as ever").classic == "as ever"
