// The form in front of the items: what to read, by which keys, and what to keep of it.

import { h, put } from "../dom.js";
import { KEY_OPERATORS, OPERATORS } from "../explore.js";
import { check, field, segments, select } from "../parts/form.js";

const TYPES = [
  ["S", "String"],
  ["N", "Number"],
  ["BOOL", "Boolean"],
  ["NULL", "Null"],
  ["B", "Binary"],
];

/** The form's element, `read` for what it says, and whether it is `narrow`er than a whole table. */
export function exploreForm(found, { changed, run }) {
  const state = {
    mode: "scan",
    source: found[0],
    partition: [],
    sort: [],
    filters: [],
    descending: false,
    consistent: false,
  };
  const keyPlace = h("div", { class: "form" });
  const filterPlace = h("div", { class: "form" });
  const modes = segments(
    "How to read",
    [
      ["scan", "Scan"],
      ["query", "Query"],
    ],
    "scan",
    (mode) => set({ mode }),
  );
  const options = found.map((one) => [one.name, one.name ? `index ${one.name}` : "the table"]);
  const source = select("Table or index", options, "", (name) =>
    set({ source: found.find((one) => one.name === name) }),
  );
  const add = h("button", { type: "button", class: "quiet", on: { click: addFilter } }, "+ Filter");
  const send = h("button", { type: "submit", class: "primary" }, "Run");
  const orderPlace = h("span", { class: "row" });
  const element = h(
    "form",
    { class: "card form", on: { submit, input: changed }, "aria-label": "Query or scan" },
    h("div", { class: "row" }, modes, source),
    keyPlace,
    filterPlace,
    h(
      "div",
      { class: "row" },
      send,
      add,
      orderPlace,
      check("Consistent", false, (on) => update({ consistent: on })),
    ),
  );
  draw();
  return {
    element,
    read: () => state,
    narrow: () => state.mode === "query" || state.filters.some((one) => one.name),
  };

  function update(what) {
    Object.assign(state, what);
    changed();
  }

  function set(what) {
    Object.assign(state, what);
    draw();
    changed();
  }

  function draw() {
    state.partition = state.source.partition.map(() => "");
    state.sort = state.source.sort.map(() => ({ operator: "=", given: ["", ""] }));
    const query = state.mode === "query";
    put(
      keyPlace,
      query && [...state.source.partition.map(partitionField), ...state.source.sort.map(sortField)],
    );
    put(orderPlace, query && check("Descending", state.descending, (on) => update({ descending: on })));
    if (query) keyPlace.querySelector("input").focus();
  }

  function submit(event) {
    event.preventDefault();
    run();
  }

  function partitionField(key, at) {
    const write = (text) => (state.partition[at] = text);
    return field(`${key.name} =`, value(`${key.name}`, write, true));
  }

  function sortField(key, at) {
    const entry = state.sort[at];
    const place = h("div", { class: "row" });
    const write = () => {
      const inputs = Array.from({ length: OPERATORS[entry.operator][0] }, (_, i) =>
        value(`${key.name}, value ${i + 1}`, (text) => (entry.given[i] = text), false, entry.given[i]),
      );
      put(
        place,
        select(`Operator for ${key.name}`, KEY_OPERATORS, entry.operator, (operator) => {
          entry.operator = operator;
          write();
          changed();
        }),
        inputs,
      );
    };
    write();
    return field(key.name, place);
  }

  function addFilter() {
    const filter = { name: "", operator: "=", type: "S", given: ["", ""] };
    state.filters.push(filter);
    const row = h("div", { class: "row" });
    const write = () => {
      const arity = OPERATORS[filter.operator][0];
      const inputs = Array.from({ length: filter.type === "NULL" ? 0 : arity }, (_, i) =>
        value("Value", (text) => (filter.given[i] = text), false, filter.given[i]),
      );
      const choose = (what) => {
        Object.assign(filter, what);
        write();
        changed();
      };
      const away = () => {
        state.filters.splice(state.filters.indexOf(filter), 1);
        row.remove();
        changed();
      };
      put(
        row,
        value("Attribute", (text) => (filter.name = text), false, filter.name, "attribute"),
        select("Operator", Object.keys(OPERATORS), filter.operator, (operator) => choose({ operator })),
        arity > 0 && select("Type", TYPES, filter.type, (type) => choose({ type })),
        inputs,
        h(
          "button",
          { type: "button", class: "quiet", "aria-label": "Remove the filter", on: { click: away } },
          "×",
        ),
      );
    };
    write();
    filterPlace.append(row);
    row.querySelector("input").focus();
    changed();
  }
}

function value(label, write, required, text = "", placeholder = "value") {
  return h("input", {
    type: "text",
    "aria-label": label,
    placeholder,
    required,
    value: text,
    autocomplete: "off",
    spellcheck: "false",
    on: { input: (event) => write(event.target.value) },
  });
}
