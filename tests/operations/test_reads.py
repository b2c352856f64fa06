"""Query and Scan: what is selected, in which order, in which pages, and what it costs."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.operations.service import OMPVI, PREFIX, Service, item, keys_of, padded
from tests.operations.test_capacity import arms

MIB = 1 << 20


def query(service: Service, condition: str = "pk = :pk", pk: str = "a", **members: Any) -> Any:
    values = {":pk": {"S": pk}} | members.pop("ExpressionAttributeValues", {})
    return service.call(
        "Query",
        **{"TableName": "Things", "KeyConditionExpression": condition, "ExpressionAttributeValues": values}
        | members,
    )


def by_kind(index: str, kind: str = "k", **members: Any) -> dict[str, Any]:
    """A Query of an index."""
    return {
        "TableName": "Things",
        "IndexName": index,
        "KeyConditionExpression": "kind = :k",
        "ExpressionAttributeValues": {":k": {"S": kind}},
    } | members


def all_pages(service: Service, operation: str, **request: Any) -> list[dict[str, Any]]:
    """The items of all pages."""
    found = []
    while True:
        page = service.call(operation, **request)
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return found
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


@pytest.fixture
def things(service: Service) -> Service:
    """Six things: three in each of two partitions, all of one kind and all of one size."""
    for pk in "ab":
        for sk in (10, 9, -1):
            service.put(item(pk=pk, sk=sk, kind="k", size=1, when=f"t{sk}", colour="red", note="n"))
    return service


# ------------------------------------------------------------------ order


def test_a_query_goes_up_by_sort_key_or_down(things: Service) -> None:
    assert [sk for _, sk in keys_of(query(things)["Items"])] == ["-1", "9", "10"]
    assert [sk for _, sk in keys_of(query(things, ScanIndexForward=False)["Items"])] == ["10", "9", "-1"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("pk = :pk AND sk = :x", ["9"]),
        ("pk = :pk AND sk < :x", ["-1"]),
        ("pk = :pk AND sk <= :x", ["-1", "9"]),
        ("pk = :pk AND sk > :x", ["10"]),
        ("pk = :pk AND :x <= sk", ["9", "10"]),
        ("pk = :pk AND (sk BETWEEN :x AND :x)", ["9"]),
    ],
)
def test_a_sort_key_condition_is_a_range(things: Service, condition: str, found: list[str]) -> None:
    answer = query(things, condition, ExpressionAttributeValues={":x": {"N": "9.0"}})
    assert [sk for _, sk in keys_of(answer["Items"])] == found


def test_a_prefix_of_a_sort_key(service: Service) -> None:
    service.put(*(item(pk="a", sk=n, when=when) for n, when in enumerate(["ab", "b", "abc", "aé", "a"])))
    answer = query(
        service,
        "pk = :pk AND begins_with(#w, :x)",
        IndexName="by-when",
        ExpressionAttributeNames={"#w": "when"},
        ExpressionAttributeValues={":x": {"S": "ab"}},
    )
    assert [one["when"]["S"] for one in answer["Items"]] == ["ab", "abc"]


# ------------------------------------------------------------------ what is selected


def test_without_a_selection_a_table_gives_all_and_an_index_what_it_holds(things: Service) -> None:
    assert set(query(things)["Items"][0]) == {"pk", "sk", "kind", "size", "when", "colour", "note"}
    assert set(query(things, IndexName="by-when")["Items"][0]) == {"pk", "sk", "when"}
    assert set(things.call("Query", **by_kind("by-kind"))["Items"][0]) == {"pk", "sk", "kind", "colour"}
    assert set(things.call("Query", **by_kind("by-size"))["Items"][0]) == set(query(things)["Items"][0])


def test_a_count_has_no_items(things: Service) -> None:
    assert query(things, Select="COUNT") == {"Count": 3, "ScannedCount": 3}
    assert things.call("Scan", TableName="Things", Select="COUNT") == {"Count": 6, "ScannedCount": 6}


def test_a_filter_counts_what_it_has_seen(things: Service) -> None:
    answer = query(
        things, FilterExpression="note = :x", ExpressionAttributeValues={":x": {"S": "something else"}}
    )
    assert answer == {"Items": [], "Count": 0, "ScannedCount": 3}


SELECTIONS: list[tuple[dict[str, Any], str]] = [
    (
        {"Select": "SPECIFIC_ATTRIBUTES"},
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
    ),
    (
        {"Select": "COUNT", "ProjectionExpression": "note"},
        "Cannot specify the ProjectionExpression when choosing to get COUNT",
    ),
    (
        {"Select": "ALL_ATTRIBUTES", "ProjectionExpression": "note"},
        "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES",
    ),
    (
        {"Select": "ALL_ATTRIBUTES", "AttributesToGet": ["note"]},
        "Cannot specify the AttributesToGet when choosing to get ALL_ATTRIBUTES",
    ),
    (
        {"Select": "ALL_PROJECTED_ATTRIBUTES"},
        "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
    ),
]


@pytest.mark.parametrize(("members", "complaint"), SELECTIONS)
def test_selections_that_contradict_themselves(
    things: Service, members: dict[str, Any], complaint: str
) -> None:
    condition = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "a"}}}
    error = things.refused("Query", TableName="Things", **condition, **members)
    assert error.message == PREFIX + complaint
    assert things.refused("Scan", TableName="Things", **members).message == complaint


def test_a_projection_with_its_selection_said_twice(things: Service) -> None:
    answer = query(things, Select="SPECIFIC_ATTRIBUTES", ProjectionExpression="note")
    assert answer["Items"] == [item(note="n")] * 3


@pytest.mark.parametrize("operation", ["Query", "Scan"])
def test_a_global_index_gives_only_what_it_holds(things: Service, operation: str) -> None:
    request = by_kind("by-kind") if operation == "Query" else {"TableName": "Things", "IndexName": "by-kind"}
    error = things.refused(
        operation,
        **request,
        ProjectionExpression="colour, note, #s, sk",
        ExpressionAttributeNames={"#s": "size"},
    )
    assert error.message == f"{OMPVI}Global secondary index by-kind does not project [note, size]"
    error = things.refused(operation, **request, Select="ALL_ATTRIBUTES")
    assert error.message == (
        f"{OMPVI}Select type ALL_ATTRIBUTES is not supported for global secondary index by-kind"
        " because its projection type is not ALL"
    )
    error = things.refused(operation, **request, ConsistentRead=True)
    assert error.message == "Consistent reads are not supported on global secondary indexes"
    request["IndexName"] = "by-nothing"
    error = things.refused(operation, **request)
    assert error.message == "The table does not have the specified index: by-nothing"


# ------------------------------------------------------------------ reaching back


def test_a_local_index_fetches_what_it_does_not_hold(things: Service) -> None:
    asked = {"IndexName": "by-when", "ReturnConsumedCapacity": "INDEXES"}
    answer = query(things, **asked)
    assert arms(answer["ConsumedCapacity"]) == {"total": 0.5, "table": 0, "by-when": 0.5}
    for more in ({"Select": "ALL_ATTRIBUTES"}, {"ProjectionExpression": "pk, note"}):
        answer = query(things, **asked, **more)
        assert [one["note"]["S"] for one in answer["Items"]] == ["n", "n", "n"]
        assert arms(answer["ConsumedCapacity"]) == {"total": 2, "table": 1.5, "by-when": 0.5}
    answer = query(things, **asked, Select="ALL_ATTRIBUTES", ConsistentRead=True)
    assert arms(answer["ConsumedCapacity"]) == {"total": 4, "table": 3, "by-when": 1}


def test_a_local_index_fetches_what_a_filter_asks_for(things: Service) -> None:
    answer = query(
        things,
        IndexName="by-when",
        FilterExpression="note = :n",
        ExpressionAttributeValues={":n": {"S": "n"}},
    )
    assert (answer["Count"], answer["ScannedCount"]) == (3, 3)
    carried = {"pk", "sk", "when"}
    assert [one.keys() for one in answer["Items"]] == [carried] * 3, "and answers with what it carries"


@pytest.mark.parametrize(
    "filter_",
    [
        {"FilterExpression": "colour = :x OR size(note) > :x OR attribute_exists(remark.one) OR note = :x"},
        {
            "QueryFilter": {
                name: {"ComparisonOperator": "NOT_NULL"} for name in ("colour", "note", "remark")
            },
            "KeyConditions": {
                "kind": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]},
            },
        },
    ],
)
def test_a_query_of_a_global_index_does_not_filter_by_what_it_does_not_hold(
    things: Service, filter_: dict[str, Any]
) -> None:
    request = by_kind("by-kind")
    if "QueryFilter" in filter_:
        del request["KeyConditionExpression"], request["ExpressionAttributeValues"]
    else:
        request["ExpressionAttributeValues"] |= {":x": {"N": "1"}}
    request |= filter_
    error = things.refused("Query", **request)
    assert error.message == (
        f"{OMPVI}Secondary index by-kind does not project one or more filter attributes: [note, remark]"
    )
    things.call("Query", **request | {"IndexName": "by-size"})  # which holds everything


def test_a_scan_of_a_global_index_filters_by_what_it_holds(things: Service) -> None:
    answer = things.call(
        "Scan", TableName="Things", IndexName="by-kind", FilterExpression="attribute_exists(note)"
    )
    assert (answer["Items"], answer["Count"]) == ([], 0)
    assert answer["ScannedCount"] > 0


@pytest.mark.parametrize("forward", [True, False])
def test_a_page_of_a_local_index_ends_with_a_megabyte_of_items_fetched(
    service: Service, forward: bool
) -> None:
    service.put(*(item(pk="a", sk=n, when=f"{n:03}", colour="red", note=n % 2) for n in range(300)))
    asked: dict[str, Any] = {
        "IndexName": "by-when",
        "ScanIndexForward": forward,
        "ReturnConsumedCapacity": "INDEXES",
    }
    assert query(service, **asked)["Count"] == 300
    wanted = list(range(300)) if forward else list(range(299, -1, -1))
    fitting = 255  # at 4 KB each, with 4 KB for all rows of the index
    selections: list[dict[str, Any]] = [{"Select": "ALL_ATTRIBUTES"}, {"ProjectionExpression": "sk, note"}]
    for more in selections:
        first = query(service, **asked, **more)
        assert first["Count"] == fitting
        assert first["ConsumedCapacity"]["Table"] == {"CapacityUnits": fitting / 2}
        rest = query(service, **asked, **more, ExclusiveStartKey=first["LastEvaluatedKey"])
        assert [int(one["sk"]["N"]) for one in first["Items"] + rest["Items"]] == wanted
        assert "LastEvaluatedKey" not in rest
    filtered: dict[str, Any] = {
        "FilterExpression": "note = :x",
        "ExpressionAttributeValues": {":x": {"N": "1"}},
    }
    first = query(service, **asked, **filtered)
    assert (first["Count"], first["ScannedCount"]) == (128 - forward, fitting)
    assert query(service, **asked, Limit=20, **filtered)["Count"] == 10
    by_key: dict[str, Any] = {"FilterExpression": "sk < :x", "ExpressionAttributeValues": {":x": {"N": "20"}}}
    few = query(service, **asked, **by_key, Select="ALL_ATTRIBUTES")
    assert (few["Count"], few["ScannedCount"]) == (20, 300), "what a filter drops is not fetched"


def test_a_global_index_is_read_on_its_own_arm(things: Service) -> None:
    answer = things.call("Query", **by_kind("by-kind", ReturnConsumedCapacity="INDEXES"))
    assert arms(answer["ConsumedCapacity"]) == {"total": 0.5, "table": 0, "by-kind": 0.5}


def test_what_is_evaluated_is_charged_whether_it_is_shown_or_not(service: Service) -> None:
    service.put(*(padded(3000, pk="a", sk=n) for n in range(3)))
    nothing = {"FilterExpression": "attribute_exists(nothing)"}
    for more in ({}, nothing, {"ProjectionExpression": "pk"}, {"Select": "COUNT"}):
        for consistent, units in ((False, 1.5), (True, 3.0)):
            answer = query(service, ReturnConsumedCapacity="TOTAL", ConsistentRead=consistent, **more)
            assert answer["ConsumedCapacity"]["CapacityUnits"] == units
    empty = query(service, pk="nobody", ReturnConsumedCapacity="TOTAL")
    assert empty["ConsumedCapacity"]["CapacityUnits"] == 0.5


# ------------------------------------------------------------------ pages


def test_a_page_ends_at_its_limit_even_when_nothing_follows(things: Service) -> None:
    answer = query(things, Limit=3)
    assert answer["LastEvaluatedKey"] == item(pk="a", sk=10)
    rest = query(things, Limit=3, ExclusiveStartKey=answer["LastEvaluatedKey"])
    assert rest == {"Items": [], "Count": 0, "ScannedCount": 0}
    assert "LastEvaluatedKey" not in query(things, Limit=4)


def test_a_limit_counts_what_is_evaluated(things: Service) -> None:
    answer = query(things, Limit=2, FilterExpression="attribute_exists(nothing)")
    assert answer == {"Items": [], "Count": 0, "ScannedCount": 2, "LastEvaluatedKey": item(pk="a", sk=9)}


def test_a_page_ends_with_the_item_that_crosses_one_megabyte(service: Service) -> None:
    size_bytes = 400_000
    service.put(*(padded(size_bytes, pk="a", sk=n) for n in range(4)))
    for more in ({}, {"FilterExpression": "attribute_exists(filler)"}, {"ProjectionExpression": "pk"}):
        answer = query(service, **more)
        assert answer["ScannedCount"] == 3
        assert answer["LastEvaluatedKey"] == item(pk="a", sk=2)
        assert query(service, **more, ExclusiveStartKey=answer["LastEvaluatedKey"])["ScannedCount"] == 1


def test_a_page_that_is_exactly_full_ends(service: Service) -> None:
    service.put(*(padded(MIB // 4, pk="a", sk=n) for n in range(5)))
    assert query(service)["ScannedCount"] == 4


@pytest.mark.parametrize("index", ["by-kind", "by-size"])
@pytest.mark.parametrize("forward", [True, False])
def test_items_that_share_an_index_key_are_paged_without_loss(
    things: Service, index: str, forward: bool
) -> None:
    one_by_one = all_pages(things, "Query", **by_kind(index, Limit=1, ScanIndexForward=forward))
    whole = things.call("Query", **by_kind(index, ScanIndexForward=forward))["Items"]
    assert one_by_one == whole
    assert len(set(keys_of(whole))) == 6


def test_the_cursor_of_an_index_holds_both_keys(things: Service) -> None:
    last = things.call("Query", **by_kind("by-size", Limit=1))["LastEvaluatedKey"]
    assert set(last) == {"pk", "sk", "kind", "size"}


def test_pages_go_on_where_an_item_was_deleted(things: Service) -> None:
    last = query(things, Limit=1)["LastEvaluatedKey"]
    things.call("DeleteItem", TableName="Things", Key=last)
    assert keys_of(query(things, ExclusiveStartKey=last)["Items"]) == [("a", "9"), ("a", "10")]


# ------------------------------------------------------------------ cursors


@pytest.mark.parametrize(
    ("condition", "cursor", "complaint"),
    [
        ("pk = :pk", item(pk="a"), "The provided starting key is invalid"),
        ("pk = :pk", item(pk="a", sk="1"), "The provided starting key is invalid"),
        (
            "pk = :pk",
            item(pk="a", sk={"N": "x"}),
            "The provided starting key is invalid: The parameter cannot be converted to a numeric value: x",
        ),
        (
            "pk = :pk",
            item(pk="b", sk=1),
            "The provided starting key is outside query boundaries based on provided conditions",
        ),
        (
            "pk = :pk AND sk > :x",
            item(pk="a", sk=1),
            "The provided starting key does not match the range key predicate",
        ),
    ],
)
def test_a_query_goes_on_only_from_a_place_within(
    things: Service, condition: str, cursor: dict[str, Any], complaint: str
) -> None:
    values = {":pk": {"S": "a"}} | ({":x": {"N": "5"}} if ":x" in condition else {})
    error = things.refused(
        "Query",
        TableName="Things",
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
        ExclusiveStartKey=cursor,
    )
    assert error.message == complaint


def test_a_scan_goes_on_only_from_a_key_of_its_schema(things: Service) -> None:
    error = things.refused("Scan", TableName="Things", ExclusiveStartKey=item(pk="a"))
    assert error.message == (
        "The provided starting key is invalid: The provided key element does not match the schema"
    )


# ------------------------------------------------------------------ scans


def test_a_scan_finds_everything_once(things: Service) -> None:
    whole = all_pages(things, "Scan", TableName="Things")
    one_by_one = all_pages(things, "Scan", TableName="Things", Limit=1)
    assert one_by_one == whole
    assert sorted(keys_of(whole)) == sorted((pk, sk) for pk in "ab" for sk in ("10", "9", "-1"))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(total=st.integers(1, 40), limit=st.integers(1, 7))
def test_segments_cover_everything_exactly_once(many: Service, total: int, limit: int) -> None:
    found = []
    for segment in range(total):
        part = all_pages(many, "Scan", TableName="Plain", TotalSegments=total, Segment=segment, Limit=limit)
        found += [one["id"]["S"] for one in part]
    assert sorted(found) == sorted(str(n) for n in range(40))


@pytest.fixture
def many(service: Service) -> Service:
    for start in (0, 20):
        requests = [{"PutRequest": {"Item": item(id=str(n))}} for n in range(start, start + 20)]
        service.call("BatchWriteItem", RequestItems={"Plain": requests})
    return service


def test_a_scan_of_a_segment_goes_on_only_within_it(many: Service) -> None:
    cursors = {}
    for segment in range(4):
        page = many.call("Scan", TableName="Plain", TotalSegments=4, Segment=segment, Limit=1)
        cursors[segment] = page["LastEvaluatedKey"]
    error = many.refused("Scan", TableName="Plain", TotalSegments=4, Segment=1, ExclusiveStartKey=cursors[0])
    assert error.message == (
        "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with"
        " correct Segment. TotalSegments: 4 Segment: 1"
    )


@pytest.mark.parametrize(
    ("members", "complaint"),
    [
        (
            {"Segment": 0},
            "The TotalSegments parameter is required but was not present in the request"
            " when Segment parameter is present",
        ),
        (
            {"TotalSegments": 1},
            "The Segment parameter is required but was not present in the request"
            " when parameter TotalSegments is present",
        ),
        (
            {"Segment": 5, "TotalSegments": 5},
            "The Segment parameter is zero-based and must be less than parameter TotalSegments:"
            " Segment: 5 is not less than TotalSegments: 5",
        ),
    ],
)
def test_a_segment_is_one_of_several(service: Service, members: dict[str, Any], complaint: str) -> None:
    assert service.refused("Scan", TableName="Plain", **members).message == complaint


def test_what_is_wrong_with_a_request_comes_before_whether_the_table_exists(service: Service) -> None:
    error = service.refused("Scan", TableName="Nowhere", FilterExpression="a =")
    assert error.code == "ValidationException"
    error = service.refused("Scan", TableName="Nowhere")
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")
