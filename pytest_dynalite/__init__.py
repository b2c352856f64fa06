"""The pytest plugin: a DynamoDB of its own for every test (`docs/testing-your-code.md`).

One server a process is started when the first test wants it, and every test is a fork of it
(`dynalite.Server.fork`): what a test does to the database, the clock, the faults, the triggers or the
snapshots is undone when it ends, at the price of what it has changed. So a test begins with what the fixtures
of a wider scope have loaded, or with nothing. A namespace per test (a region, a prefix) would have to be made
known to the code under test, and would share the clock and the faults all the same.

With pytest-xdist each worker is a process, and so has a server. Tests that run in several threads of one
process share it and cannot be told apart.

Nothing of dynalite is imported before a fixture is used: pytest loads this plugin in every run of every
project that has it installed.
"""
