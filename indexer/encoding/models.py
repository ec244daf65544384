"""Load an encoder by the name or folder of its model, in one of two forms.

The **reference** form (``reference``) is sentence-transformers: it runs any model. The **compiled**
form (``compiled``) is converted from it once and kept in the user's
cache under the hash of the model's files; it is used only if its vectors agree with the
reference's. It starts in a fraction of the time, is several times faster, and needs neither torch
nor sentence-transformers. On a GPU the reference encodes many passages faster still, in half
precision if its vectors then agree with those in full precision. ``finding`` locates a model's
files.
"""

import errno
import json
import logging
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from indexer.encoding.caching import MANIFEST, UNFINISHED, models_folder
from indexer.encoding.caching import cache_folder as cache_folder  # noqa: PLC0414 - passed on
from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.encoding.finding import DEFAULT_MODEL as DEFAULT_MODEL  # noqa: PLC0414 - passed on
from indexer.encoding.finding import find, hash_files, hash_weights
from indexer.encoding.probing import agreement, probed, probes_for
from indexer.encoding.trial import try_compiled
from indexer.errors import DamagedModel, EncoderMismatch, ModelError, first_line

_AGREEMENT = 0.999

_log = logging.getLogger("locus")


def identify(name: str, *, allow_download: bool = False) -> EncoderIdentity:
    """The identity of the model with this name or folder, which is prepared first if it is new.

    Raises ModelError.
    """
    folder = find(name, allow_download=allow_download)
    name = str(folder) if Path(name).expanduser().is_dir() else name
    return replace(_prepare(name, folder, hash_files(folder)).identity, name=name)


def load(identity: EncoderIdentity) -> Encoder:
    """The encoder with this identity, in the compiled form if possible.

    Raises ModelError if the model is missing, and EncoderMismatch if it has changed.
    """
    prepared = _prepared(identity)
    try:
        return _compiled(identity, prepared)
    except DamagedModel as damage:
        return _compiled(identity, _rebuilt(identity, damage))


def load_for_indexing(identity: EncoderIdentity) -> Encoder:
    """The encoder that ``load`` returns, or one that uses the GPU if there is one.

    Either gives the same vectors, up to a cosine of 0.999. Raises what ``load`` raises.
    """
    if not _has_gpu():
        return load(identity)
    _prepared(identity)
    return _on_gpu(identity)


def _prepared(identity: EncoderIdentity) -> "_Prepared":
    """The entry in the cache; raises EncoderMismatch if the model's settings have changed."""
    prepared = _Prepared.read(models_folder() / identity.files)
    if prepared is None:
        prepared = _prepare(identity.name, *_unchanged(identity))
    if replace(prepared.identity, name=identity.name) != identity:
        raise EncoderMismatch(
            f"the settings of model {identity.name} have changed since the index was built."
            " Run `locus index --rebuild`"
        )
    return prepared


def _on_gpu(identity: EncoderIdentity) -> Encoder:
    """The reference form in the first precision in which its vectors stay the same."""
    from indexer.encoding.reference import ReferenceEncoder, load_model

    model = load_model(_unchanged(identity)[0])
    exact = ReferenceEncoder(model, identity)
    probes = probes_for(exact)
    right = probed(exact, probes)
    halves = (ReferenceEncoder(model, identity, it) for it in ("float16", "bfloat16"))
    agreeing = (half for half in halves if agreement(probed(half, probes), right) >= _AGREEMENT)
    return next(agreeing, exact)


def _reference(identity: EncoderIdentity) -> Encoder:
    from indexer.encoding.reference import ReferenceEncoder, load_model

    return ReferenceEncoder(load_model(_unchanged(identity)[0]), identity)


def _compiled(identity: EncoderIdentity, prepared: "_Prepared") -> Encoder:
    """The compiled encoder, or the reference if it cannot be compiled; raises DamagedModel."""
    if prepared.reason is not None:
        return _reference(identity)
    from indexer.encoding.compiled import CompiledEncoder

    return CompiledEncoder(
        prepared.folder,
        identity,
        prepared.files,
        prepared.precision,
        lambda damage: _rebuilt(identity, damage).files,
    )


