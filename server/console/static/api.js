// How the server is asked: DynamoDB's JSON protocol, and the admin API. Both are on the page's own origin.

import * as session from "./session.js";
import { sign, unsigned } from "./sigv4.js";

/** The server's answer is no. `code` is AWS's name for it, or the HTTP status of the admin API's. */
export class Refused extends Error {
  constructor(code, message) {
    super(message || code);
    this.code = code;
  }
}

/** There was no answer. */
export class Unreachable extends Error {
  constructor() {
    super("The server does not answer.");
    this.code = "Unreachable";
  }
}

/** Tells the page of `unreachable` and of `credentials`: whatever asked, the page as a whole has to
 *  react. */
export const events = new EventTarget();

const APIS = {
  dynamodb: { prefix: "DynamoDB_20120810", service: "dynamodb" },
  streams: { prefix: "DynamoDBStreams_20120810", service: "dynamodb" },
  cloudwatch: { prefix: "GraniteServiceVersion20100801", service: "monitoring" },
};

const CREDENTIALS_WANTED = new Set([
  "UnrecognizedClientException",
  "InvalidSignatureException",
  "IncompleteSignatureException",
  "MissingAuthenticationTokenException",
  "ExpiredTokenException",
]);

const TYPE = "application/x-amz-json-1.0";

/** Run an operation. `api` is a name of the table above. */
export async function call(operation, request = {}, { api = "dynamodb", signal } = {}) {
  const { prefix, service } = APIS[api];
  const target = `${prefix}.${operation}`;
  const body = JSON.stringify(request);
  const credentials = session.credentials();
  const what = { host: location.host, target, type: TYPE, body, service, credentials };
  const context = { ...what, region: session.region() };
  const authorization = await (credentials.secretAccessKey
    ? signed(context, signal)
    : unsigned({ ...context, now: new Date() }));
  const headers = { "Content-Type": TYPE, "X-Amz-Target": target, ...authorization };
  const answer = await ask("/", { method: "POST", headers, body, signal });
  const members = await answer.json();
  if (answer.ok) return members;
  const code = (members.__type ?? `${answer.status}`).replace(/^.*#/, "");
  const refused = new Refused(code, members.message ?? members.Message);
  if (CREDENTIALS_WANTED.has(code)) events.dispatchEvent(new CustomEvent("credentials", { detail: refused }));
  throw refused;
}

// A signature's time is judged by the server's clock, and that may have been moved anywhere.
async function signed(context, signal) {
  const { now } = await admin("clock", undefined, { signal });
  return sign({ ...context, now: new Date(now * 1000) });
}

/** Ask the admin API: `GET` without members, `POST` with them. */
export async function admin(path, members, { method, signal } = {}) {
  const options = { method: method ?? (members ? "POST" : "GET"), signal };
  if (members) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(members);
  }
  const answer = await ask(`/_admin/${path}`, options);
  const found = await answer.json();
  if (!answer.ok) throw new Refused(found.code ?? `${answer.status}`, found.error);
  return found;
}

/** Whether the server answers at all. */
export async function alive() {
  try {
    return (await fetch("favicon.svg", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

async function ask(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    events.dispatchEvent(new Event("unreachable"));
    throw new Unreachable();
  }
}
