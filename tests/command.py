"""Run the command ``locus`` for a test, in this process or in a process of its own.

Both run ``search.cli.main`` with the given arguments, environment and folder, and decode what it
prints as UTF-8. In this process, the libraries and the model are loaded once for all tests. Each
process of its own has to load them again, which takes most of the time of a short command.
"""

import io
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest

from indexer.encoding import caching, models
from indexer.encoding.encoder import Encoder, EncoderIdentity
from search import cli

Load = Callable[[EncoderIdentity], Encoder]
Done = subprocess.CompletedProcess[str]

LOCUS = Path(sys.executable).with_name("locus")


class _Exited(BaseException):
    """Ends ``main`` without ending the process."""


def run_apart(folder: Path, arguments: Sequence[str], settings: Mapping[str, str]) -> Done:
    """The command in a process of its own, in a folder, with these environment variables added."""
    return subprocess.run(
        [LOCUS, *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **settings},
        timeout=300,
        check=False,
    )


def run_here(folder: Path, arguments: Sequence[str], settings: Mapping[str, str]) -> Done:
    """The same in this process; afterwards only loaded modules and models remain."""
    written, told = io.BytesIO(), io.BytesIO()
    out = io.TextIOWrapper(written, "utf-8", newline="")
    error = io.TextIOWrapper(told, "utf-8", "backslashreplace", newline="")
    with (
        pytest.MonkeyPatch.context() as patched,
        _own_logging(),
        chdir(folder),
        redirect_stdout(out),
        redirect_stderr(error),
    ):
        for name, value in settings.items():
            patched.setenv(name, value)
        patched.setattr(sys, "argv", ["locus", *arguments])
        # Only this module's name is patched: pytest must still be able to end the process.
        patched.setattr(cli, "os", SimpleNamespace(environ=os.environ, _exit=_exit))
        patched.setattr(models, "load", _loaded(caching.models_folder(), models.load))
        try:
            cli.main()
        except _Exited as exited:
            code = exited.args[0]
    shown = written.getvalue().decode(), told.getvalue().decode()
    return Done(["locus", *arguments], code, *shown)


def _exit(code: int) -> NoReturn:
    raise _Exited(code)


@lru_cache(maxsize=8)
def _loaded(cache: Path, load: Load) -> Load:
    """A function that loads each model of a cache only once."""
    return lru_cache(maxsize=4)(load)


@contextmanager
def _own_logging() -> Iterator[None]:
    """Undo what ``main`` does to logging, which it sets up once per process."""
    log = logging.getLogger("locus")
    before = log.handlers[:], log.level, log.propagate
    try:
        yield
    finally:
        log.handlers[:], log.level, log.propagate = before
