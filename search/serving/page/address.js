// The address says where one is: the question, and the passage that is open. It can be shared, and
// gone back to.

const NAMES = ["q", "mode", "under", "article", "source", "at"];

// Where the address says one is; what it does not name is "".
export function place() {
  const parameters = new URLSearchParams(location.search);
  return Object.fromEntries(NAMES.map((name) => [name, parameters.get(name) ?? ""]));
}

// The address of a question and, if a hit is given, of its passage.
export function addressOf({ q, mode, under }, hit = null) {
  const at = hit && hit.start >= 0 ? String(hit.start) : "";
  const named = { q, mode: mode === "hybrid" ? "" : mode, under };
  if (hit) Object.assign(named, { article: hit.article, source: hit.source, at });
  const parameters = new URLSearchParams(Object.entries(named).filter(([, value]) => value));
  return parameters.size ? `/?${parameters}` : "/";
}

// `push`: one can go back to where one was.
export function go(address, { push }) {
  if (address === location.pathname + location.search) return;
  if (push) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}
