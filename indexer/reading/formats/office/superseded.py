"""Refuse files of old formats, with what to do: no library reads them well and safely.

Many files with such a name have another content, which ``formats`` recognises first.
"""

from typing import NoReturn

from indexer.errors import UnreadableArticle

ADVICE = {
    ".doc": "save it as .docx",
    ".dot": "save it as .docx",
    ".ppt": "save it as .pptx",
    ".pps": "save it as .pptx",
    ".xls": "save it as .csv",
    ".xlsx": "save it as .csv",
    ".numbers": "export it as .csv",
    ".pages": "export it as .docx",
    ".key": "export it as .pptx",
    ".wpd": "save it as .docx",
    ".wps": "save it as .docx",
    ".sxw": "save it as .odt",
    ".mobi": "convert it to .epub",
    ".azw": "convert it to .epub",
    ".azw3": "convert it to .epub",
    ".fb2": "convert it to .epub",
    ".lit": "convert it to .epub",
    ".chm": "convert it to .html",
    ".djvu": "convert it to .pdf",
    ".ps": "convert it to .pdf",
    ".msg": "save it as .eml",
    ".pst": "export it as .mbox",
    ".tar": "unpack it",
    ".tgz": "unpack it",
    ".7z": "unpack it",
    ".rar": "unpack it",
}
"""What to do with a file that Locus does not read, by suffix."""


def read(_: bytes, name: str) -> NoReturn:
    """Refuse a file."""
    advice = ADVICE.get(name[name.rfind(".") :].lower(), "save it as .docx")
    raise UnreadableArticle(f"old Office format, not supported; {advice}")
