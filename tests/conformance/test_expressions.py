"""Expressions that are refused before an item is read, and the same mistakes on operations that word them
differently.
"""

from typing import Any

from tests.conformance.cases import KEY, PREFIX, Case, judge, table_of
from tests.oracle.client import Client

V: dict[str, Any] = {":v": {"S": "x"}}


def condition(name: str, text: str, message: str, certainty: Any = "captured", **members: Any) -> Case:
    request = {"Item": KEY, "ConditionExpression": text, **members}
    return Case(name, "PutItem", request, f"{PREFIX}Invalid ConditionExpression: {message}", certainty)


def update(name: str, text: str, message: str, certainty: Any = "captured", **members: Any) -> Case:
    request = {"Key": KEY, "UpdateExpression": text, **members}
    return Case(name, "UpdateItem", request, f"{PREFIX}Invalid UpdateExpression: {message}", certainty)


def projection(name: str, text: str, message: str, certainty: Any = "captured", **members: Any) -> Case:
    request = {"Key": KEY, "ProjectionExpression": text, **members}
    return Case(name, "GetItem", request, f"Invalid ProjectionExpression: {message}", certainty)


CASES = (
    condition(
        "syntax", "INVALID SYNTAX", 'Syntax error; token: "SYNTAX", near: "INVALID SYNTAX"', "reported"
    ),
    condition("empty", "", "The expression can not be empty;"),
    condition("too long", "a" * 4097, "Expression size has exceeded the maximum allowed size"),
    condition(
        "needless parentheses",
        "((a = :v))",
        "The expression has redundant parentheses;",
        ExpressionAttributeValues=V,
    ),
    condition(
        "operands that are the same",
        "contains(data1, data1)",
        "The first operand must be distinct from the remaining operands for this operator or function; "
        "operator: contains, first operand: [data1]",
    ),
    condition(
        "undefined value",
        "a = :v",
        "An expression attribute value used in expression is not defined; attribute value: :v",
    ),
    condition(
        "undefined name",
        "attribute_exists(#undef)",
        "An expression attribute name used in the document path is not defined; attribute name: #undef",
    ),
    condition(
        "reserved word",
        "attribute_exists(Status)",
        "Attribute name is a reserved keyword; reserved keyword: Status",
        "reported",
    ),
    condition("unknown function", "foo(a)", "Invalid function name; function: foo", "reported"),
    condition(
        "operands missing",
        "contains(a)",
        "Incorrect number of operands for operator or function; "
        "operator or function: contains, number of operands: 1",
        "reported",
    ),
    condition(
        "bounds reversed",
        "a BETWEEN :lo AND :hi",
        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
        "lower bound operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {N:1}",
        "reported",
        ExpressionAttributeValues={":lo": {"N": "5"}, ":hi": {"N": "1"}},
    ),
    update(
        "a section twice",
        "SET a = :v SET b = :v",
        'The "SET" section can only be used once in an update expression;',
        "reported",
        ExpressionAttributeValues=V,
    ),
    update(
        "overlapping paths",
        "SET a = :v, a.b = :v",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; "
        "path one: [a], path two: [a, b]",
        "reported",
        ExpressionAttributeValues=V,
    ),
    update(
        "conflicting paths",
        "SET a.b = :v, a[0] = :v",
        "Two document paths conflict with each other; must remove or rewrite one of these paths; "
        "path one: [a, b], path two: [a, [0]]",
        "reported",
        ExpressionAttributeValues=V,
    ),
    projection(
        "overlapping projection",
        "a, a.b",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; "
        "path one: [a], path two: [a, b]",
    ),
    Case(
        "unused value",
        "PutItem",
        {
            "Item": KEY,
            "ConditionExpression": "attribute_exists(a)",
            "ExpressionAttributeValues": {":unused": {"S": "x"}},
        },
        f"{PREFIX}Value provided in ExpressionAttributeValues unused in expressions: keys: {{:unused}}",
    ),
    Case(
        "unused name",
        "GetItem",
        {"Key": KEY, "ProjectionExpression": "a", "ExpressionAttributeNames": {"#unused": "x"}},
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}",
    ),
    Case(
        "values without an expression",
        "PutItem",
        {"Item": KEY, "ExpressionAttributeValues": V},
        f"{PREFIX}ExpressionAttributeValues can only be specified when using expressions",
    ),
    Case(
        "both styles",
        "PutItem",
        {"Item": KEY, "ConditionExpression": "attribute_exists(a)", "Expected": {"a": {"Exists": False}}},
        f"{PREFIX}Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}",
    ),
    Case(
        "condition fails",
        "PutItem",
        {"Item": KEY | {"pk": {"S": "nobody"}}, "ConditionExpression": "attribute_exists(pk)"},
        "The conditional request failed",
        code="ConditionalCheckFailedException",
    ),
    Case(
        "adding to what is not there",
        "UpdateItem",
        {
            "Key": KEY | {"pk": {"S": "nobody"}},
            "UpdateExpression": "SET a = a + :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        },
        "The provided expression refers to an attribute that does not exist in the item",
        "documented",
    ),
    Case(
        "a path through nothing",
        "UpdateItem",
        {
            "Key": KEY | {"pk": {"S": "nobody"}},
            "UpdateExpression": "SET a.b = :v",
            "ExpressionAttributeValues": V,
        },
        "The document path provided in the update expression is invalid for update",
        "documented",
    ),
)


@table_of(CASES)
def test_refused(call: Client, case: Case) -> None:
    judge(call, case)
