"""Expressions that are refused: each mistake on every operation that takes an expression of that kind."""

from collections.abc import Iterator
from typing import Any

from tests.conformance.cases import OK, PREFIX, Case, Like, judge, table_of
from tests.conformance.schema import KEY, TABLE, n, on, partition_query, s
from tests.conformance.wire import Wire

V: dict[str, Any] = {":v": s("x")}
OVERLAP = (
    "Two document paths overlap with each other; must remove or rewrite one of these paths; "
    "path one: {}, path two: {}"
)
CONFLICT = OVERLAP.replace("overlap with", "conflict with")
SAME = (
    "The first operand must be distinct from the remaining operands for this operator or function; "
    "operator: {}, first operand: [{}]"
)
OPERAND = "Incorrect operand type for operator or function; operator or function: {}, operand type: {}"
ARITY = (
    "Incorrect number of operands for operator or function; operator or function: {}, number of operands: {}"
)
UNDEFINED_VALUE = "An expression attribute value used in expression is not defined; attribute value: {}"
UNDEFINED_NAME = "An expression attribute name used in the document path is not defined; attribute name: {}"
RESERVED = "Attribute name is a reserved keyword; reserved keyword: {}"
SYNTAX = 'Syntax error; token: "{}", near: "{}"'
MISPLACED = "The function is not allowed to be used this way in an expression; function: {}"
TOO_LONG = "Expression size has exceeded the maximum allowed size;"
EMPTY = "The expression can not be empty;"
PARENTHESES = "The expression has redundant parentheses;"
RESERVED_WORDS = [
    "status",
    "name",
    "Name",
    "NAME",
    "data",
    "Date",
    "time",
    "timestamp",
    "user",
    "users",
    "value",
    "values",
    "key",
    "keys",
    "count",
    "size",
    "order",
    "by",
    "group",
    "year",
    "month",
    "day",
    "hour",
    "location",
    "region",
    "type",
    "state",
    "url",
    "uuid",
    "ttl",
    "token",
    "section",
    "zone",
    "abort",
    "zone",
]

CUT = "... and so on"
"""Ends a detail of which only the beginning is known."""

Value = dict[str, Any]
Row = tuple[str, str, str, dict[str, Any]]

_NEITHER: tuple[Value, ...] = ({"BOOL": True}, {"NULL": True}, {"M": {}}, {"L": []}, {"SS": ["a"]})
NOT_TEXT: tuple[Value, ...] = ({"N": "1"}, *_NEITHER)
UNORDERED: tuple[Value, ...] = (*_NEITHER, {"NS": ["1"]})
NOT_A_NUMBER: tuple[Value, ...] = (s("x"), {"BOOL": True}, {"L": []}, {"NULL": True}, {"NS": ["1"]})

