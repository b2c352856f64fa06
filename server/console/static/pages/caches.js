// How well DAX's caches do. The server has totals; the line is what this page has seen of them while it
// was open.

import { admin } from "../api.js";
import { every, h, put } from "../dom.js";
import { chart } from "../parts/chart.js";
import { grid } from "../parts/grid.js";
import { empty, wrong } from "../parts/states.js";
import { count, counted, size, span } from "../words.js";

const MILLISECONDS = 1000;
const MOST_SAMPLES = 600;

export async function show(place, _, signal) {
  const head = h("div", { class: "page-head" }, h("h1", {}, "DAX"));
  const samples = new Map();
  const body = h("div", { class: "stack" });
  put(place, head, body);
  every(MILLISECONDS, signal, async () => {
    try {
      present(await admin("caches", undefined, { signal }));
    } catch (error) {
      if (error.name !== "AbortError") put(body, wrong(error));
    }
  });

  function present({ endpoint, clusters }) {
    if (!clusters.length) {
      put(
        body,
        empty(
          "No cache",
          "Start the server with --dax-port 8111 for an endpoint that DAX clients connect to, or with --cache for the cache in front of HTTP.",
        ),
      );
      return;
    }
    const lead = h(
      "p",
      { class: "lead" },
      endpoint
        ? ["Clients connect to ", h("code", {}, endpoint), "."]
        : "The cache stands in front of HTTP; there is no DAX endpoint.",
    );
    put(
      body,
      lead,
      clusters.map((cluster) => section(cluster, sampled(cluster))),
    );
  }

  /** Note the totals of a cluster, and return what was noted so far. */
  function sampled(cluster) {
    const name = `${cluster.region} ${cluster.name}`;
    const noted = samples.get(name) ?? [];
    samples.set(name, noted);
    noted.push({
      at: Date.now() / 1000,
      items: totals(cluster, "items"),
      queries: totals(cluster, "queries"),
    });
    if (noted.length > MOST_SAMPLES) noted.shift();
    return noted;
  }
}

function section(cluster, noted) {
  const last = noted.at(-1);
  const life = (milliseconds, none) => (milliseconds ? span(milliseconds / 1000) : none);
  const stats = [
    ["Item cache", share(last.items)],
    ["Query cache", share(last.queries)],
    ["Items held", `${count(last.items.entries)} · ${size(last.items.size_bytes)}`],
    ["Pages held", `${count(last.queries.entries)} · ${size(last.queries.size_bytes)}`],
    ["Time to live", `${life(cluster.item_ttl_ms, "for ever")} / ${life(cluster.query_ttl_ms, "none")}`],
  ];
  return h(
    "section",
    { class: "card stack" },
    h("h2", {}, `${cluster.name}, ${counted(cluster.nodes.length, "node")}`),
    h(
      "dl",
      { class: "stats" },
      stats.map(([title, value]) => h("div", {}, h("dt", {}, title), h("dd", {}, value))),
    ),
    rates(noted),
    grid(
      "Nodes",
      COLUMNS,
      cluster.nodes.map((node, at) => ({ at, ...node })),
    ),
  );
}

function rates(noted) {
  const to = Math.max(noted.at(-1).at, noted[0].at + 60);
  const line = (name, cache) => ({
    name,
    points: noted.slice(1).map((one, at) => [one.at, rate(noted[at][cache], one[cache])]),
  });
  const missed = { name: "misses/s", points: misses(noted) };
  const series = [line("item cache hits/s", "items"), line("query cache hits/s", "queries"), missed];
  return chart("Hits and misses", series, { from: noted[0].at, to, most: 4 });
}

function rate(before, after) {
  return Math.max(0, after.hits - before.hits) / (MILLISECONDS / 1000);
}

function misses(noted) {
  const of = (one) => one.items.misses + one.queries.misses;
  return noted
    .slice(1)
    .map((one, at) => [one.at, Math.max(0, of(one) - of(noted[at])) / (MILLISECONDS / 1000)]);
}

function totals(cluster, cache) {
  const sum = {};
  for (const node of cluster.nodes) {
    for (const [name, value] of Object.entries(node[cache])) sum[name] = (sum[name] ?? 0) + value;
  }
  return sum;
}

/** How often a cache had the answer. */
function share({ hits, misses: missed }) {
  return hits + missed ? `${((100 * hits) / (hits + missed)).toFixed(1)} % hits` : "not asked yet";
}

const figure = (title, cache, member, words = count) => ({
  title,
  class: "number",
  cell: (node) => words(node[cache][member]),
});

const COLUMNS = [
  { title: "Node", cell: (node) => (node.at ? `replica ${node.at}` : "primary") },
  figure("Item hits", "items", "hits"),
  figure("Item misses", "items", "misses"),
  figure("Items", "items", "entries"),
  figure("Size", "items", "size_bytes", size),
  figure("Query hits", "queries", "hits"),
  figure("Query misses", "queries", "misses"),
  figure("Pages", "queries", "entries"),
  figure("Size", "queries", "size_bytes", size),
];
