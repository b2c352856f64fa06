"""Query and Scan: what they refuse. Their answers are in `test_pages` and `test_units`."""

from collections.abc import Iterator
from typing import Any

from tests.conformance.cases import OK, OMPVI, PREFIX, Case, Like, judge, table_of
from tests.conformance.schema import HASH_TABLE, on, partition_query, s
from tests.conformance.schema import n as number
from tests.conformance.wire import Wire

KEY_CONDITION = "Invalid KeyConditionExpression: "
NESTED = f"{KEY_CONDITION}KeyConditionExpressions cannot have conditions on nested attributes"
OPERATOR = f"{KEY_CONDITION}Invalid operator used in KeyConditionExpression: "
PLAIN_OPERATOR = "Invalid operator used in KeyConditionExpression: "
MISSED = "Query condition missed key schema element: "
UNSUPPORTED = "Query key condition not supported"
TYPE = f"{OMPVI}Condition parameter type does not match schema type"
ONCE = "KeyConditionExpressions must only contain one condition per key"
LONG = "Conditions can be of length 1 or 2 only"
N1: dict[str, Any] = {":s": number(1)}
N2: dict[str, Any] = {":s": number(1), ":t": number(2)}

KEY_CONDITIONS: tuple[tuple[str, str, dict[str, Any], Any], ...] = (
    ("B7.01", "pk.a = :p", {}, NESTED),
    ("B7.01", "pk[0] = :p", {}, NESTED),
    ("B7.01", "pk = :p AND sk.a = :s", N1, NESTED),
    ("B7.02", ":p = pk", {}, OK),
    ("B7.02", "pk = :p AND :s <= sk", N1, OK),
    ("B7.02", "(pk = :p)", {}, OK),
    ("B7.02", "(pk = :p) AND (sk = :s)", N1, OK),
    ("B7.02", "sk = :s AND pk = :p", N1, OK),
    ("B7.02", "pk = :p AND sk BETWEEN :s AND :t", N2, OK),
    ("B5.04", "((pk = :p))", {}, f"{KEY_CONDITION}The expression has redundant parentheses;"),
    ("B7.03", "sk = :p", {":p": number(1)}, MISSED + "pk"),
    ("B7.03", "pk = :p AND a = :s", N1, MISSED + "sk"),
    ("B7.04", "pk > :p", {}, UNSUPPORTED),
    ("B7.04", "pk < :p", {}, UNSUPPORTED),
    ("B7.04", "begins_with(pk, :p)", {}, UNSUPPORTED),
    ("B7.04", "pk BETWEEN :p AND :q", {":q": s("b")}, UNSUPPORTED),
    ("B7.05", "pk = :p OR sk = :s", N1, (OPERATOR + "OR", PLAIN_OPERATOR + "OR")),
    ("B7.05", "pk <> :p", {}, (OPERATOR + "<>", PLAIN_OPERATOR + "<>")),
    ("B7.05", "NOT pk = :p", {}, (OPERATOR + "NOT", PLAIN_OPERATOR + "NOT")),
    ("B7.05", "pk IN (:p)", {}, (OPERATOR + "IN", PLAIN_OPERATOR + "IN")),
    ("B7.05", "contains(pk, :p)", {}, (OPERATOR + "contains", PLAIN_OPERATOR + "contains")),
    (
        "B7.05",
        "pk = :p AND attribute_exists(sk)",
        {},
        (OPERATOR + "attribute_exists", PLAIN_OPERATOR + "attribute_exists"),
    ),
    ("B7.06", "pk = :p AND pk = :q", {":q": s("b")}, ONCE),
    ("B7.06", "pk = :p AND sk > :s AND sk < :t", N2, (ONCE, LONG)),
    ("B7.07", "pk = :p AND sk = :s AND a = :t", N2, LONG),
    ("B7.08", "pk = :p", {":p": number(1)}, TYPE),
    ("B7.08", "pk = :p", {":p": {"B": "YQ=="}}, TYPE),
    ("B7.08", "pk = :p AND sk = :s", {":s": s("x")}, TYPE),
    ("B7.08", "pk = :p AND sk > :s", {":s": s("x")}, TYPE),
    ("B7.08", "pk = :p AND sk BETWEEN :s AND :t", {":s": s("a"), ":t": s("b")}, TYPE),
    (
        "B5.06",
        "pk = :q",
        {},
        f"{KEY_CONDITION}An expression attribute value used in expression is "
        "not defined; attribute value: :q",
    ),
    (
        "B5.07",
        "#pk = :p",
        {},
        f"{KEY_CONDITION}An expression attribute name used in the document path is not defined; "
        "attribute name: #pk",
    ),
    ("B5.02", "", {}, f"{KEY_CONDITION}The expression can not be empty;"),
    ("B5.01", "pk =", {}, f'{KEY_CONDITION}Syntax error; token: "<EOF>", near: "="'),
    ("B5.01", "pk = :p AND", {}, f'{KEY_CONDITION}Syntax error; token: "<EOF>", near: "AND"'),
    (
        "B7.10",
        "pk = :p",
        {":p": s("x" * 2049)},
        f"{OMPVI}Size of hashkey has exceeded the maximum size limit of2048 bytes",
    ),
    (
        "B7.10",
        "pk = :p",
        {":p": s("")},
        Like(("One or more parameter values are not valid. ", "empty string value")),
    ),
)


