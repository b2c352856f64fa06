"""The endpoint that says how well DAX's caches do."""

from dataclasses import asdict
from typing import Any, Final

from dynalite.cache.cluster import Cluster
from server.admin.endpoint import Admin, Endpoint, Parameters


async def show(admin: Admin, parameters: Parameters) -> object:
    dax = admin.dax
    if dax is None:
        return {"endpoint": None, "clusters": []}
    clusters = [described(name, region, cluster) for name, region, cluster in dax.clusters()]
    return {"endpoint": dax.address, "clusters": clusters}


def described(name: str, region: str | None, cluster: Cluster) -> dict[str, Any]:
    """A cluster and its nodes, the primary first. The cluster of the command line serves every region."""
    tuning = cluster.tuning
    return {
        "name": name,
        "region": region,
        "item_ttl_ms": tuning.item_ttl_ms,
        "query_ttl_ms": tuning.query_ttl_ms,
        "item_capacity_bytes": tuning.item_capacity_bytes,
        "query_capacity_bytes": tuning.query_capacity_bytes,
        "nodes": [
            {"items": asdict(node.items.figures), "queries": asdict(node.queries.figures)}
            for node in cluster.nodes
        ],
    }


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/_admin/caches",
        "What DAX's clusters hold, and how often their item and query caches had the answer.",
        show,
    ),
)
