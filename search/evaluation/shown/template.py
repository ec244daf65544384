"""Templates of report pages: everything is escaped, except the style sheet and our own figures."""

from datetime import datetime
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from search.evaluation.measured.comparison import shown_p

_TEENS = range(11, 14)
_CONTROLS = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (*range(0x20), *range(0x7F, 0xA0))
    if not chr(code).isspace()
}


def rendered(template: str, **content: object) -> str:
    """A page from a template of this folder, which contains its style sheet."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        percent=_percent, plain=without_controls, ordinal=_ordinal, p=shown_p
    )
    page = environment.from_string(_resource(template))
    return page.render(style=Markup(_resource("page.css")), **content)  # noqa: S704 - our own


def dated(when: datetime | None) -> str:
    """A date for people; empty if there is none."""
    return when.strftime("%-d %B %Y, %H:%M") if when else ""


def without_controls(text: str) -> str:
    """Without control characters, which a page must not contain."""
    return text.translate(_CONTROLS)


def _resource(name: str) -> str:
    return files("search.evaluation.shown").joinpath(name).read_text("utf-8")


def _percent(share: float) -> str:
    """A share of a width as a percentage."""
    return f"{100 * share:.2f}"


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in _TEENS else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
