// What stands in the column of answers: the hits, what is said in their place, or the way in.

import { addressOf } from "/address.js";
import { hitItem, isDoubtful } from "/hits.js";
import { previous } from "/kept.js";
import { nothing } from "/messages.js";
import { element, the } from "/nodes.js";
import { plain } from "/text.js";

// The links that one goes up and down among.
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

// `widen` asks again with less demanded.
export function showAnswer(answer, asked, { hasMore, widen }) {
  const { hits, warnings } = answer;
  const messages = warnings.length ? [element("p", "aside", warnings.join(" "))] : [];
  if (!hits.length) messages.unshift(nothing(asked, widen));
  const items = hits.map((hit) => hitItem(hit, addressOf(asked, hit)));
  fill("answers", { summary: summary(answer), messages, hits: items, hasMore });
  the("hits").classList.toggle("doubtful", isDoubtful(answer));
}

export function showFailure(message) {
  // The same failure again is left standing, for whoever reads it or is about to press its button.
  const shown = the("message");
  const stands = !shown.hidden && shown.firstElementChild?.textContent === message.textContent;
  fill("answers", { messages: stands ? [...shown.children] : [message], hits: [] });
}

export function showWaiting(is) {
  document.body.classList.toggle("waiting", is);
  the("answers").setAttribute("aria-busy", String(is));
  if (is && document.body.dataset.state !== "answers") {
    const bars = () => element("li", "ghost", element("i"), element("i"), element("i"));
    fill("answers", { summary: ["Looking…"], hits: [bars(), bars(), bars()] });
  }
}

// Mark the hit whose article is open; null for none.
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

function fill(state, { summary = [], messages = [], hits, hasMore = false }) {
  const inside = the("answers").contains(document.activeElement);
  document.body.dataset.state = state;
  the("summary").replaceChildren(...summary);
  if (messages.some((one) => one.parentNode !== the("message"))) {
    the("message").replaceChildren(...messages);
  }
  the("message").hidden = !messages.length;
  the("hits").replaceChildren(...hits);
  the("more").hidden = !hasMore;
  // What had the focus may be gone: then it stays near, and not at the top of the page.
  if (inside && document.activeElement === document.body) the("answers").focus({ preventScroll: true });
}

function summary(answer) {
  const { hits, took_ms: took, confidence, index } = answer;
  const parts = [];
  if (!hits.length) return parts;
  const known = confidence !== null ? `confidence ${confidence.toFixed(2)}` : "";
  const isDoubted = isDoubtful(answer);
  if (isDoubted) parts.push(element("strong", "doubt", `No good match (${known}). Closest passages:`), " ");
  parts.push(`${hits.length} of ${index.passages.toLocaleString("en")} passages`);
  const time = element("span", "", ` in ${took < 10 ? took.toFixed(1) : Math.round(took)} ms`);
  time.ariaHidden = "true"; // another one each time, and not worth being read out
  parts.push(time);
  if (known && !isDoubted) parts.push(element("span", "scored", ` · ${known}`));
  return parts;
}
