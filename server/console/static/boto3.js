// A request as the line of Python that sends it.

import { region } from "./session.js";

const WIDTH = 60;

/** `client.query(TableName="Songs", …)`; what it needs is imported above it. */
export function boto3Call(operation, request) {
  const method = operation.replace(/(?<!^)([A-Z])/g, "_$1").toLowerCase();
  const members = Object.entries(request).map(
    ([name, value]) => `    ${name}=${python(value, 4, name.length)},`,
  );
  const call = members.length ? `(\n${members.join("\n")}\n)` : "()";
  const needed = ["boto3", ...(hasBinary(request) ? ["base64"] : [])];
  const imports = needed
    .sort()
    .map((name) => `import ${name}`)
    .join("\n");
  const where = `    "dynamodb", "${region()}",\n    endpoint_url="${location.origin}",`;
  return `${imports}\n\nclient = boto3.client(\n${where}\n)\n\nclient.${method}${call}`;
}

/** A value as a Python literal, on one line where it fits: `before` characters stand there already. */
export function python(value, indent = 0, before = 0) {
  const line = literal(value, 0, true);
  return line.length + indent + before <= WIDTH ? line : literal(value, indent, false);
}

function literal(value, indent, oneLine, name = "") {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") {
    return name === "B" ? `base64.b64decode(${JSON.stringify(value)})` : quoted(value);
  }
  const inner = (one, key) => {
    const short = literal(one, 0, true, key);
    return oneLine || short.length + indent <= WIDTH ? short : literal(one, indent + 4, false, key);
  };
  if (Array.isArray(value))
    return bracketed(
      "[",
      value.map((one) => inner(one, name === "BS" ? "B" : "")),
      "]",
    );
  const members = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${inner(one, key)}`);
  return bracketed("{", members, "}");

  function bracketed(open, texts, close) {
    if (oneLine || texts.length === 0) return open + texts.join(", ") + close;
    const blanks = " ".repeat(indent);
    return `${open}\n${texts.map((text) => `${blanks}    ${text},`).join("\n")}\n${blanks}${close}`;
  }
}

// What JSON escapes is escaped in Python the same way. A text with double quotes reads better in single
// ones.
function quoted(text) {
  return /^[^'\\\n]*"[^'\\\n]*$/.test(text)
    ? `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')}'`
    : JSON.stringify(text);
}

function hasBinary(value) {
  if (!value || typeof value !== "object") return false;
  return Object.entries(value).some(
    ([name, one]) =>
      (name === "B" && typeof one === "string") || (name === "BS" && one.length) || hasBinary(one),
  );
}
