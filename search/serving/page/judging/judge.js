// The page for judging: one hit after another, a grade by one key. This module connects the parts.

import { addressOf, exampleOf } from "/address.js";
import { ask, tell } from "/api.js";
import { keepToken, keysOn, rememberKeys } from "/kept.js";
import { failed } from "/messages.js";
import { button, element, the } from "/nodes.js";
import { narrow, Reader } from "/reader.js";
import { counted, plain, sentence } from "/text.js";
import { showHit, showOpinion } from "/judging/hit.js";
import { Saving } from "/judging/saving.js";
import { selectedSpan, selectSentence, unselect } from "/judging/selecting.js";

const questions = new Map(); // the promise of each question's hits, by its place
let about = null; // what the server said at the start
let shown = null; // the question that is shown
let place = 0; // of the hit in it

const reader = new Reader({ close: closeArticle, moved() {}, search() {}, enter, like: (hit) => addressOf(exampleOf(hit)) });
const saving = new Saving({ saving: () => say("Saving…"), saved, refused, failed: showUnsaved });

// Getting questions

function question(number) {
  if (!questions.has(number)) {
    const asked = ask("/judging/hits", { question: String(number) });
    asked.catch(() => questions.delete(number)); // ask again next time
    questions.set(number, asked);
  }
  return questions.get(number);
}

async function start() {
  try {
    about = await ask("/judging");
    document.title = `Judging ${plain(about.dataset)} · Locus`;
    showLeft(about.left);
    hideMessage();
    if (about.next) await go(about.next.question, about.next.place);
    else await finish();
    showStanding();
  } catch (error) {
    showFailure(error, start);
  }
}

// Show a hit. What is needed next is asked for already.
async function go(number, at) {
  const found = await question(number);
  shown = found;
  place = at;
  const hit = found.hits[at];
  the("work").hidden = false;
  the("number").textContent = `Question ${number + 1} of ${about.left.questions} · ${plain(about.judge)} in ${plain(about.dataset)}`;
  the("question").textContent = plain(found.text);
  the("place").textContent = hit ? `Hit ${at + 1} of ${found.hits.length}` : "No hits for this question.";
  the("hit").hidden = !hit;
  fold(false);
  if (hit) {
    showHit(hit);
    if (reader.isOpen && !narrow.matches) openArticle();
    else if (reader.isOpen) reader.close();
  }
  scrollTo(0, 0);
  if (number + 1 < about.left.questions) question(number + 1).catch(() => {});
}

const hit = () => shown?.hits[place];

// Going on

// To the next hit without a grade after this one; then the server knows where one was left out.
async function goOn() {
  let at = place + 1;
  for (let number = shown.question; number < about.left.questions; number++, at = 0) {
    const { hits } = await question(number);
    const next = hits.findIndex(({ opinion }, index) => index >= at && opinion.grade === null && opinion.earlier === null);
    if (next >= 0) return go(number, next);
  }
  await saving.again();
  if (!saving.isIdle) return undefined; // the message says so
  const { next } = await ask("/judging");
  return next ? go(next.question, next.place) : finish();
}

async function finish() {
  const message = element("div", "", element("h2", "", "Nothing is left to judge."));
  message.append(element("p", "", "All hits have a grade. Go back with ← to change one."));
  if (!shown) await go(0, 0);
  showMessage(message);
  showStanding();
}

async function step(by) {
  hideMessage();
  const at = place + by;
  if (at >= 0 && at < shown.hits.length) return go(shown.question, at);
  const number = shown.question + by;
  if (number < 0 || number >= about.left.questions) return undefined;
  const { hits } = await question(number);
  return go(number, by > 0 ? 0 : Math.max(hits.length - 1, 0));
}

async function stepQuestion(by) {
  hideMessage();
  const number = shown.question + by;
  if (number >= 0 && number < about.left.questions) await go(number, 0);
}

// Saying something of a hit

function save(said) {
  const { opinion, article } = hit();
  Object.assign(opinion, said);
  saving.save({ question: shown.question, article, ...said, ...(said.answers && { answers: said.answers.map(spanOf) }) });
}

const spanOf = ({ start, end }) => ({ start, end });

// A grade, with the selected text as the answer.
async function grade(value) {
  if (!hit()) return;
  const span = value > 0 ? selectedSpan() : null;
  save({ grade: value, ...(span && { answers: withSpan(span) }) });
  unselect();
  hideMessage();
  await goOn();
}

function withSpan(span) {
  const rest = hit().opinion.answers.filter(({ start, end }) => start !== span.start || end !== span.end);
  return [...rest, span];
}

function mark() {
  const span = hit() && selectedSpan();
  if (!span) return say("Select the answer first, in one passage or in the article.");
  save({ answers: withSpan(span) });
  unselect();
  return showHit(hit());
}

function unmark() {
  if (!hit()?.opinion.answers.length) return;
  save({ answers: [] });
  showHit(hit());
}

