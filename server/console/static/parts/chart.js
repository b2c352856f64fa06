// A line chart over time: plain SVG, drawn for the width that there is, with a crosshair that says the
// values.

import { h, put, s } from "../dom.js";
import { hour, time, units } from "../words.js";

const HEIGHT = 180;
const LEFT = 52;
const BOTTOM = 22;
const TOP = 8;

/** Series are `{name, points: [[seconds, value], …], dashed}`, in the order of their colours. */
export function chart(label, series, { from, to, format = units, most = 0 }) {
  const values = series.flatMap((one) => one.points.map(([, value]) => value));
  const top = ceiling(Math.max(most, ...values, 0));
  const legend = h(
    "div",
    { class: "legend" },
    series.map((one, at) => h("span", { class: colour(one, at) }, one.name)),
  );
  const words = h("div", { class: "legend", "aria-hidden": "true" });
  const drawing = h("div", { class: "chart" });
  const box = h(
    "figure",
    { role: "img", "aria-label": `${label}: ${summary()}`, class: "figure" },
    legend,
    drawing,
    words,
  );
  new ResizeObserver(([entry]) => draw(entry.contentRect.width)).observe(drawing);
  return box;

  function summary() {
    return series
      .map((one) => {
        const highest = one.points.reduce((best, point) => (point[1] > best[1] ? point : best), [from, 0]);
        return `${one.name} at most ${format(highest[1])}`;
      })
      .join(", ");
  }

  function draw(width) {
    if (width < 80) return;
    const x = (at) => LEFT + ((at - from) / (to - from)) * (width - LEFT - 4);
    const y = (value) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
    const rules = [0, 0.5, 1].map((part) => [
      s("line", { class: "rule", x1: LEFT, x2: width, y1: y(top * part), y2: y(top * part) }),
      s("text", { x: LEFT - 8, y: y(top * part) + 4, "text-anchor": "end" }, format(top * part)),
    ]);
    const marks = Array.from({ length: 5 }, (_, at) => from + ((to - from) * (at + 0.5)) / 5).map((at) =>
      s("text", { x: x(at), y: HEIGHT - 5, "text-anchor": "middle" }, hour(at)),
    );
    const lines = series.map((one, at) =>
      s("path", {
        class: colour(one, at),
        d: one.points.map((p, i) => `${i ? "L" : "M"}${x(p[0])} ${y(p[1])}`).join(""),
      }),
    );
    const cross = s("line", { class: "cross", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" });
    const svg = s("svg", { height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}` }, rules, marks, lines, cross);
    svg.addEventListener("pointermove", (event) => {
      const at = from + ((event.offsetX - LEFT) / (width - LEFT - 4)) * (to - from);
      const near = series.map((one) => nearest(one.points, at));
      const known = near.find(Boolean);
      if (!known) return;
      for (const side of ["x1", "x2"]) cross.setAttribute(side, x(known[0]));
      cross.setAttribute("visibility", "visible");
      const parts = series.map((one, i) => near[i] && `${one.name} ${format(near[i][1])}`).filter(Boolean);
      put(words, `${time(known[0])} · ${parts.join(" · ")}`);
    });
    svg.addEventListener("pointerleave", () => {
      cross.setAttribute("visibility", "hidden");
      put(words, " ");
    });
    put(drawing, svg);
    put(words, " ");
  }
}

function colour(one, at) {
  return `s${at + 1}${one.dashed ? " dashed" : ""}`;
}

function nearest(points, at) {
  return points.reduce(
    (best, point) => (!best || Math.abs(point[0] - at) < Math.abs(best[0] - at) ? point : best),
    null,
  );
}

/** A round number at or above a value. */
function ceiling(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
}
