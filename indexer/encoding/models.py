"""A model's name or folder to an encoder, in one of two forms.

The **reference** (``reference``) is sentence-transformers itself: any model, on a GPU where there
is one. The **compiled** form (``compiled``) is made from it once, is kept in the user's cache under
the hash of the model's files, and is accepted only if its vectors agree with the reference's. It
starts in a fraction of the time, is several times faster, and needs neither torch nor
sentence-transformers. ``finding`` says where a model's files are.
"""

import json
import logging
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import platformdirs

from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.encoding.finding import DEFAULT_MODEL as DEFAULT_MODEL  # noqa: PLC0414 - passed on
from indexer.encoding.finding import find, hash_files, hash_weights
from indexer.errors import DamagedModel, EncoderMismatch, ModelError, first_line
from indexer.types import Span

_MANIFEST = "encoder.json"
_AGREEMENT = 0.999
_PROBES = (
    "a",
    "How many people crossed the river?",
    "Tides rise and fall because the Moon pulls the near side of the Earth harder than the far.",
    "Größe, naïveté, Ελληνικά, 日本語 and 1,024.5 µg — “quoted” (twice) e-mail: a.b@example.org",
    "The committee met on Monday, 4 December. It adjourned without a vote. " * 6,
)

_log = logging.getLogger("locus")


def identify(name: str, *, allow_download: bool = False) -> EncoderIdentity:
    """What identifies the model with that name or in that folder. Raises ModelError."""
    folder = find(name, allow_download=allow_download)
    name = str(folder) if Path(name).expanduser().is_dir() else name
    return replace(_prepare(name, folder, hash_files(folder)).identity, name=name)


def load(identity: EncoderIdentity) -> Encoder:
    """The encoder with that identity, compiled if it can be.

    Raises ModelError if the model is gone, and EncoderMismatch if it is another one by now.
    """
    prepared = _Prepared.read(_cache() / identity.files)
    if prepared is None:
        prepared = _prepare(identity.name, *_unchanged(identity))
    if replace(prepared.identity, name=identity.name) != identity:
        raise EncoderMismatch(
            f"{identity.name} is read in another way than when the index was made:"
            " index again with --rebuild"
        )
    if _has_gpu():
        return _reference(identity)
    try:
        return _compiled(identity, prepared)
    except DamagedModel as damage:
        return _compiled(identity, _made_again(identity, damage))


def _reference(identity: EncoderIdentity) -> Encoder:
    from indexer.encoding.reference import ReferenceEncoder, load_model

    return ReferenceEncoder(load_model(_unchanged(identity)[0]), identity)


def _compiled(identity: EncoderIdentity, prepared: "_Prepared") -> Encoder:
    """The compiled encoder, or the reference if there is none; raises DamagedModel."""
    if prepared.reason is not None:
        return _reference(identity)
    from indexer.encoding.compiled import CompiledEncoder

    return CompiledEncoder(
        prepared.folder,
        identity,
        prepared.files,
        prepared.precision,
        lambda damage: _made_again(identity, damage).files,
    )


