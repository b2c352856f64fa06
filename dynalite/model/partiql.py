"""Requests written as PartiQL statements: one, a batch, a transaction."""

from dynalite.model.fragments import (
    ATTRIBUTE,
    FLAG,
    POSITIVE_INTEGER,
    RETURN_CONSUMED_CAPACITY,
    RETURN_VALUES_ON_FAILURE,
)
from dynalite.model.shape import ListOf, String, required, structure
from dynalite.model.transactions import REQUEST_TOKEN

STATEMENT = String(1, 8192)
PARAMETERS = ListOf(ATTRIBUTE, min=1)

REQUESTS = (
    structure(
        "ExecuteStatement",
        Statement=required(STATEMENT),
        Parameters=PARAMETERS,
        ConsistentRead=FLAG,
        NextToken=String(1, 32768),
        ReturnConsumedCapacity=RETURN_CONSUMED_CAPACITY,
        Limit=POSITIVE_INTEGER,
        ReturnValuesOnConditionCheckFailure=RETURN_VALUES_ON_FAILURE,
    ),
    structure(
        "BatchExecuteStatement",
        Statements=required(
            ListOf(
                structure(
                    "BatchStatementRequest",
                    Statement=required(STATEMENT),
                    Parameters=PARAMETERS,
                    ConsistentRead=FLAG,
                    ReturnValuesOnConditionCheckFailure=RETURN_VALUES_ON_FAILURE,
                ),
                min=1,
                max=25,
            )
        ),
        ReturnConsumedCapacity=RETURN_CONSUMED_CAPACITY,
    ),
    structure(
        "ExecuteTransaction",
        TransactStatements=required(
            ListOf(
                structure(
                    "ParameterizedStatement",
                    Statement=required(STATEMENT),
                    Parameters=PARAMETERS,
                    ReturnValuesOnConditionCheckFailure=RETURN_VALUES_ON_FAILURE,
                ),
                min=1,
                max=100,
            )
        ),
        ClientRequestToken=REQUEST_TOKEN,
        ReturnConsumedCapacity=RETURN_CONSUMED_CAPACITY,
    ),
)
