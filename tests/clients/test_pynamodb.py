"""PynamoDB: models, indexes, conditions, optimistic locking by a version attribute, batches and transactions.

PynamoDB builds its requests itself and asks for capacity and collection metrics in nearly all of them, so it
walks paths that boto3 users seldom do.
"""

import datetime
from collections.abc import Collection, Iterator
from typing import Any

import pytest
from pynamodb.attributes import (
    JSONAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    NumberSetAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
    VersionAttribute,
)
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError, UpdateError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, LocalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactGet, TransactWrite

from tests.live import LiveServer

# PynamoDB fills its classes with attributes that it makes at run time.
Thread = Any


class Author(MapAttribute[str, Any]):
    name = UnicodeAttribute()
    age = NumberAttribute(null=True)


class ByViews(LocalSecondaryIndex["ThreadModel"]):
    class Meta:
        index_name = "by-views"
        projection = AllProjection()

    forum = UnicodeAttribute(hash_key=True)
    views = NumberAttribute(range_key=True)


class ByMood(GlobalSecondaryIndex["ThreadModel"]):
    class Meta:
        index_name = "by-mood"
        projection = AllProjection()

    mood = UnicodeAttribute(hash_key=True)
    views = NumberAttribute(range_key=True)


class ThreadModel(Model):
    class Meta:
        table_name = "threads"
        region = "us-east-1"
        billing_mode = "PAY_PER_REQUEST"
        aws_access_key_id = "anything"
        aws_secret_access_key = "anything"
        max_retry_attempts = 0

    forum = UnicodeAttribute(hash_key=True)
    subject = UnicodeAttribute(range_key=True)
    views = NumberAttribute(default=0)
    mood = UnicodeAttribute(null=True)
    tags = UnicodeSetAttribute(null=True)
    scores = NumberSetAttribute(null=True)
    author = Author(null=True)
    replies = ListAttribute(of=Author, null=True)
    extra = JSONAttribute(null=True)
    posted = UTCDateTimeAttribute(null=True)
    version = VersionAttribute()

    by_views = ByViews()
    by_mood = ByMood()


@pytest.fixture(scope="module")
def model(live: LiveServer) -> Iterator[type[ThreadModel]]:
    """The model, bound to `live`: PynamoDB reads the address when a class first connects, and keeps it."""

    class Bound(ThreadModel):
        class Meta(ThreadModel.Meta):
            host = live.endpoint

        by_views = ByViews()
        by_mood = ByMood()

    Bound.create_table(wait=True)
    yield Bound
    Bound.delete_table()


@pytest.fixture
def threads(model: type[ThreadModel]) -> type[ThreadModel]:
    """The model with an empty table."""
    with model.batch_write() as batch:
        for thread in list(model.scan(consistent_read=True)):
            batch.delete(thread)
    return model


@pytest.fixture
def connection(live: LiveServer) -> Connection:
    connection = Connection(region="us-east-1", host=live.endpoint)
    connection.session.set_credentials("anything", "anything")
    return connection


def test_the_table_is_found_as_it_was_made(model: type[ThreadModel]) -> None:
    assert model.exists()
    described = model.describe_table()
    assert described["TableStatus"] == "ACTIVE"
    assert {index["IndexName"] for index in described["LocalSecondaryIndexes"]} == {"by-views"}
    assert {index["IndexName"] for index in described["GlobalSecondaryIndexes"]} == {"by-mood"}


def without(attributes: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if name not in names}


def test_a_model_comes_back_as_it_was_saved(threads: Thread) -> None:
    saved = threads(
        "python",
        "Which version?",
        views=3,
        mood="curious",
        tags={"new", "help"},
        scores={1, 2.5},
        author=Author(name="Ann", age=30),
        replies=[Author(name="Bob")],
        extra={"nested": [1, None, "x"]},
        posted=datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, datetime.UTC),
    )
    saved.save()
    read = threads.get("python", "Which version?", consistent_read=True)
    sets = {"tags": saved.tags, "scores": saved.scores}
    assert {name: getattr(read, name) for name in sets} == sets
    assert without(read.serialize(), sets) == without(saved.serialize(), sets)  # sets have no order
    assert (read.author.name, read.replies[0].age, read.posted) == ("Ann", None, saved.posted)


