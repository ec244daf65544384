"""Prepare the shards of an index on a Ray cluster, with a task for each of them.

Ray distributes the tasks, and repeats one whose process or machine has died: it continues with what
the shard has stored. The index and the sources must have the same paths on all machines. The run
itself stays in this process: it holds the index's lock, and publishes when all tasks have ended.

The only module to import Ray, and only for a run that asks for it.
"""

import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from inspect import unwrap
from pickle import PicklingError
from typing import Any

from indexer.encoding.encoder import Encoder, EncoderIdentity
from indexer.errors import (
    ClusterError,
    IndexBusy,
    IndexFolderError,
    LocusError,
    ModelError,
    SourceError,
    first_line,
)
from indexer.sharding.building import PrepareAll
from indexer.sharding.preparing import Prepared, ShardTask, prepare
from indexer.sharding.together import Together
from indexer.updating.encoders import Encoders
from indexer.updating.indexing import Progress

_ADDRESS = re.compile(r"local|auto|[\w.-]+:\d+|\[[\da-fA-F:]+\]:\d+")
_RETRIES = 5
"""How often a task is repeated whose process or machine has died."""
_BUSY_SECONDS = 60
"""How long a task waits for the lock of its shard, which a dying process may still hold."""
_POLL_SECONDS = 0.25
_CANCEL_SECONDS = 10
_OBJECTS_BYTES = 100 << 20
"""The memory for results of tasks; those of ours are small."""
_FOR_ALL = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "1",
    "RAY_DEDUP_LOGS_SKIP_REGEX": "^",  # all lines: what its processes print is in its own logs
}
_FOR_LOCAL = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # else it listens on the machine's own address
    "RAY_AUTH_MODE": "token",  # else any user of this machine could run code in its processes
}


def check_cluster(address: str) -> None:
    """Raise ClusterError if Ray is not installed, or if this is no address of a cluster."""
    if not _ADDRESS.fullmatch(address):
        raise ClusterError(
            f"{address!r} is not the address of a Ray cluster. Use HOST:PORT, auto or local"
        )
    _import_ray(is_local=address == "local")


@contextmanager
def prepared_on(address: str) -> Iterator[PrepareAll]:
    """Connect to a Ray cluster, which prepares the shards of a run, until the block ends.

    ``address`` is as for ``pipeline.build``. The thread that starts a cluster must not end before
    the block: Ray's processes end with it. Raises ClusterError.
    """
    ray = _import_ray(is_local=address == "local")
    if ray.is_initialized():
        yield partial(_prepare_all, ray)
        return
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    if address == "local":
        options |= {
            "include_dashboard": False,
            "object_store_memory": _OBJECTS_BYTES,
            "_node_ip_address": "127.0.0.1",
        }
    try:
        context = ray.init(address=address, **options)
    except (ray.exceptions.RayError, OSError, RuntimeError, ValueError) as error:
        where = "on this machine" if address == "local" else f"at {address}"
        raise ClusterError(f"cannot use a Ray cluster {where}: {first_line(error)}") from error
    logs = context.address_info["session_dir"] if address == "local" else None
    try:
        yield partial(_prepare_all, ray)
    finally:
        ray.shutdown()
        if logs is not None:
            shutil.rmtree(logs, ignore_errors=True)


def _import_ray(*, is_local: bool) -> Any:  # noqa: ANN401 - without the extra it has no types
    """The module ``ray``, which reports nothing to anybody. Raises ClusterError."""
    known = sys.modules.get("ray")
    if is_local and known and not known.is_initialized() and "RAY_AUTH_MODE" not in os.environ:
        raise ClusterError(
            "Ray was imported before this run, and so cannot be kept from other users of this"
            " machine. Import it later, or connect it to a cluster of your own first"
        )
    for name, value in (_FOR_ALL | _FOR_LOCAL if is_local else _FOR_ALL).items():
        os.environ.setdefault(name, value)
    if is_local:
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    try:
        import ray
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "ray":
            raise
        raise ClusterError(
            "--ray needs an extra package. Install it with: pip install 'locus-search[ray]'"
        ) from None
    return ray


