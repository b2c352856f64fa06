// A table of rows. Rows that can be opened can be reached with the arrow keys: the grid is one stop of
// the Tab key, and Enter opens the row.

import { h } from "../dom.js";
import { brief } from "../attribute.js";

/** Columns are `{title, cell(row), class}`. */
export function grid(label, columns, rows, open) {
  const heads = columns.map((column) => h("th", { scope: "col", class: column.class }, column.title));
  const body = h("tbody", { on: { keydown, click } });
  rows.forEach((row, at) => {
    const cells = columns.map((column) => h("td", { class: column.class }, column.cell(row)));
    body.append(h("tr", open ? { tabindex: at ? "-1" : "0", data: { at } } : {}, cells));
  });
  const table = h("table", { "aria-label": label }, h("thead", {}, h("tr", {}, heads)), body);
  return h("div", { class: "grid" }, table);

  function click(event) {
    const row = event.target.closest("tr");
    if (open && row && !event.target.closest("a, button")) open(rows[row.dataset.at]);
  }

  function keydown(event) {
    const row = event.target.closest("tr[tabindex]");
    if (!row || event.target !== row) return;
    const steps = {
      ArrowDown: 1,
      ArrowUp: -1,
      Home: -rows.length,
      End: rows.length,
      PageDown: 12,
      PageUp: -12,
    };
    if (event.key === "Enter") open(rows[row.dataset.at]);
    else if (event.key in steps) {
      const wanted = Number(row.dataset.at) + steps[event.key];
      const next = body.children[Math.max(0, Math.min(rows.length - 1, wanted))];
      row.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    } else return;
    event.preventDefault();
  }
}

const MOST_COLUMNS = 24;

/** The columns for items: their keys first, then what most of them have. */
export function itemColumns(items, keys) {
  const had = new Map(keys.map((name) => [name, Infinity]));
  for (const item of items) {
    for (const name of Object.keys(item)) had.set(name, (had.get(name) ?? 0) + 1);
  }
  const names = [...had.keys()].sort((a, b) => (had.get(b) === had.get(a) ? 0 : had.get(b) - had.get(a)));
  return names.slice(0, MOST_COLUMNS).map((name) => ({
    title: name,
    class: keys.includes(name) ? "value key" : "value",
    cell: (item) => (Object.hasOwn(item, name) ? brief(item[name]) : h("span", { class: "none" }, "–")),
  }));
}
