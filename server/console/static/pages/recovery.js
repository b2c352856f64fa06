// Point-in-time recovery: move to a second, see what the table was then and what has changed since, and
// bring it back as a new table.

import { admin, call } from "../api.js";
import { boto3Call } from "../boto3.js";
import { brief } from "../attribute.js";
import { h, put } from "../dom.js";
import * as route from "../route.js";
import * as session from "../session.js";
import { settled } from "../side.js";
import { code } from "../parts/code.js";
import { dialog } from "../parts/dialog.js";
import { field, segments } from "../parts/form.js";
import { grid, itemColumns } from "../parts/grid.js";
import { busy, empty, shown } from "../parts/states.js";
import { toast } from "../parts/toast.js";
import { count, counted, seconds, span, time } from "../words.js";

const SETTLE_MILLISECONDS = 200;
const REACHES = [
  ["600", "10 minutes"],
  ["3600", "1 hour"],
  ["86400", "1 day"],
  ["all", "Everything"],
];

export async function view(table, signal) {
  const place = h("div", {});
  await fill();
  return place;

  async function fill() {
    const answer = await call("DescribeContinuousBackups", { TableName: table.TableName }, { signal });
    const found = answer.ContinuousBackupsDescription.PointInTimeRecoveryDescription;
    put(place, found.PointInTimeRecoveryStatus === "ENABLED" ? slider(table, found, fill, signal) : off());
  }

  function off() {
    const click = () =>
      shown(put(place, busy()), async () => {
        const specification = { PointInTimeRecoveryEnabled: true };
        await call("UpdateContinuousBackups", {
          TableName: table.TableName,
          PointInTimeRecoverySpecification: specification,
        });
        await fill();
        return [...place.childNodes];
      });
    const on = h("button", { type: "button", class: "primary", on: { click } }, "Turn recovery on");
    return empty(
      "Point-in-time recovery is off",
      "With it, the table as it was at any second of the last 35 days can be seen here and had back as a new table.",
      on,
    );
  }
}

function slider(
  table,
  { EarliestRestorableDateTime: earliest, LatestRestorableDateTime: latest },
  again,
  signal,
) {
  const whole = Math.floor(latest);
  const range = h("input", {
    type: "range",
    class: "slider",
    step: "1",
    max: whole,
    "aria-label": "Second to look at",
    on: { input: () => look(Number(range.value)) },
  });
  const ends = h("div", { class: "slider-ends" });
  const exact = h("input", {
    type: "text",
    class: "mono",
    "aria-label": "Time (UTC)",
    on: { change: () => look(seconds(exact.value)) },
  });
  const ago = h("span", { class: "soft" });
  const preview = h("div", { class: "stack", "aria-live": "polite" });
  const bring = h(
    "button",
    { type: "button", class: "primary", on: { click: () => askToRestore(table, at) } },
    "Restore this second…",
  );
  const steps = [
    [-60, "−1 min"],
    [-1, "−1 s"],
    [1, "+1 s"],
    [60, "+1 min"],
  ].map(([by, text]) => h("button", { type: "button", on: { click: () => look(at + by) } }, text));
  let at = whole;
  let timer;
  let asked = 0;
  const reach = whole - earliest > 3600 ? "3600" : "all";
  const reaches = segments("Reach of the slider", REACHES, reach, stretch);
  stretch(reach);
  look(whole, 0);
  return h(
    "div",
    { class: "stack" },
    h(
      "section",
      { class: "card stack" },
      h("div", { class: "row" }, exact, "UTC", steps, ago),
      h("div", {}, range, ends),
      h(
        "div",
        { class: "row" },
        reaches,
        h("button", { type: "button", on: { click: again } }, "Up to now"),
        h("span", { class: "grow" }),
        bring,
      ),
    ),
    preview,
  );

  function stretch(length) {
    const from = length === "all" ? earliest : Math.max(earliest, whole - Number(length));
    range.min = from;
    range.value = at;
    put(ends, h("span", {}, time(from)), h("span", {}, time(whole)));
  }

  function look(wanted, milliseconds = SETTLE_MILLISECONDS) {
    at = Math.min(whole, Math.max(earliest, Number.isNaN(wanted) ? at : wanted));
    range.value = at;
    exact.value = time(at);
    put(ago, `${span(latest - at)} before the latest`);
    clearTimeout(timer);
    timer = setTimeout(() => shown(preview, read), milliseconds);
  }

  async function read() {
    const turn = (asked += 1);
    const found = await admin(
      "recovery/preview",
      { table: table.TableName, region: session.region(), at },
      { signal },
    );
    return turn === asked ? seen(table, found) : [...preview.childNodes]; // a later one has been asked for
  }
}

