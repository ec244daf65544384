// What this browser keeps, and shows to nobody else: the questions asked before, one wish, and in
// this tab the token.

const QUESTIONS = "locus.questions";
const SCORES = "locus.scores";
const TOKEN = "locus.token";
const KEPT = 8;

export function previous() {
  const kept = read(QUESTIONS);
  return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
}

export function remember(question) {
  // A question that was typed on is one question.
  const rest = previous().filter((one) => !question.startsWith(one) && !one.startsWith(question));
  write(QUESTIONS, [question, ...rest].slice(0, KEPT));
}

export function forget() {
  write(QUESTIONS, []);
}

export function scoresWanted() {
  return read(SCORES) === true;
}

export function wantScores(are) {
  write(SCORES, are);
}

let token = null; // also here, for a browser that keeps nothing

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
    // Then it is kept until the page is left.
  }
}

// A browser may keep nothing for this page: even to name its storage is an error then.

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
    // Then it is not kept.
  }
}
