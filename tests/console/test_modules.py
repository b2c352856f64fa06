"""The console's modules that compute, compared with Python's and Amazon's own: in the browser, where they
run.
"""

import base64
import datetime
import json
import re
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.console.visitor import Visitor
from tests.strategies import items, texts

in_the_browser = settings(max_examples=40)

_ONE_ESCAPED = re.compile(r'"\\(u[0-9a-f]{4}|.)":').search


def told_apart(item: dict[str, Any]) -> bool:
    """Whether the browser reads all names in an item as what they are. Chromium 150 takes a name of one
    character that is written as an escape for another such name that it has met, a backslash mostly.
    """
    return not _ONE_ESCAPED(json.dumps(item, ensure_ascii=False))


ITEMS = items().filter(told_apart)


@pytest.fixture(scope="module")
def lab(regular: Visitor) -> Visitor:
    """The console, for its modules to be imported into."""
    return regular.go()


# ------------------------------------------------------------------ items as text


@in_the_browser
@given(item=ITEMS)
def test_an_item_that_is_left_as_it_is_stays_what_it_is(lab: Visitor, item: dict[str, Any]) -> None:
    assert lab.module("attribute.js", "it.fromPlain(it.plainItem(given), given)", item) == item
    assert lab.module("attribute.js", "it.fromTyped(it.typedItem(given))", item) == item


@in_the_browser
@given(item=ITEMS)
def test_plain_text_is_json(lab: Visitor, item: dict[str, Any]) -> None:
    for indent in (0, 2):
        text = lab.module("attribute.js", f"it.plainItem(given, {indent})", item)
        assert json.loads(text).keys() == item.keys()
        assert ("\n" in text) is (indent > 0 and bool(item))


@pytest.mark.parametrize(
    ("text", "before", "item"),
    [
        ('{"a": "b"}', {"a": {"B": "AA=="}}, {"a": {"B": "b"}}),
        ('{"a": ["b", "c"]}', {"a": {"SS": ["x"]}}, {"a": {"SS": ["b", "c"]}}),
        ('{"a": [1, "c"]}', {"a": {"NS": ["1"]}}, {"a": {"L": [{"N": "1"}, {"S": "c"}]}}),
        ('{"a": []}', {"a": {"SS": ["x"]}}, {"a": {"L": []}}),
        ('{"a": {"b": [2]}}', {"a": {"M": {"b": {"NS": ["1"]}}}}, {"a": {"M": {"b": {"NS": ["2"]}}}}),
        ('{"a": 0.10, "b": 1e3}', {}, {"a": {"N": "0.10"}, "b": {"N": "1e3"}}),
        (
            '{"a": 12345678901234567890123456789012345678}',
            {},
            {"a": {"N": "12345678901234567890123456789012345678"}},
        ),
        (
            '{"__proto__": 1, "toString": [true, null]}',
            {},
            {"__proto__": {"N": "1"}, "toString": {"L": [{"BOOL": True}, {"NULL": True}]}},
        ),
    ],
)
def test_plain_json_takes_types_from_what_was_there(
    lab: Visitor, text: str, before: dict[str, Any], item: dict[str, Any]
) -> None:
    assert lab.module("attribute.js", "it.fromPlain(...given)", [text, before]) == item


@pytest.mark.parametrize("text", ["1", "[]", "null", '"text"', "{", '{"a": 1} x'])
def test_what_is_no_item_is_refused(lab: Visitor, text: str) -> None:
    for read in ("fromPlain", "fromTyped"):
        script = f"(() => {{ try {{ it.{read}(given); }} catch (error) {{ return error.name; }} }})()"
        assert lab.module("attribute.js", script, text) == "SyntaxError"


# ------------------------------------------------------------------ boto3


