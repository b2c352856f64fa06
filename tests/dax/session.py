"""One Python DAX client that outlives its server. Run by that client's own environment:

    python session.py <dax endpoint> <secret>

It puts and gets, says `ready`, and after every line that it is sent does so again, with new attribute names
and old ones. `ok`, or what went wrong, is its answer.
"""

import sys
import time

import amazondax
import botocore.session
from botocore.exceptions import ClientError

session = botocore.session.get_session()
session.set_credentials("AKID", sys.argv[2])
dax = amazondax.AmazonDaxClient(session, region_name="us-east-1", endpoints=[sys.argv[1]])


def work(mark: str) -> None:
    key = {"pk": {"S": "session"}, "sk": {"N": "1"}}
    for _ in range(60):  # a client needs a while to notice that its connections are dead
        try:
            dax.put_item(TableName="DaxRange", Item={**key, "old": {"S": mark}})
            dax.put_item(TableName="DaxRange", Item={**key, "old": {"S": mark}, mark: {"S": mark}})
            found = dax.get_item(TableName="DaxRange", Key=key, ConsistentRead=True)["Item"]
            break
        except (OSError, ClientError) as error:
            last = error
            time.sleep(0.5)
    else:
        raise last
    assert found == {**key, "old": {"S": mark}, mark: {"S": mark}}, found


def answer(mark: str) -> None:
    try:
        work(mark)
        print("ok", flush=True)
    except Exception as error:
        print(repr(error), flush=True)


answer("first")
for line in sys.stdin:
    answer(line.strip())
dax.close()
