// What this browser keeps, and shows to nobody else: the questions asked before, and one wish.

const QUESTIONS = "locus.questions";
const SCORES = "locus.scores";
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

// A browser may keep nothing for this page: then there is nothing.

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
