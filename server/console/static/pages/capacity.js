// What every table of the region consumed.

import { admin } from "../api.js";
import { h, put } from "../dom.js";
import * as route from "../route.js";
import * as session from "../session.js";
import { grid } from "../parts/grid.js";
import { empty } from "../parts/states.js";
import { toast } from "../parts/toast.js";
import { count, units } from "../words.js";

export async function show(place, rest, signal) {
  const { tables, enforced } = await admin("capacity", undefined, { signal });
  const here = tables.filter((one) => one.region === session.region());
  const click = async () => {
    await admin("capacity/reset", {});
    toast("Counting begins anew.");
    await show(place, rest, signal);
  };
  const anew = h("button", { type: "button", on: { click } }, "Count from nothing");
  const badge = enforced
    ? h("span", { class: "badge warn" }, "enforced")
    : h("span", { class: "badge" }, "counted only");
  const open = (one) => route.go("tables", one.table, "capacity");
  put(
    place,
    h("div", { class: "page-head" }, h("h1", {}, "Capacity"), badge, h("span", { class: "grow" }), anew),
    here.length
      ? grid("Capacity", COLUMNS, here, open)
      : empty("Nothing to count", "There are no tables in this region."),
  );
}

const figure = (title, member, words = units) => ({
  title,
  class: "number",
  cell: (one) => words(one.consumed[member] ?? 0),
});

const COLUMNS = [
  {
    title: "Table",
    class: "key",
    cell: (one) => h("a", { href: route.to("tables", one.table, "capacity") }, one.table),
  },
  {
    title: "Mode",
    cell: (one) =>
      one.billing_mode === "PROVISIONED"
        ? `${one.provisioned.read_units} / ${one.provisioned.write_units}`
        : "on demand",
  },
  figure("Read units", "read_units"),
  figure("Write units", "write_units"),
  figure("Wasted on filters", "wasted_read_units"),
  figure("Refused reads", "read_throttles", count),
  figure("Refused writes", "write_throttles", count),
  {
    title: "On demand so far",
    class: "number",
    cell: (one) => `$${one.bill.requests_so_far_on_demand.toFixed(6)}`,
  },
];
