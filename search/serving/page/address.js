// The address contains the question, or the example whose like is searched, and the passage that is
// open, so it can be shared, and the browser's Back button works.

import { filtersIn } from "/filters.js";

const EXAMPLE = ["similar", "from", "start", "end"];
const NAMES = ["q", "mode", "under", "since", "until", "literal", ...EXAMPLE, "article", "source", "at"];
const LISTS = ["tags", "authors"]; // repeated for each value

// The parameters of the address. Those that are missing are "", and missing lists are empty.
export function place() {
  const parameters = new URLSearchParams(location.search);
  return Object.fromEntries([
    ...NAMES.map((name) => [name, parameters.get(name) ?? ""]),
    ...LISTS.map((name) => [name, [...new Set(parameters.getAll(name).filter((value) => value.trim()))]]),
  ]);
}

// The query of an address. Empty parameters are left out, and a list has one for each value.
export function queryOf(named) {
  const pairs = Object.entries(named).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  return new URLSearchParams(pairs.filter(([, value]) => value)).toString();
}

// The example in `given`: an article, its source, and which part of it. All are "" without one.
export function exampleIn(given) {
  return Object.fromEntries(EXAMPLE.map((name) => [name, given.similar ? given[name] : ""]));
}

// A hit as an example.
export function exampleOf({ article, source, start, end }) {
  return { similar: article, from: source, start: String(start), end: String(end) };
}

// The address of a question or an example and, if a hit is given, of its passage.
export function addressOf(asked, hit = null) {
  const { q, mode, under, literal } = asked;
  const { since, until, tags, authors } = filtersIn(asked);
  const at = hit && hit.start >= 0 ? String(hit.start) : "";
  const named = { q, mode: mode === "hybrid" ? "" : mode, under, since, until, tags, authors, literal };
  Object.assign(named, exampleIn(asked));
  if (hit) Object.assign(named, { article: hit.article, source: hit.source, at });
  const query = queryOf(named);
  return query ? `/?${query}` : "/";
}

// `push`: add an entry to the browser's history, so that Back returns to the old address.
export function go(address, { push }) {
  if (address === location.pathname + location.search) return;
  if (push) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}
