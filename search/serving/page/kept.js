// What this browser remembers: recent questions, whether to show scores, whether single keys act and,
// for this tab, the token and the ids of questions in the log. Nothing of it is sent elsewhere.

const QUESTIONS = "locus.questions";
const SCORES = "locus.scores";
const KEYS = "locus.keys";
const TOKEN = "locus.token";
const REPORTED = "locus.reported";
const KEPT = 8;
const MOST_REPORTED = 50;
const HALF_AN_HOUR = 1_800_000; // ms

export function previous() {
  const kept = read(QUESTIONS);
  return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
}

export function remember(question) {
  // A question that was typed further replaces its beginning.
  const rest = previous().filter((one) => !question.startsWith(one) && !one.startsWith(question));
  write(QUESTIONS, [question, ...rest].slice(0, KEPT));
}

export function forget() {
  write(QUESTIONS, []);
}

export function scoresShown() {
  return read(SCORES) === true;
}

export function rememberScores(shown) {
  write(SCORES, shown);
}

// Whether single keys act on the page for judging. They do unless they were turned off.
export function keysOn() {
  return read(KEYS) !== false;
}

export function rememberKeys(on) {
  write(KEYS, on);
}

// The ids under which this tab has reported questions to the log of the server, by their addresses.

let reported = null; // also here, for a browser that blocks storage

function allReported() {
  if (!reported) {
    const kept = read(REPORTED, () => sessionStorage);
    const pairs = Array.isArray(kept) ? kept.filter((one) => Array.isArray(one) && one.length === 2) : [];
    reported = new Map(pairs);
  }
  return reported;
}

export function reportedId(address) {
  const { id, time } = allReported().get(address) ?? {};
  return Date.now() - time < HALF_AN_HOUR ? id : null;
}

export function keepReported(address, id) {
  allReported().delete(address); // so that it becomes the newest
  reported.set(address, { id, time: Date.now() });
  reported = new Map([...reported].slice(-MOST_REPORTED));
  write(REPORTED, [...reported], () => sessionStorage);
}

let token = null; // also here, for a browser that blocks storage

export function keptToken() {
  try {
    return token ?? sessionStorage.getItem(TOKEN);
  } catch {
    return null;
  }
}

export function keepToken(given) {
  token = given;
  try {
    sessionStorage.setItem(TOKEN, given);
  } catch {
    // Then the token is kept until the page is closed.
  }
}

// A browser may block storage; then even reading the name `localStorage` is an error.

function read(key, store = () => localStorage) {
  try {
    return JSON.parse(store().getItem(key));
  } catch {
    return null;
  }
}

function write(key, value, store = () => localStorage) {
  try {
    store().setItem(key, JSON.stringify(value));
  } catch {
    // Then it is not remembered.
  }
}
