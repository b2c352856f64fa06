"""What is wrong with an expression, before it is known which member of the request holds it."""

from dynalite.errors import InvalidRequest


class Complaint(Exception):
    """Raised inside this package; whoever knows the member answers `about(member)`.

    `classic` is the detail's wording before 2026, where it differed.
    """

    def __init__(self, detail: str, classic: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.classic = detail if classic is None else classic

    def about(self, member: str) -> InvalidRequest:
        """The error as a client sees it; `member` is the request's member, for example `FilterExpression`."""
        return InvalidRequest(f"Invalid {member}: {self.detail}", classic=f"Invalid {member}: {self.classic}")
