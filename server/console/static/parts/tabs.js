// Tabs that are links: each has an address, the arrow keys go from one to the next.

import { h } from "../dom.js";

/** Tabs are `[title, address, whether it is the one]`. */
export function tabs(label, list) {
  const links = list.map(([title, href, selected]) =>
    h("a", { href, role: "tab", "aria-selected": String(selected), tabindex: selected ? "0" : "-1" }, title),
  );
  const bar = h("div", { class: "tabs", role: "tablist", "aria-label": label, on: { keydown } }, links);
  if (refocus) {
    refocus = false;
    queueMicrotask(() => bar.querySelector("[aria-selected=true]").focus());
  }
  return bar;

  function keydown(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    refocus = true; // the page is made anew, and the focus must not be lost with the old one
    links[(links.indexOf(event.target) + step + links.length) % links.length].click();
    event.preventDefault();
  }
}

let refocus = false;
