// What one table consumed over time, what was refused, and where the heat is.

import { admin } from "../api.js";
import { minutes } from "../consumed.js";
import { every, h, put } from "../dom.js";
import * as session from "../session.js";
import { chart } from "../parts/chart.js";
import { segments, select } from "../parts/form.js";
import { grid } from "../parts/grid.js";
import { busy, shown } from "../parts/states.js";
import { count, units } from "../words.js";

const MILLISECONDS = 5000;
const REACHES = [
  ["1800", "30 minutes"],
  ["10800", "3 hours"],
  ["86400", "1 day"],
];

const CONSUMED = [
  { name: "read units/s", metric: "ConsumedReadCapacityUnits", perSecond: true },
  { name: "write units/s", metric: "ConsumedWriteCapacityUnits", perSecond: true },
];
const PROVISIONED = [
  { name: "provisioned reads", metric: "ProvisionedReadCapacityUnits", stat: "Average", dashed: true },
  { name: "provisioned writes", metric: "ProvisionedWriteCapacityUnits", stat: "Average", dashed: true },
];
const REFUSED = [
  { name: "refused reads", metric: "ReadThrottleEvents" },
  { name: "refused writes", metric: "WriteThrottleEvents" },
  { name: "failed conditions", metric: "ConditionalCheckFailedRequests" },
];

export async function view(table, signal) {
  const provisioned = table.BillingModeSummary?.BillingMode !== "PAY_PER_REQUEST";
  const indexes = (table.GlobalSecondaryIndexes ?? []).map((one) => one.IndexName);
  let reach = 1800;
  let index = "";
  const charts = h("div", { class: "stack" }, busy());
  const report = h("div", { class: "stack" });
  const reaches = segments("Time", REACHES, "1800", (length) => {
    reach = Number(length);
    drawAll();
  });
  const owners =
    indexes.length > 0 &&
    select("Table or index", [["", "the table"], ...indexes], "", (name) => {
      index = name;
      drawAll();
    });
  every(MILLISECONDS, signal, drawAll);
  return h("div", { class: "stack" }, h("div", { class: "row" }, reaches, owners), charts, report);

  async function drawAll() {
    await Promise.all([shown(charts, draw), shown(report, explain)]);
  }

  async function draw() {
    const { now } = await admin("clock", undefined, { signal });
    const [from, to] = [now - reach, now];
    const dimensions = [{ Name: "TableName", Value: table.TableName }];
    if (index) dimensions.push({ Name: "GlobalSecondaryIndexName", Value: index });
    const series = async (metrics) => {
      const points = await minutes(metrics, dimensions, from, to, signal);
      return metrics.map((one, at) => ({ ...one, points: points[at] }));
    };
    const [consumed, refused] = await Promise.all([
      series([...CONSUMED, ...(provisioned ? PROVISIONED : [])]),
      series(REFUSED),
    ]);
    return [
      h("section", { class: "card" }, h("h2", {}, "Consumed"), chart("Consumed", consumed, { from, to })),
      h(
        "section",
        { class: "card" },
        h("h2", {}, "Refused"),
        chart("Refused, by the minute", refused, { from, to, most: 4 }),
      ),
    ];
  }

  async function explain() {
    const { tables, enforced } = await admin("capacity", undefined, { signal });
    const found = tables.find((one) => one.table === table.TableName && one.region === session.region());
    return found ? [operations(found), heat(index ? found.indexes[index] : found, enforced)] : [];
  }
}

function operations(found) {
  const rows = Object.entries(found.operations).map(([name, figures]) => ({ name, ...figures }));
  const number = (title, member, words = count) => ({
    title,
    class: "number",
    cell: (row) => words(row[member] ?? 0),
  });
  const columns = [
    { title: "Operation", class: "key", cell: (row) => row.name },
    number("Items and pages", "requests"),
    number("Read units", "read_units", units),
    number("Write units", "write_units", units),
    number("Wasted on filters", "wasted_read_units", units),
    number("Failed conditions", "condition_failures"),
    number("Refused", "throttled_requests"),
  ];
  const bill = `On demand, this would have cost $${found.bill.requests_so_far_on_demand.toFixed(6)} so far.`;
  return h(
    "section",
    { class: "card stack" },
    h("h2", {}, "By operation, so far"),
    rows.length ? grid("Operations", columns, rows) : h("p", { class: "soft" }, "Nothing yet."),
    h("p", { class: "soft" }, bill),
  );
}

function heat(owner, enforced) {
  const list = (title, keys = []) =>
    h(
      "div",
      { class: "stack" },
      h("h3", { class: "soft" }, title),
      keys.length
        ? grid(
            title,
            [
              { title: "Partition key", class: "value", cell: (row) => row.key },
              { title: "Units", class: "number", cell: (row) => units(row.units) },
            ],
            keys,
          )
        : h("p", { class: "soft" }, "None."),
    );
  const { reads, writes } = owner.hottest_keys;
  const note = enforced
    ? "Capacity is enforced: what the throughput does not allow is refused."
    : "Capacity is counted, not enforced (--enforce-capacity).";
  return h(
    "section",
    { class: "card stack" },
    h("h2", {}, "Hottest keys"),
    h("div", { class: "columns" }, list("Reads", reads), list("Writes", writes)),
    h("p", { class: "soft" }, note),
  );
}
