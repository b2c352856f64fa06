"""The check that all other tests' answers go through notices what is wrong with one."""

from typing import Any

import pytest

from tests import shapes
from tests.shapes import UnlikeTheModel

RIGHT = {"Item": {"n": {"N": "1"}, "b": {"B": "AA=="}}, "ConsumedCapacity": {"CapacityUnits": 1}}


def test_what_is_right_passes() -> None:
    shapes.check(shapes.operations()["GetItem"], 200, RIGHT)
    refusal = {"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "message": "Not here"}
    shapes.check(shapes.operations()["GetItem"], 400, refusal)


@pytest.mark.parametrize(
    ("operation", "body", "said"),
    [
        ("GetItem", {"item": {}}, "GetItem: GetItemOutput has no member item"),
        ("GetItem", {"Item": []}, "GetItem.Item: [] is not a map"),
        ("GetItem", {"Item": {"a": {"N": 1}}}, "GetItem.Item['a'].N: 1 is not a string"),
        ("GetItem", {"Item": {"a": {}}}, "GetItem.Item['a']: an AttributeValue of 0 types"),
        ("Scan", {"Count": True}, "Scan.Count: True is not an integer"),
        ("Scan", {"Count": 1.0}, "Scan.Count: 1.0 is not an integer"),
        ("Scan", {"Items": [{"a": {"BOOL": 1}}]}, "Scan.Items[]['a'].BOOL: 1 is not a boolean"),
        ("DeleteTable", {"TableDescription": {"TableStatus": "GONE"}}, "'GONE' is no TableStatus"),
        ("TagResource", {"Tags": [{}]}, "TagResource: {'Tags': [{}]} where there is nothing to say"),
        ("ListGlobalTables", None, "ListGlobalTables: None is not a structure"),
        (
            "DescribeContinuousBackups",
            {"ContinuousBackupsDescription": {}},
            "ContinuousBackupsStatus is missing, which ContinuousBackupsDescription must have",
        ),
    ],
)
def test_an_answer_unlike_the_model_is_noticed(operation: str, body: Any, said: str) -> None:
    with pytest.raises(UnlikeTheModel) as found:
        shapes.check(shapes.operations()[operation], 200, body)
    assert said in str(found.value)


def test_another_operations_error_is_noticed() -> None:
    with pytest.raises(UnlikeTheModel, match="no error of its is called 'BackupInUseException'"):
        shapes.check(shapes.operations()["GetItem"], 400, {"__type": "x#BackupInUseException"})
