"""Kinesis streaming destinations at work: what tables have changed is put into streams of a Kinesis server.

A destination is a consumer of its table's change log, like a stream's readers and point-in-time recovery: the
operations only write down that it is wanted (`dynalite/operations/destinations.py`), the log is kept for it
(`dynalite/catalog/lineage.py`), and it reads on from where it has come to (`dynalite/streams/feed.py`), also
after a restart. No write waits for it.

Each destination has a feeder (`feeder.py`). It puts records in batches, in which no item is twice
(`parcel.py`): Kinesis refuses records one by one, so of two changes of an item in one batch the later could
come first. What is refused is put again, with growing pauses on the server's clock, until a day has passed
and the log forgets it. Every record is delivered at least once; after a crash some are delivered again.

Of several servers on one database the one that has the lease delivers. Left out: what belongs to Kinesis
itself, such as creating streams and keeping records.
"""
