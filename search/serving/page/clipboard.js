// Copying text.

// Copy a text. Returns whether the browser allowed it.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByEvent(text); // over plain HTTP from another machine there is no navigator.clipboard
  }
}

function copyByEvent(text) {
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

// Copy selected text of `node` exactly: a browser would add and remove line ends.
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
