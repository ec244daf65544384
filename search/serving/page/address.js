// The address contains the question and the passage that is open, so it can be shared, and the
// browser's Back button works.

const NAMES = ["q", "mode", "under", "literal", "article", "source", "at"];

// The parameters of the address; those that are missing are "".
export function place() {
  const parameters = new URLSearchParams(location.search);
  return Object.fromEntries(NAMES.map((name) => [name, parameters.get(name) ?? ""]));
}

// The address of a question and, if a hit is given, of its passage.
export function addressOf({ q, mode, under, literal }, hit = null) {
  const at = hit && hit.start >= 0 ? String(hit.start) : "";
  const named = { q, mode: mode === "hybrid" ? "" : mode, under, literal };
  if (hit) Object.assign(named, { article: hit.article, source: hit.source, at });
  const parameters = new URLSearchParams(Object.entries(named).filter(([, value]) => value));
  return parameters.size ? `/?${parameters}` : "/";
}

// `push`: add an entry to the browser's history, so that Back returns to the old address.
export function go(address, { push }) {
  if (address === location.pathname + location.search) return;
  if (push) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}
