// Elements, made from data. Text goes in as text nodes and nothing here ever parses HTML, so what an item
// holds cannot become part of the page.

const SVG = "http://www.w3.org/2000/svg";

/** An element with properties and children. `on` maps events to listeners, `data` to data-attributes; null,
 *  false and undefined children are left out, arrays are spread. */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same for SVG. */
export function s(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, { on = {}, data = {}, ...properties }, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (PROPERTIES.has(name)) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  Object.assign(element.dataset, data);
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  element.append(...nodes(children));
  return element;
}

// What has to be set as a property, because the attribute is only its first value.
const PROPERTIES = new Set(["value", "checked", "disabled", "selected"]);

function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Put children in the place of what an element holds. */
export function put(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

/** Call again and again, `milliseconds` after the last call has ended, until the signal. */
export function every(milliseconds, signal, work) {
  let timer;
  const turn = async () => {
    await work();
    if (!signal.aborted) timer = setTimeout(turn, milliseconds);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  turn();
}
