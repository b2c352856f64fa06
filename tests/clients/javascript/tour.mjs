// The data plane as users of the JavaScript SDK v3 meet it: the document client turns items into plain objects,
// retries, pages, and raises exception classes. `node tour.mjs <endpoint>` prints one JSON object on its last
// line: each check by name, with null or the text of what went wrong.

import assert from "node:assert/strict";
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ResourceNotFoundException,
  TransactionCanceledException,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  ExecuteStatementCommand,
  GetCommand,
  NumberValue,
  PutCommand,
  QueryCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
  paginateQuery,
  paginateScan,
} from "@aws-sdk/lib-dynamodb";

const TableName = "javascript";
const options = {
  endpoint: process.argv[2],
  region: "us-east-1",
  credentials: { accessKeyId: "anything", secretAccessKey: "anything" },
};
const client = new DynamoDBClient(options);
const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

const put = (Item, more = {}) => documents.send(new PutCommand({ TableName, Item, ...more }));
const get = async (pk, sk = 0) => {
  const answer = await documents.send(new GetCommand({ TableName, Key: { pk, sk }, ConsistentRead: true }));
  return answer.Item;
};
const range = (count) => [...Array(count).keys()];

const checks = {
  async "plain objects come back as they went in"() {
    const item = {
      pk: "types",
      sk: 0,
      text: "naïve — 日本 🎼",
      number: -1.5,
      yes: true,
      nothing: null,
      list: [1, "two", { three: 3 }],
      map: { deep: { deeper: [] } },
      bytes: new Uint8Array([0, 1, 254, 255]),
      strings: new Set(["a", "b"]),
      numbers: new Set([1, 2.5]),
    };
    await put({ ...item, left: undefined });
    assert.deepEqual(await get("types"), item);
  },

  async "numbers that JavaScript cannot hold keep every digit"() {
    const exact = "12345678901234567890.123456789012345678";
    // A client of its own: document clients of one client share how they translate.
    const plain = new DynamoDBClient(options);
    const precise = DynamoDBDocumentClient.from(plain, { unmarshallOptions: { wrapNumbers: true } });
    await put({ pk: "digits", sk: 0, exact: NumberValue.from(exact) });
    const { Item } = await precise.send(new GetCommand({ TableName, Key: { pk: "digits", sk: 0 } }));
    assert.equal(Item.exact.toString(), exact);
  },

  async "a missing item is undefined"() {
    assert.equal(await get("nobody"), undefined);
  },

  async "an update returns what it made"() {
    await put({ pk: "update", sk: 0, visits: 1, tags: new Set(["old"]) });
    const { Attributes } = await documents.send(
      new UpdateCommand({
        TableName,
        Key: { pk: "update", sk: 0 },
        UpdateExpression: "SET #n = if_not_exists(#n, :zero) + :one ADD tags :tags REMOVE nothing",
        ExpressionAttributeNames: { "#n": "visits" },
        ExpressionAttributeValues: { ":zero": 0, ":one": 1, ":tags": new Set(["new"]) },
        ReturnValues: "ALL_NEW",
      }),
    );
    assert.deepEqual(Attributes, { pk: "update", sk: 0, visits: 2, tags: new Set(["new", "old"]) });
  },

  async "a failed condition is its own class and shows the item"() {
    await put({ pk: "condition", sk: 0, version: 3 });
    const refused = await put(
      { pk: "condition", sk: 0, version: 4 },
      {
        ConditionExpression: "version = :v",
        ExpressionAttributeValues: { ":v": 2 },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      },
    ).catch((error) => error);
    assert.ok(refused instanceof ConditionalCheckFailedException);
    assert.equal(refused.message, "The conditional request failed");
    assert.deepEqual(refused.Item.version, { N: "3" });
    assert.equal((await get("condition")).version, 3);
  },

  async "a delete returns what was there"() {
    await put({ pk: "delete", sk: 0, text: "here" });
    const Key = { pk: "delete", sk: 0 };
    const gone = await documents.send(new DeleteCommand({ TableName, Key, ReturnValues: "ALL_OLD" }));
    assert.equal(gone.Attributes.text, "here");
    assert.equal(await get("delete"), undefined);
  },

  async "batches write and read"() {
    const items = range(25).map((sk) => ({ pk: "batch", sk, square: sk * sk }));
    const requests = items.map((Item) => ({ PutRequest: { Item } }));
    const wrote = await documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }));
    assert.deepEqual(wrote.UnprocessedItems, {});
    const Keys = items.map(({ pk, sk }) => ({ pk, sk }));
    const read = await documents.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys } } }));
    assert.deepEqual(read.Responses[TableName].sort((a, b) => a.sk - b.sk), items);
    assert.deepEqual(read.UnprocessedKeys, {});
  },

  async "a paginated query walks every page in order"() {
    await Promise.all(range(11).map((sk) => put({ pk: "pages", sk })));
    const query = {
      TableName,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :low AND :high",
      ExpressionAttributeValues: { ":pk": "pages", ":low": 1, ":high": 9 },
      ScanIndexForward: false,
    };
    const pages = [];
    for await (const page of paginateQuery({ client: documents, pageSize: 4 }, query)) {
      pages.push(page.Items.map((item) => item.sk));
    }
    assert.deepEqual(pages, [[9, 8, 7, 6], [5, 4, 3, 2], [1]]);
  },

  async "a paginated scan filters on the server"() {
    await Promise.all(range(6).map((sk) => put({ pk: "scan", sk, odd: sk % 2 === 1 })));
    const scan = {
      TableName,
      FilterExpression: "pk = :pk AND odd = :odd",
      ProjectionExpression: "sk",
      ExpressionAttributeValues: { ":pk": "scan", ":odd": true },
    };
    const found = [];
    for await (const page of paginateScan({ client: documents, pageSize: 5 }, scan)) {
      found.push(...page.Items);
    }
    assert.deepEqual(found.sort((a, b) => a.sk - b.sk), [{ sk: 1 }, { sk: 3 }, { sk: 5 }]);
  },

  async "a global index is queried by its own key"() {
    await Promise.all(range(3).map((sk) => put({ pk: `index-${sk}`, sk, colour: "teal" })));
    const { Items, Count } = await documents.send(
      new QueryCommand({
        TableName,
        IndexName: "by-colour",
        KeyConditionExpression: "colour = :c",
        ExpressionAttributeValues: { ":c": "teal" },
      }),
    );
    assert.equal(Count, 3);
    assert.deepEqual(Items.map((item) => item.sk), [0, 1, 2]);
  },

  async "transactions write and read all or nothing"() {
    const members = range(2).map((sk) => ({ Put: { TableName, Item: { pk: "all", sk, done: true } } }));
    await documents.send(new TransactWriteCommand({ TransactItems: members }));
    const gets = range(3).map((sk) => ({ Get: { TableName, Key: { pk: "all", sk } } }));
    const { Responses } = await documents.send(new TransactGetCommand({ TransactItems: gets }));
    assert.deepEqual(Responses.map((one) => one.Item?.done), [true, true, undefined]);
  },

  async "a cancelled transaction gives a reason for each member"() {
    await put({ pk: "cancel", sk: 0 });
    const TransactItems = [
      { Put: { TableName, Item: { pk: "cancel", sk: 1 } } },
      {
        Put: {
          TableName,
          Item: { pk: "cancel", sk: 0 },
          ConditionExpression: "attribute_not_exists(pk)",
        },
      },
    ];
    const cancelled = await documents.send(new TransactWriteCommand({ TransactItems })).catch((error) => error);
    assert.ok(cancelled instanceof TransactionCanceledException);
    assert.deepEqual(cancelled.CancellationReasons.map((reason) => reason.Code), ["None", "ConditionalCheckFailed"]);
    assert.equal(await get("cancel", 1), undefined);
  },

  async "a statement takes plain parameters"() {
    await put({ pk: "statement", sk: 5, text: "found" });
    const Statement = `SELECT text FROM "${TableName}" WHERE pk = ? AND sk = ?`;
    const answer = await documents.send(new ExecuteStatementCommand({ Statement, Parameters: ["statement", 5] }));
    assert.deepEqual(answer.Items, [{ text: "found" }]);
  },

  async "a table that is not there is an exception class"() {
    const missing = new GetItemCommand({ TableName: "missing", Key: { pk: { S: "a" } } });
    const error = await client.send(missing).catch((raised) => raised);
    assert.ok(error instanceof ResourceNotFoundException);
    assert.equal(error.$metadata.httpStatusCode, 400);
    assert.match(error.$metadata.requestId, /^[0-9A-Z]{52}$/);
  },

  async "many requests at once share connections"() {
    await Promise.all(range(200).map((sk) => put({ pk: "many", sk })));
    const read = await Promise.all(range(200).map((sk) => get("many", sk)));
    assert.deepEqual(read.map((item) => item.sk), range(200));
  },
};

const createTable = new CreateTableCommand({
  TableName,
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "N" },
    { AttributeName: "colour", AttributeType: "S" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: "by-colour",
      KeySchema: [
        { AttributeName: "colour", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "KEYS_ONLY" },
    },
  ],
  BillingMode: "PAY_PER_REQUEST",
});

const waiting = { client, minDelay: 1, maxWaitTime: 20 };
await client.send(createTable);
await waitUntilTableExists(waiting, { TableName });
const results = {};
for (const [name, check] of Object.entries(checks)) {
  results[name] = await check().then(() => null, (error) => String(error.stack ?? error));
}
await client.send(new DeleteTableCommand({ TableName }));
await waitUntilTableNotExists(waiting, { TableName });
console.log(JSON.stringify(results));
