// An article's text as nodes, with its matching passages marked. The text of the nodes is exactly
// the article's.

import { element } from "/nodes.js";
import { structureOf } from "/structure.js";
import { directionOf, unitsOf } from "/text.js";

// In UTF-16 units. A browser's time for one paragraph grows with the square of its length, so a line
// of 1 MB could block it for minutes. Long lines are shown in pieces.
const PIECE = 8000;
const STRETCH = 8000; // lines that are laid out together
const VAST = 150_000; // from this length on, only the visible part is laid out

// These override the direction of letters. Each is shown as a symbol and isolated, so that it has no
// effect. Other direction marks are normal in bidirectional text, and end with their line.
const OVERRIDE = /[\u202d\u202e]/g;

// Nested layers: tables and the like; lines, each in the direction of its first letter; cells and
// headings; the passages of hits, one <mark> per line or cell; the key sentences in <em>. Returns the
// nodes, and the marks of each hit in the order of `hits`.
export function typeset(text, blocks, hits) {
  const units = unitsOf(text);
  const structure = structureOf(text, blocks, units);
  const marks = new Map(hits.map((hit) => [hit, []]));
  const lines = linesOf(text);
  const layers = [
    { spans: stretchesOf(lines), make: () => element("div", text.length < VAST ? "" : "vast") },
    ...structure.outer,
    { spans: lines, make: (span) => line(span, structure.rows.get(span.start)) },
    ...structure.inner,
    {
      spans: inOrder(hits.map((hit) => ({ hit, ...inUnits(hit, units) }))),
      make({ hit }) {
        const mark = element("mark", "passage");
        marks.get(hit).push(mark);
        return mark;
      },
    },
    {
      spans: inOrder(hits.filter((hit) => hit.highlight).map((hit) => inUnits(hit.highlight, units))),
      make: () => element("em", "answer"),
    },
    { spans: found(text, OVERRIDE), make: () => element("bdi", "override") },
  ];
  const nodes = document.createDocumentFragment();
  fill(nodes, text, 0, text.length, layers);
  return { nodes, marks: hits.map((hit) => marks.get(hit)) };
}

function inUnits({ start, end }, units) {
  return { start: units(start), end: units(end) };
}

function inOrder(spans) {
  return spans.sort((one, other) => one.start - other.start);
}

function found(text, pattern) {
  return [...text.matchAll(pattern)].map((one) => ({ start: one.index, end: one.index + one[0].length }));
}

function linesOf(text) {
  return found(text, /[^\n]*\n|[^\n]+$/g).flatMap(({ start, end }) => {
    if (end - start <= PIECE) return [{ start, end, dir: "auto" }];
    const dir = directionOf(text.slice(start, end));
    const pieces = [];
    for (let at = start; at < end; at = pieces.at(-1).end) {
      pieces.push({ start: at, end: end - at > PIECE ? cutOf(text, at + PIECE) : end, dir });
    }
    return pieces;
  });
}

// Where to cut a long line: at `limit` or shortly before, after a sentence or else after a word.
function cutOf(text, limit) {
  const near = text.slice(limit - PIECE / 4, limit);
  const rest = near.match(/(?:[.!?]\s|[。！？])(?!.*(?:[.!?]\s|[。！？]))(.*)$/s) ?? near.match(/\s(\S*)$/);
  if (rest) return limit - rest[1].length;
  while (/^[\udc00-\udfff\u200d\p{M}]/u.test(text.slice(limit, limit + 2))) limit--;
  return limit;
}

function stretchesOf(lines) {
  const stretches = [];
  for (const { start, end } of lines) {
    const last = stretches.at(-1);
    if (last && end - last.start <= STRETCH) last.end = end;
    else stretches.push({ start, end });
  }
  return stretches;
}

// `hasCells` is undefined outside tables.
function line({ dir }, hasCells) {
  if (hasCells === undefined) {
    const node = element("div", "line");
    node.dir = dir;
    return node;
  }
  const node = element("div", "line row");
  node.role = hasCells ? "row" : "presentation";
  return node;
}

function fill(parent, text, from, to, [layer, ...inner]) {
  if (!layer) {
    if (to > from) parent.append(text.slice(from, to));
    return;
  }
  let at = from;
  // A layer may have thousands of spans: start with the first that can overlap.
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
