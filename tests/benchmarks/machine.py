"""The kind of machine that figures were measured on, without its name, and its memory in use."""

import os
import platform
import re
import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

_FEATURES = ("avx2", "avx512f", "avx512_bf16", "amx_tile", "asimd", "sve")
"""Those that decide how fast a model runs and vectors are compared."""
LIBRARIES = ("faiss-cpu", "tantivy", "openvino", "tokenizers", "torch", "sentence-transformers")


@dataclass(frozen=True, slots=True)
class Machine:
    """Cores, processor features, memory, system and Python."""

    cores: int
    processor: str
    features: tuple[str, ...]
    memory_gib: float
    system: str
    python: str

    @classmethod
    def here(cls) -> Self:
        facts = _text("/proc/cpuinfo")
        flags = set(
            " ".join(re.findall(r"^(?:flags|Features)\s*: (.*)$", facts, re.MULTILINE)).split()
        )
        model = re.search(r"^model name\s*: (.*)$", facts, re.MULTILINE)
        return cls(
            os.cpu_count() or 1,
            model[1].strip() if model else platform.machine(),
            tuple(name for name in _FEATURES if name in flags),
            round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
            platform.system(),
            platform.python_version(),
        )

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        return cls(**{**given, "features": tuple(given["features"])})

    def __str__(self) -> str:
        features = ", ".join(self.features) or "no features known"
        return (
            f"{self.cores} cores ({self.processor}; {features}), {self.memory_gib:g} GiB of"
            f" memory, {self.system}, Python {self.python}"
        )


def versions(names: tuple[str, ...] = LIBRARIES) -> dict[str, str]:
    """The versions of those libraries that are installed."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


class OtherWork:
    """How many cores other processes keep busy while something is measured, on Linux."""

    def __init__(self) -> None:
        self._started, self._busy, self._ours = time.monotonic(), _busy(), _ours()

    def cores(self) -> float:
        """The mean since construction; 0 where the system does not tell."""
        others = (_busy() - self._busy) - (_ours() - self._ours)
        return max(0.0, others / max(1e-9, time.monotonic() - self._started))


def _busy() -> float:
    """Processor seconds of all processes since the system was started, without waiting."""
    found = re.match(r"cpu +(.*)", _text("/proc/stat"))
    if not found:
        return 0.0
    user, nice, system, _, _, irq, softirq, *_ = map(int, found[1].split())
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _ours() -> float:
    """Processor seconds of this process and of its children that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def resident() -> float:
    """The memory that this process has in use, in MiB, with the pages of mapped files."""
    return _status("VmRSS")


def own() -> float:
    """As ``resident``, without the pages of files, which the system can drop and processes share.

    0 where the system does not tell.
    """
    return _status("RssAnon")


def _status(name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", _text("/proc/self/status"), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError:
        return ""
