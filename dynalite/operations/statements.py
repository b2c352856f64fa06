"""ExecuteStatement: one PartiQL statement."""

from dynalite.capacity import report
from dynalite.errors import ValidationException
from dynalite.model.catalogue import SHAPES
from dynalite.operations import actions, statement_reads, statement_writes
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.operations.statement_judging import EXISTS_ELSEWHERE, judge
from dynalite.partiql import parameters as given
from dynalite.partiql.statement import Exists, Select
from dynalite.values.types import Answer, Request


async def execute_statement(context: Context, request: Request) -> Answer:
    parameters = given.of(request)
    judged = judge(context, request["Statement"], parameters)
    if isinstance(judged.command, Exists):
        raise ValidationException(EXISTS_ELSEWHERE)
    if isinstance(judged.command, Select):
        return await statement_reads.select_page(context, request, judged.command, judged, parameters)
    returns_item = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    verb, draft = statement_writes.draft(context, judged, returns_item=returns_item)
    action = verb.bind(context, draft)
    done = await actions.run(context, action)
    shown = statement_writes.returned(judged, done)
    answer: Answer = {"Items": [] if shown is None else [shown]}
    written = done.written
    report.into(answer, request, action.table, written.table_units, written.index_units, written.vector_bytes)
    return answer


OPERATIONS = (Operation("ExecuteStatement", SHAPES["ExecuteStatement"], execute_statement, "writes"),)
