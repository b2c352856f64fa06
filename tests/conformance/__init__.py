"""What the real service answers, as tables: a request, and the answer that was captured from AWS or is
documented.

Every row cites a line of `docs/behaviours.md`, which says where the fact comes from and how certain it is.
Nothing here knows the server's inside: everything goes over signed HTTP, to any endpoint.

    pytest tests/conformance                                   our server, in memory
    pytest tests/conformance --endpoint http://127.0.0.1:9000  any other

Other servers may lack what a row needs to be set up, and then fail rows for that reason alone;
`tests/conformance/peers.py` counts them side by side.
"""
