"""Open the file of an article in the user's editor, at a line."""

import os
import shlex
from collections.abc import Callable
from pathlib import Path

from indexer.errors import LocusError, SourceError, UnreadableArticle
from indexer.reading.articles import read_article
from indexer.storing.catalog import ArticleText
from indexer.storing.origin import file_of, is_corpus

_PLUS = {
    *("vi", "vim", "nvim", "view", "gvim", "mvim", "vis", "kak", "hx", "helix"),
    *("nano", "pico", "micro", "emacs", "emacsclient", "mg", "zile", "joe", "jed", "ne", "less"),
}
"""Editors that take ``+LINE FILE``."""
_GOTO = {"code", "code-insiders", "codium", "vscodium", "cursor", "windsurf"}
"""Editors that take ``--goto FILE:LINE``."""
_COLON = {"subl", "sublime_text", "zed", "zeditor"}
"""Editors that take ``FILE:LINE``."""


def open_in_editor(article: ArticleText, line: int, say: Callable[[str], object]) -> None:
    """Replace this process with the editor of VISUAL or EDITOR, which opens the article's file.

    ``say`` is called with a warning if the file has changed since it was indexed. Raises
    SourceError if the article has no file, LocusError if no editor is set or it cannot be run.
    """
    variable, editor = next(
        ((name, value) for name in ("VISUAL", "EDITOR") if (value := os.environ.get(name))),
        ("EDITOR", ""),
    )
    if not editor.strip():
        raise LocusError("no editor is set. Set VISUAL or EDITOR, for example: export EDITOR=nano")
    file = _existing_file(article)
    if _is_changed(file, article):
        say(
            f"{file} has changed since it was indexed, so the line may be wrong. Update the index"
            " with: locus index"
        )
    try:
        command = editor_command(editor, file, line)
        # Without a shell, which could execute parts of a file name.
        os.execvp(command[0], command)  # noqa: S606
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise LocusError(f"cannot run {editor!r}, the editor in {variable}: {reason}") from None


def editor_command(editor: str, file: Path, line: int) -> list[str]:
    """The command that opens a file at a line; ``editor`` may contain arguments of its own.

    Raises ValueError if ``editor`` has an unclosed quotation mark.

    >>> editor_command("code --wait", Path("/notes/sea.md"), 31)
    ['code', '--wait', '--goto', '/notes/sea.md:31']
    """
    command = shlex.split(editor)
    program = Path(command[0]).name
    if program in _PLUS:
        return [*command, f"+{line}", str(file)]
    if program in _GOTO:
        return [*command, "--goto", f"{file}:{line}"]
    if program in _COLON:
        return [*command, f"{file}:{line}"]
    return [*command, str(file)]


def _existing_file(article: ArticleText) -> Path:
    """The file that an article was read from. Raises SourceError if it has no file of its own."""
    source = Path(article.source)
    read_it = shlex.join(["locus", "show", article.article])
    if is_corpus(source):
        raise SourceError(
            f"cannot open {article.article!r} in an editor: it is one line of {source}. To read"
            f" it: {read_it}"
        )
    file = file_of(source, article.article)
    if not file.is_file():
        raise SourceError(
            f"{file} no longer exists. The index still has its text. To read it: {read_it}"
        )
    return file


def _is_changed(file: Path, article: ArticleText) -> bool:
    try:
        return read_article(file, file.name).sha256 != article.sha256
    except UnreadableArticle:
        return True
