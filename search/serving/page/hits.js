// One hit as a list item, and whether an answer is doubtful.

import { citation, origin } from "/citation.js";
import { excerpt } from "/excerpt.js";
import { element } from "/nodes.js";
import { plain } from "/text.js";

// As on the command line: below this confidence, probably nothing answers the question.
const DOUBTFUL = 0.5;
const MANY_WORDS = 25; // the keyword score that fills its bar

export function isDoubtful({ confidence }) {
  return confidence !== null && confidence < DOUBTFUL;
}

// `address` is that of the hit, and `like` that of what is like it.
export function hitItem(hit, address, like) {
  const link = element("a", "", plain(hit.title || hit.article));
  link.href = address;
  const title = element("h2", "", link);
  const known = origin(hit);
  const item = element("li", "", title, ...(known ? [known] : []), citation(hit, like), excerpt(hit), figures(hit));
  item.dir = "auto"; // the direction of the title
  item.dataset.index = String(hit.rank - 1);
  return item;
}

// The scores by meaning and by keywords. The combined score is only in the tooltip: the best hit
// always has a high one, even if nothing answers the question.
function figures(hit) {
  const { semantic, lexical } = hit.scores;
  const list = element("dl", "figures scored");
  if (semantic !== null) list.append(figure("meaning", semantic.toFixed(3), semantic));
  if (lexical !== null) list.append(figure("keywords", lexical.toFixed(2), lexical / MANY_WORDS));
  list.title = `Score ${hit.score.toFixed(3)}, relative to the other results`;
  list.dir = "ltr";
  return list;
}

function figure(name, value, share) {
  const bar = element("span", "bar", element("i"));
  bar.firstChild.style.inlineSize = `${100 * Math.min(Math.max(share, 0), 1)}%`;
  return element("div", "", element("dt", "", name), element("dd", "", bar, value));
}