def key_conditions() -> Iterator[Case]:
    for behaviour, text, values, expected in KEY_CONDITIONS:
        yield Case(behaviour, text, "Query", partition_query(text, V=values), expected)


def on_gsi(**members: Any) -> dict[str, Any]:
    return partition_query("gpk = :p", **{"IndexName": "gsi", **members})


NOT_PROJECTED = f"{OMPVI}Global secondary index gsi does not project [a]"
NOT_ALL = (
    f"{OMPVI}Select type ALL_ATTRIBUTES is not supported for global secondary index gsi "
    "because its projection type is not ALL"
)
CONSISTENT = "Consistent reads are not supported on global secondary indexes"
SPECIFIC = "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
CHOOSING = "Cannot specify the ProjectionExpression when choosing to get "
PROJECTED = "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
SELECTS = (
    Case(
        "B1.15",
        "specific, none named",
        "Query",
        partition_query(Select="SPECIFIC_ATTRIBUTES"),
        PREFIX + SPECIFIC,
    ),
    Case("B1.15", "specific, none named", "Scan", on(Select="SPECIFIC_ATTRIBUTES"), SPECIFIC),
    *(
        Case(
            "B7.21",
            f"{select} and a projection",
            operation,
            (partition_query if operation == "Query" else on)(ProjectionExpression="a", Select=select),
            prefix + CHOOSING + select,
        )
        for operation, prefix in (("Query", PREFIX), ("Scan", ""))
        for select in ("ALL_ATTRIBUTES", "COUNT")
    ),
    *(
        Case(
            "B7.21",
            "specific and a projection",
            operation,
            (partition_query if operation == "Query" else on)(
                ProjectionExpression="a", Select="SPECIFIC_ATTRIBUTES"
            ),
            OK,
        )
        for operation in ("Query", "Scan")
    ),
    Case(
        "B7.22",
        "projected of a table",
        "Query",
        partition_query(Select="ALL_PROJECTED_ATTRIBUTES"),
        Like(("", PROJECTED)),
    ),
    Case(
        "B7.22",
        "projected of a table",
        "Scan",
        on(Select="ALL_PROJECTED_ATTRIBUTES"),
        Like(("", "ALL_PROJECTED_ATTRIBUTES can be used only when")),
    ),
    Case("B7.22", "projected of an index", "Query", on_gsi(Select="ALL_PROJECTED_ATTRIBUTES"), OK),
    Case("B7.23", "what the index lacks", "Query", on_gsi(ProjectionExpression="a"), NOT_PROJECTED),
    Case(
        "B7.23", "what the index lacks", "Scan", on(IndexName="gsi", ProjectionExpression="a"), NOT_PROJECTED
    ),
    Case(
        "B7.23",
        "what the index lacks, nested",
        "Query",
        on_gsi(ProjectionExpression="a.b"),
        Like((OMPVI, "gsi does not project")),
    ),
    Case("B7.23", "what the index has", "Query", on_gsi(ProjectionExpression="pk, sk, gpk"), OK),
    Case(
        "B7.23",
        "what the index includes",
        "Query",
        on_gsi(IndexName="ginc", ProjectionExpression="inc, lsk"),
        OK,
    ),
    Case("B7.24", "all of a narrow index", "Query", on_gsi(Select="ALL_ATTRIBUTES"), NOT_ALL),
    Case("B7.24", "all of a narrow index", "Scan", on(IndexName="gsi", Select="ALL_ATTRIBUTES"), NOT_ALL),
    Case("B7.24", "all of a wide index", "Query", on_gsi(IndexName="gall", Select="ALL_ATTRIBUTES"), OK),
    Case(
        "B7.27",
        "filtered by what the index lacks",
        "Query",
        on_gsi(FilterExpression="attribute_exists(a) OR attribute_exists(b.c) OR attribute_exists(sk)"),
        f"{OMPVI}Secondary index gsi does not project one or more filter attributes: [a, b]",
    ),
    Case(
        "B7.27",
        "filtered by what the index has",
        "Query",
        on_gsi(FilterExpression="attribute_exists(sk)"),
        OK,
    ),
    Case(
        "B7.27",
        "filtered by what the index lacks",
        "Scan",
        on(IndexName="gsi", FilterExpression="attribute_exists(a)"),
        OK,
    ),
    Case("B7.25", "consistent", "Query", on_gsi(ConsistentRead=True), CONSISTENT),
    Case("B7.25", "consistent", "Scan", on(IndexName="gsi", ConsistentRead=True), CONSISTENT),
    Case("B7.25", "consistent local", "Scan", on(IndexName="lsi", ConsistentRead=True), OK),
    Case(
        "B2.06",
        "a projection error before the rest",
        "Query",
        on_gsi(IndexName="nowhere", ProjectionExpression="a,", Select="COUNT"),
        (
            'Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: ","',
            PREFIX + CHOOSING + "COUNT",
        ),
    ),
    Case(
        "B7.09",
        "a filter on the sort key",
        "Query",
        partition_query(FilterExpression="sk = :s", V=N1),
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk",
    ),
    Case(
        "B7.09",
        "a filter on the partition key",
        "Query",
        partition_query(FilterExpression="pk = :q", V={":q": s("b")}),
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: pk",
    ),
    Case(
        "B7.09",
        "a scan may filter keys",
        "Scan",
        on(FilterExpression="sk = :s", ExpressionAttributeValues=N1),
        OK,
    ),
    Case(
        "B7.11",
        "neither style",
        "Query",
        on(),
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
    ),
)

