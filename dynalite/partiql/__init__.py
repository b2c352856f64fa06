"""PartiQL, the service's SQL: statements become what the other operations are made of.

    lexer → parser → statement      text to a frozen statement; cached, as clients repeat themselves
    parameters                      what `?` stands for
    meaning                         a WHERE clause, parameters filled in, becomes a condition of `expressions`
    keys, plan                      a condition and a key schema become one key, or ranges and a filter

Nothing here reads or writes an item: `operations` runs what comes out. The language is the subset that
the service serves, not PartiQL at large: no joins, no aliases, no aggregates, one item per write.
Sources: the developer guide's PartiQL chapter; the wording of complaints as observed on the service.
"""
