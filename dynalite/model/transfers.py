"""Requests that move items between tables and S3: export, import, bulk put."""

from dynalite.model.fragments import (
    BILLING_MODE,
    CLIENT_TOKEN,
    EXPRESSION,
    EXPRESSION_NAMES,
    EXPRESSION_VALUES,
    ITEM,
    LONG_ARN,
    NAME,
    SSE_SPECIFICATION,
    TABLE,
    TEXT,
    TIMESTAMP,
)
from dynalite.model.indexes import (
    ATTRIBUTE_DEFINITIONS,
    GLOBAL_INDEXES,
    ON_DEMAND_THROUGHPUT,
    PROVISIONED_THROUGHPUT,
    TABLE_KEY_SCHEMA,
    VECTOR_INDEXES,
)
from dynalite.model.shape import Integer, ListOf, Long, String, enum, required, structure

BUCKET = String(0, 255, r"^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$")
BUCKET_OWNER = String(pattern="[0-9]{12}")
PREFIX = String(0, 1024)
SSE_ALGORITHM = enum("AES256", "KMS")
SSE_KEY = String(1, 2048)
COMPRESSION = enum("GZIP", "ZSTD", "NONE")
HEX_TOKEN_PATTERN = "([0-9a-f]{16})+"

_EXPORT = structure(
    "ExportTableToPointInTime",
    TableArn=required(TABLE),
    ExportTime=TIMESTAMP,
    ClientToken=CLIENT_TOKEN,
    S3Bucket=required(BUCKET),
    S3BucketOwner=BUCKET_OWNER,
    S3Prefix=PREFIX,
    S3SseAlgorithm=SSE_ALGORITHM,
    S3SseKmsKeyId=SSE_KEY,
    ExportFormat=enum("DYNAMODB_JSON", "ION"),
    ExportType=enum("FULL_EXPORT", "INCREMENTAL_EXPORT"),
    IncrementalExportSpecification=structure(
        "IncrementalExportSpecification",
        ExportFromTime=TIMESTAMP,
        ExportToTime=TIMESTAMP,
        ExportViewType=enum("NEW_IMAGE", "NEW_AND_OLD_IMAGES"),
    ),
    FilterSpecification=structure(
        "FilterSpecification",
        FilterExpression=EXPRESSION,
        ProjectionExpression=EXPRESSION,
        KeyConditionExpression=EXPRESSION,
        ExpressionAttributeNames=EXPRESSION_NAMES,
        ExpressionAttributeValues=EXPRESSION_VALUES,
    ),
)

_IMPORT = structure(
    "ImportTable",
    ClientToken=CLIENT_TOKEN,
    S3BucketSource=required(
        structure("S3BucketSource", S3BucketOwner=BUCKET_OWNER, S3Bucket=required(BUCKET), S3KeyPrefix=PREFIX)
    ),
    InputFormat=required(enum("DYNAMODB_JSON", "ION", "CSV")),
    InputFormatOptions=structure(
        "InputFormatOptions",
        Csv=structure(
            "CsvOptions",
            Delimiter=String(1, 1, r"[,;:|\t ]"),
            HeaderList=ListOf(String(1, 65536, r"[\x20-\x21\x23-\x2B\x2D-\x7E]*"), min=1, max=255),
        ),
    ),
    InputCompressionType=COMPRESSION,
    TableCreationParameters=required(
        structure(
            "TableCreationParameters",
            TableName=required(NAME),
            AttributeDefinitions=required(ATTRIBUTE_DEFINITIONS),
            KeySchema=required(TABLE_KEY_SCHEMA),
            BillingMode=BILLING_MODE,
            ProvisionedThroughput=PROVISIONED_THROUGHPUT,
            OnDemandThroughput=ON_DEMAND_THROUGHPUT,
            SSESpecification=SSE_SPECIFICATION,
            GlobalSecondaryIndexes=GLOBAL_INDEXES,
            VectorIndexes=VECTOR_INDEXES,
        )
    ),
)

_BULK_PUT = structure(
    "StartBulkPutItems",
    ClientToken=CLIENT_TOKEN,
    InputS3Configuration=required(
        structure(
            "InputS3Configuration",
            S3BucketOwner=BUCKET_OWNER,
            S3Bucket=required(BUCKET),
            S3KeyPrefix=PREFIX,
            InputFormat=required(enum("DYNAMODB_JSON", "ION")),
            InputCompressionType=COMPRESSION,
        )
    ),
    OutputS3Configuration=required(
        structure(
            "OutputS3Configuration",
            S3BucketOwner=BUCKET_OWNER,
            S3Bucket=BUCKET,
            S3KeyPrefix=PREFIX,
            S3SseAlgorithm=SSE_ALGORITHM,
            S3SseKmsKeyId=SSE_KEY,
            OutputType=required(ListOf(enum("ERROR", "CONDITION_CHECK_FAILURE"))),
        )
    ),
    TableName=required(TABLE),
    MaxWriteRequestUnits=Long(min=1024),
    PerformanceTier=enum("STANDARD", "ACCELERATED"),
)

BULK_PUT_LINE = structure(
    "BulkPutLine",
    Item=required(ITEM),
    ConditionExpression=EXPRESSION,
    ExpressionAttributeNames=EXPRESSION_NAMES,
    ExpressionAttributeValues=EXPRESSION_VALUES,
)
"""No request, but what is asked for in a line of a bulk put's input."""

REQUESTS = (
    _EXPORT,
    structure("DescribeExport", ExportArn=required(LONG_ARN)),
    structure("ListExports", TableArn=TABLE, MaxResults=Integer(min=1, max=25), NextToken=TEXT),
    _IMPORT,
    structure("DescribeImport", ImportArn=required(LONG_ARN)),
    structure(
        "ListImports",
        TableArn=TABLE,
        PageSize=Integer(min=1, max=25),
        NextToken=String(112, 1024, HEX_TOKEN_PATTERN),
    ),
    _BULK_PUT,
    structure("DescribeBulkOperation", BulkOperationArn=required(LONG_ARN)),
    structure("CancelBulkOperation", BulkOperationArn=required(LONG_ARN)),
    structure(
        "ListBulkOperations",
        MaxResults=Integer(min=1, max=25),
        NextToken=String(1, 1024, HEX_TOKEN_PATTERN),
    ),
)
