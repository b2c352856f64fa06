"""What is wrong with a request to CloudWatch, in its words: the errors, and what several operations check."""

from math import isfinite
from typing import Final

from dynalite.errors import ServiceError

MINUTE: Final = 60


class CloudWatchError(ServiceError):
    namespace = "com.amazonaws.cloudwatch.v2010_08_01"


class InvalidParameterValueException(CloudWatchError):
    """A member of the request has a value that it may not have, or an expression is wrong."""

    query_code = "InvalidParameterValue"


class InvalidParameterCombinationException(CloudWatchError):
    """Statistics are missing or unknown, or too many data points are asked for."""

    query_code = "InvalidParameterCombination"


class MissingRequiredParameterException(CloudWatchError):
    """A member that must be there is not."""

    query_code = "MissingParameter"


class MalformedQueryStringException(CloudWatchError):
    """A request in the query protocol is no form, or its parameters contradict each other."""

    query_code = "MalformedQueryString"


class ResourceNotFoundException(CloudWatchError):
    """There is no rule of that name."""

    status = 404


class InvalidNextToken(CloudWatchError):
    """The token is none that a list of rules has answered."""


def check_window(start: float, end: float) -> None:
    if not (isfinite(start) and isfinite(end) and start < end):
        raise InvalidParameterValueException("The parameter StartTime must be less than EndTime.")


def check_period(period: object) -> int:
    if not isinstance(period, int) or period < MINUTE or period % MINUTE:
        raise InvalidParameterValueException("The parameter Period must be a multiple of 60.")
    return period
