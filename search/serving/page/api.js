// Requests to the server. Answers are JSON; every error is a Failure, except AbortError.

import { queryOf } from "/address.js";
import { keepToken, keptToken } from "/kept.js";

// A token may be in the fragment, which is never sent to the server. This tab keeps it.
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  keepToken(given);
  history.replaceState(null, "", location.pathname + location.search);
}

export class Failure extends Error {
  // `status` is 0 if no server answered.
  constructor(status, message, retrySeconds = 0) {
    super(message);
    this.status = status;
    this.retrySeconds = retrySeconds;
  }
}

// The JSON of an answer. Empty parameters are left out.
export function ask(path, parameters = {}, signal = undefined) {
  const query = queryOf(parameters);
  return answerTo(query ? `${path}?${query}` : path, { signal });
}

// The same for a request that changes something.
export function tell(path, said) {
  const headers = { "Content-Type": "application/json" };
  return answerTo(path, { method: "POST", headers, body: JSON.stringify(said) });
}

async function answerTo(address, request) {
  let response;
  try {
    response = await fetch(address, { ...request, headers: { ...request.headers, ...always() } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(0, "Cannot reach Locus.", 2);
  }
  let body;
  try {
    body = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(response.status, "The answer of the server is not JSON.");
  }
  if (response.ok) return body;
  const retry = Number(response.headers.get("retry-after")) || 0;
  throw new Failure(response.status, body.error?.message ?? response.statusText, retry);
}

// Send a JSON object to the server.
export async function report(path, body) {
  const sent = { ...always(), "Content-Type": "application/json" };
  await fetch(path, { method: "POST", headers: sent, body: JSON.stringify(body) });
}

// The page reports finished questions itself, see log.js; half-typed ones are not kept.
function always() {
  const token = keptToken();
  return { "Locus-Log": "off", ...(token ? { Authorization: `Bearer ${token}` } : {}) };
}
