"""Text for a terminal: what an article or a file's name says must not be able to steer it."""


def plain(text: str) -> str:
    """The text with each control character replaced, but for white space.

    >>> plain("a tide" + chr(27) + "[2J")
    'a tide\N{REPLACEMENT CHARACTER}[2J'
    """
    return "".join(
        mark if mark.isprintable() or mark.isspace() else "\N{REPLACEMENT CHARACTER}"
        for mark in text
    )
