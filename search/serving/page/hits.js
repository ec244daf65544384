// One hit as an entry of the list, and how far an answer may be trusted.

import { element, excerpt, plain } from "/text.js";

// As the command line has it: below, it is likelier that nothing answers.
const DOUBTFUL = 0.5;

export function isDoubtful({ confidence }) {
  return confidence !== null && confidence < DOUBTFUL;
}

export function hitItem(hit, address) {
  const link = element("a", "", plain(hit.title || hit.article));
  link.href = address;
  const title = element("h2", "", link);
  title.dir = "auto";
  const place = element("p", "place", element("bdi", "", plain(hit.article)));
  place.append(element("span", "span", ` ${hit.start.toLocaleString("en")}–${hit.end.toLocaleString("en")}`));
  place.title = `${plain(hit.source)}: characters ${hit.start} to ${hit.end}`;
  const item = element("li", "", title, place, excerpt(hit), figures(hit));
  item.dataset.index = String(hit.rank - 1);
  return item;
}

function figures(hit) {
  const list = element("dl", "figures scored");
  const entry = (name, value, share) => {
    const bar = element("span", "bar", element("i"));
    bar.firstChild.style.width = `${100 * Math.min(Math.max(share, 0), 1)}%`;
    list.append(element("div", "", element("dt", "", name), element("dd", "", bar, value)));
  };
  const { semantic, lexical } = hit.scores;
  entry("score", hit.score.toFixed(3), hit.score);
  if (semantic !== null) entry("meaning", semantic.toFixed(3), semantic);
  if (lexical !== null) entry("words", lexical.toFixed(2), lexical / 25);
  return list;
}
