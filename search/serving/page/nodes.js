// Making nodes. Whatever text they show is put there as text: nothing here reads markup.

export const the = (id) => document.getElementById(id);

export function element(tag, className = "", ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

export function button(name, act) {
  const node = element("button", "", name);
  node.type = "button";
  node.addEventListener("click", () => act());
  return node;
}

// The name of an article: read from left to right whatever its parts are written in, and broken
// after a folder rather than inside it.
export function path(name) {
  const node = element("span", "path");
  node.dir = "ltr";
  name.split("/").forEach((part, index) => {
    if (index) node.append("/", element("wbr"));
    const piece = element("bdi", "", part);
    piece.dir = "ltr";
    node.append(piece);
  });
  return node;
}
