// What stands in the place of content: nothing there, something wrong, not there yet.

import { h, put } from "../dom.js";

export function empty(title, text, ...actions) {
  return h(
    "div",
    { class: "state" },
    h("h2", {}, title),
    h("p", {}, text),
    h("div", { class: "row" }, actions),
  );
}

/** An error, in the server's own words, and a way to try again. */
export function wrong(error, again) {
  return h(
    "div",
    { class: "wrong", role: "alert" },
    h("div", {}, h("strong", {}, error.code ?? error.name), h("p", {}, error.message)),
    again && h("button", { type: "button", on: { click: again } }, "Try again"),
  );
}

export function busy(text = "Loading…") {
  return h("p", { class: "busy" }, text);
}

/** Show what `work` makes in `place`, or what went wrong with it. What was cancelled shows nothing. */
export async function shown(place, work) {
  try {
    put(place, await work());
  } catch (error) {
    if (error.name === "AbortError") return;
    put(
      place,
      wrong(error, () => shown(put(place, busy()), work)),
    );
  }
}
