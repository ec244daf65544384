// Text of articles as nodes. Offsets of the server count code points; those here UTF-16 units.
// Nothing of it is ever markup: it reaches the document through text nodes alone.

const HEADING = /^#{1,6}[ \t]+\S.*$/gm;
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
const BEFORE = 130;
const AFTER = 240;
const ALONE = 330;

// A function from code point offsets, asked in ascending order, to UTF-16 offsets of `text`.
export function unitsOf(text) {
  if (!/[\ud800-\udbff]/.test(text)) return (offset) => Math.min(offset, text.length);
  let points = 0;
  let units = 0;
  return (offset) => {
    if (offset < points) points = units = 0;
    for (; points < offset && units < text.length; points++) {
      units += text.codePointAt(units) > 0xffff ? 2 : 1;
    }
    return units;
  };
}

export function element(tag, className = "", ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

// A name or a title without the marks that would steer how its neighbours are shown.
export function plain(text) {
  return text.replace(STEERING, "\ufffd");
}

// The heart of a passage: the sentence that answers, and some of what stands around it.
export function excerpt(hit) {
  const node = element("p", "excerpt");
  node.dir = "auto";
  const units = unitsOf(hit.text);
  if (!hit.highlight) {
    node.append(flat(head(hit.text, ALONE)));
    return node;
  }
  const start = units(hit.highlight.start - hit.start);
  const end = units(hit.highlight.end - hit.start);
  const before = flat(tail(hit.text.slice(0, start), BEFORE));
  const after = flat(head(hit.text.slice(end), AFTER));
  node.append(before, element("mark", "", flat(hit.text.slice(start, end))), after);
  return node;
}

function flat(text) {
  return text.replace(STEERING, " ").replace(/^#{1,6}[ \t]+(.+?)[ \t]*$\n?/gm, "$1 · ").replace(/\s+/g, " ");
}

function head(text, length) {
  if (text.length <= length) return text;
  const cut = text.slice(0, length).replace(/[\ud800-\udbff]$/, "");
  return `${cut.replace(/\s\S{0,20}$/, "")} …`;
}

function tail(text, length) {
  if (text.length <= length) return text;
  const cut = text.slice(-length).replace(/^[\udc00-\udfff]/, "");
  return `… ${cut.replace(/^\S{0,20}\s/, "")}`;
}

// Put `text` into `parent`: a block a line, so that each runs in the direction of its own first
// letter, each hit's passage in a <mark> a line, the answering sentences in <em>. The blocks' text
// is `text`. Returns the marks of each hit, in the order of `hits`.
export function fillMarked(parent, text, hits) {
  const units = unitsOf(text);
  const marks = new Map(hits.map((hit) => [hit, []]));
  const lines = [...text.matchAll(/[^\n]*\n|[^\n]+$/g)].map(spanOf);
  const passages = hits
    .map((hit) => ({ hit, start: units(hit.start), end: units(hit.end) }))
    .sort((one, other) => one.start - other.start);
  const answers = hits
    .filter((hit) => hit.highlight)
    .map((hit) => ({ start: units(hit.highlight.start), end: units(hit.highlight.end) }))
    .sort((one, other) => one.start - other.start);
  const headings = [...text.matchAll(HEADING)].map(spanOf);
  const layers = [
    {
      spans: lines,
      make() {
        const line = element("div");
        line.dir = "auto";
        return line;
      },
    },
    {
      spans: passages,
      make({ hit }) {
        const mark = element("mark", "passage");
        marks.get(hit).push(mark);
        return mark;
      },
    },
    { spans: answers, make: () => element("em", "answer") },
    { spans: headings, make: () => element("strong", "heading") },
  ];
  fill(parent, text, 0, text.length, layers);
  return hits.map((hit) => marks.get(hit));
}

function spanOf(found) {
  return { start: found.index, end: found.index + found[0].length };
}

function fill(parent, text, from, to, [layer, ...inner]) {
  if (!layer) {
    if (to > from) parent.append(text.slice(from, to));
    return;
  }
  let at = from;
  // Where a layer has thousands of spans, only those in reach are looked at.
  for (let next = firstAfter(layer.spans, from); next < layer.spans.length; next++) {
    const span = layer.spans[next];
    if (span.start >= to) break;
    const start = Math.max(span.start, at);
    const end = Math.min(span.end, to);
    if (end <= start) continue;
    fill(parent, text, at, start, inner);
    const node = layer.make(span);
    fill(node, text, start, end, inner);
    parent.append(node);
    at = end;
  }
  fill(parent, text, at, to, inner);
}

function firstAfter(spans, offset) {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle].end <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
