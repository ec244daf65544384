// One hit to judge: its title, its place, and its passages exactly as they stand in the article, so
// that an answer can be selected in them.

import { element, path, the } from "/nodes.js";
import { oneLine, plain, unitsOf } from "/text.js";

export function showHit({ title, article, passages, opinion }) {
  const name = element("h2", "", plain(title || article));
  name.dir = "auto";
  the("hit").replaceChildren(name, ...passages.flatMap((passage) => passageOf(passage, opinion.answers)));
  showOpinion(opinion);
}

// What this judge says of the hit.
export function showOpinion({ grade, earlier, answers, note }) {
  for (const button of document.querySelectorAll("[data-grade]")) {
    const its = Number(button.dataset.grade);
    button.ariaPressed = String(its === grade);
    button.classList.toggle("earlier", grade === null && its === earlier);
  }
  const marked = answers.map(({ text }) => element("li", "", "Answer: ", element("q", "", plain(text))));
  if (note) marked.push(element("li", "", "Note: ", plain(note)));
  if (earlier !== null) marked.push(element("li", "", `In qrels before: ${earlier}`));
  the("marked").replaceChildren(...marked);
  the("note").value = note;
}

function passageOf(passage, answers) {
  const { article, line, where, start, end, text, highlight } = passage;
  const known = where ? [element("bdi", "where-in", `${oneLine(plain(where))},`), " "] : [];
  const span = element("span", "span", `characters ${start}–${end}`);
  const place = element("p", "place", path(plain(article)), line ? `:${line} ` : " ", ...known, span);
  place.dir = "ltr";
  const body = element("p", "passage");
  body.dir = "auto";
  body.dataset.start = String(start);
  const units = unitsOf(text);
  const within = answers.filter((one) => one.end > start && one.start < end).map((one) => clipped(one, start, end, units));
  const sentence = highlight ? [clipped(highlight, start, end, units)] : [];
  body.append(...pieces(text, sentence, within));
  return [place, body];
}

// A span of the article as offsets of the passage's text in the browser.
function clipped(span, start, end, units) {
  return [units(Math.max(span.start, start) - start), units(Math.min(span.end, end) - start)];
}

// The text, cut where the sentence or an answer begins or ends.
function pieces(text, sentence, answers) {
  const cuts = [...new Set([0, text.length, ...[...sentence, ...answers].flat()])].sort((one, other) => one - other);
  return cuts.slice(1).map((end, index) => {
    const start = cuts[index];
    const isIn = ([from, to]) => from <= start && end <= to;
    let piece = text.slice(start, end);
    if (answers.some(isIn)) piece = element("span", "marked", piece);
    return sentence.some(isIn) ? element("mark", "", piece) : piece;
  });
}
