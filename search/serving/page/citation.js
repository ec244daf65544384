// The citation of a passage: its article and position, buttons that copy it, and a link to what is
// like it.

import { copy } from "/clipboard.js";
import { element, path, the } from "/nodes.js";
import { oneLine, plain } from "/text.js";

const MOST_AUTHORS = 3;
const SHOWN = 2000; // ms that the result of copying is shown

// One line of plain text: where the passage is, and its marked sentence.
export function plainCitation(hit) {
  const { article, title, line } = hit;
  const file = oneLine(line ? `${article}:${line}` : article);
  const named = title ? `${oneLine(title)}, ${file}` : file;
  return `${named}, ${position(hit)}: “${quoted(hit)}”`;
}

// The same in Markdown: a quotation with a link to the article.
export function markdownCitation(hit) {
  const { article, title, line } = hit;
  const link = `[${escaped(oneLine(title || article))}](${target(article)})`;
  const lines = line ? `line ${line}, ` : "";
  return `> ${escaped(quoted(hit))}\n>\n> — ${link}, ${lines}${escaped(position(hit))}`;
}

// Where a passage is, the buttons that copy its citation, and a link to `like`, the address of what is
// like it.
export function citation(hit, like) {
  const { article, source, title, line } = hit;
  const file = line ? [path(plain(article)), `:${line}`] : [path(plain(article))];
  const where = hit.where ? [element("bdi", "where-in", `${oneLine(plain(hit.where))},`), " "] : [];
  const place = element("span", "place", ...file, " ", ...where, element("span", "span", characters(hit)));
  place.dir = "ltr";
  place.title = `In ${plain(source)}`;
  const of = plain(title || article);
  const more = element("a", "action like", "More like this");
  more.href = like;
  more.ariaLabel = `More like this passage of ${of}`;
  return element(
    "p",
    "citation",
    place,
    element(
      "span",
      "actions",
      copyButton("Copy", `Copy the citation of ${of}`, () => plainCitation(hit)),
      copyButton("Copy as Markdown", `Copy as Markdown the citation of ${of}`, () => markdownCitation(hit)),
      more,
    ),
  );
}

// The date and the first authors of an article, where they are known; else null.
export function origin({ date, authors }) {
  const more = authors.length - MOST_AUTHORS;
  const names = authors.slice(0, MOST_AUTHORS).flatMap((name, at) => {
    const one = element("bdi", "", oneLine(plain(name)));
    return at ? [", ", one] : [one];
  });
  if (more > 0) names.push(` and ${more} more`);
  const day = date ? [element("time", "", plain(date))] : [];
  if (date && names.length) day.push(" · ");
  return date || names.length ? element("p", "origin", ...day, ...names) : null;
}

function copyButton(label, name, text) {
  const node = element("button", "action", label);
  node.type = "button";
  node.ariaLabel = name;
  let timer = 0;
  node.addEventListener("click", async () => {
    const copied = await copy(text());
    clearTimeout(timer);
    node.textContent = copied ? "Copied" : "Copying is blocked";
    the("said").textContent = copied
      ? "Citation copied."
      : "Copying is blocked by this browser. Select the text instead.";
    timer = setTimeout(() => {
      node.textContent = label;
      the("said").textContent = "";
    }, SHOWN);
  });
  return node;
}

// In words of the file's format, such as "page 7", and in characters.
function position(hit) {
  return hit.where ? `${oneLine(plain(hit.where))}, ${characters(hit)}` : characters(hit);
}

function characters({ start, end }) {
  return `characters ${start}–${end}`;
}

// The marked sentence; the whole passage if it has none.
function quoted({ text, start, highlight }) {
  if (!highlight) return oneLine(text);
  const points = [...text]; // offsets count code points
  return oneLine(points.slice(highlight.start - start, highlight.end - start).join(""));
}

// Text that Markdown shows as it is: no emphasis, link, HTML, heading or list.
function escaped(text) {
  return text
    .replace(/[\\`*_[\]<>&]/g, "\\$&")
    .replace(/^[#+-]/, "\\$&")
    .replace(/^(\d+)([.)])/, "$1\\$2");
}

// A link relative to the source. A name cannot turn into another scheme or host.
function target(article) {
  const parts = article.split("/").map(encodeURIComponent);
  const link = parts.join("/").replace(/[()]/g, (mark) => (mark === "(" ? "%28" : "%29"));
  return link.startsWith("/") ? `.${link}` : link;
}
