"""DAX's control plane: the `dax` API that creates clusters, on the same port as DynamoDB's.

A cluster that is created here works: it has caches of its own and listens at ports of its own, and its
discovery endpoint is what a DAX client wants to be given. What a laptop has not got (subnets, availability
zones, roles, maintenance windows) is kept and described, and does nothing.

    plane       what the operations share, and their table        records   what is remembered of it all
    clusters parameters subnets tags events                       the operations
"""
