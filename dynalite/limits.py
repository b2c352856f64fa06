"""The service's limits as numbers, each once. Source: the developer guide's quota pages unless a line says otherwise."""

KIB = 1024
MIB = 1024 * KIB

ITEM_SIZE_BYTES = 400 * KIB
NESTING_LEVELS = 32  # a document may hold values down to, and not including, this level (captured: 31 maps pass)
PARTITION_KEY_BYTES = 2048
SORT_KEY_BYTES = 1024
PAGE_BYTES = MIB  # what one Query or Scan page evaluates
REQUEST_BODY_BYTES = 16 * MIB

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
INDEX_KEY_ATTRIBUTES = 4  # of each kind, global indexes only
TOTAL_SEGMENTS = 1_000_000

READ_UNIT_BYTES = 4 * KIB
WRITE_UNIT_BYTES = KIB
