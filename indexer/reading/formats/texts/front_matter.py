"""Read the front matter of a text: lines between ``---`` (simple YAML) or ``+++`` (TOML).

Only what articles use is read from YAML: ``key: value``, ``[a, b]`` and lists of ``- value``. What
is more complicated is passed over. So nothing in a file can make an object or refer to another.
"""

import re
import tomllib

_FENCE = re.compile(r"(---|\+\+\+)[ \t]*\r?\n")
_END = re.compile(r"^(?:---|\.\.\.|\+\+\+)[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
_KEY = re.compile(r"""["']?([^\W\d_][\w .-]{0,60})["']?[ \t]*:(?:[ \t]+(.*)|)""")
_ITEM = re.compile(r"[ \t]*-[ \t]+(.*)")
_NAME = re.compile(r"""["']?name["']?[ \t]*:[ \t]+(.*)""")
_LONGEST = 1024 * 1024
"""Longer front matter is taken for text."""
_LONGEST_LINE = 2000
_MOST_DOTS = 1000
"""In TOML: ``tomllib`` takes memory in proportion to the square of the parts of a dotted key."""
_FOLDED = {">", "|", ">-", "|-", ">+", "|+"}


def front_matter(text: str) -> tuple[dict[str, list[str]], int]:
    """The values of each key in lower case, and the offset where the front matter ends.

    The offset is 0 if the text has no front matter.
    """
    opened = _FENCE.match(text)
    if not opened:
        return {}, 0
    for closed in _END.finditer(text, opened.end(), opened.end() + _LONGEST):
        if (closed[0][:3] == "+++") == (opened[1] == "+++"):
            inside = text[opened.end() : closed.start()]
            fields = _toml(inside) if opened[1] == "+++" else _yaml(inside)
            return fields, closed.end()
    return {}, 0


def _toml(text: str) -> dict[str, list[str]]:
    if text.count(".") > _MOST_DOTS:
        return {}
    try:
        table = tomllib.loads(text.replace("\r\n", "\n"))
    except (ValueError, RecursionError):
        return {}
    # Hugo keeps tags and categories in a table called taxonomies.
    inner = table.get("taxonomies")
    table |= inner if isinstance(inner, dict) else {}
    return {key.lower(): found for key, value in table.items() if (found := _strings(value))}


def _strings(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    names = (it.get("name") if isinstance(it, dict) else it for it in values)
    return [str(it) for it in names if it is not None and not isinstance(it, dict | list | bool)]


def _yaml(text: str) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    values: list[str] = []
    folded = False
    for line in text.split("\n"):
        line = line.rstrip()[:_LONGEST_LINE]  # noqa: PLW2901
        if not line or line.lstrip().startswith("#"):
            continue
        if not line[0].isspace() and (found := _KEY.fullmatch(line)):
            values = fields.setdefault(found[1].strip().lower(), [])
            said = (found[2] or "").strip()
            folded = said in _FOLDED
            values += [] if folded else _scalars(said)
        elif folded and line[0].isspace():
            values[:] = [" ".join([*values, line.strip()])[:_LONGEST_LINE]]
        elif item := _ITEM.fullmatch(line):
            named = _NAME.fullmatch(item[1])
            values += _scalars(named[1] if named else item[1])
        elif named := _NAME.fullmatch(line.strip()):
            values += _scalars(named[1])
    return {key: found for key, found in fields.items() if found}


def _scalars(said: str) -> list[str]:
    """The values after a colon: one, or those of a list in brackets."""
    if said.startswith("[") and said.endswith("]"):
        parts = re.findall(r""""[^"]*"|'[^']*'|[^,\s][^,]*""", said[1:-1])
        return [value for part in parts for value in _scalars(part.strip("[] \t"))]
    if said[:1] in {"{", "&", "*", "!"}:
        return []
    if said[:1] in {'"', "'"}:
        end = said.find(said[0], 1)
        return [said[1:end] if end > 0 else said[1:]]
    value = re.split(r"\s#", said, maxsplit=1)[0].strip()
    return [value] if value and value not in {"null", "~"} else []
