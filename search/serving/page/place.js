// A place in an article, as one cites it: pressed, it is copied as the command line prints it.

import { element, path, the } from "/nodes.js";
import { plain } from "/text.js";

const TOLD = 1600; // ms

// The button of a place: a hit, or what has the same `article`, `source`, `start` and `end`.
export function placeButton(place) {
  const { start, end } = place;
  const span = element("bdi", "span", `${start.toLocaleString("en")}–${end.toLocaleString("en")}`);
  span.dir = "ltr";
  const node = element(
    "button",
    "place",
    element("span", "unseen", "Copy the place "),
    path(plain(place.article)),
    " ",
    span,
  );
  node.type = "button";
  node.title = `${plain(place.source)}: characters ${start} to ${end}. Press to copy the place`;
  node.addEventListener("click", async () => {
    const copied = await copy(`${place.article}:${start}-${end}`);
    node.classList.toggle("copied", copied);
    the("said").textContent = copied ? "The place is copied." : "This browser does not let it be copied.";
    setTimeout(() => {
      node.classList.remove("copied");
      the("said").textContent = "";
    }, TOLD);
  });
  return node;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOldWay(text); // a page that came over plain HTTP from elsewhere has no clipboard
  }
}

function copyOldWay(text) {
  let copied = false;
  const give = (event) => {
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
    copied = true;
  };
  document.addEventListener("copy", give, { once: true });
  document.execCommand("copy");
  document.removeEventListener("copy", give);
  return copied;
}

// What is copied out of `node` is its text as it is: a browser would add and drop line ends.
export function copyExactly(node) {
  node.addEventListener("copy", (event) => {
    const selection = getSelection();
    if (!selection.rangeCount) return;
    const range = selection.getRangeAt(0);
    if (range.collapsed || !node.contains(range.commonAncestorContainer)) return;
    event.clipboardData.setData("text/plain", range.cloneContents().textContent);
    event.preventDefault();
  });
}
