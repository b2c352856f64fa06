// The PartiQL editor.

import { call } from "../api.js";
import { boto3Call } from "../boto3.js";
import { h, put } from "../dom.js";
import * as session from "../session.js";
import { code } from "../parts/code.js";
import { grid, itemColumns } from "../parts/grid.js";
import { busy, empty, wrong } from "../parts/states.js";
import { side } from "../side.js";
import { consumed, counted } from "../words.js";

export async function show(place, [given], signal) {
  const first = side.tables[0]?.table;
  const start = given ?? session.statements()[0] ?? (first ? `SELECT * FROM "${first}"` : "");
  const text = h("textarea", {
    class: "statement",
    "aria-label": "Statement",
    spellcheck: "false",
    value: start,
    placeholder: "SELECT * FROM \"Songs\" WHERE artist = 'Nina Simone'",
    on: { keydown, input: showCall },
  });
  const python = code("boto3");
  const result = h("div", { class: "stack", "aria-live": "polite" });
  const history = h("ul", { class: "history" });
  const send = h("button", { type: "button", class: "primary", on: { click: () => run() } }, "Run");
  showCall();
  showHistory();
  put(
    place,
    h("div", { class: "page-head" }, h("h1", {}, "PartiQL")),
    h(
      "div",
      { class: "stack" },
      h(
        "div",
        { class: "explore" },
        h(
          "div",
          { class: "form" },
          text,
          h(
            "div",
            { class: "row" },
            send,
            h("span", { class: "soft" }, h("kbd", {}, "Ctrl"), " ", h("kbd", {}, "Enter")),
          ),
        ),
        python.panel,
      ),
      result,
      h("section", { class: "card" }, h("h2", {}, "Last statements"), history),
    ),
  );
  text.focus();

  function request() {
    return { Statement: text.value.trim() };
  }

  function showCall() {
    python.show(boto3Call("ExecuteStatement", request()));
  }

  async function run(token) {
    put(result, busy("Running…"));
    try {
      const asked = {
        ...request(),
        Limit: 100,
        ReturnConsumedCapacity: "TOTAL",
        ...(token && { NextToken: token }),
      };
      const answer = await call("ExecuteStatement", asked, { signal });
      session.rememberStatement(request().Statement);
      showHistory();
      present(answer);
    } catch (error) {
      if (error.name !== "AbortError") put(result, wrong(error));
    }
  }

  function present(answer) {
    const items = answer.Items ?? [];
    const rows = items.length
      ? grid("Result", itemColumns(items, []), items)
      : empty("Done", "The statement returned no items.");
    const more =
      answer.NextToken && h("button", { type: "button", on: { click: () => run(answer.NextToken) } }, "Next");
    const facts = `${counted(items.length, "item")} · ${consumed(answer.ConsumedCapacity?.CapacityUnits ?? 0)}`;
    put(result, rows, h("div", { class: "pager" }, more, h("span", { class: "grow" }), facts));
  }

  function showHistory() {
    const kept = session.statements();
    const use = (statement) => {
      text.value = statement;
      showCall();
      text.focus();
    };
    put(
      history,
      kept.length
        ? kept.map((one) =>
            h(
              "li",
              {},
              h("button", { type: "button", class: "quiet", title: one, on: { click: () => use(one) } }, one),
            ),
          )
        : h("li", { class: "soft" }, "None yet."),
    );
  }

  function keydown(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
  }
}
