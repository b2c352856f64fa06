// Browse, query and scan a table, with the boto3 call for it beside; items open in an editor.
//
// A page of the grid is a page that was read: the table is never loaded, whatever its size. The pages
// behind are known by where they started.

import { call } from "../api.js";
import { boto3Call } from "../boto3.js";
import { h, put } from "../dom.js";
import { explore, from, readPage, sources } from "../explore.js";
import { code } from "../parts/code.js";
import { select } from "../parts/form.js";
import { grid, itemColumns } from "../parts/grid.js";
import { busy, empty, wrong } from "../parts/states.js";
import { consumed, counted } from "../words.js";
import { edit } from "./editor.js";
import { exploreForm } from "./exploreform.js";

const SIZES = ["25", "50", "100", "250"];

export function view(table, signal) {
  const found = sources(table);
  const keys = [...found[0].partition, ...found[0].sort];
  const python = code("boto3");
  const result = h("div", { class: "stack", "aria-live": "polite" });
  let size = 50;
  let starts = [undefined];
  const form = exploreForm(found, { changed, run: () => run() });
  const create = h(
    "button",
    { type: "button", data: { new: "" }, on: { click: () => open({}) } },
    "New item",
  );
  const bar = h("div", { class: "pager" }, create);
  showCall();
  run();
  return h(
    "div",
    { class: "stack" },
    h("div", { class: "explore" }, form.element, python.panel),
    bar,
    result,
  );

  function asked() {
    return explore(table.TableName, form.read(), size);
  }

  function changed() {
    starts = [undefined];
    showCall();
  }

  function showCall() {
    const { operation, request } = from(starts.at(-1), asked());
    python.show(boto3Call(operation, request));
  }

  async function run(pages = [undefined]) {
    starts = pages;
    showCall();
    put(result, busy("Reading…"));
    const began = performance.now();
    try {
      const send = (operation, request) => call(operation, request, { signal });
      const page = await readPage(send, asked(), starts.at(-1), size);
      present(page, performance.now() - began);
    } catch (error) {
      if (error.name !== "AbortError")
        put(
          result,
          wrong(error, () => run()),
        );
    }
  }

  function present(page, milliseconds) {
    const back = h(
      "button",
      { type: "button", disabled: starts.length === 1, on: { click: () => run(starts.slice(0, -1)) } },
      "Previous",
    );
    const forth = h(
      "button",
      { type: "button", disabled: !page.next, on: { click: () => run([...starts, page.next]) } },
      "Next",
    );
    const sizes = select("Items on a page", SIZES, String(size), (wanted) => {
      size = Number(wanted);
      run();
    });
    const facts = `${counted(page.items.length, "item")} of ${page.scanned} evaluated · ${consumed(page.units)} · ${Math.round(milliseconds)} ms`;
    put(
      bar,
      create,
      h("span", { class: "grow" }),
      facts,
      sizes,
      back,
      h("span", {}, `Page ${starts.length}`),
      forth,
    );
    const rows = page.items.length
      ? grid(
          "Items",
          itemColumns(
            page.items,
            keys.map((key) => key.name),
          ),
          page.items,
          open,
        )
      : nothing(page);
    put(result, rows);
  }

  function nothing(page) {
    if (page.next)
      return empty(
        "Nothing among these",
        `The filter dropped all ${page.scanned} items that were evaluated. Next goes on behind them.`,
      );
    if (starts.length > 1 || form.narrow())
      return empty("Nothing found", "No item is what the form asks for.");
    const make = h("button", { type: "button", class: "primary", on: { click: () => open({}) } }, "New item");
    return empty("No items yet", `${table.TableName} is empty.`, make);
  }

  async function open(item) {
    const whole = Object.keys(item).length ? await stored(item) : item;
    edit(table, keys, whole, () => run(starts));
  }

  /** The whole item: an index may hold only a part of it. */
  async function stored(item) {
    const key = Object.fromEntries(keys.map(({ name }) => [name, item[name]]));
    const answer = await call("GetItem", { TableName: table.TableName, Key: key, ConsistentRead: true });
    return answer.Item ?? item;
  }
}
