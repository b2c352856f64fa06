"""What holds among concurrent clients also holds across `kill -9`: what was acknowledged stays, what was not
happens once or never, and a transaction that is sent again with its token happens exactly once.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.linearizability import clients
from tests.linearizability.bank import Bank, Teller, key
from tests.linearizability.kills import work_under_kills
from tests.linearizability.search import linearize
from tests.linearizability.site import Site
from tests.linearizability.workload import Plan, play
from tests.oracle.client import Client, ServiceError


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site("--data", str(tmp_path), "--durability", "fsync")
    yield site
    site.close()


def test_one_order_explains_what_clients_saw_before_and_after_a_kill(site: Site) -> None:
    clients.create_table(site.endpoint)
    plan = Plan("killed", "everything", seed=5)
    recorded = work_under_kills(
        site,
        kill_after=[60],
        work=lambda progress: play(plan, site.endpoint, range(plan.clients), site.endpoint_after, progress),
    )
    verdict = linearize(recorded.calls, plan.initial)
    assert verdict.linearizable, verdict
    assert site.kills == 1


def test_transfers_that_are_retried_through_a_kill_happen_exactly_once(site: Site) -> None:
    bank = Bank(seed=7)
    bank.open(site.endpoint)
    books = work_under_kills(
        site,
        kill_after=[40, 90],
        work=lambda progress: bank.work(site.endpoint, site.endpoint_after, progress),
    )
    with closing(Teller(site.endpoint, site.endpoint_after)) as teller:
        bank.check(books, teller.balances(bank.accounts))
    assert site.kills == 2


def test_a_token_outlives_the_process_that_ran_its_transaction(site: Site) -> None:
    Bank(seed=0, accounts=1).open(site.endpoint)
    add = {
        "TableName": "accounts",
        "Key": key(0),
        "UpdateExpression": "ADD balance :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }
    request = {"TransactItems": [{"Update": add}], "ClientRequestToken": "only-once"}
    with closing(Client(site.endpoint)) as before:
        before("TransactWriteItems", request)
    site.kill_and_restart()
    with closing(Client(site.endpoint)) as after:
        after("TransactWriteItems", request)
        stored = after("GetItem", {"TableName": "accounts", "Key": key(0), "ConsistentRead": True})
        assert stored["Item"]["balance"] == {"N": "21"}
        other = [{"Delete": {"TableName": "accounts", "Key": key(0)}}]
        with pytest.raises(ServiceError) as refused:
            after("TransactWriteItems", {"TransactItems": other, "ClientRequestToken": "only-once"})
        assert refused.value.code == "IdempotentParameterMismatchException"
