"""The encodings that an RTF file names by Windows' numbers."""

import codecs

CHARSETS = {
    0: "cp1252",
    2: "cp1252",
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
"""The encoding of each character set of a font."""
_WORDS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_PAGES = {65001: "utf-8", 10000: "mac_roman", 936: "gb18030", 1200: "cp1252", 0: "cp1252"}
_DEFAULT = "cp1252"


def encoding_of(word: str, page: int | None) -> str:
    """The encoding that ``ansicpg`` with a code page, or another word, names."""
    if word in _WORDS:
        return _WORDS[word]
    name = _PAGES.get(page or 0, f"cp{page}")
    try:
        codecs.lookup(name)
    except LookupError:
        return _DEFAULT
    return name