def test_a_missing_item_is_an_exception(threads: Thread) -> None:
    with pytest.raises(DoesNotExist):
        threads.get("python", "nobody asked")


def test_a_version_attribute_lets_one_of_two_writers_through(threads: Thread) -> None:
    threads("python", "locks").save()
    first, second = threads.get("python", "locks"), threads.get("python", "locks")
    first.update(actions=[threads.views.set(threads.views + 1)])
    assert (first.views, first.version) == (1, 2)
    with pytest.raises(UpdateError) as refused:
        second.update(actions=[threads.views.set(7)])
    assert refused.value.cause_response_code == "ConditionalCheckFailedException"
    with pytest.raises(PutError):
        second.save()


def test_update_actions_reach_into_documents(threads: Thread) -> None:
    thread = threads("python", "actions", tags={"a", "b"}, author=Author(name="Ann"), replies=[])
    thread.save()
    thread.update(
        actions=[
            threads.author.age.set(31),
            threads.replies.set(threads.replies.append([{"name": "Bob"}])),
            threads.tags.delete({"a"}),
            threads.scores.add({4}),
            threads.mood.set(threads.mood | "calm"),
        ],
        condition=threads.author.name.startswith("A") & threads.scores.does_not_exist(),
    )
    read = threads.get("python", "actions")
    assert (read.author.age, read.replies[0].name, read.tags, read.scores, read.mood) == (
        31,
        "Bob",
        {"b"},
        {4},
        "calm",
    )


def test_queries_use_keys_indexes_filters_and_pages(threads: Thread) -> None:
    with threads.batch_write() as batch:
        for number in range(30):
            mood = "angry" if number % 3 == 0 else None
            batch.save(threads("python", f"thread {number:02}", views=100 - number, mood=mood))
    newest = threads.query(
        "python", threads.subject.between("thread 10", "thread 19"), scan_index_forward=False
    )
    assert [thread.subject for thread in newest][:2] == ["thread 19", "thread 18"]
    popular = threads.by_views.query("python", threads.views > 95, consistent_read=True)
    assert [thread.views for thread in popular] == [96, 97, 98, 99, 100]
    angry = threads.by_mood.query("angry", filter_condition=threads.subject < "thread 09", page_size=2)
    assert [thread.subject for thread in angry] == ["thread 06", "thread 03", "thread 00"]
    assert threads.count("python") == 30
    limited = threads.query("python", limit=7)
    assert len(list(limited)) == 7
    rest = threads.query("python", last_evaluated_key=limited.last_evaluated_key)
    assert len(list(rest)) == 23
    assert len(list(threads.scan(threads.mood.exists(), page_size=4))) == 10


def test_batches_get_what_there_is(threads: Thread) -> None:
    with threads.batch_write() as batch:
        for number in range(60):
            batch.save(threads("batch", f"{number}"))
    wanted = [("batch", f"{number}") for number in range(150)]
    assert {thread.subject for thread in threads.batch_get(wanted)} == {str(number) for number in range(60)}


def test_transactions_write_and_read_together(threads: Thread, connection: Connection) -> None:
    threads("bank", "ann", views=10).save()
    ann = threads.get("bank", "ann")
    with TransactWrite(connection=connection, client_request_token="transfer-1") as transaction:
        transaction.update(ann, actions=[threads.views.add(-4)], condition=threads.views >= 4)
        transaction.save(threads("bank", "bob", views=4))
    with TransactGet(connection=connection) as transaction:
        futures = [transaction.get(threads, "bank", name) for name in ("ann", "bob")]
    assert [future.get().views for future in futures] == [6, 4]


def test_a_cancelled_transaction_names_the_member_that_failed(
    threads: Thread, connection: Connection
) -> None:
    threads("bank", "ann", views=1).save()
    transaction = TransactWrite(connection=connection)
    transaction.save(threads("bank", "carl"))
    transaction.condition_check(threads, "bank", "ann", condition=threads.views >= 4)
    with pytest.raises(TransactWriteError) as cancelled, transaction:
        pass
    # PynamoDB sends condition checks first.
    reasons = cancelled.value.cancellation_reasons
    assert [reason and reason.code for reason in reasons] == ["ConditionalCheckFailed", None]
    with pytest.raises(DoesNotExist):
        threads.get("bank", "carl")
