// A piece of code that can be copied.

import { h } from "../dom.js";

/** The panel, and `show` to change what it says. */
export function code(title) {
  const text = h("code", {});
  const copy = h("button", { type: "button", class: "quiet", on: { click } }, "Copy");
  const panel = h(
    "section",
    { class: "code", "aria-label": title },
    h("header", {}, h("span", {}, title), copy),
    h("pre", { tabindex: "0" }, text),
  );
  return { panel, show: (content) => (text.textContent = content) };

  async function click() {
    await navigator.clipboard.writeText(text.textContent);
    copy.textContent = "Copied";
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  }
}
