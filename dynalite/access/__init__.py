"""What a caller may do: policies in IAM's language, of the caller and of the table, and how they are decided.

A request becomes one `Ask` or several: an action, a resource, and facts that conditions may look at. A policy
is a list of statements; each says Allow or Deny of the asks that it concerns. Whatever is denied anywhere is
denied; what is left must be allowed by somebody.

    patterns     texts with `*`, `?` and ${variables}
    conditions   operators, and the tests that they stand for
    policy       documents: statements that have been judged, and which asks they concern
    principals   who asks
    decision     denied, allowed, or neither, and the words for it
    facts        what a request on items says: leading keys, attributes, Select, ReturnValues
    statements   the same for PartiQL
    asks         which asks a request consists of: a row for each operation that is not like the others

Nothing is loaded or called while no credentials are configured: `server/access` puts the check in front of
the database when the server starts."""
