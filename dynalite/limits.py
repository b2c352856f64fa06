"""The service's limits as numbers, each once. Source: the developer guide's quota pages unless a line says
otherwise.
"""

KIB = 1024
MIB = 1024 * KIB

ITEM_SIZE_BYTES = 400 * KIB
NESTING_LEVELS = (
    32  # a document may hold values down to, and not including, this level (captured: 31 maps pass)
)
ATTRIBUTE_NAME_BYTES = 64 * KIB  # a name is shorter than this
PARTITION_KEY_BYTES = 2048
SORT_KEY_BYTES = 1024
PAGE_BYTES = MIB  # what one Query or Scan page evaluates
REQUEST_BODY_BYTES = 16 * MIB

BATCH_GET_KEYS = 100
BATCH_WRITES = 25
BATCH_BYTES = 16_000_000  # that are answered ("16 MB"): of 300 KB items 52, as the API reference has it
TRANSACTION_BYTES = 4 * MIB
TOKEN_SECONDS = 600  # how long an idempotency token is remembered after its transaction

EXPRESSION_BYTES = 4096
EXPRESSION_OPERATORS = 300
IN_OPERANDS = 100
PLACEHOLDER_BYTES = 255

NUMBER_DIGITS = 38
NUMBER_MAX_EXPONENT = 125  # of the leading digit
NUMBER_MIN_EXPONENT = -130

LOCAL_INDEXES_PER_TABLE = 5
GLOBAL_INDEXES_PER_TABLE = 20
PROJECTED_NAMES_PER_TABLE = 100  # INCLUDE lists, summed over all indexes
VECTOR_INDEXES_PER_TABLE = 5
VECTOR_DIMENSIONS = 4096
INLINE_FILTERS = 18  # of one vector index
INLINE_FILTER_BYTES = 10 * KIB
SEARCH_RESULTS = 100  # the largest TopK
VECTOR_REQUEST_BYTES = KIB  # what a write to a vector index, or a search of it, is charged at least
INDEX_KEY_ATTRIBUTES = 4  # of each kind, global indexes only

READ_UNIT_BYTES = 4 * KIB
WRITE_UNIT_BYTES = KIB

KEY_ATTRIBUTES = 2  # of a table and of a local index: partition and sort
TAGS_PER_RESOURCE = 50
TAG_KEY_CHARACTERS = 128
TAG_VALUE_CHARACTERS = 256
RESOURCE_POLICY_BYTES = 20 * KIB
RESOURCE_POLICY_REST_MILLISECONDS = 15_000  # between two changes of a policy

ON_DEMAND_READ_UNITS = 12_000  # per second, what a new on-demand table serves at once
ON_DEMAND_WRITE_UNITS = 4_000
ON_DEMAND_GROWTH_SECONDS = 30 * 60.0  # after which a peak counts as the previous one, and can be doubled
BURST_SECONDS = 300.0  # of provisioned capacity that can be saved up
PARTITION_READ_UNITS = 3_000  # per second, of one partition in either mode
PARTITION_WRITE_UNITS = 1_000

ACCOUNT_CAPACITY_UNITS = 80_000  # of either kind, the default quota of an account in a region
TABLE_CAPACITY_UNITS = 40_000  # of a table or a global index
PROVISIONED_UNITS = 10**12  # that can be asked for at all; quotas are far below (secondary)
TABLES = 2_500  # of an account in a region
SIMULTANEOUS_CHANGES = 500  # of tables that are being made, changed, filled or dropped
SIMULTANEOUS_INDEXED_CREATIONS = 250  # of tables with indexes
SIMULTANEOUS_RESTORES = 50  # of either kind
SIMULTANEOUS_IMPORTS = 50
SIMULTANEOUS_EXPORTS = 300
ENDPOINT_CACHE_MINUTES = 1440

TABLE_NAMES_PER_PAGE = 100

STREAM_SECONDS = 24 * 3600.0  # how long a record can be read, and a stream after it was disabled
STREAM_RECORDS_PER_PAGE = 1000
STREAM_PAGE_BYTES = MIB
STREAM_SHARDS_PER_PAGE = 100
STREAMS_PER_PAGE = 100
PRECISION_CHANGES = 3  # of a Kinesis destination's times, in so many seconds
PRECISION_CHANGES_SECONDS = 24 * 3600.0
UNDELIVERED_SECONDS = 168 * 3600.0  # after which a destination that gets nothing is disabled
TTL_PAST_SECONDS = 5 * 365 * 24 * 3600  # what expired longer ago than this is left alone
