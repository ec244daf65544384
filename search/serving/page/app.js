// The page: a question, its hits, and an article beside them. This module connects the parts.

import { addressOf, exampleOf, go, place } from "/address.js";
import { currentLink, links, markCurrent } from "/answers.js";
import { showAnswer, showFailure, showHome, showWaiting } from "/answers.js";
import { Asking } from "/asking.js";
import { listenToKeys, move } from "/keys.js";
import { forget, keepToken, rememberScores, scoresShown } from "/kept.js";
import { reportOpening } from "/log.js";
import { failed, unknownExample } from "/messages.js";
import { the } from "/nodes.js";
import { leaveExample, onQuestion, question, setQuestion, widen } from "/question.js";
import { narrow, Reader } from "/reader.js";
import { watch } from "/status.js";
import { plain } from "/text.js";

const asking = new Asking({ asked, answered, failed: showFailed, home, waiting: showWaiting });
const reader = new Reader({ close: closeArticle, moved: showMoved, search: () => asking.search(), enter, like });
const look = watch({ answer: () => asking.answer, failed: refused });

// The question

function asked({ q, similar, start, end }) {
  const part = start && end ? `:${start}-${end}` : "";
  const title = similar ? `Like ${similar}${part}` : q;
  document.title = title ? `${plain(title)} · Locus` : "Locus";
  the("renewed").hidden = true;
}

function answered() {
  const wider = () => {
    widen();
    asking.searchNew({ push: true });
  };
  showAnswer(asking.answer, question(), { hasMore: asking.hasMore, widen: wider });
  restore();
}

function home() {
  reader.close();
  showHome();
}

function showFailed(error) {
  reader.close();
  const isUnknown = question().similar && [404, 409].includes(error.status);
  showFailure(
    isUnknown ? unknownExample(error, leave) : failed(error, { again: () => asking.search(), enter }),
  );
}

function leave() {
  leaveExample();
  asking.searchNew({ push: true });
}

function like(hit) {
  return addressOf({ ...question(), ...exampleOf(hit) });
}

function refused(error) {
  if (error.status === 401 && document.body.dataset.state === "home") showFailed(error);
}

function enter(token) {
  keepToken(token);
  look();
  asking.search();
}

// The address

// Show the question and the article in the address.
async function arrive() {
  setQuestion(place());
  if (asking.isCurrent) restore();
  else await asking.search();
}

// Open the article in the address at the passage in the address; close it if there is none.
function restore() {
  const { article, source, at } = place();
  if (!article) {
    hideArticle();
    return;
  }
  const near = asking.answer.hits.filter(
    (hit) => hit.article === article && (!source || hit.source === source),
  );
  const start = at ? Number(at) : -1;
  const unfound = { article, source, title: "", sha256: "", start };
  show(near.find((hit) => hit.start === start) ?? (at ? unfound : (near[0] ?? unfound)));
}

// The article

async function show(hit) {
  markCurrent(hit);
  await reader.open(hit, asking.answer.hits);
  if (reader.isOpen && narrow.matches) reader.focus();
}

function openHit(hit) {
  asking.settle();
  reportOpening(hit, question());
  const again = reader.isOpen && currentLink() === links()[hit.rank - 1];
  go(addressOf(question(), hit), { push: !reader.isOpen });
  show(hit);
  if (again) reader.focus(); // it is open already: move the focus into it
}

function showMoved(hit) {
  markCurrent(hit);
  go(addressOf(question(), hit), { push: false });
}

function closeArticle() {
  go(addressOf(question()), { push: true });
  hideArticle();
}

// The focus returns to the hit, unless it is in a field for typing.
function hideArticle() {
  if (!reader.isOpen) return;
  const link = currentLink() ?? links()[0];
  const focused = document.activeElement;
  const typing = focused.matches(".top input");
  reader.close();
  markCurrent(null);
  if (!typing) (link ?? the("q")).focus();
}

// The wiring

onQuestion({ typed: () => asking.searchSoon(), chosen: () => asking.searchNew({ push: true }) });
listenToKeys({ isOpen: () => reader.isOpen, close: closeArticle });
addEventListener("popstate", arrive);

the("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const push = leaveExample();
  if (!asking.isCurrent) await asking.searchNew({ push });
  asking.settle();
  if (asking.answer?.hits.length) move(1);
});

function isPlain(event) {
  return !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button);
}

the("hits").addEventListener("click", (event) => {
  const item = event.target.closest("li[data-index]");
  if (!item || !isPlain(event) || event.target.closest("button, a.like")) return;
  if (!event.target.closest("a") && String(getSelection())) return; // text was selected
  event.preventDefault();
  item.querySelector("h2 a").focus({ preventScroll: true });
  openHit(asking.answer.hits[Number(item.dataset.index)]);
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("#brand, #previous a, #corrected a, #example a, a.like");
  if (!link || !isPlain(event)) return;
  event.preventDefault();
  if (link.matches("a.like")) asking.settle();
  go(link.getAttribute("href"), { push: true });
  const arrived = arrive();
  if (link.matches("#brand, #previous a")) the("q").focus();
  await arrived;
  if (link.matches("a.like")) scrollTo(0, 0); // the link may be at the end of a long list
});

the("forget").addEventListener("click", () => {
  forget();
  showHome();
  the("q").focus();
});

the("more").addEventListener("click", async () => {
  const had = links().length;
  await asking.searchMore();
  links()[had]?.focus();
});

the("again").addEventListener("click", () => asking.search());

the("scores").checked = scoresShown();
the("scores").addEventListener("change", () => rememberScores(the("scores").checked));

// The reader starts below the question, whose height varies.
new ResizeObserver(([top]) => {
  document.documentElement.style.setProperty("--top", `${top.target.offsetHeight}px`);
}).observe(document.querySelector(".top"));

arrive();
if (!place().article && !narrow.matches) the("q").focus();