def _made_again(identity: EncoderIdentity, damage: DamagedModel) -> "_Prepared":
    """Make the compiled form of a model again, in the place of a damaged one."""
    _log.warning("%s; making the compiled model again", damage)
    folder, files = _unchanged(identity)
    place = _cache() / files
    try:
        shutil.rmtree(place)
    except FileNotFoundError:
        pass  # another process has found the damage too
    except OSError as error:
        raise ModelError(
            f"{damage}, and {place} cannot be deleted ({error.strerror}):"
            " delete that folder, or set LOCUS_CACHE to another folder"
        ) from error
    return _prepare(identity.name, folder, files)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What the cache knows of a model. ``reason`` says why it has no compiled form; None if it has.

    ``files`` gives the SHA-256 of each compiled file; ``precision`` is as CompiledEncoder takes it.
    """

    folder: Path
    identity: EncoderIdentity
    files: dict[str, str]
    precision: str
    reason: str | None

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        try:
            facts = json.loads((folder / _MANIFEST).read_text("utf-8"))
            return cls(folder, EncoderIdentity(**facts.pop("identity")), **facts)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write(self) -> None:
        facts = {name: value for name, value in asdict(self).items() if name != "folder"}
        text = json.dumps(facts, indent=1, ensure_ascii=False)
        (self.folder / _MANIFEST).write_text(text, "utf-8")


def cache_folder() -> Path:
    """Where this user keeps what can be made again; LOCUS_CACHE names another place."""
    override = os.environ.get("LOCUS_CACHE")
    return Path(override) if override else platformdirs.user_cache_path("locus", appauthor=False)


def _cache() -> Path:
    return cache_folder() / "encoders-2"


def _prepare(name: str, source: Path, files: str) -> _Prepared:
    """Look the model up in the cache; compile it and put it there if it is new."""
    place = _cache() / files
    prepared = _Prepared.read(place)
    if prepared is not None:
        return prepared
    _log.info("preparing the model %s for this machine, once", name)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".new-") as scratch:
            prepared = _compile(name, source, files, Path(scratch) / files)
            shutil.rmtree(place, ignore_errors=True)  # what is there has no manifest that serves
            try:
                prepared.folder.rename(place)
            except OSError:
                if _Prepared.read(place) is None:  # else another process was faster
                    raise
    except OSError as error:
        raise ModelError(
            f"the compiled model cannot be kept in {place.parent} ({error.strerror or error}):"
            " make room there, or set LOCUS_CACHE to another folder"
        ) from error
    if prepared.reason is not None:
        _log.warning("%s runs uncompiled, and slower: %s", name, prepared.reason)
    return replace(prepared, folder=place)


def _compile(name: str, source: Path, files: str, folder: Path) -> _Prepared:
    """Describe the model in ``source``; compile it into ``folder`` if that gives its vectors."""
    from indexer.encoding.compiled import CompiledEncoder, export
    from indexer.encoding.reference import ReferenceEncoder, describe, load_model

    # Traced with torch's fused attention, ModernBERT for one gives NaN for padded texts. Plain
    # attention does not, and OpenVINO fuses it again.
    model = load_model(source, device="cpu", attention="eager")
    try:
        identity = describe(model, name, hash_weights(source), files)
        reference = ReferenceEncoder(model, identity)
    except (AttributeError, TypeError, ValueError) as error:
        raise ModelError(
            f"{name} is a kind of model that cannot be run here: {first_line(error)}"
        ) from error
    folder.mkdir(parents=True)
    prepared = _Prepared(folder, identity, {}, "f32", None)
    try:
        prepared = replace(prepared, files=export(model, folder, states=identity.reads_parts))
        for precision in ("auto", "f32"):
            compiled = CompiledEncoder(folder, identity, prepared.files, precision)
            agreement = _agreement(compiled, reference)
            if agreement >= _AGREEMENT:
                prepared = replace(prepared, precision=precision)
                break
        else:
            raise ModelError(f"its compiled vectors differ (cosine {agreement:.4f})")
    except ModelError as error:
        prepared = replace(prepared, files={}, reason=str(error))
    prepared.write()
    return prepared


def _agreement(compiled: Encoder, reference: Encoder) -> float:
    """The least cosine between the two forms' vectors of the probe texts that fit."""
    lengths = reference.count_tokens(_PROBES)
    probes = [
        text
        for text, length in zip(_PROBES, lengths, strict=True)
        if length <= reference.passage_limit
    ]
    passages = compiled.encode_passages(probes) * reference.encode_passages(probes)
    query = compiled.encode_query(_PROBES[1]) * reference.encode_query(_PROBES[1])
    cosines = np.append(passages.sum(axis=1), query.sum())
    if compiled.identity.reads_parts:
        parts = [[Span(0, len(text) // 2), Span(len(text) // 2, len(text))] for text in probes]
        pairs = (
            compiled.encode_with_parts(probes, parts),
            reference.encode_with_parts(probes, parts),
        )
        more = [(one * other).sum(axis=1) for one, other in zip(*pairs, strict=True)]
        cosines = np.concatenate([cosines, *more])
    return float(cosines.min()) if np.isfinite(cosines).all() else -1.0


def _unchanged(identity: EncoderIdentity) -> tuple[Path, str]:
    """The folder of a model, if its files are still those of the identity, and their hash."""
    folder = find(identity.name, allow_download=False)
    files = hash_files(folder)
    if files != identity.files:
        raise EncoderMismatch(
            f"{identity.name} has changed since the index was made with it: put its old files"
            " back, or index again with --model"
        )
    return folder, files


def _has_gpu() -> bool:
    """Whether there is a device that makes it worth importing torch to ask about it."""
    if not Path("/dev/nvidiactl").exists():
        return False
    import torch

    return torch.cuda.is_available()
