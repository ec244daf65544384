// The question and its options in the form.

import { the } from "/nodes.js";

export function question() {
  return { q: the("q").value.trim(), mode: the("mode").value, under: the("under").value.trim() };
}

export function setQuestion({ q, mode, under }) {
  the("q").value = q;
  the("mode").value = mode || "hybrid";
  if (!the("mode").value) the("mode").value = "hybrid"; // the address named an unknown mode
  the("under").value = under;
}

// Remove a restriction: the folder if there is one, else the mode.
export function widen() {
  if (the("under").value.trim()) the("under").value = "";
  else the("mode").value = "hybrid";
}

// Call `typed` at each change of a text, and `chosen` when another mode is chosen.
export function onQuestion({ typed, chosen }) {
  for (const field of [the("q"), the("under")]) {
    // Text that an input method has not finished is not searched yet.
    field.addEventListener("input", (event) => {
      if (!event.isComposing) typed();
    });
    field.addEventListener("compositionend", typed);
  }
  the("mode").addEventListener("change", chosen);
  the("clear").addEventListener("click", () => {
    the("q").value = "";
    the("q").focus();
    chosen();
  });
}
