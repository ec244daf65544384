"""The command ``locus`` as a test runs it: in this process, or in one of its own.

Both run ``search.cli.main`` with the arguments, the environment and the folder that are given, and
read what it prints as UTF-8. In this process, the libraries and the model are loaded once for all
tests, where each process loads its own: that is most of the time of a short command.
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
    """What ends ``main`` in place of the process."""


def run_apart(folder: Path, arguments: Sequence[str], settings: Mapping[str, str]) -> Done:
    """The command in a process of its own, in a folder, with these variables besides."""
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
    """The same in this process, which is afterwards as it was but for what it has loaded."""
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
        # Its own name for it alone: what ends a test that hangs has to end the process.
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
    """What loads each model of a cache once."""
    return lru_cache(maxsize=4)(load)


@contextmanager
def _own_logging() -> Iterator[None]:
    """Take back what ``main`` does to the log, which it does once in a process."""
    log = logging.getLogger("locus")
    before = log.handlers[:], log.level, log.propagate
    try:
        yield
    finally:
        log.handlers[:], log.level, log.propagate = before