function seen(table, found) {
  const keys = table.KeySchema.map((key) => key.AttributeName);
  const facts = [
    ["Items then", found.item_count],
    ["Changes since", found.changes],
    ["Gone since", found.gone],
    ["New since", found.new],
    ["Different since", found.different],
  ];
  return [
    h(
      "dl",
      { class: "stats" },
      facts.map(([title, number]) => h("div", {}, h("dt", {}, title), h("dd", {}, count(number)))),
    ),
    found.differences.length > 0 && h("h2", {}, "What has changed since"),
    found.differences.length > 0 && grid("Differences", differenceColumns(keys), found.differences),
    h(
      "h2",
      {},
      `The table at that second${found.item_count > found.items.length ? `, its first ${counted(found.items.length, "item")}` : ""}`,
    ),
    found.items.length
      ? grid("Items then", itemColumns(found.items, keys), found.items)
      : empty("Empty", "The table had no items at that second."),
  ].filter(Boolean);
}

function differenceColumns(keys) {
  const key = (one, name) => brief((one.then ?? one.now)[name]);
  const kind = (one) =>
    one.now === null ? ["bad", "gone"] : one.then === null ? ["good", "new"] : ["accent", "different"];
  const side = (title, own, other) => ({
    title,
    class: "value",
    cell: (one) =>
      one[own] === null ? h("span", { class: "none" }, "–") : changed(one[own], one[other] ?? {}, keys),
  });
  return [
    ...keys.map((name) => ({ title: name, class: "value key", cell: (one) => key(one, name) })),
    { title: "", cell: (one) => h("span", { class: `badge ${kind(one)[0]}` }, kind(one)[1]) },
    side("Then", "then", "now"),
    side("Now", "now", "then"),
  ];
}

/** The attributes that differ. */
function changed(item, other, keys) {
  const names = Object.keys(item).filter(
    (name) => !keys.includes(name) && JSON.stringify(item[name]) !== JSON.stringify(other[name]),
  );
  return names.map((name) => `${name}: ${brief(item[name])}`).join(", ") || "–";
}

function askToRestore(table, at) {
  const shownCode = code("boto3");
  const name = h("input", {
    type: "text",
    required: true,
    autocomplete: "off",
    value: `${table.TableName}-${time(at).replace(/\D/g, "")}`,
    on: { input: update },
  });
  const request = () => ({
    SourceTableName: table.TableName,
    TargetTableName: name.value,
    RestoreDateTime: at,
  });
  update();
  dialog({
    title: `Restore ${time(at)} UTC`,
    body: [
      h(
        "p",
        { class: "lead" },
        "The table as it was at that second becomes a new table. This one stays as it is.",
      ),
      field("New table", name),
      shownCode.panel,
    ],
    action: "Restore",
    done: async () => {
      await call("RestoreTableToPointInTime", request());
      const target = name.value;
      settled(target).then(() => toast("Restored: ", h("a", { href: route.to("tables", target) }, target)));
      toast("The restore has begun.");
    },
  });
  name.select();

  function update() {
    shownCode.show(boto3Call("RestoreTableToPointInTime", request()));
  }
}
