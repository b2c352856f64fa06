"""ExecuteTransaction: statements all of which take effect, or none.

They are the same transactions as TransactWriteItems and TransactGetItems run, made of statements. What
is wrong with a statement refuses the request and says which statement it was; what is wrong with an item
cancels the transaction.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dynalite.errors import ValidationException
from dynalite.expressions.prepare import Prepared
from dynalite.model.catalogue import SHAPES
from dynalite.operations import statement_reads, statement_writes, tokens, transact, transact_get
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.operations.statement_judging import Judged, judge
from dynalite.operations.tokens import Token
from dynalite.operations.transact_get import Get
from dynalite.partiql import parameters as given
from dynalite.partiql.statement import Delete, Exists, Select, Update, table_of
from dynalite.values.types import Answer, AttributeValue, Request

_MIXED = "ExecuteTransaction API does not support both read and write operations in the same request."
_NO_RETURNING = "RETURNING clause is not supported in ExecuteTransaction."
_NO_INDEX = "Reads on indices are not supported within transactions."
_NEEDS_KEY = "Select statements within ExecuteTransaction must specify the primary key in the where clause."


async def execute_transaction(context: Context, request: Request) -> Answer:
    statements = request["TransactStatements"]
    client_token = request.get("ClientRequestToken")
    token = tokens.of("ExecuteTransaction", context.account, context.region, client_token, statements)
    parameters = [given.of(one) for one in statements]
    judged = []
    for number, (one, values) in enumerate(zip(statements, parameters, strict=True)):
        with _in_statement(number):
            judged.append(_judge(context, one["Statement"], values))
    if len({one.reads for one in judged}) > 1:
        raise ValidationException(_MIXED)
    run = _read if judged[0].reads else _write
    return await run(context, request, judged, token)


@contextmanager
def _in_statement(number: int) -> Iterator[None]:
    """Say of what is wrong with a statement which one it is."""
    try:
        yield
    except ValidationException as error:
        prefix = f"Validation failed in TransactStatements[{number}]: "
        raise ValidationException(prefix + error.message, classic=prefix + error.classic) from None


def _judge(context: Context, text: str, parameters: list[AttributeValue]) -> Judged:
    judged = judge(context, text, parameters)
    command = judged.command
    if isinstance(command, Update | Delete) and command.returning is not None:
        raise ValidationException(_NO_RETURNING)
    select = command.select if isinstance(command, Exists) else command
    if isinstance(select, Select) and select.index is not None:
        raise ValidationException(_NO_INDEX)
    return judged


async def _write(context: Context, request: Request, judged: Sequence[Judged], token: Token | None) -> Answer:
    drafts = []
    for number, (one, statement) in enumerate(zip(judged, request["TransactStatements"], strict=True)):
        returns_item = statement.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        with _in_statement(number):
            drafts.append(statement_writes.draft(context, one, returns_item=returns_item, partial_key=True))
    transact.check_size(draft for _, draft in drafts)
    committed = await transact.commit(
        context, [transact.bind(context, verb, draft) for verb, draft in drafts], token
    )
    answer: Answer = {"Responses": []}
    transact.ledger(context, committed).into(answer, request, transactional=True)
    return answer


async def _read(context: Context, request: Request, judged: Sequence[Judged], token: Token | None) -> Answer:
    gets = []
    for number, one in enumerate(judged):
        with _in_statement(number):
            gets.append(_get(context, one))
    found, ledger = await transact_get.read(context, gets)
    answer: Answer = {
        "Responses": [
            {} if record is None else {"Item": statement_reads.shown(one, record)}
            for one, record in zip(judged, found, strict=True)
        ]
    }
    ledger.into(answer, request, transactional=True)
    return answer


def _get(context: Context, judged: Judged) -> Get:
    name = table_of(judged.command)
    key = statement_reads.only_key(judged, context.catalog.get(context.region, name))
    if key is None:
        raise ValidationException(_NEEDS_KEY)
    return Get(name, key, Prepared())


OPERATIONS = (Operation("ExecuteTransaction", SHAPES["ExecuteTransaction"], execute_transaction, "writes"),)
