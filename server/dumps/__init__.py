"""Tables in files: `dynalite dump` writes them, `dynalite load` reads them.

A dump is lines of JSON. The first says how to make the table, the last how many items there are; between
them is a line for each item, the same as in the service's own exports:

    {"Dump": {"Version": 1, "TableName": …, "CreateTable": {…}, "Afterwards": {…}}}
    {"Item": {"id": {"S": "a"}}}
    {"End": {"Items": 1}}

A dump without its last line was cut short, and is known for it. `Afterwards` holds the requests that are
made when the items are there, since they would act on them before: a stream, time to live, recovery. Both
ends work page by page and note how far they have come in a file beside the dump, so they need the same
memory for any table and go on where they were stopped.

A dump is read with Scan, so it is of a moment only while nobody writes. A backup or an export is always.
"""
