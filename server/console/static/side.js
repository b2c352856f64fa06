// The side of the page: the tables of the region, the other pages, the region, the theme, the clock.

import { admin, call } from "./api.js";
import { h, put } from "./dom.js";
import * as route from "./route.js";
import * as session from "./session.js";
import { select } from "./parts/form.js";
import { time } from "./words.js";

const THEMES = { system: ["◐", "as the system"], light: ["☀", "light"], dark: ["☾", "dark"] };
const MOST_SHOWN = 200;

class Side {
  tables = [];
  regions = [];

  constructor() {
    const logo = h("img", { src: "favicon.svg", alt: "" });
    this.filter = h("input", {
      type: "search",
      placeholder: "Find a table",
      "aria-label": "Find a table",
      on: { input: () => this.list(), keydown: (event) => this.enter(event) },
    });
    const make = h(
      "button",
      { type: "button", "aria-label": "Make a table", title: "Make a table", on: { click: newTable } },
      "+",
    );
    this.tableList = h("ul", { class: "side-list" });
    this.clockNote = h("span", { class: "note" });
    this.links = h("ul", { class: "side-list" }, [
      link("PartiQL", "statements"),
      link("Capacity", "capacity"),
      link("DAX", "caches"),
      link(["Clock", this.clockNote], "clock"),
    ]);
    this.regionPlace = h("div", {});
    this.themeButton = h("button", { type: "button", class: "quiet", on: { click: () => this.turnTheme() } });
    this.elements = [
      h("a", { class: "brand", href: route.to() }, logo, "dynalite"),
      h("div", { class: "side-filter" }, this.filter, make),
      h("div", { class: "side-tables" }, this.tableList),
      h("div", { class: "side-links" }, this.links),
      h("div", { class: "side-foot" }, this.regionPlace, this.themeButton),
    ];
    this.showTheme();
    this.showRegions();
  }

  /** Read the tables and the clock anew. */
  async refresh() {
    try {
      const found = (await admin("tables")).tables;
      this.tables = found.filter((one) => one.region === session.region());
      this.regions = [...new Set(found.map((one) => one.region))];
      this.list();
      this.showRegions();
      this.showClock(await admin("clock"));
    } catch {
      // The page itself says what is wrong; the side keeps what it knew.
    }
  }

  list() {
    const wanted = this.filter.value.trim().toLowerCase();
    const found = this.tables.filter((one) => one.table.toLowerCase().includes(wanted));
    const shown = found.slice(0, MOST_SHOWN).map((one) => link(one.table, "tables", one.table));
    if (found.length > shown.length)
      shown.push(h("li", { class: "soft" }, `and ${found.length - shown.length} more`));
    put(this.tableList, shown);
    this.mark();
  }

  /** Say which link leads to the page that is shown. */
  mark() {
    const [name, table] = route.current();
    const here = name === "tables" ? route.to(name, table ?? "") : route.to(name ?? "");
    for (const one of document.querySelectorAll("#side .side-list a")) {
      if (one.getAttribute("href") === here) one.setAttribute("aria-current", "page");
      else one.removeAttribute("aria-current");
    }
  }

  find() {
    this.filter.focus();
    this.filter.select();
  }

  enter(event) {
    if (event.key === "Enter") this.tableList.querySelector("a")?.click();
    if (event.key === "Escape") {
      this.filter.value = "";
      this.list();
      document.getElementById("page").focus();
    }
  }

  showClock({ frozen, offset_seconds: offset, now }) {
    put(this.clockNote, frozen ? `stopped ${time(now).slice(11)}` : offset ? "moved" : "");
  }

  showTheme() {
    const [sign, words] = THEMES[session.theme()];
    put(this.themeButton, sign);
    this.themeButton.title = this.themeButton.ariaLabel = `Theme: ${words}`;
  }

  turnTheme() {
    const names = Object.keys(THEMES);
    session.setTheme(names[(names.indexOf(session.theme()) + 1) % names.length]);
    this.showTheme();
  }

  showRegions() {
    const names = [...new Set([...this.regions, session.region(), "us-east-1"])].sort();
    const choice = select("Region", [...names, ["", "another region…"]], session.region(), (name) => {
      if (name) this.enterRegion(name);
      else askForRegion(this);
    });
    put(this.regionPlace, choice);
  }

  enterRegion(name) {
    session.setRegion(name);
    this.showRegions();
    if (location.hash === route.to()) dispatchEvent(new Event("hashchange"));
    else route.go();
  }
}

function link(text, ...pieces) {
  const parts = Array.isArray(text)
    ? [h("span", { class: "name" }, text[0]), text[1]]
    : h("span", { class: "name" }, text);
  return h(
    "li",
    {},
    h("a", { href: route.to(...pieces), title: typeof text === "string" ? text : null }, parts),
  );
}

async function askForRegion(side) {
  const { dialog } = await import("./parts/dialog.js");
  const name = h("input", {
    type: "text",
    "aria-label": "Region",
    required: true,
    placeholder: "eu-central-1",
  });
  const form = dialog({
    title: "Another region",
    body: name,
    action: "Go there",
    done: () => side.enterRegion(name.value.trim()),
  });
  form.box.addEventListener("close", () => side.showRegions());
  name.focus();
}

async function newTable() {
  const { askForTable } = await import("./pages/newtable.js");
  askForTable();
}

/** Wait until a table is what one wants it to be, and the side knows it. */
export async function settled(table, wanted = (described) => described.TableStatus === "ACTIVE") {
  for (;;) {
    const described = (await call("DescribeTable", { TableName: table })).Table;
    if (wanted(described)) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await side.refresh();
}

export const side = new Side();
