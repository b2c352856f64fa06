"""What several families of requests share: names, ARNs, tokens, expressions, enumerations."""

from dynalite.model.shape import (
    Attribute,
    Boolean,
    Expression,
    Integer,
    ListOf,
    Long,
    MapOf,
    NameOrArn,
    Real,
    String,
    enum,
    structure,
)

TEXT = String()
FLAG = Boolean()
INTEGER = Integer()
POSITIVE_INTEGER = Integer(min=1)
LONG = Long()
POSITIVE_LONG = Long(min=1)
DOUBLE = Real("Double")
TIMESTAMP = Real("Date")

# ------------------------------------------------------------------ names and ARNs

NAME_PATTERN = "[a-zA-Z0-9_.-]+"
NAME = String(3, 255, NAME_PATTERN)
INDEX_NAME = BACKUP_NAME = NAME

LONG_ARN = String(37, 1024)  # of a backup, an export, an import, a stream: at least this long
RESOURCE_ARN = String(1, 1283)

TABLE = NameOrArn(name=String(1, 255, NAME_PATTERN), arn=String(1, 1024))
"""A table that should exist. (Captured: one character is enough here, 256 are too many for a name.)"""
NEW_TABLE = NameOrArn(name=NAME, arn=String(1, 1024))
"""A table to be made. (Captured: it wants three characters.)"""

KMS_KEY = String(min=1)  # no key has an empty name, and an ARN would be made of it
REGION = TEXT
CLIENT_TOKEN = String(pattern=r"^[^\$]+$")

# ------------------------------------------------------------------ tables

BILLING_MODE = enum("PROVISIONED", "PAY_PER_REQUEST")
TABLE_CLASS = enum("STANDARD", "STANDARD_INFREQUENT_ACCESS")
SSE_SPECIFICATION = structure(
    "SSESpecification", Enabled=FLAG, SSEType=enum("AES256", "KMS"), KMSMasterKeyId=KMS_KEY
)

# ------------------------------------------------------------------ attributes and items

ATTRIBUTE = Attribute()
ATTRIBUTE_NAME = String(max=65535)
ATTRIBUTES = MapOf(TEXT, ATTRIBUTE)  # measured: a name that is too long is told in other words
KEY = ITEM = ATTRIBUTES
ATTRIBUTE_VALUES = ListOf(ATTRIBUTE)
ATTRIBUTE_NAMES = ListOf(ATTRIBUTE_NAME, min=1)

SCHEMA_ATTRIBUTE_NAME = String(1, 255)

# ------------------------------------------------------------------ expressions and what came before them

EXPRESSION = Expression()
EXPRESSION_NAMES = MapOf(TEXT, TEXT)  # likewise
EXPRESSION_VALUES = MapOf(TEXT, ATTRIBUTE)

COMPARISON_OPERATOR = enum(
    "IN",
    "NULL",
    "BETWEEN",
    "LT",
    "NOT_CONTAINS",
    "EQ",
    "GT",
    "NOT_NULL",
    "NE",
    "LE",
    "BEGINS_WITH",
    "GE",
    "CONTAINS",
)
CONDITIONAL_OPERATOR = enum("OR", "AND")
EXPECTED = MapOf(
    ATTRIBUTE_NAME,
    structure(
        "ExpectedAttributeValue",
        Value=ATTRIBUTE,
        Exists=FLAG,
        ComparisonOperator=COMPARISON_OPERATOR,
        AttributeValueList=ATTRIBUTE_VALUES,
    ),
)

# ------------------------------------------------------------------ what to return

RETURN_CONSUMED_CAPACITY = enum("INDEXES", "TOTAL", "NONE")
RETURN_COLLECTION_METRICS = enum("SIZE", "NONE")
RETURN_VALUES = enum("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW")
RETURN_VALUES_ON_FAILURE = enum("ALL_OLD", "NONE")
