"""Triggers: what AWS Lambda's event source mappings are to DynamoDB Streams.

A trigger follows the stream of a table and hands its records, in Lambda's events, to a Python function, a web
hook or a command. It is a consumer like any other: it reads through the public operations of the Streams API
(`source.py`), one reader for each shard, parents before children (`follower.py`, `reader.py`), and notes how
far it has come in a row of the database (`progress.py`), so that a restart goes on where it stopped. Each
record is delivered at least once, and the records of one item in their order. What happens when the target
fails is Lambda's (`delivery.py`): retries, bisection, partial answers, an age beyond which records are given
up, and a destination for what was.

Nothing here asks again and again whether there is something new: the database says when anything has changed
(`dynalite/changes.py`). Time (batching windows, pauses between retries, ages) is the server's clock, so a
test moves it.

Left out: tumbling windows, parallelisation within a shard, and everything that belongs to Lambda itself.
"""


class WrongDefinition(ValueError):
    """A trigger's definition makes no sense; the message is one sentence."""