CONDITIONS: tuple[Row, ...] = (
    ("B5.02", "", EMPTY, {}),
    ("B5.01", "a =", SYNTAX.format("<EOF>", "="), {}),
    ("B5.01", "a = :v AND", SYNTAX.format("<EOF>", "AND"), V),
    ("B5.01", "= :v", SYNTAX.format("=", "= :v"), V),
    ("B5.01", "a = :v )", SYNTAX.format(")", ":v )"), V),
    ("B5.01", "a ! :v", SYNTAX.format("!", "a ! :v"), V),
    ("B5.01", "a BETWEEN :v", SYNTAX.format("<EOF>", ":v"), V),
    ("B5.01", "attribute_exists(a", SYNTAX.format("<EOF>", "a"), {}),
    ("B5.04", "((a = :v))", PARENTHESES, V),
    ("B5.04", "((a = :v) AND b = :v) AND ((c = :v))", PARENTHESES, V),
    ("B5.04", "(((a = :v) OR b = :v))", PARENTHESES, V),
    ("B5.05", "contains(a, a)", SAME.format("contains", "a"), {}),
    ("B5.05", "begins_with(a, a)", SAME.format("begins_with", "a"), {}),
    ("B5.05", "a = a", SAME.format("=", "a"), {}),
    ("B5.05", "a <> a", SAME.format("<>", "a"), {}),
    ("B5.05", "a < a", SAME.format("<", "a"), {}),
    ("B5.05", "a >= a", SAME.format(">=", "a"), {}),
    ("B5.05", "a IN (a)", SAME.format("IN", "a"), {}),
    ("B5.05", "a BETWEEN a AND b", SAME.format("BETWEEN", "a"), {}),
    ("B5.06", "a = :v", UNDEFINED_VALUE.format(":v"), {}),
    ("B5.06", "a = :v AND b = :w", UNDEFINED_VALUE.format(":w"), V),
    ("B5.07", "attribute_exists(#undef)", UNDEFINED_NAME.format("#undef"), {}),
    ("B5.07", "attribute_exists(a.#undef)", UNDEFINED_NAME.format("#undef"), {}),
    ("B5.11", "foo(a)", "Invalid function name; function: foo", {}),
    ("B5.11", "Contains(a, :v)", "Invalid function name; function: Contains", V),
    ("B5.12", "size(a)", MISPLACED.format("size"), {}),
    ("B5.12", "attribute_exists(a) = :v", MISPLACED.format("attribute_exists"), V),
    ("B5.13", "contains(a)", ARITY.format("contains", 1), {}),
    ("B5.13", "contains(a, :v, b)", ARITY.format("contains", 3), V),
    ("B5.13", "begins_with(a)", ARITY.format("begins_with", 1), {}),
    ("B5.13", "attribute_exists(a, b)", ARITY.format("attribute_exists", 2), {}),
    ("B5.13", "attribute_not_exists(a, b)", ARITY.format("attribute_not_exists", 2), {}),
    ("B5.13", "attribute_type(a)", ARITY.format("attribute_type", 1), {}),
    ("B5.13", "size(a, b) = :v", ARITY.format("size", 2), V),
    *(
        ("B5.14", "begins_with(a, :v)", OPERAND.format("begins_with", next(iter(value))), {":v": value})
        for value in NOT_TEXT
    ),
    *(
        ("B5.15", f"a {operator} :v", OPERAND.format(operator, next(iter(value))), {":v": value})
        for operator in ("<", "<=", ">", ">=")
        for value in UNORDERED
    ),
    (
        "B5.16",
        "a BETWEEN :lo AND :hi",
        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
        "lower bound operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {N:1}",
        {":lo": n(5), ":hi": n(1)},
    ),
    (
        "B5.16",
        "a BETWEEN :lo AND :hi",
        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
        "lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}",
        {":lo": s("b"), ":hi": s("a")},
    ),
    (
        "B5.17",
        "a BETWEEN :lo AND :hi",
        "The BETWEEN operator requires same data type for lower and upper bounds; "
        "lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:a}",
        {":lo": n(1), ":hi": s("a")},
    ),
    (
        "B5.18",
        "attribute_type(a, :v)",
        "Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        {":v": s("X")},
    ),
    (
        "B5.20",
        " AND ".join(f"a{i} = :v" for i in range(151)),
        "The expression contains too many operators; operator count: 301",
        V,
    ),
    *(("B5.10", f"{word} = :v", RESERVED.format(word), V) for word in RESERVED_WORDS),
    *(("B5.10", f"a.{word} = :v", RESERVED.format(word), V) for word in ("status", "Values", "ADD")),
)

