"""Try the compiled form of a model in a process of its own.

The compiler is native code, which some models crash on some processors. Then the trial fails, and
this process goes on with another form of the model.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from indexer.arrays import Vectors
from indexer.encoding.encoder import EncoderIdentity
from indexer.encoding.probing import probed
from indexer.errors import ModelError, first_line

_PROGRAM = (
    "import json, sys; asked = json.load(sys.stdin); sys.path[:] = asked.pop('paths');"
    " from indexer.encoding.trial import answer; answer(**asked)"
)
_SECONDS = 1_200
"""A large model takes minutes on a slow processor."""
_REFUSED = 3
"""The exit code if the model cannot be compiled; the error stream says why."""


def try_compiled(
    folder: Path,
    identity: EncoderIdentity,
    files: Mapping[str, str],
    precision: str,
    probes: Sequence[str],
) -> Vectors:
    """The vectors that the compiled form gives, as ``probed`` returns them.

    The arguments are those of ``CompiledEncoder``, and the probe texts.
    Raises ModelError if it fails, crashes or hangs.
    """
    with tempfile.TemporaryDirectory() as scratch:
        vectors = Path(scratch) / "vectors.npy"
        asked = {
            "folder": str(folder),
            "identity": asdict(identity),
            "files": dict(files),
            "precision": precision,
            "probes": list(probes),
            "vectors": str(vectors),
            "paths": [str(Path(path).absolute()) for path in sys.path],
        }
        try:
            done = subprocess.run(  # noqa: S603 - it is this Python
                [sys.executable, "-X", "utf8", "-c", _PROGRAM],
                input=json.dumps(asked),
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ModelError(f"its optimised form took more than {_SECONDS} seconds") from None
        except OSError as error:
            raise ModelError(f"cannot start a process to try it ({error})") from None
        if done.returncode == _REFUSED:
            raise ModelError(done.stderr.strip())
        if done.returncode < 0:
            raise ModelError(f"its optimised form crashes (signal {-done.returncode})")
        try:
            found: Vectors = np.load(vectors, allow_pickle=False)
        except (OSError, ValueError):
            last = done.stderr.strip().rpartition("\n")[2]
            raise ModelError(f"its optimised form cannot be tried: {last}") from None
        return found


def answer(
    folder: str,
    identity: Mapping[str, Any],
    files: Mapping[str, str],
    precision: str,
    probes: Sequence[str],
    vectors: str,
) -> None:
    """The other side, in the new process: write the vectors to a file."""
    from indexer.encoding.compiled import CompiledEncoder

    try:
        known = EncoderIdentity(**identity)
        found = probed(CompiledEncoder(Path(folder), known, files, precision), probes)
    except ModelError as error:
        sys.stderr.write(first_line(error))
        sys.exit(_REFUSED)
    np.save(vectors, found, allow_pickle=False)
