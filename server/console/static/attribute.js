// AttributeValues as people want to see and write them.
//
// Numbers keep their text throughout: they have 38 digits, which JavaScript's do not. Plain JSON has no
// sets and no binary, so what is read from it is given the type that the same attribute had before, where
// that fits.

export function typeOf(attribute) {
  return Object.keys(attribute)[0];
}

const BRIEF = 160;

/** One line for a cell. */
export function brief(attribute) {
  const type = typeOf(attribute);
  const value = attribute[type];
  if (type === "S" || type === "N") return shortened(value);
  if (type === "NULL") return "null";
  if (type === "B") return shortened(`b64 ${value}`);
  return shortened(plainText(attribute, 0));
}

function shortened(text) {
  return text.length > BRIEF ? `${text.slice(0, BRIEF)}…` : text;
}

// ---------------------------------------------------------------- to text

const PLAIN = {
  S: (value) => JSON.stringify(value),
  N: (value) => value,
  B: (value) => JSON.stringify(value),
  BOOL: (value) => String(value),
  NULL: () => "null",
  SS: (value, indent) =>
    list(
      value.map((one) => JSON.stringify(one)),
      indent,
    ),
  NS: (value, indent) => list(value, indent),
  BS: (value, indent) =>
    list(
      value.map((one) => JSON.stringify(one)),
      indent,
    ),
  L: (value, indent) =>
    list(
      value.map((one) => plainText(one, deeper(indent))),
      indent,
    ),
  M: (value, indent) => plainItem(value, indent),
};

/** An AttributeValue as plain JSON. An indent of 0 is one line. */
export function plainText(attribute, indent = 2) {
  const type = typeOf(attribute);
  return PLAIN[type](attribute[type], indent);
}

/** A whole item as plain JSON. */
export function plainItem(item, indent = 2) {
  const members = Object.entries(item).map(
    ([name, value]) => `${JSON.stringify(name)}: ${plainText(value, deeper(indent))}`,
  );
  return wrapped("{", members, "}", indent);
}

/** A whole item as DynamoDB JSON. */
export function typedItem(item) {
  return JSON.stringify(item, null, 2);
}

function list(texts, indent) {
  return wrapped("[", texts, "]", indent);
}

// The indent of a level is the number of blanks before its members; the closing bracket stands two before.
function wrapped(open, members, close, indent) {
  if (members.length === 0) return open + close;
  if (indent === 0) return open + members.join(", ") + close;
  const line = `\n${" ".repeat(indent)}`;
  return open + line + members.join(`,${line}`) + line.slice(0, -2) + close;
}

function deeper(indent) {
  return indent === 0 ? 0 : indent + 2;
}

// ---------------------------------------------------------------- from text

class NumberText {
  constructor(text) {
    this.text = text;
  }
}

/** An item from plain JSON. `before` is the item as it was, for the types that plain JSON cannot say. */
export function fromPlain(text, before = {}) {
  const parsed = JSON.parse(text, (_, value, context) =>
    typeof value === "number" ? new NumberText(context?.source ?? String(value)) : value,
  );
  return members(object(parsed), before);
}

/** An item from DynamoDB JSON. The server judges the values. */
export function fromTyped(text) {
  const item = object(JSON.parse(text));
  for (const [name, value] of Object.entries(item)) {
    if (!value || typeof value !== "object" || Array.isArray(value) || Object.keys(value).length !== 1) {
      throw new SyntaxError(`${name} must be a typed value such as {"S": "text"}`);
    }
  }
  return item;
}

function object(parsed) {
  if (!parsed || typeof parsed !== "object" || Array.isArray(parsed) || parsed instanceof NumberText) {
    throw new SyntaxError('An item is an object: {"attribute": value, …}');
  }
  return parsed;
}

function members(parsed, before) {
  return Object.fromEntries(
    Object.entries(parsed).map(([name, value]) => [
      name,
      fromValue(value, Object.hasOwn(before, name) && before[name]),
    ]),
  );
}

function fromValue(value, before) {
  if (value === null) return { NULL: true };
  if (value instanceof NumberText) return { N: value.text };
  if (typeof value === "boolean") return { BOOL: value };
  const type = before && typeOf(before);
  if (typeof value === "string") return type === "B" ? { B: value } : { S: value };
  if (Array.isArray(value)) {
    if (fitsSet(value, type)) return { [type]: value.map((one) => (type === "NS" ? one.text : one)) };
    return { L: value.map((one, at) => fromValue(one, type === "L" && before.L[at])) };
  }
  return { M: members(value, type === "M" ? before.M : {}) };
}

function fitsSet(values, type) {
  if (values.length === 0) return false;
  if (type === "NS") return values.every((one) => one instanceof NumberText);
  return (type === "SS" || type === "BS") && values.every((one) => typeof one === "string");
}

/** The names of an item's attributes that plain JSON cannot say the type of. */
export function beyondPlain(item) {
  return Object.keys(item).filter((name) => reaches(item[name]));
}

function reaches(attribute) {
  const type = typeOf(attribute);
  if (type === "L") return attribute.L.some(reaches);
  if (type === "M") return Object.values(attribute.M).some(reaches);
  return type === "B" || type === "SS" || type === "NS" || type === "BS";
}