UPDATES: tuple[Row, ...] = (
    ("B5.02", "", EMPTY, {}),
    ("B5.01", "SET", SYNTAX.format("<EOF>", "SET"), {}),
    ("B5.01", "SET a", SYNTAX.format("<EOF>", "a"), {}),
    ("B5.01", "SET a = ", SYNTAX.format("<EOF>", "="), {}),
    ("B5.01", "SET a = :v,", SYNTAX.format("<EOF>", ","), V),
    ("B5.01", "a = :v", SYNTAX.format("a", "a ="), V),
    ("B5.19", "SET a = :v SET b = :v", 'The "SET" section can only be used once in an update expression;', V),
    ("B5.19", "REMOVE a REMOVE b", 'The "REMOVE" section can only be used once in an update expression;', {}),
    (
        "B5.19",
        "ADD a :v ADD b :v",
        'The "ADD" section can only be used once in an update expression;',
        {":v": n(1)},
    ),
    (
        "B5.19",
        "DELETE a :v DELETE b :v",
        'The "DELETE" section can only be used once in an update expression;',
        {":v": {"SS": ["a"]}},
    ),
    ("B5.08", "SET a = :v, a.b = :v", OVERLAP.format("[a]", "[a, b]"), V),
    ("B5.08", "SET a.b = :v, a = :v", OVERLAP.format("[a, b]", "[a]"), V),
    ("B5.08", "SET a = :v, a = :v", OVERLAP.format("[a]", "[a]"), V),
    ("B5.08", "SET a = :v REMOVE a", OVERLAP.format("[a]", "[a]"), V),
    ("B5.08", "SET a[0] = :v REMOVE a", OVERLAP.format("[a, [0]]", "[a]"), V),
    ("B5.08", "REMOVE a.b.c, a.b", OVERLAP.format("[a, b, c]", "[a, b]"), {}),
    ("B5.09", "SET a.b = :v, a[0] = :v", CONFLICT.format("[a, b]", "[a, [0]]"), V),
    ("B5.09", "REMOVE a[0].b, a.c", CONFLICT.format("[a, [0], b]", "[a, c]"), {}),
    ("B5.06", "SET a = :w", UNDEFINED_VALUE.format(":w"), {}),
    ("B5.06", "ADD a :w", UNDEFINED_VALUE.format(":w"), {}),
    ("B5.06", "SET a = if_not_exists(b, :w)", UNDEFINED_VALUE.format(":w"), {}),
    ("B5.07", "REMOVE #undef", UNDEFINED_NAME.format("#undef"), {}),
    ("B5.07", "SET #undef = :v", UNDEFINED_NAME.format("#undef"), V),
    ("B5.10", "SET status = :v", RESERVED.format("status"), V),
    ("B5.10", "REMOVE a.Name", RESERVED.format("Name"), {}),
    ("B5.11", "SET a = foo(b)", "Invalid function name; function: foo", {}),
    (
        "B5.12",
        "SET a = attribute_exists(b)",
        "The function is not allowed in an update expression; function: attribute_exists",
        {},
    ),
    ("B5.12", "SET a = size(b)", "The function is not allowed in an update expression; function: size", {}),
    ("B5.13", "SET a = if_not_exists(b)", ARITY.format("if_not_exists", 1), {}),
    ("B5.13", "SET a = list_append(b)", ARITY.format("list_append", 1), {}),
    *(
        ("B5.14", "SET a = a + :v", OPERAND.format("+", next(iter(value))), {":v": value})
        for value in NOT_A_NUMBER
    ),
    ("B5.14", "SET a = :v - a", OPERAND.format("-", "S"), V),
    ("B5.14", "SET a = list_append(a, :v)", OPERAND.format("list_append", "S"), V),
    *(
        (
            "B5.21",
            "ADD a :v",
            f"Incorrect operand type for operator or function; operator: ADD, operand type: {long_name}{CUT}",
            {":v": value},
        )
        for value, long_name in (
            (s("x"), "STRING"),
            ({"B": "YQ=="}, "BINARY"),
            ({"BOOL": True}, "BOOLEAN"),
            ({"NULL": True}, "NULL"),
            ({"M": {}}, "MAP"),
            ({"L": []}, "LIST"),
        )
    ),
    *(
        (
            "B5.21",
            "DELETE a :v",
            "Incorrect operand type for operator or function; operator: DELETE, "
            f"operand type: {long_name}{CUT}",
            {":v": value},
        )
        for value, long_name in (
            (s("x"), "STRING"),
            (n(1), "NUMBER"),
            ({"L": []}, "LIST"),
            ({"M": {}}, "MAP"),
        )
    ),
)

PROJECTIONS: tuple[Row, ...] = (
    ("B5.02", "", EMPTY, {}),
    ("B5.01", "a,", SYNTAX.format("<EOF>", ","), {}),
    ("B5.01", "a b", SYNTAX.format("b", "a b"), {}),
    ("B5.08", "a, a", OVERLAP.format("[a]", "[a]"), {}),
    ("B5.08", "a, a.b", OVERLAP.format("[a]", "[a, b]"), {}),
    ("B5.08", "a.b, a", OVERLAP.format("[a, b]", "[a]"), {}),
    ("B5.08", "v[0], v", OVERLAP.format("[v, [0]]", "[v]"), {}),
    ("B5.08", "v[0].a, v[0]", OVERLAP.format("[v, [0], a]", "[v, [0]]"), {}),
    ("B5.09", "a.b, a[0]", CONFLICT.format("[a, b]", "[a, [0]]"), {}),
    ("B5.10", "a, status", RESERVED.format("status"), {}),
    ("B5.10", "a.Order", RESERVED.format("Order"), {}),
    ("B5.07", "#undef", UNDEFINED_NAME.format("#undef"), {}),
    ("B5.07", "a, b.#undef", UNDEFINED_NAME.format("#undef"), {}),
    ("B5.03", "a" * 4097, TOO_LONG, {}),
)


def named(text: str) -> str:
    return text if len(text) < 60 else f"{text[:20]}... of {len(text)}"


def wanted(message: str) -> str | Like:
    return Like((message.removesuffix(CUT),)) if message.endswith(CUT) else message


