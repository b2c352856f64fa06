"""The expression language: one tree for every way in which a request can say what it means.

Key conditions, conditions, filters, projections, updates and the legacy parameters all become the nodes
of `tree`. Text travels

    lexer → parser → rules (what the text alone shows) → bind (names and values)
                                                       → condition | projection | update

and `prepare` drives it for a whole request, in the service's order of complaints. A tree may also be
built without text, as `legacy` does: then it enters at `condition.of`, `projection.of` or `update.of`, or
first at `bind`, whose rules apply to it as well.
"""
