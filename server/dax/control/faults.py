"""The errors of the control plane. They are the API's own words for what is wrong."""

from typing import ClassVar

from dynalite.errors import ServiceError


class DaxFault(ServiceError):
    """An error of the `dax` API."""

    namespace: ClassVar[str] = "com.amazonaws.dax.v20170419"


class ClusterAlreadyExistsFault(DaxFault):
    """There is a cluster of this name in the region."""


class ClusterNotFoundFault(DaxFault):
    """There is no such cluster in the region."""


class InvalidARNFault(DaxFault):
    """The ARN is not that of a cluster."""


class InvalidClusterStateFault(DaxFault):
    """The cluster is being created, and cannot be changed until it is available."""


class InvalidParameterCombinationException(DaxFault):
    """Members of the request exclude each other, or one needs another."""


class InvalidParameterGroupStateFault(DaxFault):
    """The parameter group is in use by a cluster, or is the default one."""


class InvalidParameterValueException(DaxFault):
    """A member of the request has a value that it may not have."""


class NodeNotFoundFault(DaxFault):
    """The cluster has no such node."""


class NodeQuotaForClusterExceededFault(DaxFault):
    """The cluster would have more nodes than a cluster may."""


class NodeQuotaForCustomerExceededFault(DaxFault):
    """The region would have more nodes than it may."""


class ParameterGroupAlreadyExistsFault(DaxFault):
    """There is a parameter group of this name in the region."""


class ParameterGroupNotFoundFault(DaxFault):
    """There is no such parameter group in the region."""


class ParameterGroupQuotaExceededFault(DaxFault):
    """The region has as many parameter groups as it may."""


class SubnetGroupAlreadyExistsFault(DaxFault):
    """There is a subnet group of this name in the region."""


class SubnetGroupInUseFault(DaxFault):
    """The subnet group is in use by a cluster."""


class SubnetGroupNotFoundFault(DaxFault):
    """There is no such subnet group in the region."""


class SubnetGroupQuotaExceededFault(DaxFault):
    """The region has as many subnet groups as it may."""


class TagNotFoundFault(DaxFault):
    """The cluster has no such tag."""


class TagQuotaPerResourceExceeded(DaxFault):
    """The cluster would have more tags than it may."""
