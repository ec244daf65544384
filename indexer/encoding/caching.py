"""The user's cache folder: where it is and what is in it. Everything in it can be rebuilt.

::

    CACHE/                            platformdirs' cache folder, or LOCUS_CACHE
      encoders-2/<SHA-256>/           a model optimised for this computer, see ``models``
      encoders-2/.new-<random>/       one that a process is preparing
      datasets-2/<name>-<16 digits>/  the index of a dataset that ``locus evaluate`` built

The numbers are those of the formats. Imports nothing heavy, because ``locus cache`` uses it.
"""

import os
from pathlib import Path

import platformdirs

MODELS = "encoders-2"
DATASETS = "datasets-3b"
"""The number is the format of the indexes: an older format would be ranked differently. The letter
changes if files of that format can no longer be read, because no release wrote them."""
MANIFEST = "encoder.json"
"""The file in a model's folder that describes it."""
UNFINISHED = ".new-"
"""How the name of a model's folder begins while it is prepared."""


def cache_folder() -> Path:
    """The user's cache folder, which may not exist yet; LOCUS_CACHE overrides it."""
    override = os.environ.get("LOCUS_CACHE")
    return Path(override) if override else platformdirs.user_cache_path("locus", appauthor=False)


def models_folder() -> Path:
    """The folder of the optimised models."""
    return cache_folder() / MODELS


def datasets_folder() -> Path:
    """The folder of the indexes of datasets."""
    return cache_folder() / DATASETS