def _meant(value: Any, name: str = "") -> Any:
    """What Python should read: binary values are bytes."""
    if isinstance(value, dict):
        return {key: _meant(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_meant(one, "B" if name == "BS" else "") for one in value]
    return base64.b64decode(value) if name == "B" else value


@in_the_browser
@given(item=ITEMS, text=texts(60))
def test_python_reads_what_is_written(lab: Visitor, item: dict[str, Any], text: str) -> None:
    given = {"Item": {"M": item}, "text": text, "Limit": 1, "deep": [True, None, [[], {}]]}
    written = lab.module("boto3.js", "it.python(given)", given)
    assert eval(written, {"base64": base64}) == _meant(given)


# ------------------------------------------------------------------ signatures


@in_the_browser
@given(
    body=st.dictionaries(texts(), texts()).map(json.dumps),
    region=st.sampled_from(["us-east-1", "eu-central-1"]),
    secret=st.text("abcXYZ019/+", min_size=1, max_size=40),
    token=st.sampled_from([None, "IQoJb3JpZ2luX2Vj=="]),
    now=st.datetimes(datetime.datetime(2000, 1, 1), datetime.datetime(2099, 1, 1)),
)
def test_requests_are_signed_as_botocore_signs_them(
    lab: Visitor, body: str, region: str, secret: str, token: str | None, now: datetime.datetime
) -> None:
    target, kind = "DynamoDB_20120810.GetItem", "application/x-amz-json-1.0"
    signed = lab.module(
        "sigv4.js",
        "await it.sign({...given, host: '127.0.0.1:8000', service: 'dynamodb', now: new Date(given.at)})",
        {
            "target": target,
            "type": kind,
            "body": body,
            "region": region,
            "at": now.replace(tzinfo=datetime.UTC).timestamp() * 1000,
            "credentials": {"accessKeyId": "AKID", "secretAccessKey": secret, "sessionToken": token},
        },
    )
    headers = {"Content-Type": kind, "X-Amz-Target": target, "X-Amz-Date": signed["X-Amz-Date"]}
    if token is not None:
        headers["X-Amz-Security-Token"] = signed["X-Amz-Security-Token"]
    request = AWSRequest("POST", "http://127.0.0.1:8000/", headers, body.encode())
    request.context["timestamp"] = signed["X-Amz-Date"]
    signer = SigV4Auth(Credentials("AKID", secret), "dynamodb", region)
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    assert signed["X-Amz-Date"] == now.strftime("%Y%m%dT%H%M%SZ")
    assert signed["Authorization"].endswith(f"Signature={signature}")


# ------------------------------------------------------------------ queries


TABLE = {
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in "abcd"],
    "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "many",
            "KeySchema": [
                {"AttributeName": name, "KeyType": kind}
                for name, kind in (("a", "HASH"), ("b", "HASH"), ("c", "RANGE"), ("d", "RANGE"))
            ],
        }
    ],
}


def test_a_query_uses_the_sort_keys_up_to_the_first_that_is_left_empty(lab: Visitor) -> None:
    asked = lab.module(
        "explore.js",
        "it.explore('T', {mode: 'query', source: it.sources(given)[1], filters: [], partition: ['x', 'y'],"
        " sort: [{operator: 'begins with', given: ['x', '']}, {operator: '=', given: ['', '']}]}, 25)",
        TABLE,
    )
    assert asked == {
        "operation": "Query",
        "request": {
            "TableName": "T",
            "IndexName": "many",
            "KeyConditionExpression": "#n0 = :v0 AND #n1 = :v1 AND begins_with(#n2, :v0)",
            "ExpressionAttributeNames": {"#n0": "a", "#n1": "b", "#n2": "c"},
            "ExpressionAttributeValues": {":v0": {"S": "x"}, ":v1": {"S": "y"}},
            "Limit": 25,
        },
    }


def test_a_filter_that_drops_everything_ends_after_a_few_requests(lab: Visitor) -> None:
    page = lab.module(
        "explore.js",
        "await it.readPage(async () => ({Items: [], ScannedCount: 1000, LastEvaluatedKey: {a: {S: 'k'}}}),"
        " {operation: 'Scan', request: {}}, undefined, 50)",
    )
    assert page == {"items": [], "scanned": 10000, "units": 0, "next": {"a": {"S": "k"}}}
