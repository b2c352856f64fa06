// A short word about something that was done; it goes by itself.

import { h } from "../dom.js";

const MILLISECONDS = 5000;

export function toast(...children) {
  const note = h("div", { class: "toast" }, children);
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), MILLISECONDS);
}
