"""Driving a coroutine without a task: it must notice what a task would notice."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

import pytest

from server.drive import drive
from server.embedded.loop import Loop

Outcome = tuple[object, BaseException | None]


def outcome(loop: Loop, make: Callable[[], Coroutine[Any, Any, object]]) -> Outcome:
    """What `drive` reports of a coroutine."""

    async def run() -> Outcome:
        reported: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        drive(make(), lambda result, error: reported.set_result((result, error)))
        return await reported

    return loop.run(run)


async def value() -> str:
    return "value"


async def after(first: Awaitable[object]) -> str:
    await first
    return "value"


def test_a_coroutine_that_does_not_wait_is_done_before_drive_returns(loop: Loop) -> None:
    done: list[Outcome] = []
    loop.call(lambda: drive(value(), lambda result, error: done.append((result, error))))
    assert done == [("value", None)]


@pytest.mark.parametrize(
    "wait",
    [
        lambda: asyncio.sleep(0),
        lambda: asyncio.sleep(0.001),
        lambda: asyncio.gather(value(), value()),
        lambda: asyncio.ensure_future(value()),
        lambda: asyncio.to_thread(sum, [1, 2]),
        lambda: asyncio.shield(value()),
        lambda: after(after(asyncio.sleep(0))),
    ],
)
def test_whatever_can_be_awaited_is(loop: Loop, wait: Callable[[], Awaitable[object]]) -> None:
    async def waits() -> str:
        return await after(wait())

    assert outcome(loop, waits) == ("value", None)


def test_an_exception_is_thrown_in_where_the_coroutine_waits(loop: Loop) -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise KeyError("reason")

    async def recovers() -> str:
        try:
            await asyncio.ensure_future(fail())
        except KeyError as error:
            return f"recovered from {error}"
        return "nothing happened"

    assert outcome(loop, recovers) == ("recovered from 'reason'", None)


def test_a_cancelled_future_is_an_exception_like_others(loop: Loop) -> None:
    async def waits() -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.cancel)
        await future

    result, error = outcome(loop, waits)
    assert result is None
    assert isinstance(error, asyncio.CancelledError)


def test_an_exception_before_and_after_waiting_is_reported(loop: Loop) -> None:
    async def fails(first: Awaitable[object] | None) -> None:
        if first is not None:
            await first
        raise KeyError("reason")

    for make in (lambda: fails(None), lambda: fails(asyncio.sleep(0))):
        result, error = outcome(loop, make)
        assert result is None
        assert isinstance(error, KeyError)


def test_what_cannot_be_awaited_is_an_error_in_the_coroutine(loop: Loop) -> None:
    class Nonsense:
        def __await__(self) -> Generator[int, None, None]:
            yield 42

    _, error = outcome(loop, lambda: after(Nonsense()))
    assert isinstance(error, RuntimeError)


def test_locks_take_turns(loop: Loop) -> None:
    async def run() -> list[int]:
        lock = asyncio.Lock()
        order: list[int] = []
        finished: list[object] = []

        async def turn(number: int) -> None:
            async with lock:
                await asyncio.sleep(0)
                order.append(number)

        for number in range(5):
            drive(turn(number), lambda result, error: finished.append(error))
        while len(finished) < 5:
            await asyncio.sleep(0)
        assert finished == [None] * 5
        return order

    assert loop.run(run) == [0, 1, 2, 3, 4]
