"""A second opinion: a naive model of the service, written from its documentation, to hold the server
against.

The oracle imports nothing of the server. Where the server parses, the oracle never does: the generator
makes expression *trees*, which are rendered to text for the request and evaluated as trees here. Where the
server keeps indexes, the oracle looks through every item every time. Two programs that share neither code
nor shape rarely share a bug.

Where the documentation does not decide, the oracle says so (`Unsure`, or more than one code in `Refused`)
instead of taking the server's side.
"""