async function undo() {
  await saving.again();
  if (!saving.isIdle) return;
  const { undone, left } = await tell("/judging/undo", {});
  showLeft(left);
  if (!undone) {
    say("There is nothing to undo.");
    return;
  }
  questions.delete(undone.question);
  const { hits } = await question(undone.question);
  const at = hits.findIndex(({ article }) => article === undone.article);
  hideMessage();
  await go(undone.question, Math.max(at, 0));
  say("Taken back.");
  showStanding();
}

function saved({ left }, said, isLast) {
  const completed = left.complete !== about.left.complete;
  showLeft(left);
  if (isLast) say("Saved.");
  if (completed) showStanding();
}

function refused(error, said) {
  questions.delete(said.question);
  say(`Not saved: ${sentence(error.message)}`);
}

function showUnsaved(error) {
  say("Not saved.");
  const again = () => {
    hideMessage();
    say("Saving…");
    return saving.again();
  };
  showFailure(error, again, "Not saved.");
}

// The note

function fold(isOpen) {
  the("note-form").hidden = !isOpen;
  the("write").ariaExpanded = String(isOpen);
}

function write() {
  fold(the("note-form").hidden);
  if (!the("note-form").hidden) the("note").focus();
}

the("note-form").addEventListener("submit", (event) => {
  event.preventDefault();
  save({ note: the("note").value.trim() });
  showOpinion(hit().opinion);
  fold(false);
  the("answers").focus({ preventScroll: true });
});

// The article

async function openArticle() {
  const [first] = hit().passages;
  await reader.open(first, hit().passages);
}

function toggleArticle() {
  if (reader.isOpen) return closeArticle();
  return hit() && openArticle();
}

function closeArticle() {
  reader.close();
  the("answers").focus({ preventScroll: true });
}

function enter(token) {
  keepToken(token);
  start();
}

// What is said

function say(text) {
  the("saved").textContent = text;
}

function showLeft(left) {
  if (about) about.left = left;
  the("done").max = Math.max(left.hits, 1);
  the("done").value = left.graded;
  const so = left.pooled < left.questions ? ` in ${counted(left.pooled, "question")} searched so far` : "";
  the("left").textContent = `${counted(left.left, "hit")} left${so}; ${left.complete} of ${counted(left.questions, "question")} judged`;
}

async function showStanding() {
  try {
    const { comparison, agreement } = await ask("/judging/standing");
    const lines = [comparison.text, agreement.text].filter(Boolean).flatMap((text) => text.split("\n"));
    the("sure").textContent = comparison.short;
    the("comparison").replaceChildren(...lines.map((line) => element("p", "", plain(line))));
    the("standing").hidden = false;
  } catch {
    the("standing").hidden = true; // it is shown again after the next question
  }
}

function showMessage(node) {
  the("message").replaceChildren(node);
  the("message").hidden = false;
}

function hideMessage() {
  the("message").hidden = true;
}

function showFailure(error, again, what = "The next hit could not be loaded.") {
  showMessage(failed(error, { again, enter, what }));
}

// Keys and buttons

const ACTS = {
  s: () => selectSentence() || say("No sentence is highlighted here. Select the answer with the mouse."),
  a: mark,
  d: unmark,
  n: write,
  u: undo,
  ArrowLeft: () => step(-1),
  ArrowRight: () => step(1),
  "[": () => stepQuestion(-1),
  "]": () => stepQuestion(1),
  ...Object.fromEntries([0, 1, 2, 3].map((value) => [String(value), () => grade(value)])),
};
const BUTTONS = { sentence: "s", mark: "a", unmark: "d", write: "n", undo: "u", previous: "ArrowLeft", next: "ArrowRight" };

// What a person does is done in its order, and a failure is shown.
async function act(does) {
  try {
    await does();
  } catch (error) {
    showFailure(error, () => act(does));
  }
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const { target, key } = event;
  if (key === "Escape") {
    if (!the("note-form").hidden) fold(false);
    else if (reader.isOpen) closeArticle();
    return;
  }
  if (!the("keys").checked || target.matches("input, textarea") || !shown) return;
  if (key === "Enter") {
    if (target.closest("button, a, summary")) return;
    event.preventDefault();
    act(toggleArticle);
  } else if (ACTS[key]) {
    event.preventDefault();
    act(ACTS[key]);
  }
});

for (const [id, key] of Object.entries(BUTTONS)) {
  // The selection must survive the click.
  the(id).addEventListener("mousedown", (event) => event.preventDefault());
  the(id).addEventListener("click", () => act(ACTS[key]));
}
for (const one of document.querySelectorAll("[data-grade]")) {
  one.addEventListener("mousedown", (event) => event.preventDefault());
  one.addEventListener("click", () => act(() => grade(Number(one.dataset.grade))));
}
the("article").addEventListener("click", () => act(toggleArticle));
the("keys").checked = keysOn();
the("keys").addEventListener("change", () => rememberKeys(the("keys").checked));

// The reader starts below the question, whose height varies.
new ResizeObserver(([top]) => {
  document.documentElement.style.setProperty("--top", `${top.target.offsetHeight}px`);
}).observe(document.querySelector(".top"));

start();
