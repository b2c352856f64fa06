"""Kinesis over HTTP: moto's server, in this process."""

import json
from typing import Any, Self

from moto.server import ThreadedMotoServer

from tests.live import Reachable


class Moto(Reachable):
    """A Kinesis server, for the length of a `with` block. It can be stopped and started meanwhile: what moto
    has belongs to the process, so streams stay until the end of the block.
    """

    def __init__(self) -> None:
        self._server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
        self._server.start()
        _, self._port = self._server.get_host_and_port()
        self.endpoint = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        kinesis = self.client("kinesis")
        for name in kinesis.list_streams()["StreamNames"]:
            kinesis.delete_stream(StreamName=name)
        self.stop()

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server = ThreadedMotoServer("127.0.0.1", port=self._port, verbose=False)
        self._server.start()

    def stream(self, name: str) -> str:
        """Make a stream of two shards. Its ARN."""
        kinesis = self.client("kinesis")
        kinesis.create_stream(StreamName=name, ShardCount=2)
        kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
        arn: str = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
        return arn

    def records(self, name: str) -> list[Any]:
        """Everything in a stream, shard by shard."""
        kinesis, found = self.client("kinesis"), list[Any]()
        for shard in kinesis.list_shards(StreamName=name)["Shards"]:
            iterator = kinesis.get_shard_iterator(
                StreamName=name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while records := (answer := kinesis.get_records(ShardIterator=iterator))["Records"]:
                found += [json.loads(record["Data"]) for record in records]
                iterator = answer["NextShardIterator"]
        return found
