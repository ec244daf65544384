// Keys: `/` goes to the question, arrows select a hit, Esc closes. Enter is left to the browser.

import { currentLink, links } from "/answers.js";
import { the } from "/nodes.js";

// `close` closes the article if `isOpen()`.
export function listenToKeys({ isOpen, close }) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { "/": toBox, Escape: back, ArrowDown: down, ArrowUp: up }[event.key];
    if (act?.(event.target)) event.preventDefault();
  });

  // Each returns whether it handled the key.
  function toBox(target) {
    // In the empty field it is pressed out of habit: no question begins with a slash.
    if (target === the("q") && !target.value) return true;
    if (target.matches("input:not([type=checkbox]), select") || the("q").closest("[inert]")) return false;
    the("q").focus();
    the("q").select();
    return true;
  }

  function back(target) {
    if (isOpen()) close();
    else if (target.closest("#hits, #previous")) the("q").focus();
    else return false;
    return true;
  }

  function down(target) {
    return !target.closest("#reader, select, #under, .filters, .message") && move(1);
  }

  function up(target) {
    return !target.closest("#reader, select, #under, .filters, .message, #q") && move(-1);
  }
}

// Focus the next entry after the focused one; if none has the focus, the one that is open.
export function move(by) {
  const all = links();
  if (!all.length) return false;
  const item = document.activeElement.closest("li");
  const at = all.findIndex((link) => item?.contains(link));
  if (at + by < 0 && at >= 0) {
    the("q").focus();
    return true;
  }
  const link = at < 0 ? (currentLink() ?? all[0]) : all[Math.min(at + by, all.length - 1)];
  link.focus({ preventScroll: true });
  link.closest("li").scrollIntoView({ block: "nearest" });
  return true;
}