def _prepare_all(
    ray: Any,  # noqa: ANN401 - as above
    tasks: Sequence[ShardTask],
    encoders: Encoders,
    progress: Callable[[Progress], object],
) -> list[Prepared]:
    """Prepare all shards with tasks of Ray. Raises what ``prepare`` raises, and ClusterError.

    If one cannot be prepared, the others are cancelled.
    """
    together = Together(len(tasks), progress)
    done: dict[int, Prepared] = {}
    pending: dict[Any, int] = {}
    try:
        reuses = all(it["NodeManagerAddress"].startswith("127.") for it in ray.nodes())
        gpus = 1 if ray.cluster_resources().get("GPU", 0) >= 1 else 0
        board = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=0)(_Board).remote()
        run = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=_RETRIES)(_run)
        load = unwrap(encoders.load)  # without the encoder that this process may keep
        for number, task in enumerate(tasks):
            sent = _anywhere(task, reuses=reuses)
            ref = run.remote(number, sent, encoders.given, load, board)
            pending[ref] = number
        try:
            while pending:
                ended, _ = ray.wait(list(pending), timeout=_POLL_SECONDS)
                for ref in ended:
                    done[pending[ref]] = _result(ray, ref, f"shard {pending[ref]} of {len(tasks)}")
                    del pending[ref]
                with suppress(ray.exceptions.RayError):
                    told = ray.get(board.told.remote(), timeout=_CANCEL_SECONDS)
                    together.show(told, done)
        finally:
            for ref in pending:
                ray.cancel(ref, force=True)
            if pending:
                ray.wait(list(pending), num_returns=len(pending), timeout=_CANCEL_SECONDS)
            ray.kill(board)
    except ray.exceptions.RayError as error:
        raise ClusterError(f"lost the Ray cluster: {first_line(error)}. {_AGAIN}") from error
    except (TypeError, PicklingError) as error:
        raise ClusterError(f"Ray cannot send this to its tasks: {first_line(error)}") from error
    return [done[number] for number in range(len(tasks))]


_AGAIN = (
    "The index still gives its old answers, and what was embedded is kept. Run the same command"
    " again to continue"
)


def _anywhere(task: ShardTask, *, reuses: bool) -> ShardTask:
    """The task with absolute paths, for a process in another working folder.

    SQLite cannot read on one machine what another one writes. So the vectors of other shards are
    only reused in a cluster that ``reuses`` them: one that is on the loopback of one machine.
    """
    request = replace(
        task.request,
        named=tuple(path.absolute() for path in task.request.named),
        forget=tuple(path.absolute() for path in task.request.forget),
    )
    others = tuple(path.absolute() for path in task.others) if reuses else ()
    return replace(task, folder=task.folder.absolute(), request=request, others=others)


def _result(ray: Any, ref: object, shard: str) -> Prepared:  # noqa: ANN401 - as above
    try:
        found = ray.get(ref)
    except ray.exceptions.RayError as error:
        cause = getattr(error, "cause", None) or error
        reason = f"{type(cause).__name__}: {first_line(cause)}"
        raise ClusterError(f"{shard} could not be prepared ({reason}). {_AGAIN}") from error
    if isinstance(found, _Failure):
        raise found.kind(f"{shard}: {found.message}" if found.names_shard else found.message)
    prepared: Prepared = found
    return prepared


@dataclass(frozen=True, slots=True)
class _Failure:
    """An error of a task: its kind that ``build`` promises, and its message."""

    kind: type[LocusError]
    message: str
    names_shard: bool


class _Board:
    """An actor: the last progress of each shard, as its task has told it."""

    def __init__(self) -> None:
        self._told: dict[int, Progress] = {}

    def tell(self, number: int, its: Progress) -> None:
        self._told[number] = its

    def told(self) -> dict[int, Progress]:
        return self._told


def _run(
    number: int,
    task: ShardTask,
    given: Encoder | None,
    load: Callable[[EncoderIdentity], Encoder],
    board: Any,  # noqa: ANN401 - as above
) -> Prepared | _Failure:
    """A task: prepare one shard, in a process of the cluster."""
    try:
        encoders = Encoders(given, _keeping(load))
        return _patiently(task, encoders, lambda its: board.tell.remote(number, its))
    except LocusError as error:
        kinds: tuple[type[LocusError], ...] = (SourceError, ModelError, IndexFolderError)
        kind = next((it for it in kinds if isinstance(error, it)), ClusterError)
        return _Failure(kind, str(error), names_shard=kind is not SourceError)


def _patiently(
    task: ShardTask, encoders: Encoders, progress: Callable[[Progress], object]
) -> Prepared:
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            return prepare(task, encoders, progress)
        except IndexBusy:
            if time.monotonic() > until:
                raise
            time.sleep(_POLL_SECONDS)


@cache
def _keeping(load: Callable[[EncoderIdentity], Encoder]) -> Callable[[EncoderIdentity], Encoder]:
    """As ``load``, but a process keeps the encoder for its next task."""
    return lru_cache(maxsize=1)(load)
