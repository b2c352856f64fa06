// Fields of forms.

import { h } from "../dom.js";

let made = 0;

/** A label in front of a control. */
export function field(label, control) {
  const target = control.matches("input, select, textarea") ? control : null;
  if (!target)
    return h(
      "div",
      { class: "field", role: "group", "aria-label": label },
      h("span", { class: "label" }, label),
      control,
    );
  target.id ||= `field-${(made += 1)}`;
  return h("div", { class: "field" }, h("label", { for: target.id }, label), control);
}

/** A choice. Options are `[value, text]`, or texts that are their own value. */
export function select(label, options, value, change) {
  return h(
    "select",
    { "aria-label": label, on: change ? { change: (event) => change(event.target.value) } : {} },
    options.map((option) => {
      const [own, text] = Array.isArray(option) ? option : [option, option];
      return h("option", { value: own, selected: own === value }, text);
    }),
  );
}

/** A choice of a few, all to be seen. */
export function segments(label, options, value, change) {
  const name = `segments-${(made += 1)}`;
  return h(
    "div",
    { class: "segments", role: "radiogroup", "aria-label": label },
    options.map(([own, text]) =>
      h(
        "label",
        {},
        h("input", {
          type: "radio",
          name,
          value: own,
          checked: own === value,
          on: { change: () => change(own) },
        }),
        text,
      ),
    ),
  );
}

export function check(label, checked, change) {
  const box = h("input", {
    type: "checkbox",
    checked,
    on: { change: (event) => change(event.target.checked) },
  });
  return h("label", { class: "check" }, box, label);
}
