// What is said of the index itself: how much it holds, that it is being written, that it changed.

import { ask } from "/api.js";
import { the } from "/nodes.js";
import { counted } from "/text.js";

const LOOKING = 4000; // ms from an answer to the next look

// Look now and then, while someone is looking too. `answer()` is the answer that is shown, `failed`
// is called with the failure of a look.
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
      // An answer that came meanwhile may be newer than this look.
      if (answer() === shown) the("renewed").hidden = !shown || shown.index.generation === now.generation;
    } catch (error) {
      the("writing").hidden = true;
      failed(error);
    } finally {
      isLooking = false;
      next = setTimeout(look, LOOKING);
    }
  }

  document.addEventListener("visibilitychange", look);
  look();
  return look;
}

function tell({ articles, passages, writing }) {
  the("facts").textContent = `${counted(articles, "article")}, ${counted(passages, "passage")}.`;
  const so = writing?.articles ? `, ${counted(writing.articles, "article")} so far` : "";
  const text = `The index is being written${so}. Until that is done, answers come from it as it was.`;
  if (writing && the("writing").textContent !== text) the("writing").textContent = text;
  the("writing").hidden = !writing;
}
