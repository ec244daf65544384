// Text as the browser counts and shows it. Offsets of the server count code points, those of the
// browser UTF-16 units.

const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
const FRONT_MATTER =
  /^(?:---[ \t]*\r?\n(?:(?!(?:---|\.\.\.)[ \t]*\r?$).*\r?\n){0,2000}?(?:---|\.\.\.)|\+\+\+[ \t]*\r?\n(?:(?!\+\+\+).*\r?\n){0,2000}?\+\+\+)[ \t]*(?:\r?\n|$)/;
const LEFTWARD =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

// A function from code point offsets to UTF-16 offsets of `text`; fast for ascending offsets.
export function unitsOf(text) {
  if (!/[\ud800-\udbff]/.test(text)) return (offset) => Math.min(offset, text.length);
  let points = 0;
  let units = 0;
  return (offset) => {
    if (offset < points) points = units = 0;
    for (; points < offset && units < text.length; points++) {
      units += text.codePointAt(units) > 0xffff ? 2 : 1;
    }
    return units;
  };
}

// The text without control characters, which could change how the text around it is shown.
export function plain(text, instead = "\ufffd") {
  return text.replace(STEERING, instead);
}

// Where the front matter at the beginning of a text ends; 0 if it has none.
export function frontMatterEnd(text) {
  const [whole] = text.match(FRONT_MATTER) ?? [""];
  return whole.length;
}

// The direction of the first letter, as `dir=auto` finds it.
export function directionOf(text) {
  const [letter] = text.match(/\p{L}/u) ?? [""];
  return LEFTWARD.test(letter) ? "rtl" : "ltr";
}

// A message of a program, as a sentence.
export function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

// The text on one line, without control characters.
export function oneLine(text) {
  return plain(text, " ").replace(/[\s\u0085]+/g, " ").trim();
}

// "1 article", "2 articles".
export function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
