// What this browser remembers: recent questions, whether to show scores, whether single keys act and,
// for this tab, the token. Nothing of it is sent elsewhere.

const QUESTIONS = "locus.questions";
const SCORES = "locus.scores";
const KEYS = "locus.keys";
const TOKEN = "locus.token";
const KEPT = 8;

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

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Then it is not remembered.
  }
}
