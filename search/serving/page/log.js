// Report to the server which questions were asked and which hits were opened, if it keeps them.
// The server was started so by its user; without a log, nothing is sent.

import { addressOf } from "/address.js";
import { report } from "/api.js";
import { keepReported, reportedId } from "/kept.js";

let isKept = null; // whether the server keeps questions; null until its first status
let waiting = []; // what was reported before that

export function keepsQuestions(does) {
  if (isKept === null && does) waiting.forEach(send);
  isKept = does;
  waiting = [];
}

// A finished question. In one tab it counts once within half an hour, however often Back or a reload
// shows it again.
export function reportQuestion(answer, asked) {
  const address = addressOf(asked);
  if (asked.similar || reportedId(address)) return;
  const id = newId();
  keepReported(address, id);
  const { under, since, until, tags, authors, literal } = asked;
  const options = Object.fromEntries(
    Object.entries({ under, since, until, tags, authors }).filter(([, value]) => value?.length),
  );
  if (literal) options.literal = true;
  const { query, corrected, mode, confidence, hits, index } = answer;
  const { generation } = index;
  tell({ event: "question", id, query, corrected, mode, options, hits: hits.length, confidence, generation });
}

// A hit that was opened among the answers to `asked`.
export function reportOpening(hit, asked) {
  const id = asked.similar ? null : reportedId(addressOf(asked));
  if (!id) return;
  const { rank, article, source, sha256, start, end, text } = hit;
  tell({ event: "opened", id, rank, article, source, sha256, start, end, text });
}

function tell(entry) {
  if (isKept === null) waiting.push(entry);
  else if (isKept) send(entry);
}

// The server says on its own terminal if it cannot keep an entry; the search goes on.
function send(entry) {
  report("/log", entry).catch(() => {});
}

// crypto.randomUUID would need HTTPS, or a server on this machine.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
