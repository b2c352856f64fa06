"""DAX: the cache's own protocol, CBOR on a TCP connection, as Amazon's DAX clients speak it.

AWS publishes no description of it; this is what its Apache-2.0 clients in Python, JavaScript and Go do,
written down in `docs/dax.md`. From the wire inwards:

    connection   bytes in, bytes out: the only room that knows a transport
    session      which bytes are a request: preamble, authorization, calls
    methods      a row per method: how many arguments, what runs it
    requests     arguments to the database's requests          responses   answers to what the client expects
    values keys expressions lexdecimal cbor                     the encodings, all without input and output

The data plane goes through the facade like everything else. What differs is only what the encoding makes
differ: keys come as bytes whose meaning depends on the table, attribute names as numbers, and expressions as
trees.
"""
