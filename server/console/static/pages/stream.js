// A stream's live tail: every change of the table, as it is made.
//
// A shard is read until it ends, and its children are found by describing the stream again. What comes from
// several shards at the same time is shown in the order of its sequence numbers.

import { call } from "../api.js";
import { plainItem } from "../attribute.js";
import { every, h, put } from "../dom.js";
import { segments } from "../parts/form.js";
import { busy, empty, shown, wrong } from "../parts/states.js";
import { counted, time } from "../words.js";

const MILLISECONDS = 700;
const MOST_SHOWN = 300;
const EVENTS = { INSERT: "good", MODIFY: "accent", REMOVE: "bad" };

export async function view(table, signal) {
  const place = h("div", {});
  if (!table.StreamSpecification?.StreamEnabled) {
    const on = h(
      "button",
      {
        type: "button",
        class: "primary",
        on: { click: () => shown(put(place, busy()), () => turnOn(table, signal)) },
      },
      "Turn the stream on",
    );
    return put(
      place,
      empty(
        "This table has no stream",
        "A stream shows every change of an item, with what it was before and after, for 24 hours.",
        on,
      ),
    );
  }
  return put(place, tail(table.LatestStreamArn, signal));
}

async function turnOn(table, signal) {
  const specification = { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" };
  const request = { TableName: table.TableName, StreamSpecification: specification };
  return tail((await call("UpdateTable", request, { signal })).TableDescription.LatestStreamArn, signal);
}

function tail(arn, signal) {
  const list = h("ol", { class: "tail", "aria-label": "Changes, the newest first" });
  const state = h("div", {}, busy("Connecting…"));
  const counter = h("span", { class: "soft" });
  const pause = h("button", { type: "button", on: { click: turn } }, "Pause");
  let running = true;
  let seen = 0;
  let reading = begin("LATEST");
  const from = segments(
    "From",
    [
      ["LATEST", "From now on"],
      ["TRIM_HORIZON", "From the beginning"],
    ],
    "LATEST",
    (type) => {
      put(list);
      seen = 0;
      reading = begin(type);
    },
  );
  every(MILLISECONDS, signal, step);
  return h("div", { class: "stack" }, h("div", { class: "row" }, from, pause, counter), state, list);

  function begin(type) {
    return { arn, type, iterators: new Map(), known: new Set() };
  }

  function turn() {
    running = !running;
    put(pause, running ? "Pause" : "Go on");
  }

  async function step() {
    if (!running) return;
    const now = reading;
    try {
      if (now.iterators.size === 0) await findShards(now, signal);
      const records = await readShards(now, signal);
      if (now === reading) present(records);
    } catch (error) {
      if (error.name !== "AbortError") put(state, wrong(error));
    }
  }

  function present(records) {
    records.sort((a, b) => (BigInt(a.dynamodb.SequenceNumber) < BigInt(b.dynamodb.SequenceNumber) ? -1 : 1));
    list.prepend(...records.slice(-MOST_SHOWN).reverse().map(entry));
    while (list.children.length > MOST_SHOWN) list.lastChild.remove();
    seen += records.length;
    put(counter, seen ? counted(seen, "change") : "");
    put(state, seen === 0 && busy("Waiting for changes…"));
  }
}

async function findShards(reading, signal) {
  const { arn } = reading;
  const shards = [];
  let last;
  do {
    const request = { StreamArn: arn, ...(last && { ExclusiveStartShardId: last }) };
    const found = (await call("DescribeStream", request, { api: "streams", signal })).StreamDescription;
    shards.push(...found.Shards);
    last = found.LastEvaluatedShardId;
  } while (last);
  const first = reading.known.size === 0;
  for (const { ShardId: id, SequenceNumberRange: range } of shards) {
    if (reading.known.has(id)) continue;
    reading.known.add(id);
    const type = first ? reading.type : "TRIM_HORIZON"; // of a shard that opened meanwhile nothing was seen yet
    if (type === "LATEST" && range.EndingSequenceNumber) continue;
    const request = { StreamArn: arn, ShardId: id, ShardIteratorType: type };
    reading.iterators.set(
      id,
      (await call("GetShardIterator", request, { api: "streams", signal })).ShardIterator,
    );
  }
}

async function readShards(reading, signal) {
  const held = reading.iterators.size;
  const read = [...reading.iterators].map(async ([id, iterator]) => {
    const answer = await call(
      "GetRecords",
      { ShardIterator: iterator, Limit: 200 },
      { api: "streams", signal },
    );
    if (answer.NextShardIterator) reading.iterators.set(id, answer.NextShardIterator);
    else reading.iterators.delete(id);
    return answer.Records;
  });
  const records = (await Promise.all(read)).flat();
  if (reading.iterators.size < held) await findShards(reading, signal);
  return records;
}

function entry({ eventName, dynamodb: change, userIdentity }) {
  const image = (title, item) =>
    h("div", {}, h("span", { class: "soft" }, title), h("pre", {}, item ? plainItem(item) : "–"));
  return h(
    "li",
    {},
    h(
      "details",
      {},
      h(
        "summary",
        {},
        h("span", { class: "soft" }, time(change.ApproximateCreationDateTime).slice(11)),
        h("span", { class: `badge ${EVENTS[eventName]}` }, userIdentity ? "EXPIRED" : eventName),
        h("code", {}, plainItem(change.Keys, 0)),
      ),
      h("div", { class: "images" }, image("Before", change.OldImage), image("After", change.NewImage)),
    ),
  );
}
