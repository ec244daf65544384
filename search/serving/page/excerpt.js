// The excerpt of a passage: its key sentence, highlighted, and some text around it.

import { element } from "/nodes.js";
import { frontMatterEnd, plain, unitsOf } from "/text.js";

// Lengths in UTF-16 units: before the sentence, of the sentence, after it, and without a sentence.
const BEFORE = 130;
const SENTENCE = 480;
const AFTER = 240;
const ALONE = 330;

export function excerpt(hit) {
  const node = element("p", "excerpt");
  node.dir = "auto";
  if (!hit.highlight) {
    node.append(flat(head(bodyOf(hit, hit.text), ALONE)));
    return node;
  }
  const units = unitsOf(hit.text);
  const start = units(hit.highlight.start - hit.start);
  const end = units(hit.highlight.end - hit.start);
  const marked = flat(head(hit.text.slice(start, end), SENTENCE));
  const [, sentence, rest] = marked.match(/^(.*?)([ ·]*)$/); // the highlight ends with its last word
  const before = flat(tail(bodyOf(hit, hit.text.slice(0, start)), BEFORE));
  const after = flat(head(hit.text.slice(end), AFTER));
  node.append(before, element("mark", "", sentence), rest, after);
  return node;
}

// A text that begins where the passage does, without the front matter of the article.
function bodyOf(hit, text) {
  return hit.start ? text : text.slice(frontMatterEnd(text));
}

// The text as one paragraph; a middle dot follows each heading.
function flat(text) {
  return plain(text, " ").replace(/^#{1,6}[ \t]+(.+?)[ \t]*$\n?/gm, "$1 · ").replace(/[^\S\u00a0]+/g, " ");
}

function head(text, length) {
  if (text.length <= length) return text;
  const cut = text.slice(0, length).replace(/[\ud800-\udbff]$/, "");
  return `${cut.replace(/\s\S{0,20}$/, "")}\u00a0…`;
}

function tail(text, length) {
  if (text.length <= length) return text;
  const cut = text.slice(-length).replace(/^[\udc00-\udfff]/, "");
  return `…\u00a0${cut.replace(/^\S{0,20}\s/, "")}`;
}
