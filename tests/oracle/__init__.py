"""A second opinion: a naive model of the service, written from its documentation, to hold the server
against.

The oracle imports nothing of the server. Where the server parses, the oracle never does: the generator
makes expression *trees*, which are rendered to text for the request and evaluated as trees here. One tree
writes itself as an expression, as the parameters from before expressions or as PartiQL, and means the same.
Where the server keeps indexes, the oracle looks through every item every time. Two programs that share
neither code nor shape rarely share a bug.

    values paths conditions updates schema capacity    what things are and come to
    intents legacy partiql                             what a client asks, and how it writes it
    model batches transactions statements              what the answer is
    generator draw_legacy draw_statements              what to ask next
    answers reading streams                            whether the server said so
    world walk                                         both sides, step by step

Where the documentation does not decide, the oracle says so (`Unsure`, or more than one code in `Refused`)
instead of taking the server's side.
"""
