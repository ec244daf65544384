"""Take the inline marks of Markdown out of a heading or a title, which are shown as words only."""

import re

_LONGEST = 1000
_CODE = re.compile(r"(?<!`)(`{1,3})(?!`)(.+?)(?<!`)\1(?!`)")
_LINK = re.compile(
    r"!?\[([^\[\]]*)\](?:\([^()\s]*(?:\([^()]*\)[^()\s]*)?(?:\s+[^()]*)?\)|\[[^\[\]]*\])"
)
_AUTOMATIC = re.compile(r"<((?:https?|mailto):[^<>\s]*)>")
_STRONG = re.compile(r"(?<!\\)(\*{1,3}|~~)(?=[^\s*~])(.+?)(?<=[^\s\\*~])\1")
_UNDERLINED = re.compile(r"(?<![\w\\_])(_{1,3})(?=[^\s_])(.+?)(?<=[^\s\\_])\1(?!\w)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def without_marks(line: str) -> str:
    r"""The words of a line of Markdown without its inline marks; a long line is left as it is.

    >>> without_marks("The **sea** at [Brest](http://x.org), `low` _tide_ of snake_case")
    'The sea at Brest, low tide of snake_case'
    """
    if len(line) > _LONGEST:
        return line
    code: list[str] = []

    def kept(found: re.Match[str]) -> str:
        code.append(found[2].strip())
        return f"\0{len(code) - 1}\0"

    line = _CODE.sub(kept, line.replace("\0", ""))
    line = _LINK.sub(r"\1", _LINK.sub(r"\1", line))  # a picture may be inside a link
    line = _AUTOMATIC.sub(r"\1", line)
    for marks in (_STRONG, _UNDERLINED) * 2:  # one may be inside the other
        line = marks.sub(r"\2", line)
    line = _ESCAPED.sub(r"\1", line)
    return re.sub(r"\0(\d+)\0", lambda found: code[int(found[1])], line)