SCHEMA = "The provided key element does not match the schema"
INVALID = "The provided starting key is invalid"
SAME_SIZE = "Exclusive Start Key must have same size as table's key schema"
OUTSIDE = "The provided starting key is outside query boundaries based on provided conditions"
PREDICATE = "The provided starting key does not match the range key predicate"
START: dict[str, Any] = {"pk": s("a"), "sk": number(1)}
ANY_INVALID = Like((INVALID,))
STARTS = (
    Case(
        "B1.14",
        "a sort key of another type",
        "Scan",
        on(ExclusiveStartKey=START | {"sk": s("1")}),
        f"{INVALID}: {SCHEMA}",
    ),
    Case(
        "B1.14",
        "a partition key of another type",
        "Scan",
        on(ExclusiveStartKey=START | {"pk": number(1)}),
        f"{INVALID}: {SCHEMA}",
    ),
    Case(
        "B1.14",
        "another name",
        "Scan",
        on(ExclusiveStartKey={"pk": s("a"), "no": number(1)}),
        f"{INVALID}: {SCHEMA}",
    ),
    Case(
        "B7.30",
        "a sort key of another type",
        "Query",
        partition_query(ExclusiveStartKey=START | {"sk": s("1")}),
        ANY_INVALID,
    ),
    Case(
        "B7.30",
        "another name",
        "Query",
        partition_query(ExclusiveStartKey={"pk": s("a"), "no": number(1)}),
        ANY_INVALID,
    ),
    Case(
        "B7.31",
        "another partition",
        "Query",
        partition_query(ExclusiveStartKey=START | {"pk": s("b")}),
        OUTSIDE,
    ),
    Case(
        "B7.32",
        "before the range",
        "Query",
        partition_query("pk = :p AND sk > :s", V={":s": number(5)}, ExclusiveStartKey=START),
        PREDICATE,
    ),
    Case(
        "B7.32",
        "beyond the range",
        "Query",
        partition_query("pk = :p AND sk < :s", V={":s": number(0)}, ExclusiveStartKey=START),
        PREDICATE,
    ),
    Case(
        "B7.33",
        "too few",
        "Query",
        partition_query(ExclusiveStartKey={"pk": s("a")}),
        (SAME_SIZE, INVALID, f"{INVALID}: {SCHEMA}"),
    ),
    Case(
        "B7.33",
        "too few",
        "Scan",
        on(ExclusiveStartKey={"pk": s("a")}),
        (SAME_SIZE, INVALID, f"{INVALID}: {SCHEMA}"),
    ),
    Case(
        "B7.33",
        "too many",
        "Scan",
        on(HASH_TABLE, ExclusiveStartKey=START),
        (SAME_SIZE, INVALID, f"{INVALID}: {SCHEMA}"),
    ),
    Case("B7.33", "an index wants its keys too", "Query", on_gsi(ExclusiveStartKey=START), ANY_INVALID),
    Case(
        "B7.34",
        "an index wants its keys too",
        "Scan",
        on(IndexName="gsi", ExclusiveStartKey=START),
        INVALID,
    ),
    Case("B7.33", "an index and all keys", "Query", on_gsi(ExclusiveStartKey=START | {"gpk": s("a")}), OK),
)

