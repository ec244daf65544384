// The questions asked before: kept by this browser, shown to nobody else.

const KEY = "locus.questions";
const KEPT = 8;

export function previous() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

export function remember(question) {
  // A question that was typed on is one question.
  const rest = previous().filter((one) => !question.startsWith(one) && !one.startsWith(question));
  write([question, ...rest].slice(0, KEPT));
}

export function forget() {
  write([]);
}

function write(questions) {
  try {
    localStorage.setItem(KEY, JSON.stringify(questions));
  } catch {
    // A browser that keeps nothing for this page: then there are no previous questions.
  }
}
