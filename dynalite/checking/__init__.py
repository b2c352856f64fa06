"""Does what is stored agree with itself? The theory of `dynalite check`.

Most of a data folder follows from the rest of it. The truth is the items and the tables' descriptors; the
rows of indexes, the order of expiry and the figures follow from them, and a change log must lead to the items
as they are. So a damaged row shows itself by what it no longer agrees with, and what only follows can be
made again.

A check reads the rows of a reader (an engine, or a snapshot of one) in pages and remembers no more than a
page, some sums, and a bounded number of fingerprints. It yields findings as it goes. A finding that can be
repaired carries the rows that do it, which are right whatever else is wrong: whoever repairs writes them in
one batch, before asking for the next finding.

What it cannot see: an item that was lost together with everything that tells of it, and changes that have
left the log. It trusts an item over its index and the stored JSON over the figure beside it.
"""
