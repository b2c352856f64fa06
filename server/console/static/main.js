// What is shown for which address, and what belongs to every page: the side, the shortcuts, and what
// happens when the server goes away or wants credentials.

import { alive, events } from "./api.js";
import { h, put } from "./dom.js";
import * as route from "./route.js";
import * as session from "./session.js";
import { busy, wrong } from "./parts/states.js";
import { side } from "./side.js";

// A page's module is loaded when it is first shown. `show` gets the page's place, the pieces of the address
// behind the first, and a signal that aborts when another page is shown.
const PAGES = {
  tables: () => import("./pages/table.js"),
  statements: () => import("./pages/statements.js"),
  capacity: () => import("./pages/capacity.js"),
  caches: () => import("./pages/caches.js"),
  clock: () => import("./pages/clock.js"),
};
const HOME = () => import("./pages/home.js");

const page = document.getElementById("page");
let leaving = new AbortController();

async function show() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  for (const open of document.querySelectorAll("dialog[open]")) open.close();
  const [name, ...rest] = route.current();
  document.title = [...rest.slice(0, 1), name, "dynalite"].filter(Boolean).join(" · ");
  const place = put(h("div", {}), busy());
  put(page, place);
  side.mark();
  side.refresh();
  try {
    const module = await (name in PAGES && (name !== "tables" || rest.length) ? PAGES[name] : HOME)();
    if (!signal.aborted) await module.show(place, rest, signal);
  } catch (error) {
    if (error.name !== "AbortError" && !signal.aborted) put(place, wrong(error, show));
  }
}

// ---------------------------------------------------------------- the server goes, and comes back

let waiting = false;

events.addEventListener("unreachable", async () => {
  if (waiting) return;
  waiting = true;
  const bar = h("div", { class: "gone", role: "alert" }, "The server does not answer. Trying again…");
  document.body.append(bar);
  do await new Promise((resolve) => setTimeout(resolve, 1000));
  while (!(await alive()));
  bar.remove();
  waiting = false;
  show();
});

let asking = false;

events.addEventListener("credentials", async ({ detail: refused }) => {
  if (asking) return;
  asking = true;
  const { askForCredentials } = await import("./pages/signin.js");
  askForCredentials(refused, show, () => (asking = false));
});

// ---------------------------------------------------------------- the keyboard

const SHORTCUTS = {
  "/": ["Find a table", () => side.find()],
  n: ["New item, or new table", () => page.querySelector("[data-new]")?.click()],
  r: ["Reload this page's data", () => show()],
  s: ["PartiQL", () => route.go("statements")],
  c: ["Clock", () => route.go("clock")],
  t: ["Light, dark, or as the system", () => side.turnTheme()],
  "?": ["These shortcuts", () => help()],
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches(
    "input:not([type=radio], [type=checkbox], [type=range]), textarea, select",
  );
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]"))
    return;
  const shortcut = SHORTCUTS[event.key];
  if (!shortcut) return;
  event.preventDefault();
  shortcut[1]();
});

async function help() {
  const { dialog } = await import("./parts/dialog.js");
  const more = [
    ["Arrows", "Move in a table"],
    ["Enter", "Open the row"],
    ["Ctrl Enter", "Run a statement, save an item"],
  ];
  const keys = [...Object.entries(SHORTCUTS).map(([key, [text]]) => [key, text]), ...more];
  const list = h(
    "dl",
    { class: "facts" },
    keys.map(([key, text]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, text)]),
  );
  dialog({ title: "Keyboard", body: list, action: "Close", done: () => {} });
}

session.applyTheme();
put(document.getElementById("side"), ...side.elements);
addEventListener("hashchange", show);
show();
