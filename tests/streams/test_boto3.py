"""The API of streams as its own client speaks it."""

from datetime import UTC, datetime

from tests.live import local_server


def test_a_client_reads_a_stream() -> None:
    with local_server() as server:
        tables, streams = server.client(), server.client("dynamodbstreams")
        created = tables.create_table(
            TableName="Music",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        arn = created["TableDescription"]["LatestStreamArn"]
        tables.put_item(TableName="Music", Item={"id": {"S": "a"}, "b": {"B": b"\x00\xff"}})
        described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
        records = []
        for shard in described["Shards"]:
            place = streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )
            records += streams.get_records(ShardIterator=place["ShardIterator"])["Records"]
        [record] = records
        assert record["dynamodb"]["NewImage"] == {"id": {"S": "a"}, "b": {"B": b"\x00\xff"}}
        age = datetime.now(UTC) - record["dynamodb"]["ApproximateCreationDateTime"]
        assert 0 <= age.total_seconds() < 60
        assert described["CreationRequestDateTime"].year >= 2024
