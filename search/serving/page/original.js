// The link to the file that an article was read from. The style sheet shows it only if the server gives
// such files.

import { keptToken } from "/kept.js";
import { the } from "/nodes.js";

// For a hit in a PDF file, the link leads to its page.
export function linkOriginal({ article, source, where }) {
  const [, page] = where?.match(/^page (\d+)/) ?? [];
  const link = the("original").querySelector("a");
  link.href = `/originals?${new URLSearchParams({ article, source })}${page ? `#page=${page}` : ""}`;
  // A line of a .jsonl file has no file of its own, and a link cannot carry a token.
  the("original").hidden = source.endsWith(".jsonl") || Boolean(keptToken());
}
