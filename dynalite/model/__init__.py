"""The shapes of every request that the API knows, and the one walker that judges requests by them.

`catalogue` holds the shapes by operation; `fragments` and `indexes` what several of them share, the other
tables one family each. `shape` is the vocabulary the tables are written in. `walker.validate` is the way
in; `wire`, `constraints`, `wording` and `echo` serve it once something is wrong.
"""
