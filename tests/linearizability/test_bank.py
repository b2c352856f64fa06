"""The bank's law holds under concurrent transactions, and the law can be broken."""

from contextlib import closing

import pytest

from tests.linearizability.bank import OPENING_BALANCE, Bank, Books, Teller
from tests.live import LiveServer


def stays(endpoint: str) -> str:
    raise AssertionError(f"the server at {endpoint} is gone")


def test_money_only_moves(live: LiveServer) -> None:
    bank = Bank(seed=1)
    bank.open(live.endpoint)
    books = bank.work(live.endpoint, stays)
    with closing(Teller(live.endpoint, stays)) as teller:
        bank.check(books, teller.balances(bank.accounts))
    bank.close(live.endpoint)
    assert books.transfers
    assert books.refusals
    assert books.audits


@pytest.mark.parametrize(
    ("audits", "final"),
    [
        ([[30, 20]], [20, 20]),
        ([[41, -1]], [20, 20]),
        ([], [19, 21]),
        ([], [20, 21]),
    ],
    ids=["half of a transfer was seen", "a balance fell below zero", "a transfer was doubled", "money grew"],
)
def test_books_that_do_not_add_up_are_found(audits: list[list[int]], final: list[int]) -> None:
    bank = Bank(seed=1, accounts=2)
    bank.check(Books(), [OPENING_BALANCE, OPENING_BALANCE])
    with pytest.raises(AssertionError):
        bank.check(Books(audits=audits), final)
