// The state of the index: its size, whether it is being updated, and whether it has changed.

import { ask } from "/api.js";
import { keepsQuestions } from "/log.js";
import { the } from "/nodes.js";
import { counted, plain } from "/text.js";

const INTERVAL = 4000; // ms from an answer to the next request

// Request the status regularly while the page is visible. `answer()` is the answer that is shown;
// `failed` is called with each error. Returns a function that requests it now.
export function watch({ answer, failed }) {
  let next = 0;
  let isLooking = false;

  async function look() {
    clearTimeout(next);
    if (document.hidden || isLooking) return;
    isLooking = true;
    const shown = answer();
    try {
      const now = await ask("/status");
      tell(now);
      // An answer that arrived meanwhile may be newer than this status.
      if (answer() === shown) the("renewed").hidden = !shown || shown.index.generation === now.generation;
    } catch (error) {
      the("writing").hidden = true;
      failed(error);
    } finally {
      isLooking = false;
      next = setTimeout(look, INTERVAL);
    }
  }

  document.addEventListener("visibilitychange", look);
  look();
  return look;
}

function tell({ articles, passages, writing, originals, log }) {
  document.body.classList.toggle("originals", originals);
  keepsQuestions(log !== null);
  the("kept").hidden = log === null;
  the("kept").querySelector("code").textContent = plain(log ?? "");
  the("facts").textContent = `Searching ${counted(articles, "article")} (${counted(passages, "passage")}).`;
  const count = writing?.articles ? ` (${counted(writing.articles, "article")} so far)` : "";
  const text = `The index is being updated${count}. Until then, you see results from the previous version.`;
  if (writing && the("writing").textContent !== text) the("writing").textContent = text;
  the("writing").hidden = !writing;
}
