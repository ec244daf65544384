"""The original files of articles, which `locus serve --originals` gives to readers of the page.

Only the file of an indexed article is given, and only from inside its source. A browser shows a PDF
file, and saves every other file: shown, a web page could run its scripts as a part of this server.
"""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from starlette.responses import StreamingResponse

from indexer.errors import RequestError, UnreadableArticle
from indexer.reading.opening import open_file
from indexer.storing.origin import file_of, is_corpus
from indexer.storing.stored import StoredArticle

_CHUNK = 1 << 18
_SHOWN = {".pdf": "application/pdf"}


def original_of(article: StoredArticle) -> StreamingResponse:
    """The response with an article's file. Raises RequestError if there is no such file any more.

    A line of a ``.jsonl`` file has no file of its own.
    """
    source = Path(article.source)
    path = file_of(source, article.name)
    if is_corpus(source) or not _is_inside(path, source):
        raise _missing()
    try:
        file = open_file(path)
    except (OSError, UnreadableArticle):
        raise _missing() from None
    kind = _SHOWN.get(path.suffix.lower())
    how = "attachment" if kind is None else "inline"
    name = quote(path.name.encode("utf-8", "replace"))
    return StreamingResponse(
        _chunks(file),
        media_type=kind or "application/octet-stream",
        headers={"content-disposition": f"{how}; filename*=UTF-8''{name}"},
    )


def _is_inside(path: Path, source: Path) -> bool:
    """Whether a file is in its source, also after all links are followed."""
    try:
        return path.resolve(strict=True).is_relative_to(source.resolve(strict=True))
    except (OSError, RuntimeError):
        return False


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while data := file.read(_CHUNK):
            yield data


def _missing() -> RequestError:
    return RequestError(HTTPStatus.NOT_FOUND, "the file of this article cannot be found any more")
