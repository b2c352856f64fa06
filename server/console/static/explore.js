// From what a form says to a Query or a Scan. Nothing here touches the page.

/** How many values an operator takes, and how it is written with a name and them. */
export const OPERATORS = {
  "=": [1, (name, one) => `${name} = ${one}`],
  "<>": [1, (name, one) => `${name} <> ${one}`],
  "<": [1, (name, one) => `${name} < ${one}`],
  "<=": [1, (name, one) => `${name} <= ${one}`],
  ">": [1, (name, one) => `${name} > ${one}`],
  ">=": [1, (name, one) => `${name} >= ${one}`],
  between: [2, (name, one, two) => `${name} BETWEEN ${one} AND ${two}`],
  "begins with": [1, (name, one) => `begins_with(${name}, ${one})`],
  contains: [1, (name, one) => `contains(${name}, ${one})`],
  exists: [0, (name) => `attribute_exists(${name})`],
  "does not exist": [0, (name) => `attribute_not_exists(${name})`],
};

// A filter may drop nearly everything. So that a page is neither empty nor endless, so many requests are
// made for one at most, and each evaluates so many items.
const REQUESTS_PER_PAGE = 10;
const EVALUATED_WITH_FILTER = 1000;

export const KEY_OPERATORS = ["=", "<", "<=", ">", ">=", "between", "begins with"];

/** A table's keys and those of its indexes: `{name, partition, sort}`, with `{name, type}` in the last
 *  two. The table itself has no name. */
export function sources(table) {
  const types = Object.fromEntries(
    table.AttributeDefinitions.map((one) => [one.AttributeName, one.AttributeType]),
  );
  const keys = (schema, kind) =>
    schema
      .filter((one) => one.KeyType === kind)
      .map((one) => ({ name: one.AttributeName, type: types[one.AttributeName] }));
  const source = (name, schema) => ({ name, partition: keys(schema, "HASH"), sort: keys(schema, "RANGE") });
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
  return [source("", table.KeySchema), ...indexes.map((one) => source(one.IndexName, one.KeySchema))];
}

/** The operation and the request for a form: `{mode, source, partition, sort, filters, descending,
 *  consistent}`. `partition` and `sort` hold one entry for each of the source's attributes; one without a
 *  value is left out, and so is what comes behind it. */
export function explore(table, form, limit) {
  const names = {};
  const values = {};
  const place = (known, prefix, entry) => {
    const found = Object.keys(known).find((key) => JSON.stringify(known[key]) === JSON.stringify(entry));
    const key = found ?? `${prefix}${Object.keys(known).length}`;
    known[key] = entry;
    return key;
  };
  const term = (name, operator, type, given) => {
    const [arity, write] = OPERATORS[operator];
    const placed = given.slice(0, arity).map((text) => place(values, ":v", typed(type, text)));
    return write(place(names, "#n", name), ...placed);
  };
  const request = { TableName: table };
  if (form.source.name) request.IndexName = form.source.name;
  if (form.mode === "query") {
    const terms = form.source.partition.map((key, at) => term(key.name, "=", key.type, [form.partition[at]]));
    for (const [at, key] of form.source.sort.entries()) {
      const { operator, given } = form.sort[at];
      if (given[0] === "") break;
      terms.push(term(key.name, operator, key.type, given));
    }
    request.KeyConditionExpression = terms.join(" AND ");
    if (form.descending) request.ScanIndexForward = false;
  }
  const filters = form.filters.filter((one) => one.name);
  if (filters.length) {
    request.FilterExpression = filters
      .map((one) => term(one.name, one.operator, one.type, one.given))
      .join(" AND ");
  }
  if (Object.keys(names).length) request.ExpressionAttributeNames = names;
  if (Object.keys(values).length) request.ExpressionAttributeValues = values;
  if (form.consistent) request.ConsistentRead = true;
  request.Limit = filters.length ? EVALUATED_WITH_FILTER : limit;
  return { operation: form.mode === "query" ? "Query" : "Scan", request };
}

function typed(type, text) {
  if (type === "BOOL") return { BOOL: text.trim().toLowerCase() === "true" };
  if (type === "NULL") return { NULL: true };
  return { [type]: type === "N" ? text.trim() : text };
}

/** The request for what lies behind a key; from the beginning when there is none. */
export function from(start, { operation, request }) {
  return { operation, request: start ? { ...request, ExclusiveStartKey: start } : request };
}

/** Read one page: about `size` items from `start` on. `next` is where the next page starts; undefined at
 *  the end. `run` sends a request. */
export async function readPage(run, asked, start, size) {
  const page = { items: [], scanned: 0, units: 0, next: start };
  for (let sent = 0; sent < REQUESTS_PER_PAGE; sent += 1) {
    const { operation, request } = from(page.next, asked);
    const answer = await run(operation, { ...request, ReturnConsumedCapacity: "TOTAL" });
    page.items.push(...answer.Items);
    page.scanned += answer.ScannedCount;
    page.units += answer.ConsumedCapacity?.CapacityUnits ?? 0;
    page.next = answer.LastEvaluatedKey;
    if (!page.next || page.items.length >= size) break;
  }
  return page;
}
