// The server's clock: stop it, set it, move it, let it go. Everything that depends on time follows.

import { admin } from "../api.js";
import { every, h, put } from "../dom.js";
import { side } from "../side.js";
import { field } from "../parts/form.js";
import { wrong } from "../parts/states.js";
import { toast } from "../parts/toast.js";
import { seconds, span, time } from "../words.js";

const STEPS = [
  [60, "+1 minute"],
  [3600, "+1 hour"],
  [86400, "+1 day"],
  [604800, "+1 week"],
  [-3600, "−1 hour"],
];

export async function show(place, _, signal) {
  const face = h("div", { class: "moment", role: "timer", "aria-label": "Server time" });
  const state = h("span", { class: "badge" });
  const offset = h("p", { class: "soft" });
  const trouble = h("div", {});
  const exact = h("input", {
    type: "text",
    class: "mono",
    placeholder: "2030-01-31 12:00:00",
    autocomplete: "off",
  });
  const amount = h("input", { type: "number", step: "any", value: "900" });
  const freeze = button("Freeze", { freeze: true });
  const resume = button("Resume", { resume: true });
  const reset = button("Back to the present", { reset: true });
  const sweep = h(
    "button",
    {
      type: "button",
      on: {
        click: () =>
          run(async () => {
            await admin("sweep", {});
            toast("All that is due is done.");
          }),
      },
    },
    "Do what is due",
  );
  put(
    place,
    h("div", { class: "page-head" }, h("h1", {}, "Clock"), state),
    h(
      "div",
      { class: "stack" },
      h(
        "p",
        { class: "lead" },
        "Time to live, the trimming of streams, iterators, tokens, recovery and capacity all go by this clock.",
      ),
      trouble,
      h(
        "section",
        { class: "card stack" },
        h("div", {}, face, offset),
        h("div", { class: "row" }, freeze, resume, reset, sweep),
      ),
      h(
        "section",
        { class: "card stack" },
        h("h2", {}, "Move it"),
        h(
          "div",
          { class: "row" },
          STEPS.map(([by, text]) => button(text, { advance: by })),
        ),
        h(
          "form",
          { on: { submit: (event) => sent(event, () => ({ set: moment() })) } },
          field("Set to (UTC)", row(exact, "Set")),
        ),
        h(
          "form",
          { on: { submit: (event) => sent(event, () => ({ advance: Number(amount.value) })) } },
          field("Advance by (s)", row(amount, "Advance")),
        ),
      ),
    ),
  );
  let known = await admin("clock", undefined, { signal });
  let asked = performance.now();
  present();
  every(250, signal, present);
  every(4000, signal, () => run(async () => take(await admin("clock", undefined, { signal }))));

  function button(text, moves) {
    return h("button", { type: "button", on: { click: () => move(moves) } }, text);
  }

  function row(input, text) {
    return h("div", { class: "row" }, input, h("button", { type: "submit" }, text));
  }

  function moment() {
    const wanted = seconds(exact.value);
    if (Number.isNaN(wanted)) throw new Error("A time is written 2030-01-31 12:00:00.");
    return wanted;
  }

  function sent(event, moves) {
    event.preventDefault();
    run(async () => take(await admin("clock", moves())));
  }

  function move(moves) {
    run(async () => take(await admin("clock", moves)));
  }

  async function run(work) {
    try {
      await work();
      put(trouble);
    } catch (error) {
      if (error.name !== "AbortError") put(trouble, wrong(error));
    }
  }

  function take(clock) {
    known = clock;
    asked = performance.now();
    side.showClock(clock);
    present();
  }

  function present() {
    const now = known.frozen ? known.now : known.now + (performance.now() - asked) / 1000;
    put(face, `${time(now)} UTC`);
    put(state, known.frozen ? "stopped" : "running");
    state.className = known.frozen ? "badge warn" : "badge good";
    put(
      offset,
      Math.abs(known.offset_seconds) < 1
        ? "The system's time."
        : `${span(known.offset_seconds)} from the system's time.`,
    );
    freeze.disabled = known.frozen;
    resume.disabled = !known.frozen;
  }
}
