// Every table of the region, at a glance.

import { admin } from "../api.js";
import { h, put } from "../dom.js";
import * as route from "../route.js";
import * as session from "../session.js";
import { grid } from "../parts/grid.js";
import { empty } from "../parts/states.js";
import { code } from "../parts/code.js";
import { count, counted, size } from "../words.js";
import { askForTable } from "./newtable.js";

export async function show(place, _, signal) {
  const all = (await admin("tables", undefined, { signal })).tables;
  const tables = all.filter((one) => one.region === session.region());
  const make = h(
    "button",
    { class: "primary", type: "button", data: { new: "" }, on: { click: () => askForTable() } },
    "New table",
  );
  const head = h(
    "div",
    { class: "page-head" },
    h("h1", {}, "Tables"),
    h("span", { class: "soft" }, session.region()),
    h("span", { class: "grow" }),
    make,
  );
  if (!tables.length) {
    const start = code("Python");
    start.show(CONNECT.replace("ENDPOINT", location.origin).replace("REGION", session.region()));
    const elsewhere = all.length
      ? ` Other regions have ${counted(all.length, "table")}; the region is chosen at the lower left.`
      : "";
    put(
      place,
      head,
      h(
        "div",
        { class: "stack" },
        empty("No tables yet", `Make one here, or from your program.${elsewhere}`),
        start.panel,
      ),
    );
    return;
  }
  const held = tables.reduce((sum, one) => sum + one.size_bytes, 0);
  const items = tables.reduce((sum, one) => sum + one.items, 0);
  const lead = h(
    "p",
    { class: "lead" },
    `${counted(tables.length, "table")}, ${counted(items, "item")}, ${size(held)}.`,
  );
  put(
    place,
    head,
    h(
      "div",
      { class: "stack" },
      lead,
      grid("Tables", COLUMNS, tables, (one) => route.go("tables", one.table)),
    ),
  );
}

const COLUMNS = [
  { title: "Table", class: "key", cell: (one) => h("a", { href: route.to("tables", one.table) }, one.table) },
  { title: "Keys", cell: (one) => one.keys.map((key) => `${key.name} (${key.type})`).join(", ") },
  { title: "Items", class: "number", cell: (one) => count(one.items) },
  { title: "Size", class: "number", cell: (one) => size(one.size_bytes) },
  { title: "Indexes", class: "number", cell: (one) => one.indexes || h("span", { class: "none" }, "–") },
  { title: "Capacity", cell: (one) => (one.billing_mode === "PROVISIONED" ? "provisioned" : "on demand") },
  { title: "", cell: (one) => badges(one) },
];

function badges(one) {
  const found = [
    one.status !== "ACTIVE" && h("span", { class: "badge warn" }, one.status),
    one.stream && h("span", { class: "badge accent" }, "stream"),
    one.expiring && h("span", { class: "badge" }, "TTL"),
    one.recovery && h("span", { class: "badge good" }, "recovery"),
  ];
  return h("span", { class: "row" }, found);
}

const CONNECT = `import boto3

dynamodb = boto3.resource("dynamodb", endpoint_url="ENDPOINT", region_name="REGION")
songs = dynamodb.create_table(
    TableName="Songs",
    KeySchema=[{"AttributeName": "artist", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "artist", "AttributeType": "S"}],
    BillingMode="PAY_PER_REQUEST",
)
songs.put_item(Item={"artist": "Nina Simone", "title": "Sinnerman"})`;
