// A table's keys, indexes and settings.

import { call } from "../api.js";
import { h } from "../dom.js";
import * as route from "../route.js";
import { side } from "../side.js";
import { dialog } from "../parts/dialog.js";
import { grid } from "../parts/grid.js";
import { toast } from "../parts/toast.js";
import { count, counted, size, time } from "../words.js";

export async function view(table, signal) {
  const name = { TableName: table.TableName };
  const [ttl, backups, tags] = await Promise.all([
    call("DescribeTimeToLive", name, { signal }),
    call("DescribeContinuousBackups", name, { signal }),
    call("ListTagsOfResource", { ResourceArn: table.TableArn }, { signal }),
  ]);
  const types = Object.fromEntries(
    table.AttributeDefinitions.map((one) => [one.AttributeName, one.AttributeType]),
  );
  const away = h(
    "button",
    { type: "button", class: "danger", on: { click: () => askToDelete(table) } },
    "Delete table",
  );
  return h(
    "div",
    { class: "stack" },
    h("dl", { class: "stats" }, stats(table)),
    h("section", { class: "card" }, h("h2", {}, "Keys and indexes"), indexes(table, types)),
    h(
      "section",
      { class: "card" },
      h("h2", {}, "Settings"),
      h("dl", { class: "facts" }, facts(settings(table, ttl, backups, tags))),
    ),
    h("div", {}, away),
  );
}

function stats(table) {
  const found = [
    ["Items", count(table.ItemCount)],
    ["Size", size(table.TableSizeBytes)],
    ["Average item", table.ItemCount ? size(Math.round(table.TableSizeBytes / table.ItemCount)) : "–"],
    ["Indexes", indexesOf(table).length],
    ["Made", time(table.CreationDateTime).slice(0, 10)],
  ];
  return found.map(([title, value]) => h("div", {}, h("dt", {}, title), h("dd", {}, value)));
}

function indexesOf(table) {
  return [
    ...(table.GlobalSecondaryIndexes ?? []).map((one) => ({ ...one, kind: "global" })),
    ...(table.LocalSecondaryIndexes ?? []).map((one) => ({ ...one, kind: "local" })),
  ];
}

function indexes(table, types) {
  const own = {
    IndexName: "the table",
    kind: "",
    KeySchema: table.KeySchema,
    ItemCount: table.ItemCount,
    IndexSizeBytes: table.TableSizeBytes,
  };
  const keys = (one, kind) =>
    one.KeySchema.filter((key) => key.KeyType === kind)
      .map((key) => `${key.AttributeName} (${types[key.AttributeName]})`)
      .join(", ");
  const columns = [
    { title: "Name", class: "key", cell: (one) => one.IndexName },
    { title: "Kind", cell: (one) => one.kind },
    { title: "Partition key", cell: (one) => keys(one, "HASH") },
    { title: "Sort key", cell: (one) => keys(one, "RANGE") || h("span", { class: "none" }, "–") },
    { title: "Carries", cell: (one) => carries(one.Projection) },
    { title: "Items", class: "number", cell: (one) => count(one.ItemCount ?? 0) },
    { title: "Size", class: "number", cell: (one) => size(one.IndexSizeBytes ?? 0) },
    {
      title: "",
      cell: (one) =>
        one.IndexStatus &&
        one.IndexStatus !== "ACTIVE" &&
        h("span", { class: "badge warn" }, one.IndexStatus),
    },
  ].map((column) => ({ ...column, cell: (one) => column.cell(one) || "" }));
  return grid("Keys and indexes", columns, [own, ...indexesOf(table)]);
}

function carries(projection) {
  if (!projection || projection.ProjectionType === "ALL") return "everything";
  if (projection.ProjectionType === "KEYS_ONLY") return "keys";
  return `keys, ${projection.NonKeyAttributes.join(", ")}`;
}

function settings(
  table,
  { TimeToLiveDescription: ttl },
  { ContinuousBackupsDescription: backups },
  { Tags: tags },
) {
  const recovery = backups.PointInTimeRecoveryDescription;
  const throughput = table.ProvisionedThroughput;
  const onDemand = table.BillingModeSummary?.BillingMode === "PAY_PER_REQUEST";
  const stream = table.StreamSpecification?.StreamEnabled && table.StreamSpecification.StreamViewType;
  return [
    [
      "Capacity",
      onDemand
        ? "on demand"
        : `${count(throughput.ReadCapacityUnits)} read and ${count(throughput.WriteCapacityUnits)} write units`,
    ],
    [
      "Time to live",
      ttl.AttributeName && ttl.TimeToLiveStatus === "ENABLED" ? `by ${ttl.AttributeName}` : "off",
    ],
    ["Stream", stream ? stream.toLowerCase().replaceAll("_", " ") : "off"],
    [
      "Point-in-time recovery",
      recovery.PointInTimeRecoveryStatus === "ENABLED"
        ? `the last ${counted(recovery.RecoveryPeriodInDays, "day")}`
        : "off",
    ],
    ["Deletion protection", table.DeletionProtectionEnabled ? "on" : "off"],
    ["Table class", (table.TableClassSummary?.TableClass ?? "STANDARD").toLowerCase().replaceAll("_", " ")],
    ["Encryption", table.SSEDescription?.Status?.toLowerCase() ?? "the service's own key"],
    [
      "Restored from",
      table.RestoreSummary &&
        `${table.RestoreSummary.SourceTableArn ?? table.RestoreSummary.SourceBackupArn}, ${time(table.RestoreSummary.RestoreDateTime)}`,
    ],
    ["Tags", tags.length && tags.map((tag) => `${tag.Key} = ${tag.Value}`).join(", ")],
    ["ARN", h("code", {}, table.TableArn)],
    ["Id", h("code", {}, table.TableId)],
  ];
}

function facts(rows) {
  return rows.filter(([, value]) => value).map(([title, value]) => [h("dt", {}, title), h("dd", {}, value)]);
}

function askToDelete(table) {
  const typed = h("input", {
    type: "text",
    "aria-label": "Name of the table",
    required: true,
    autocomplete: "off",
  });
  dialog({
    title: `Delete ${table.TableName}?`,
    body: [
      h(
        "p",
        { class: "lead" },
        `Its ${counted(table.ItemCount, "item")} are deleted with it. Type the table's name to say that you mean it.`,
      ),
      typed,
    ],
    action: "Delete table",
    danger: true,
    done: async () => {
      if (typed.value !== table.TableName) throw new Error(`This table is called ${table.TableName}.`);
      await call("DeleteTable", { TableName: table.TableName });
      toast(`${table.TableName} was deleted.`);
      await side.refresh();
      route.go();
    },
  });
  typed.focus();
}
