// The results column: the start page, the hits, or a message.

import { addressOf, exampleIn, exampleOf } from "/address.js";
import { each, suggestAuthors } from "/filters.js";
import { hitItem, isDoubtful } from "/hits.js";
import { previous } from "/kept.js";
import { nothing } from "/messages.js";
import { element, path, the } from "/nodes.js";
import { counted, plain } from "/text.js";

// The links that the arrow keys select.
export function links() {
  const list = document.body.dataset.state === "home" ? "#previous a" : "#hits h2 a";
  return [...document.querySelectorAll(list)];
}

export function showHome() {
  const entries = previous().map((one) => {
    const link = element("a", "", plain(one));
    link.href = addressOf({ q: one });
    link.dir = "auto";
    return element("li", "", link);
  });
  the("previous").hidden = !entries.length;
  the("previous").querySelector("ul").replaceChildren(...entries);
  fill("home", { hits: [] });
}

// `widen` searches again with fewer restrictions.
export function showAnswer(answer, asked, { hasMore, widen }) {
  const { hits, warnings } = answer;
  const messages = warnings.length ? [element("p", "aside", warnings.join(" "))] : [];
  if (!hits.length && each(asked).length) messages.splice(0, 1, nothing(asked, widen, warnings));
  else if (!hits.length) messages.unshift(nothing(asked, widen));
  const like = (hit) => addressOf({ ...asked, ...exampleOf(hit) });
  const items = hits.map((hit) => hitItem(hit, addressOf(asked, hit), like(hit)));
  suggestAuthors(hits);
  fill("answers", {
    corrected: corrected(answer, asked),
    example: example(answer, asked),
    summary: summary(answer, asked, hasMore),
    messages,
    hits: items,
    hasMore,
  });
  the("hits").classList.toggle("doubtful", isDoubtful(answer));
}

export function showFailure(message) {
  // A repeated failure keeps its message, so that its button does not move or lose the focus.
  const shown = the("message");
  const isSame = !shown.hidden && shown.firstElementChild?.textContent === message.textContent;
  fill("answers", { messages: isSame ? [...shown.children] : [message], hits: [] });
}

export function showWaiting(is) {
  document.body.classList.toggle("waiting", is);
  the("answers").setAttribute("aria-busy", String(is));
  if (is && document.body.dataset.state !== "answers") {
    const bars = () => element("li", "ghost", element("i"), element("i"), element("i"));
    fill("answers", { summary: ["Searching…"], hits: [bars(), bars(), bars()] });
  }
}

// Mark the hit whose article is open, or none for null.
export function markCurrent(hit) {
  const items = [...document.querySelectorAll("#hits > li[data-index]")];
  for (const item of items) {
    const link = item.querySelector("h2 a");
    if (hit && Number(item.dataset.index) === hit.rank - 1) {
      link.setAttribute("aria-current", "true");
      item.scrollIntoView({ block: "nearest" });
    } else link.removeAttribute("aria-current");
  }
}

export function currentLink() {
  return document.querySelector("#hits [aria-current]");
}

function fill(state, { corrected = [], example = [], summary = [], messages = [], hits, hasMore = false }) {
  const inside = the("answers").contains(document.activeElement);
  document.body.dataset.state = state;
  the("corrected").replaceChildren(...corrected);
  the("example").replaceChildren(...example);
  the("summary").replaceChildren(...summary);
  if (messages.some((one) => one.parentNode !== the("message"))) {
    the("message").replaceChildren(...messages);
  }
  the("message").hidden = !messages.length;
  the("hits").replaceChildren(...hits);
  the("more").hidden = !hasMore;
  // If the focused node was removed, keep the focus here instead of at the top of the page.
  if (inside && document.activeElement === document.body) the("answers").focus({ preventScroll: true });
}

// Whether the spelling of the question was corrected, if it was or must not be, and a link to the
// other search. A search for similar passages has no spelling.
function corrected(answer, asked) {
  if (asked.literal && !asked.similar) {
    const correct = element("a", "", "Correct the spelling");
    correct.href = addressOf({ ...asked, literal: "" });
    return ["Searched exactly as typed. ", correct];
  }
  if (answer.corrected === null) return [];
  const link = element("a", "", element("bdi", "", plain(answer.query)));
  link.href = addressOf({ ...asked, q: answer.query, literal: "true" });
  const question = element("b", "", element("bdi", "", plain(answer.corrected)));
  const done = answer.hits.length ? "Showing results for " : "Searched for ";
  return [done, question, ". Search instead for ", link];
}

// What the hits are like, and a link back to the question.
function example({ query }, asked) {
  if (!asked.similar) return [];
  const back = element("a");
  back.append(...(asked.q ? ["Back to results for ", element("bdi", "", plain(asked.q))] : ["Back to the start page"]));
  back.href = addressOf({ ...asked, ...exampleIn({}) });
  return ["Like ", element("b", "", path(plain(query))), ". ", back];
}

function summary(answer, asked, hasMore) {
  const { hits, took_ms: took, confidence, index } = answer;
  const parts = [];
  if (!hits.length) return parts;
  const known = confidence !== null ? `confidence ${confidence.toFixed(2)}` : "";
  if (isDoubtful(answer)) {
    parts.push(explained(element("strong", "doubt", `No good match (${known}). Closest passages:`)));
    return parts;
  }
  parts.push(hasMore ? `Top ${hits.length} results` : counted(hits.length, "result"));
  const searched = asked.under || each(asked).length ? "" : `${counted(index.passages, "passage")} searched `;
  const time = `${took < 10 ? took.toFixed(1) : Math.round(took)} ms`;
  const details = element("span", "", ` (${searched}in ${time})`);
  details.ariaHidden = "true"; // not worth reading aloud after each search
  parts.push(details);
  if (known) parts.push(explained(element("span", "scored", ` · ${known}`)));
  return parts;
}

function explained(node) {
  node.title = "Confidence: 0 = unrelated to your articles, 1 = clearly related";
  return node;
}
