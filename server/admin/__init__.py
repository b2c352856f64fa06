"""The admin API: what a test wants to do to a server and AWS has no operation for. Moving the clock, running
what is due, snapshots, starting over, triggers.

It lives under `/_admin/` on the server's own port, in plain JSON. Every endpoint is a row of one table
(`table.py`), from which the routes, `GET /_admin/` and the documentation are made; a row's function takes an
`Admin` and the request's parameters, and knows nothing of HTTP. Who may ask is decided in one place
(`server/access/guard.py`).
"""