FAILED = "failed to satisfy constraint: Member must have value"
SEGMENT = (
    "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
    "Segment: {0} is not less than TotalSegments: {1}"
)
SCANS = (
    Case(
        "B1.11",
        "limit 0",
        "Scan",
        on(Limit=0),
        f"{PREFIX}Value '0' at 'limit' {FAILED} greater than or equal to 1",
    ),
    Case(
        "B1.11",
        "limit -5",
        "Scan",
        on(Limit=-5),
        f"{PREFIX}Value '-5' at 'limit' {FAILED} greater than or equal to 1",
    ),
    Case(
        "B1.12",
        "segment -1",
        "Scan",
        on(Segment=-1, TotalSegments=2),
        f"{PREFIX}Value '-1' at 'segment' {FAILED} greater than or equal to 0",
    ),
    Case(
        "B7.41",
        "total 0",
        "Scan",
        on(Segment=0, TotalSegments=0),
        f"{PREFIX}Value '0' at 'totalSegments' {FAILED} greater than or equal to 1",
    ),
    Case(
        "B7.41",
        "total 1,000,001",
        "Scan",
        on(Segment=0, TotalSegments=1_000_001),
        f"{PREFIX}Value '1000001' at 'totalSegments' {FAILED} less than or equal to 1000000",
    ),
    Case("B7.41", "total 1,000,000", "Scan", on(Segment=999_999, TotalSegments=1_000_000), OK),
    *(
        Case("B1.13", f"segment {a} of {b}", "Scan", on(Segment=a, TotalSegments=b), SEGMENT.format(a, b))
        for a, b in ((5, 5), (1, 1), (9, 4), (999_999, 1))
    ),
    Case(
        "B7.40",
        "segment alone",
        "Scan",
        on(Segment=0),
        "The TotalSegments parameter is required but was not present in the request "
        "when Segment parameter is present",
    ),
    Case(
        "B7.40",
        "total alone",
        "Scan",
        on(TotalSegments=2),
        "The Segment parameter is required but was not present in the request "
        "when parameter TotalSegments is present",
    ),
)


def paths_into_keys() -> Iterator[Case]:
    scalars = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
    absent = {"pk": s("never written"), "sk": number(1)}
    for path, key in (("pk.x", "Key: pk"), ("sk[0]", "Key: sk"), ("gpk.x", "IndexKey: gpk")):
        projected = {"ProjectionExpression": f"a, {path}"}
        for operation, request in (
            ("GetItem", on(Key=absent, **projected)),
            ("Query", partition_query(**projected)),
            ("Scan", on(**projected)),
            ("Scan", on(FilterExpression=f"attribute_exists({path})")),
        ):
            yield Case("B5.64", path, operation, request, scalars + key)
    filtered = partition_query(FilterExpression="attribute_exists(gpk.x)")
    yield Case("B5.64", "filtered", "Query", filtered, f"{scalars}IndexKey: gpk")


@table_of(paths_into_keys(), key_conditions(), SELECTS, STARTS, SCANS)
def test_answered(wire: Wire, case: Case) -> None:
    judge(wire, case)
