"""The control plane as boto3's `dax` client meets it: clusters that work, and all that is told about them."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.model import ServiceModel

from dynalite.model.shape import Boolean, ListOf, Real, Shape, String, Structure, Whole
from dynalite.settings import Settings
from server.dax.control.catalogue import OPERATIONS
from server.dax.control.shapes import SHAPES
from server.dax.settings import DaxSettings
from tests.dax.tables import create_all
from tests.dax.wire import RemoteError, WireClient, call
from tests.live import LiveServer, live_server, local_server, start_server

ROLE = "arn:aws:iam::000000000000:role/any"
MODEL = ServiceModel(Loader().load_service_model("dax", "service-2"))


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server("--dax-port", "0") as server:
        create_all(server.client())
        yield server


@pytest.fixture
def dax(server: LiveServer) -> Iterator[Any]:
    """boto3's client, and an empty control plane afterwards."""
    client = server.client("dax")
    yield client
    for cluster in client.describe_clusters()["Clusters"]:
        client.delete_cluster(ClusterName=cluster["ClusterName"])
    for group in client.describe_parameter_groups()["ParameterGroups"]:
        with suppress(ClientError):
            client.delete_parameter_group(ParameterGroupName=group["ParameterGroupName"])
    for group in client.describe_subnet_groups()["SubnetGroups"]:
        with suppress(ClientError):
            client.delete_subnet_group(SubnetGroupName=group["SubnetGroupName"])


