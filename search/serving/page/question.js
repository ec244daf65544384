// The question as it stands in the form.

import { the } from "/nodes.js";

export function question() {
  return { q: the("q").value.trim(), mode: the("mode").value, under: the("under").value.trim() };
}

export function setQuestion({ q, mode, under }) {
  the("q").value = q;
  the("mode").value = mode || "hybrid";
  if (!the("mode").value) the("mode").value = "hybrid"; // the address named another
  the("under").value = under;
}

// Demand less.
export function widen() {
  if (the("under").value.trim()) the("under").value = "";
  else the("mode").value = "hybrid";
}

// Call `changed` when it is another question: at once for a choice, for typing once a word stands.
export function onQuestion({ typed, chosen }) {
  for (const field of [the("q"), the("under")]) {
    // What an input method has not finished is no question yet.
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
