"""What the paragraph styles of a Word file say: which paragraphs are headings, items or code."""

import re
from dataclasses import dataclass, replace

from indexer.reading.formats.office.office import Element, attribute, child, children, tag
from indexer.types import BlockKind

_HEADING = re.compile(r"heading (\d)")
_CODE = {"source code", "html preformatted", "macro text", "code"}
_QUOTE = {"quote", "intense quote", "block text"}
_BODY = 9
"""The outline level of text."""
_DEEPEST = 20
"""Styles that a style is based on, one on another."""


@dataclass(frozen=True, slots=True)
class Style:
    """``level`` is that of a heading, from 1; 0 is text."""

    kind: BlockKind = "paragraph"
    level: int = 0
    is_title: bool = False

    def with_own(self, properties: Element | None) -> "Style":
        """The style with what a paragraph says itself."""
        style = self
        level = child(properties, "outlineLvl")
        if level is not None and attribute(level, "val").isdecimal():
            number = int(attribute(level, "val")[:2])
            style = replace(style, level=number + 1 if number < _BODY else 0)
        list_number = child(properties, "numPr", "numId")
        if list_number is not None:
            listed = attribute(list_number, "val") != "0"
            kind: BlockKind = "item" if listed else "paragraph"
            style = replace(style, kind=kind if style.kind in {"item", "paragraph"} else style.kind)
        return style


def styles(root: Element | None) -> dict[str, Style]:
    """The paragraph styles by their ids; the default style has the empty id too."""
    elements = {
        attribute(it, "styleId"): it
        for it in children(root)
        if tag(it) == "style" and attribute(it, "type") in {"paragraph", ""}
    }
    found = {name: _style(name, elements) for name in elements}
    for name, it in elements.items():
        if attribute(it, "default") in {"1", "true"}:
            found[""] = found[name]
    return found


def _style(name: str, elements: dict[str, Element]) -> Style:
    chain: list[Element] = []
    while name in elements and len(chain) < _DEEPEST:
        chain.append(elements[name])
        base = child(elements[name], "basedOn")
        name = "" if base is None else attribute(base, "val")
    style = Style()
    for element in reversed(chain):
        style = _named(element, style).with_own(child(element, "pPr"))
    return style


def _named(element: Element, style: Style) -> Style:
    """What the name says; built-in styles have the same in every language."""
    named = child(element, "name")
    name = "" if named is None else attribute(named, "val").lower()
    if heading := _HEADING.match(name):
        return replace(style, level=int(heading[1]))
    if name == "title":
        return replace(style, level=1, is_title=True)
    if name in _CODE:
        return replace(style, kind="code")
    return replace(style, kind="quote") if name in _QUOTE else style
