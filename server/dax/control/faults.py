"""The errors of the control plane. They are the API's own words for what is wrong."""

from typing import ClassVar

from dynalite.errors import ServiceError


class DaxFault(ServiceError):
    """An error of the `dax` API."""

    namespace: ClassVar[str] = "com.amazonaws.dax.v20170419"


class ClusterAlreadyExistsFault(DaxFault): ...


class ClusterNotFoundFault(DaxFault): ...


class InsufficientClusterCapacityFault(DaxFault): ...


class InvalidARNFault(DaxFault): ...


class InvalidParameterCombinationException(DaxFault): ...


class InvalidParameterGroupStateFault(DaxFault): ...


class InvalidParameterValueException(DaxFault): ...


class NodeNotFoundFault(DaxFault): ...


class NodeQuotaForClusterExceededFault(DaxFault): ...


class NodeQuotaForCustomerExceededFault(DaxFault): ...


class ParameterGroupAlreadyExistsFault(DaxFault): ...


class ParameterGroupNotFoundFault(DaxFault): ...


class ParameterGroupQuotaExceededFault(DaxFault): ...


class SubnetGroupAlreadyExistsFault(DaxFault): ...


class SubnetGroupInUseFault(DaxFault): ...


class SubnetGroupNotFoundFault(DaxFault): ...


class SubnetGroupQuotaExceededFault(DaxFault): ...


class TagNotFoundFault(DaxFault): ...


class TagQuotaPerResourceExceeded(DaxFault): ...
