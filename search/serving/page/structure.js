// The structure of an article as layers for `typeset`: tables, code, quotations and headings. The text
// keeps its marks, such as the bars between the cells of a table: they are only hidden, so that no
// offset moves.

import { element } from "/nodes.js";
import { frontMatterEnd } from "/text.js";

const HEADING = /^#{1,6}[ \t]+\S.*$/gm;
const BARS = /^[ \t]*\|[ \t]*|[ \t]*\|?[ \t]*\n|[ \t]*\|$|[ \t]+\|[ \t]+/g;
const RULE = /^[ \t|:+=-]+\n?$/; // the line below the header of a table in Markdown

// `blocks` have offsets in code points, `units` converts them. `outer` are layers around the lines of
// the text, `inner` those inside a line, and `rows` has the start of each line of a table,
// and whether the line is a row with cells.
export function structureOf(text, blocks, units) {
  const spans = blocks.map((block) => inUnits(text, block, units));
  const of = (kind) => spans.filter((block) => block.kind === kind);
  const [tables, headings] = [of("table"), of("heading")];
  const rows = tables.flatMap((table) => rowsOf(text, table));
  const marked = headings.length ? headings : found(text, HEADING).map((span) => ({ ...span, level: 2 }));
  return {
    outer: [
      { spans: frontMatterOf(text), make: frontMatter },
      { spans: tables, make: () => withRole(element("div", "table"), "table") },
      { spans: of("code"), make: () => element("div", "code") },
      { spans: of("quote"), make: () => element("div", "quote") },
    ],
    inner: [
      { spans: rows.flatMap((row) => cellsOf(text, row)), make: cell },
      { spans: marked, make: heading },
    ],
    rows: new Map(rows.map((row) => [row.start, !isRule(text, row)])),
  };
}

// With the line end after it, which would otherwise be a line of its own.
function inUnits(text, { start, end, head, kind, level }, units) {
  const after = units(end);
  return { kind, level, start: units(start), head: units(head), end: text[after] === "\n" ? after + 1 : after };
}

function rowsOf(text, { start, end, head }) {
  return found(text.slice(start, end), /[^\n]*\n|[^\n]+$/g).map((line) => ({
    start: line.start + start,
    end: line.end + start,
    isHead: line.start + start < head,
  }));
}

function isRule(text, { start, end }) {
  return RULE.test(text.slice(start, end));
}

// The cells of a row and the bars between them, in order; its line end is a bar too.
function cellsOf(text, { start, end, isHead }) {
  const whole = text.slice(start, end);
  if (isRule(text, { start, end })) return [{ start, end, isBar: true }];
  const parts = [];
  let at = 0;
  for (const { index, 0: bar } of whole.matchAll(BARS)) {
    if (index > at) parts.push({ start: start + at, end: start + index, isHead });
    at = index + bar.length;
    parts.push({ start: start + index, end: start + at, isBar: true });
  }
  if (start + at < end) parts.push({ start: start + at, end, isHead });
  return parts;
}

function frontMatterOf(text) {
  const end = frontMatterEnd(text);
  return end ? [{ start: 0, end }] : [];
}

// Folded. The label is not text of the article, so it comes from the style sheet.
function frontMatter() {
  const label = element("summary");
  label.ariaLabel = "Front matter";
  return element("details", "front-matter", label);
}

function cell({ isBar, isHead }) {
  if (isBar) return element("span", "bar");
  return withRole(element("span", isHead ? "cell head" : "cell"), isHead ? "columnheader" : "cell");
}

function heading({ level }) {
  const node = withRole(element("strong", `heading level-${Math.min(level, 4)}`), "heading");
  node.ariaLevel = String(Math.min(level + 2, 6)); // the title of the article is a heading of level 2
  return node;
}

function withRole(node, role) {
  node.role = role;
  return node;
}

function found(text, pattern) {
  return [...text.matchAll(pattern)].map((one) => ({ start: one.index, end: one.index + one[0].length }));
}
