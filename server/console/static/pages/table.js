// One table: its name, its state, and a tab for each thing one may want to know of it.

import { call } from "../api.js";
import { h, put } from "../dom.js";
import * as route from "../route.js";
import { busy, shown } from "../parts/states.js";
import { tabs } from "../parts/tabs.js";
import { counted, size } from "../words.js";

const TABS = {
  items: ["Items", () => import("./items.js")],
  overview: ["Overview", () => import("./overview.js")],
  stream: ["Stream", () => import("./stream.js")],
  recovery: ["Recovery", () => import("./recovery.js")],
  capacity: ["Capacity", () => import("./consumption.js")],
};

export async function show(place, [name, tab = "items"], signal) {
  const table = (await call("DescribeTable", { TableName: name }, { signal })).Table;
  const active = table.TableStatus === "ACTIVE";
  const panel = h("div", { role: "tabpanel", "aria-label": TABS[tab][0] }, busy());
  const links = Object.entries(TABS).map(([id, [title]]) => [
    title,
    route.to("tables", name, id),
    id === tab,
  ]);
  put(
    place,
    h(
      "div",
      { class: "page-head" },
      h("h1", {}, name),
      h("span", { class: active ? "badge good" : "badge warn" }, table.TableStatus.toLowerCase()),
      h("span", { class: "soft" }, `${counted(table.ItemCount, "item")} · ${size(table.TableSizeBytes)}`),
    ),
    tabs("Table", links),
    panel,
  );
  const module = await TABS[tab][1]();
  await shown(panel, () => module.view(table, signal));
}
