// One hit as an entry of the list, and how far an answer may be trusted.

import { excerpt } from "/excerpt.js";
import { element } from "/nodes.js";
import { placeButton } from "/place.js";
import { plain } from "/text.js";

// As the command line has it: below, it is likelier that nothing answers.
const DOUBTFUL = 0.5;
const MANY_WORDS = 25; // a lexical score that fills its bar

export function isDoubtful({ confidence }) {
  return confidence !== null && confidence < DOUBTFUL;
}

export function hitItem(hit, address) {
  const link = element("a", "", plain(hit.title || hit.article));
  link.href = address;
  const title = element("h2", "", link);
  const item = element("li", "", title, placeButton(hit), excerpt(hit), figures(hit));
  item.dir = "auto"; // as the title runs
  item.dataset.index = String(hit.rank - 1);
  return item;
}

// The two measures that were taken. The score that they make is told where one asks for it: the best
// hit of any answer has a high one, also where nothing answers.
function figures(hit) {
  const { semantic, lexical } = hit.scores;
  const list = element("dl", "figures scored");
  if (semantic !== null) list.append(figure("meaning", semantic.toFixed(3), semantic));
  if (lexical !== null) list.append(figure("words", lexical.toFixed(2), lexical / MANY_WORDS));
  list.title = `score ${hit.score.toFixed(3)}, relative to this answer`;
  list.dir = "ltr";
  return list;
}

function figure(name, value, share) {
  const bar = element("span", "bar", element("i"));
  bar.firstChild.style.inlineSize = `${100 * Math.min(Math.max(share, 0), 1)}%`;
  return element("div", "", element("dt", "", name), element("dd", "", bar, value));
}
