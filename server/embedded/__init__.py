"""A server inside somebody else's process: `dynalite.Server`, and what the pytest plugin is built on.

It is the whole server, listening on a free port of the loopback address, so that any client of any kind works
with it. It runs on an event loop in a thread of its own; whoever holds a `Server` stays outside that loop and
asks things of it from theirs, whatever that is: a plain function, another event loop, several threads. What
the admin API offers over HTTP is asked for directly here, by the same functions.

boto3 and aioboto3 are not imported before somebody wants a client, and need not be installed.
"""
