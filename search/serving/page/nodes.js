// Creating nodes. All content is inserted as text; nothing here parses HTML.

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

// The name of an article, always left to right, with line breaks allowed after each folder.
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
