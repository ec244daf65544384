// The answer's span, by selecting text. A node with `data-start` contains a part of an article
// exactly, from that offset on; the opened article is such a part too. Offsets count code points.

import { the } from "/nodes.js";

// The selected text as { start, end } in the article; null if nothing is selected, or not within one
// part. White space at both ends is left out.
export function selectedSpan() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const inside = range.commonAncestorContainer;
  const part = (inside.nodeType === Node.ELEMENT_NODE ? inside : inside.parentElement).closest("[data-start], #text");
  if (!part) return null;
  const before = document.createRange();
  before.selectNodeContents(part);
  before.setEnd(range.startContainer, range.startOffset);
  const [head, text] = [before.toString(), range.toString()];
  const words = text.trim();
  if (!words) return null;
  const start = Number(part.dataset.start ?? 0) + points(head) + points(text.slice(0, text.indexOf(words)));
  return { start, end: start + points(words), text: words };
}

// Select the highlighted sentence. A second time, the selection is turned round: then Shift with an
// arrow moves its beginning instead of its end.
export function selectSentence() {
  const selection = getSelection();
  const sentences = [...the("hit").querySelectorAll("mark")];
  if (!sentences.length) return false;
  const [first, last] = [sentences[0], sentencesOf(sentences).at(-1)];
  const isForward = selection.focusNode && last.contains(selection.focusNode) && !selection.isCollapsed;
  const [from, to] = [deepest(first, false), deepest(last, true)];
  if (isForward) selection.setBaseAndExtent(to, to.length, from, 0);
  else selection.setBaseAndExtent(from, 0, to, to.length);
  return true;
}

export function unselect() {
  getSelection().removeAllRanges();
}

// The marks of the first passage that has some.
function sentencesOf(marks) {
  const passage = marks[0].closest("[data-start]");
  return marks.filter((mark) => passage.contains(mark));
}

function deepest(node, isLast) {
  let found = node;
  while (found.firstChild) found = isLast ? found.lastChild : found.firstChild;
  return found;
}

function points(text) {
  return [...text].length;
}