def _rebuilt(identity: EncoderIdentity, damage: DamagedModel) -> "_Prepared":
    """Rebuild the compiled form of a model, which replaces the damaged one."""
    _log.warning("%s; rebuilding the optimised model", damage)
    folder, files = _unchanged(identity)
    place = models_folder() / files
    try:
        shutil.rmtree(place)
    except FileNotFoundError:
        pass  # another process has noticed the damage too
    except OSError as error:
        raise ModelError(
            f"{damage}, and its folder {place} cannot be deleted ({error.strerror})."
            " Delete it yourself, or set LOCUS_CACHE to another folder"
        ) from error
    return _prepare(identity.name, folder, files)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A model's entry in the cache. ``reason`` says why it has no compiled form; None if it has.

    ``files`` has the SHA-256 of each compiled file; ``precision`` is that of CompiledEncoder.
    """

    folder: Path
    identity: EncoderIdentity
    files: dict[str, str]
    precision: str
    reason: str | None

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        try:
            facts = json.loads((folder / MANIFEST).read_text("utf-8"))
            return cls(folder, EncoderIdentity(**facts.pop("identity")), **facts)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write(self) -> None:
        facts = {name: value for name, value in asdict(self).items() if name != "folder"}
        text = json.dumps(facts, indent=1, ensure_ascii=False)
        (self.folder / MANIFEST).write_text(text, "utf-8")


def _prepare(name: str, source: Path, files: str) -> _Prepared:
    """Look up the model in the cache; if it is missing, compile it and add it."""
    place = models_folder() / files
    prepared = _Prepared.read(place)
    if prepared is not None:
        return prepared
    _log.info(
        "first use of the model %s: optimising it for this computer"
        " (about half a minute, only once)...",
        name,
    )
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=UNFINISHED) as scratch:
            prepared = _compile(name, source, files, Path(scratch) / files)
            shutil.rmtree(place, ignore_errors=True)  # an entry there has no valid manifest
            try:
                prepared.folder.rename(place)
            except OSError:
                if _Prepared.read(place) is None:  # else another process was faster
                    raise
    except OSError as error:
        is_full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        mend = "Free some space there" if is_full else "Make this folder writable"
        raise ModelError(
            f"cannot save the optimised model in {place.parent} ({error.strerror or error})."
            f" {mend}, or set LOCUS_CACHE to another folder"
        ) from error
    if prepared.reason is not None:
        _log.warning(
            "model %s could not be optimised and will run more slowly: %s", name, prepared.reason
        )
    return replace(prepared, folder=place)


def _compile(name: str, source: Path, files: str, folder: Path) -> _Prepared:
    """Compile the model in ``source`` into ``folder``; check that its vectors stay the same."""
    from indexer.encoding.compiled import export
    from indexer.encoding.reference import ReferenceEncoder, describe, load_model

    # Traced with torch's fused attention, some models (ModernBERT) return NaN for padded texts.
    # Plain attention does not, and OpenVINO fuses it again.
    model = load_model(source, device="cpu", attention="eager")
    try:
        identity = describe(model, name, hash_weights(source), files)
        reference = ReferenceEncoder(model, identity)
    except (AttributeError, TypeError, ValueError) as error:
        raise ModelError(
            f"{name}: this type of model is not supported ({first_line(error)})"
        ) from error
    folder.mkdir(parents=True)
    prepared = _Prepared(folder, identity, {}, "f32", None)
    try:
        exported = export(model, folder, states=identity.reads_parts)
        precision = _agreeing(folder, identity, exported, reference)
        prepared = replace(prepared, files=exported, precision=precision)
    except ModelError as error:
        prepared = replace(prepared, reason=str(error))
    prepared.write()
    return prepared


def _agreeing(
    folder: Path, identity: EncoderIdentity, files: Mapping[str, str], reference: Encoder
) -> str:
    """The first precision in which the compiled form gives the reference's vectors.

    Raises ModelError, which says why the last one cannot be used.
    """
    probes = probes_for(reference)
    right = probed(reference, probes)
    reason = ModelError()
    for precision in ("auto", "f32"):
        try:
            found = try_compiled(folder, identity, files, precision, probes)
        except ModelError as error:
            reason = error
            continue
        cosine = agreement(found, right)
        if cosine >= _AGREEMENT:
            return precision
        reason = ModelError(f"its optimised vectors differ (cosine {cosine:.4f})")
    raise reason


def _unchanged(identity: EncoderIdentity) -> tuple[Path, str]:
    """The folder of a model and the hash of its files; raises EncoderMismatch if they changed."""
    folder = find(identity.name, allow_download=False)
    files = hash_files(folder)
    if files != identity.files:
        raise EncoderMismatch(
            f"the files of model {identity.name} have changed since the index was built. Restore"
            f" them, or run `locus index --model {shlex.quote(identity.name)}` to re-index"
        )
    return folder, files


def _has_gpu() -> bool:
    """Whether there is a usable GPU; torch is imported only if a driver's device file exists."""
    if not Path("/dev/nvidiactl").exists():
        return False
    import torch

    return torch.cuda.is_available()