def rows() -> Iterator[Case]:
    for behaviour, text, detail, values in CONDITIONS:
        about = {"ExpressionAttributeValues": values or None}
        message = f"Invalid ConditionExpression: {detail}"
        put = on(Item=KEY, ConditionExpression=text, **about)
        yield Case(behaviour, named(text), "PutItem", put, PREFIX + message)
        if behaviour == "B5.10":
            continue
        for operation in ("UpdateItem", "DeleteItem"):
            request = on(Key=KEY, ConditionExpression=text, **about)
            yield Case(behaviour, named(text), operation, request, PREFIX + message)
        check = {
            "ConditionCheck": on(Key=KEY, ConditionExpression=text)
            | ({"ExpressionAttributeValues": values} if values else {})
        }
        yield Case(behaviour, named(text), "TransactWriteItems", {"TransactItems": [check]}, message)
        message = f"Invalid FilterExpression: {detail}"
        scan = on(FilterExpression=text, **about)
        yield Case(behaviour, named(text), "Scan", scan, message)
        query = partition_query(FilterExpression=text, V=values)
        yield Case(behaviour, named(text), "Query", query, message)
    for behaviour, text, detail, values in UPDATES:
        request = on(Key=KEY, UpdateExpression=text, ExpressionAttributeValues=values or None)
        message = f"Invalid UpdateExpression: {detail}"
        yield Case(behaviour, named(text), "UpdateItem", request, wanted(PREFIX + message))
        update = {name: value for name, value in request.items() if value is not None}
        transact = {"TransactItems": [{"Update": update}]}
        yield Case(behaviour, named(text), "TransactWriteItems", transact, wanted(message))
    for behaviour, text, detail, _ in PROJECTIONS:
        message = f"Invalid ProjectionExpression: {detail}"
        name = named(text)
        yield Case(behaviour, name, "GetItem", on(Key=KEY, ProjectionExpression=text), message)
        yield Case(behaviour, name, "Query", partition_query(ProjectionExpression=text), message)
        sized = f" expression size: {len(text)}" if detail is TOO_LONG else ""
        yield Case(behaviour, name, "Scan", on(ProjectionExpression=text), message + sized)
        block = {"Keys": [KEY], "ProjectionExpression": text}
        yield Case("B2.04", name, "BatchGetItem", {"RequestItems": {TABLE: block}}, message)
        get = {"Get": on(Key=KEY, ProjectionExpression=text)}
        yield Case(behaviour, name, "TransactGetItems", {"TransactItems": [get]}, message)


def lengths() -> Iterator[Case]:
    """4,096 bytes are let through, one more is not: as characters of one byte, and of two."""
    for name, text, fits in (
        ("4096 bytes", "attribute_not_exists(" + "a" * 4074 + ")", True),
        ("4097 bytes", "attribute_not_exists(" + "a" * 4075 + ")", False),
        ("4096 with spaces", "attribute_not_exists(a)" + " " * 4073, True),
        ("4097 with spaces", "attribute_not_exists(a)" + " " * 4074, False),
    ):
        for operation in ("PutItem", "DeleteItem", "UpdateItem"):
            base = on(Item=KEY) if operation == "PutItem" else on(Key=KEY)
            answer = OK if fits else f"{PREFIX}Invalid ConditionExpression: {TOO_LONG}"
            yield Case("B5.03", name, operation, base | {"ConditionExpression": text}, answer)
        answer = OK if fits else f"Invalid FilterExpression: {TOO_LONG} expression size: {len(text)}"
        yield Case("B5.03", name, "Scan", on(FilterExpression=text), answer)
        if not fits:
            check = {"ConditionCheck": on(Key=KEY, ConditionExpression=text)}
            request = {"TransactItems": [check]}
            yield Case(
                "B2.09",
                name,
                "TransactWriteItems",
                request,
                Like(("Invalid ConditionExpression: ", TOO_LONG)),
            )
    for name, text in (("4097 bytes", "a" * 4097), ("two-byte letters", "ä" * 2049)):
        update = on(Key=KEY, UpdateExpression=text)
        yield Case("B5.03", name, "UpdateItem", update, f"{PREFIX}Invalid UpdateExpression: {TOO_LONG}")
        key_condition = f"Invalid KeyConditionExpression: {TOO_LONG}"
        yield Case("B2.03", name, "Query", partition_query(text), key_condition)


@table_of(rows(), lengths())
def test_refused(wire: Wire, case: Case) -> None:
    judge(wire, case)