def create(dax: Any, name: str = "mine", nodes: int = 1, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = dax.create_cluster(
        ClusterName=name, NodeType="dax.r5.large", ReplicationFactor=nodes, IamRoleArn=ROLE, **more
    )["Cluster"]
    return answer


def described(dax: Any, name: str = "mine") -> dict[str, Any]:
    (cluster,) = dax.describe_clusters(ClusterNames=[name])["Clusters"]
    found: dict[str, Any] = cluster
    return found


def connect(endpoint: dict[str, Any]) -> WireClient:
    return WireClient(endpoint["Port"])


def listed(endpoint: dict[str, Any]) -> list[Any]:
    """The ports that a DAX client is told."""
    client = connect(endpoint)
    (nodes,) = client.ask(call("endpoints"))
    client.close()
    return [node[3] for node in nodes]


# ------------------------------------------------------------------ the model


def test_every_operation_of_the_model_is_served() -> None:
    assert OPERATIONS.keys() == SHAPES.keys() == set(MODEL.operation_names)
    assert all(row.shape is SHAPES[name] for name, row in OPERATIONS.items())


def test_requests_are_what_the_model_says() -> None:
    for name, shape in SHAPES.items():
        assert _told(shape) == _modelled(MODEL.operation_model(name).input_shape), name


def _told(shape: Shape) -> Any:
    match shape:
        case Structure():
            required = {name for name, member in shape.members.items() if member.required}
            return {name: _told(member.shape) for name, member in shape.members.items()}, required
        case ListOf():
            return [_told(shape.element)]
        case String():
            return tuple(sorted(shape.enum)) or "string"
        case Whole():
            return "integer"
        case Real():
            return "timestamp"
        case Boolean():
            return "boolean"
    raise AssertionError(shape)


def _modelled(shape: Any) -> Any:
    if shape.type_name == "structure":
        return {name: _modelled(member) for name, member in shape.members.items()}, set(
            shape.required_members
        )
    if shape.type_name == "list":
        return [_modelled(shape.member)]
    return tuple(sorted(getattr(shape, "enum", ()))) or shape.type_name


# ------------------------------------------------------------------ clusters


def test_a_cluster_is_created_and_works(dax: Any, server: LiveServer) -> None:
    made = create(dax, "Mine", 2, Tags=[{"Key": "team", "Value": "blue"}])
    assert (made["ClusterName"], made["Status"], made["TotalNodes"]) == ("mine", "creating", 2)
    cluster = described(dax)
    assert cluster["Status"] == "available"
    assert cluster["ClusterArn"] == "arn:aws:dax:us-east-1:000000000000:cache/mine"
    endpoint = cluster["ClusterDiscoveryEndpoint"]
    assert endpoint["URL"] == f"dax://127.0.0.1:{endpoint['Port']}"
    assert listed(endpoint) == [node["Endpoint"]["Port"] for node in cluster["Nodes"]]
    server.client().put_item(TableName="DaxHashS", Item={"pk": {"S": "x"}})
    client = connect(endpoint)
    (body,) = client.ask(call("getItem", b"\x48DaxHashS", b"\x41x", b"\xf6"))
    assert body == {0: b"\x01"}
    client.close()


def test_each_cluster_has_caches_of_its_own(dax: Any, server: LiveServer) -> None:
    found = []
    for name in ("one", "two"):
        client = connect(create(dax, name)["ClusterDiscoveryEndpoint"])
        found.append(client.ask(call("getItem", b"\x48DaxHashS", b"\x43own", b"\xf6"))[0])
        server.client().put_item(TableName="DaxHashS", Item={"pk": {"S": "own"}})
        found.append(client.ask(call("getItem", b"\x48DaxHashS", b"\x43own", b"\xf6"))[0])
        client.close()
    assert found == [None, None, {0: b"\x01"}, {0: b"\x01"}]


def test_nodes_are_added_and_removed(dax: Any) -> None:
    create(dax)
    grown = dax.increase_replication_factor(ClusterName="mine", NewReplicationFactor=3)["Cluster"]
    assert [node["NodeId"] for node in grown["Nodes"]] == ["mine-a", "mine-b", "mine-c"]
    shrunk = dax.decrease_replication_factor(
        ClusterName="mine", NewReplicationFactor=2, NodeIdsToRemove=["mine-a"]
    )["Cluster"]
    assert [node["NodeId"] for node in shrunk["Nodes"]] == ["mine-b", "mine-c"]
    endpoint = described(dax)["ClusterDiscoveryEndpoint"]
    assert len(listed(endpoint)) == 2
    with pytest.raises(ConnectionRefusedError):
        connect(grown["Nodes"][0]["Endpoint"])


def test_a_node_that_was_rebooted_had_forgotten_everything(dax: Any, server: LiveServer) -> None:
    endpoint = create(dax)["ClusterDiscoveryEndpoint"]
    get = call("getItem", b"\x48DaxHashS", b"\x46reboot", b"\xf6")
    client = connect(endpoint)
    assert client.ask(get) == [None]
    server.client().put_item(TableName="DaxHashS", Item={"pk": {"S": "reboot"}})
    rebooted = dax.reboot_node(ClusterName="mine", NodeId="mine-a")["Cluster"]
    assert [node["NodeStatus"] for node in rebooted["Nodes"]] == ["rebooting"]
    with pytest.raises((EOFError, ConnectionError)):
        client.ask(get)
    client.close()
    client = connect(endpoint)
    assert client.ask(get) == [None]
    client.close()


def test_a_cluster_that_comes_or_goes_has_no_nodes_to_tell_about_and_is_not_changed() -> None:
    with local_server(Settings(transition_seconds=60), dax=DaxSettings(port=0)) as server:
        dax = server.client("dax")
        for cluster in (create(dax), described(dax)):
            assert (cluster["Status"], cluster["TotalNodes"]) == ("creating", 1)
            assert "Nodes" not in cluster
        for operation, request in (
            (dax.update_cluster, {"Description": "new"}),
            (dax.increase_replication_factor, {"NewReplicationFactor": 2}),
            (dax.decrease_replication_factor, {"NewReplicationFactor": 1}),
            (dax.reboot_node, {"NodeId": "mine-a"}),
            (dax.delete_cluster, {}),
        ):
            with pytest.raises(dax.exceptions.InvalidClusterStateFault):
                operation(ClusterName="mine", **request)
        server.clock.advance(60)
        assert described(dax)["Nodes"][0]["NodeStatus"] == "available"
        leaving = dax.delete_cluster(ClusterName="mine")["Cluster"]
        assert leaving["Status"] == "deleting"
        assert "Nodes" not in leaving


def test_a_deleted_cluster_does_not_answer(dax: Any) -> None:
    endpoint = create(dax)["ClusterDiscoveryEndpoint"]
    assert dax.delete_cluster(ClusterName="mine")["Cluster"]["Status"] == "deleting"
    with pytest.raises(ConnectionRefusedError):
        connect(endpoint)
    with pytest.raises(dax.exceptions.ClusterNotFoundFault):
        dax.describe_clusters(ClusterNames=["mine"])


def test_a_cluster_is_described_anew(dax: Any) -> None:
    create(dax, Description="old", SecurityGroupIds=["sg-1"])
    topic = "arn:aws:sns:us-east-1:000000000000:t"
    dax.update_cluster(ClusterName="mine", Description="new", NotificationTopicArn=topic)
    cluster = described(dax)
    assert cluster["Description"] == "new"
    assert cluster["SecurityGroups"] == [{"SecurityGroupIdentifier": "sg-1", "Status": "active"}]
    assert cluster["NotificationConfiguration"]["TopicArn"] == topic


@pytest.mark.parametrize("window", ["sun:05:00-sun:06:00", "sat:23:30-sun:00:30", "mon:00:00-sun:23:59"])
def test_a_maintenance_window_of_an_hour_or_more(dax: Any, window: str) -> None:
    assert create(dax, PreferredMaintenanceWindow=window)["PreferredMaintenanceWindow"] == window


@pytest.mark.parametrize(
    "window", ["", "sunday", "sun:5:00-sun:6:00", "sun:24:00-mon:01:00", "sun:05:00-sun:05:59"]
)
def test_anything_was_a_maintenance_window(dax: Any, window: str) -> None:
    with pytest.raises(dax.exceptions.InvalidParameterValueException):
        create(dax, PreferredMaintenanceWindow=window)
    create(dax, Description="old")
    with pytest.raises(dax.exceptions.InvalidParameterValueException):
        dax.update_cluster(ClusterName="mine", PreferredMaintenanceWindow=window, Description="new")
    assert described(dax)["Description"] == "old"


def test_what_is_listed_comes_in_pages(dax: Any) -> None:
    names = ["default", *(f"s-{number}" for number in range(10, 35))]
    for name in names[1:]:
        dax.create_subnet_group(SubnetGroupName=name, SubnetIds=["subnet-1"])
    pages = dax.get_paginator("describe_subnet_groups").paginate(PaginationConfig={"PageSize": 20})
    seen = [[group["SubnetGroupName"] for group in page["SubnetGroups"]] for page in pages]
    assert seen == [names[:20], names[20:]]


@pytest.mark.parametrize("size", [0, 19, 101])
def test_a_page_has_20_to_100_entries(dax: Any, size: int) -> None:
    for describe in (dax.describe_clusters, dax.describe_events, dax.describe_default_parameters):
        with pytest.raises(dax.exceptions.InvalidParameterValueException):
            describe(MaxResults=size)


@pytest.mark.parametrize("token", ["x", "-1", "9" * 5000])
def test_a_token_that_stands_for_no_page_is_refused(dax: Any, token: str) -> None:
    with pytest.raises(dax.exceptions.InvalidParameterValueException):
        dax.describe_clusters(NextToken=token)


def test_clusters_belong_to_a_region(dax: Any, server: LiveServer) -> None:
    create(dax)
    assert server.client("dax", region_name="eu-west-1").describe_clusters()["Clusters"] == []


@pytest.mark.parametrize(
    ("fault", "request_"),
    [
        ("InvalidParameterValueException", {"ClusterName": "1st"}),
        ("InvalidParameterValueException", {"ClusterName": "a--b"}),
        ("InvalidParameterValueException", {"ClusterName": "x" * 21}),
        ("InvalidParameterValueException", {"NodeType": "cache.m1.small"}),
        ("InvalidParameterValueException", {"IamRoleArn": "role"}),
        ("InvalidParameterValueException", {"ReplicationFactor": 0}),
        ("NodeQuotaForClusterExceededFault", {"ReplicationFactor": 12}),
        ("InvalidParameterCombinationException", {"AvailabilityZones": ["a", "b"]}),
        ("InvalidParameterCombinationException", {"ClusterEndpointEncryptionType": "TLS"}),
        ("ParameterGroupNotFoundFault", {"ParameterGroupName": "nope"}),
        ("SubnetGroupNotFoundFault", {"SubnetGroupName": "nope"}),
        ("TagQuotaPerResourceExceeded", {"Tags": [{"Key": str(n), "Value": ""} for n in range(51)]}),
    ],
)
def test_clusters_that_cannot_be(dax: Any, fault: str, request_: dict[str, Any]) -> None:
    wanted = {"ClusterName": "mine", "NodeType": "dax.r5.large", "ReplicationFactor": 1, "IamRoleArn": ROLE}
    with pytest.raises(getattr(dax.exceptions, fault)):
        dax.create_cluster(**(wanted | request_))
    assert dax.describe_clusters()["Clusters"] == []


def test_what_cannot_be_done_to_a_cluster(dax: Any) -> None:
    create(dax, nodes=2)
    faults = dax.exceptions
    for fault, operation, request in (
        (faults.ClusterAlreadyExistsFault, lambda **_: create(dax, "MINE"), {}),
        (faults.InvalidParameterValueException, dax.increase_replication_factor, {"NewReplicationFactor": 2}),
        (faults.InvalidParameterValueException, dax.decrease_replication_factor, {"NewReplicationFactor": 0}),
        (
            faults.InvalidParameterCombinationException,
            dax.decrease_replication_factor,
            {"NewReplicationFactor": 1, "NodeIdsToRemove": ["mine-a", "mine-b"]},
        ),
        (
            faults.NodeNotFoundFault,
            dax.decrease_replication_factor,
            {"NewReplicationFactor": 1, "NodeIdsToRemove": ["mine-z"]},
        ),
        (faults.NodeNotFoundFault, dax.reboot_node, {"NodeId": "mine-z"}),
        (
            faults.ParameterGroupNotFoundFault,
            dax.update_cluster,
            {"ParameterGroupName": "nope", "Description": "another"},
        ),
    ):
        before = described(dax)
        with pytest.raises(fault):
            operation(ClusterName="mine", **request)
        assert described(dax) == before


@pytest.mark.parametrize(
    ("fault", "leaving"),
    [
        ("NodeNotFoundFault", ["mine-b", "mine-z"]),
        ("InvalidParameterCombinationException", ["mine-b", "mine-b"]),
    ],
)
def test_nodes_leave_together_or_not_at_all(dax: Any, fault: str, leaving: list[str]) -> None:
    """The first had left when the second was not found, and from then on nothing could be written down."""
    create(dax, nodes=3)
    before = described(dax)
    with pytest.raises(getattr(dax.exceptions, fault)):
        dax.decrease_replication_factor(ClusterName="mine", NewReplicationFactor=1, NodeIdsToRemove=leaving)
    assert described(dax) == before
    dax.update_cluster(ClusterName="mine", Description="still kept")
    assert described(dax)["Description"] == "still kept"


def test_nodes_leave_in_whatever_order_they_are_named(dax: Any) -> None:
    create(dax, nodes=3)
    shrunk = dax.decrease_replication_factor(
        ClusterName="mine", NewReplicationFactor=1, NodeIdsToRemove=["mine-c", "mine-a"]
    )["Cluster"]
    assert [node["NodeId"] for node in shrunk["Nodes"]] == ["mine-b"]


def test_nodes_left_whatever_zones_they_were_to_leave(dax: Any) -> None:
    create(dax, nodes=3, AvailabilityZones=["us-east-1a", "us-east-1b", "us-east-1b"])
    with pytest.raises(dax.exceptions.InvalidParameterCombinationException):
        dax.decrease_replication_factor(
            ClusterName="mine", NewReplicationFactor=1, AvailabilityZones=["us-east-1a"]
        )
    shrunk = dax.decrease_replication_factor(
        ClusterName="mine", NewReplicationFactor=2, AvailabilityZones=["us-east-1a"]
    )["Cluster"]
    assert [node["NodeId"] for node in shrunk["Nodes"]] == ["mine-b", "mine-c"]


# ------------------------------------------------------------------ groups, tags, events


def test_parameters_reach_a_running_cluster_at_once(dax: Any, server: LiveServer) -> None:
    dax.create_parameter_group(ParameterGroupName="fresh", Description="d")
    endpoint = create(dax, ParameterGroupName="fresh")["ClusterDiscoveryEndpoint"]
    client = connect(endpoint)
    scan = call("scan", b"\x48DaxHashB", b"\xf6")
    count = client.ask(scan)[0][8]
    server.client().put_item(TableName="DaxHashB", Item={"pk": {"B": b"fresh"}})
    assert client.ask(scan)[0][8] == count
    dax.update_parameter_group(
        ParameterGroupName="fresh",
        ParameterNameValues=[{"ParameterName": "query-ttl-millis", "ParameterValue": "0"}],
    )
    assert client.ask(scan)[0][8] == count + 1
    client.close()


def test_parameter_groups(dax: Any) -> None:
    dax.create_parameter_group(ParameterGroupName="g")
    names = [group["ParameterGroupName"] for group in dax.describe_parameter_groups()["ParameterGroups"]]
    assert names == ["default.dax1.0", "g"]
    update = {"ParameterName": "record-ttl-millis", "ParameterValue": "5"}
    dax.update_parameter_group(ParameterGroupName="g", ParameterNameValues=[update])
    values = {
        parameter["ParameterName"]: parameter["ParameterValue"]
        for parameter in dax.describe_parameters(ParameterGroupName="g")["Parameters"]
    }
    assert values == {"record-ttl-millis": "5", "query-ttl-millis": "300000"}
    assert len(dax.describe_default_parameters()["Parameters"]) == 2
    create(dax, ParameterGroupName="g")
    faults = dax.exceptions
    with pytest.raises(faults.ParameterGroupAlreadyExistsFault):
        dax.create_parameter_group(ParameterGroupName="g")
    with pytest.raises(faults.InvalidParameterGroupStateFault):
        dax.delete_parameter_group(ParameterGroupName="g")
    with pytest.raises(faults.InvalidParameterGroupStateFault):
        dax.update_parameter_group(ParameterGroupName="default.dax1.0", ParameterNameValues=[update])
    for wrong in (
        {"ParameterName": "nope", "ParameterValue": "1"},
        {**update, "ParameterValue": "-1"},
        {**update, "ParameterValue": "9" * 5000},
    ):
        with pytest.raises(faults.InvalidParameterValueException):
            dax.update_parameter_group(ParameterGroupName="g", ParameterNameValues=[wrong])
    with pytest.raises(faults.ParameterGroupNotFoundFault):
        dax.describe_parameters(ParameterGroupName="nope")


def test_subnet_groups(dax: Any) -> None:
    dax.create_subnet_group(SubnetGroupName="s", SubnetIds=["subnet-1", "subnet-2"])
    dax.update_subnet_group(SubnetGroupName="s", Description="two")
    (group,) = dax.describe_subnet_groups(SubnetGroupNames=["s"])["SubnetGroups"]
    assert [subnet["SubnetIdentifier"] for subnet in group["Subnets"]] == ["subnet-1", "subnet-2"]
    assert group["Description"] == "two"
    create(dax, SubnetGroupName="s")
    faults = dax.exceptions
    with pytest.raises(faults.SubnetGroupInUseFault):
        dax.delete_subnet_group(SubnetGroupName="s")
    with pytest.raises(faults.SubnetGroupAlreadyExistsFault):
        dax.create_subnet_group(SubnetGroupName="s", SubnetIds=[])
    with pytest.raises(faults.SubnetGroupNotFoundFault):
        dax.delete_subnet_group(SubnetGroupName="nope")


def test_the_name_of_a_subnet_group_was_kept_as_it_was_written(dax: Any) -> None:
    made = dax.create_subnet_group(SubnetGroupName="Mine", SubnetIds=["subnet-1"])["SubnetGroup"]
    assert made["SubnetGroupName"] == "mine"
    assert create(dax, SubnetGroupName="MINE")["SubnetGroup"] == "mine"
    (group,) = dax.describe_subnet_groups(SubnetGroupNames=["Mine"])["SubnetGroups"]
    assert group == made
    with pytest.raises(dax.exceptions.SubnetGroupAlreadyExistsFault):
        dax.create_subnet_group(SubnetGroupName="MINE", SubnetIds=[])


def test_tags(dax: Any) -> None:
    arn = create(dax)["ClusterArn"]
    dax.tag_resource(ResourceName=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    assert dax.untag_resource(ResourceName=arn, TagKeys=["a"])["Tags"] == [{"Key": "b", "Value": "2"}]
    assert dax.list_tags(ResourceName=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    faults = dax.exceptions
    with pytest.raises(faults.TagNotFoundFault):
        dax.untag_resource(ResourceName=arn, TagKeys=["a"])
    with pytest.raises(faults.InvalidARNFault):
        dax.list_tags(ResourceName="mine")
    with pytest.raises(faults.ClusterNotFoundFault):
        dax.list_tags(ResourceName=arn + "x")


def test_events(dax: Any) -> None:
    create(dax, "eventful")
    dax.delete_cluster(ClusterName="eventful")
    events = dax.describe_events(SourceName="eventful", SourceType="CLUSTER")["Events"]
    assert [event["Message"] for event in events] == ["Cluster created.", "Cluster deleted."]
    assert dax.describe_events(SourceName="eventful", EndTime=0)["Events"] == []
    with pytest.raises(dax.exceptions.InvalidParameterCombinationException):
        dax.describe_events(Duration=1, StartTime=0)


def test_events_were_forgotten_after_an_hour() -> None:
    with local_server(dax=DaxSettings(port=0)) as server:
        dax = server.client("dax")
        create(dax)
        server.clock.advance(23 * 3600)
        assert [event["SourceName"] for event in dax.describe_events()["Events"]] == ["mine"]
        server.clock.advance(2 * 3600)
        assert dax.describe_events()["Events"] == []
        assert len(dax.describe_events(Duration=48 * 60)["Events"]) == 1


def test_without_the_endpoint_there_is_no_control_plane(live: LiveServer) -> None:
    with pytest.raises(ClientError, match="UnknownOperationException"):
        live.client("dax").describe_clusters()


# ------------------------------------------------------------------ what outlives the server


def test_clusters_and_groups_outlive_the_server(tmp_path: Path) -> None:
    flags = ("--data", str(tmp_path / "data"), "--dax-port", "0")
    server = start_server(*flags)
    try:
        dax = server.client("dax")
        dax.create_parameter_group(ParameterGroupName="g")
        dax.create_subnet_group(SubnetGroupName="s", SubnetIds=["subnet-1"])
        create(dax, "kept", 2, ParameterGroupName="g", SubnetGroupName="s")
        create(dax, "gone")
        dax.delete_cluster(ClusterName="gone")
        before = described(dax, "kept")
        server.kill()
        server = start_server(*flags)
        dax = server.client("dax")
        assert [cluster["ClusterName"] for cluster in dax.describe_clusters()["Clusters"]] == ["kept"]
        assert described(dax, "kept") == before
        client = connect(before["ClusterDiscoveryEndpoint"])
        with pytest.raises(RemoteError):
            client.ask(call("defineKeySchema", b"\x44Nope"))
        client.close()
    finally:
        server.stop()
