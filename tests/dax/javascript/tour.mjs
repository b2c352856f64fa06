// The data plane as users of the JavaScript DAX clients meet it. `node tour.mjs <dax endpoint>` prints one JSON
// object on its last line: each check by name, with null or the text of what went wrong. The tables are there
// already (`tests/dax/tables.py`).

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import lib from "@amazon-dax-sdk/lib-dax";

const require = createRequire(import.meta.url);
const endpoint = process.argv[2];
const options = { region: "us-east-1", credentials: { accessKeyId: "anything", secretAccessKey: "anything" } };
const dax = new lib.DaxDocument({ ...options, endpoint });

const TableName = "DaxRange";
const key = (name, sk = 0) => ({ pk: `js-${name}`, sk });
const put = (name, sk, more) => dax.put({ TableName, Item: { ...key(name, sk), ...more } });
const get = async (name, sk = 0, more = {}) => (await dax.get({ TableName, Key: key(name, sk), ...more })).Item;
const range = (count) => [...Array(count).keys()];
const fails = async (code, work) => {
  try {
    await work();
  } catch (error) {
    assert.ok(error.name === code || error.code === code || error.message.includes(code), `${error}`);
    return error;
  }
  assert.fail(`${code} was expected`);
};

const checks = {
  async "every type comes back"() {
    const item = {
      ...key("types"),
      text: "naïve — 日本 🎼",
      number: -1.5,
      yes: true,
      nothing: null,
      list: [1, "two", []],
      map: { a: { b: [7, 8] } },
      texts: new Set(["a", "b"]),
      numbers: new Set([1, 2.5]),
      binary: Buffer.from([0, 255]),
    };
    await dax.put({ TableName, Item: item });
    const found = await get("types");
    assert.deepEqual([...found.binary], [0, 255]);
    assert.deepEqual({ ...found, binary: null }, { ...item, binary: null });
  },
  async "keys of every kind"() {
    const keys = { DaxHashN: { pk: 1.25 }, DaxHashS: { pk: "js" }, DaxNB: { pk: 3, sk: Buffer.from([1]) } };
    for (const [table, Key] of Object.entries(keys)) {
      await dax.put({ TableName: table, Item: { ...Key, v: "js" } });
      assert.equal((await dax.get({ TableName: table, Key })).Item.v, "js");
      await dax.delete({ TableName: table, Key });
      assert.equal((await dax.get({ TableName: table, Key })).Item, undefined);
    }
  },
  async "numbers that a double does not hold"() {
    await put("digits", 0, { n: 1 });
    const update = {
      TableName,
      Key: key("digits"),
      UpdateExpression: "SET n = n + :n",
      ExpressionAttributeValues: { ":n": 9007199254740990 },
      ReturnValues: "UPDATED_NEW",
    };
    assert.equal((await dax.update(update)).Attributes.n, 9007199254740991);
  },
  async "a condition that fails"() {
    await put("condition", 0, {});
    const Item = key("condition");
    const ConditionExpression = "attribute_not_exists(pk)";
    await fails("ConditionalCheckFailedException", () => dax.put({ TableName, Item, ConditionExpression }));
  },
  async "a table that is not there"() {
    await fails("ResourceNotFoundException", () => dax.get({ TableName: "DaxNope", Key: key("x") }));
  },
  async "projections"() {
    await put("projection", 0, { list: [1, 2, 3], map: { a: 1 }, other: true });
    const found = await get("projection", 0, { ProjectionExpression: "list[2], list[0], map.a" });
    assert.deepEqual(found, { list: [1, 3], map: { a: 1 } });
  },
  async "updates and what they return"() {
    await put("update", 0, { a: 1, list: [1] });
    const update = {
      TableName,
      Key: key("update"),
      UpdateExpression: "SET a = a + :one, #l[0] = :one REMOVE b ADD s :s",
      ExpressionAttributeNames: { "#l": "list" },
      ExpressionAttributeValues: { ":one": 1, ":s": new Set(["x"]) },
      ReturnValues: "ALL_NEW",
    };
    const { Attributes } = await dax.update(update);
    assert.deepEqual(Attributes, { ...key("update"), a: 2, list: [1], s: new Set(["x"]) });
  },
  async "pages"() {
    for (const number of range(5)) await put("pages", number, { g: "js-g" });
    const query = {
      TableName,
      KeyConditionExpression: "pk = :p AND sk >= :s",
      ExpressionAttributeValues: { ":p": "js-pages", ":s": 1 },
      Limit: 2,
    };
    const seen = [];
    for await (const page of lib.daxPaginateQuery({ client: dax }, query)) seen.push(...page.Items);
    assert.deepEqual(seen.map((item) => item.sk), [1, 2, 3, 4]);
    const by = { TableName, IndexName: "by-g", KeyConditionExpression: "g = :g", Limit: 2 };
    const first = await dax.query({ ...by, ExpressionAttributeValues: { ":g": "js-g" } });
    const ExclusiveStartKey = first.LastEvaluatedKey;
    const second = await dax.query({ ...by, ExclusiveStartKey, ExpressionAttributeValues: { ":g": "js-g" } });
    const sks = [...first.Items, ...second.Items].map((item) => item.sk);
    assert.equal(new Set(sks).size, 4);
  },
  async "a scan with a filter"() {
    await put("scan", 0, { colour: "js-blue" });
    const scan = {
      TableName,
      FilterExpression: "colour = :c",
      ExpressionAttributeValues: { ":c": "js-blue" },
      ReturnConsumedCapacity: "TOTAL",
    };
    const pages = [];
    for await (const page of lib.daxPaginateScan({ client: dax }, scan)) pages.push(page);
    const sum = (figure) => pages.map(figure).reduce((one, two) => one + two);
    assert.equal(sum((page) => page.Count), 1);
    assert.ok(sum((page) => page.ScannedCount) > 1);
    assert.ok(sum((page) => page.ConsumedCapacity.CapacityUnits) > 0);
  },
  async "batches"() {
    const Items = range(20).map((number) => ({ ...key("batch", number), v: number }));
    const writes = Items.map((Item) => ({ PutRequest: { Item } }));
    await dax.batchWrite({ RequestItems: { [TableName]: writes } });
    const Keys = range(25).map((number) => key("batch", number));
    const { Responses } = await dax.batchGet({ RequestItems: { [TableName]: { Keys } } });
    assert.deepEqual(Responses[TableName].map((item) => item.v).sort((a, b) => a - b), range(20));
  },
  async "transactions"() {
    const TransactItems = [
      { Put: { TableName, Item: { ...key("transaction"), v: 1 } } },
      { Delete: { TableName, Key: key("transaction", 1) } },
    ];
    await dax.transactWrite({ TransactItems });
    const Gets = [{ Get: { TableName, Key: key("transaction") } }, { Get: { TableName, Key: key("transaction", 1) } }];
    const { Responses } = await dax.transactGet({ TransactItems: Gets });
    assert.deepEqual(Responses.map((one) => one.Item?.v), [1, undefined]);
    TransactItems[0].Put.ConditionExpression = "attribute_not_exists(pk)";
    const error = await fails("TransactionCanceled", () => dax.transactWrite({ TransactItems }));
    assert.equal(error.cancellationReasons[0].Code, "ConditionalCheckFailed");
  },
  async "many at once"() {
    await Promise.all(range(100).map((number) => put("many", number, { text: "x".repeat(5000) })));
    const found = await Promise.all(range(100).map((number) => get("many", number)));
    assert.ok(found.every((item) => item.text.length === 5000));
  },
  async "the client for the SDK before"() {
    const AmazonDaxClient = require("amazon-dax-client");
    const AWS = require("aws-sdk");
    const service = new AmazonDaxClient({
      endpoints: [endpoint.replace("dax://", "")],
      region: "us-east-1",
      accessKeyId: "anything",
      secretAccessKey: "anything",
    });
    const old = new AWS.DynamoDB.DocumentClient({ service });
    const Item = { ...key("old"), list: [1.5, { a: null }] };
    await old.put({ TableName, Item }).promise();
    assert.deepEqual((await old.get({ TableName, Key: key("old") }).promise()).Item, Item);
    const query = { TableName, KeyConditionExpression: "pk = :p", ExpressionAttributeValues: { ":p": "js-old" } };
    assert.deepEqual((await old.query(query).promise()).Items, [Item]);
    const ConditionExpression = "attribute_not_exists(pk)";
    await fails("ConditionalCheckFailedException", () => old.put({ TableName, Item, ConditionExpression }).promise());
  },
};

const results = {};
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    results[name] = null;
  } catch (error) {
    results[name] = error.stack ?? String(error);
  }
}
console.log(JSON.stringify(results));
process.exit(0);
