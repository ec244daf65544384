"""The environment of each peer, with pinned versions: the only place that names them.

An environment is a venv with the peer alone. Locus's own packages come last on its path, so that
torch, sentence-transformers and faiss are the same for all and need no room. A package that the
peer needs in another version is installed in its own environment, which comes first.
"""

import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path

LOCUS, PLAIN, TXTAI, LANCEDB, CHROMA = "Locus", "plain", "txtai", "LanceDB", "Chroma"
PEERS = (PLAIN, TXTAI, LANCEDB, CHROMA)
PINNED: Mapping[str, tuple[str, ...]] = {
    LOCUS: (),
    PLAIN: (),  # sentence-transformers and faiss, which Locus has
    TXTAI: ("txtai==9.14.0",),
    LANCEDB: ("lancedb==0.40.0",),
    CHROMA: ("chromadb==1.5.9",),
}
DESCRIBED: Mapping[str, str] = {
    LOCUS: "Locus, hybrid",
    PLAIN: "sentence-transformers and faiss",
    TXTAI: "txtai, hybrid",
    LANCEDB: "LanceDB, hybrid",
    CHROMA: "Chroma",
}
_EMBEDS = ("sentence-transformers", "torch")
USED: Mapping[str, tuple[str, ...]] = {
    LOCUS: ("locus-search", "openvino", "faiss-cpu", "tantivy"),
    PLAIN: (*_EMBEDS, "faiss-cpu"),
    TXTAI: ("txtai", *_EMBEDS, "faiss-cpu"),
    LANCEDB: ("lancedb", *_EMBEDS),
    CHROMA: ("chromadb", *_EMBEDS),
}
"""The packages whose versions the report names."""
OFFLINE: Mapping[str, str] = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "TQDM_DISABLE": "1",
}


def python_of(peer: str, folder: Path) -> Path:
    """The Python of a peer's environment in ``folder``, which is made if it does not exist."""
    pinned = PINNED[peer]
    if not pinned:
        return Path(sys.executable)
    place = folder / peer.lower()
    python, installed = place / "bin/python", place / "installed"
    if installed.exists() and installed.read_text("utf-8") == "\n".join(pinned):
        return python
    venv.create(place, with_pip=True, clear=True)
    own = sysconfig.get_path("purelib", vars={"base": str(place), "platbase": str(place)})
    (Path(own) / "locus.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, *pinned], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{peer} could not be installed:\n{done.stderr}")
    installed.write_text("\n".join(pinned), "utf-8")
    return python
