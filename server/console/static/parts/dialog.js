// Dialogs on the browser's own <dialog>: it keeps the focus inside and closes on Escape.

import { h, put } from "../dom.js";
import { wrong } from "./states.js";

/** Ask for something. `done` is called when the form is sent; the dialog stays open, and says why, when it
 *  throws. `extra` are further elements of the last row. */
export function dialog({ title, body, action, done, danger = false, wide = false, extra = [] }) {
  const trouble = h("div", { "aria-live": "assertive" });
  const send = h("button", { type: "submit", class: danger ? "danger" : "primary" }, action);
  const cancel = h("button", { type: "button", on: { click: () => box.close() } }, "Cancel");
  const form = h(
    "form",
    { method: "dialog", on: { submit } },
    h("h2", {}, title),
    body,
    trouble,
    h("footer", {}, extra, h("span", { class: "grow" }), cancel, send),
  );
  const box = h("dialog", { class: wide ? "wide" : "", "aria-label": title }, form);
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  return { box, submit: () => form.requestSubmit(send), fail: (error) => put(trouble, wrong(error)) };

  async function submit(event) {
    event.preventDefault();
    send.disabled = true;
    put(trouble);
    try {
      await done();
      box.close();
    } catch (error) {
      put(trouble, wrong(error));
    } finally {
      send.disabled = false;
    }
  }
}
