"""A reranker over a cross-encoder of sentence-transformers. Only this module imports it here.

The model must have one label, as those trained to rank have. What it cannot read of a question and
a passage together, it leaves out at the end.
"""

import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# As indexer.encoding.reference has it: no usage is reported, no bar drawn, the hub is not asked.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import sentence_transformers
import torch
import transformers

from indexer.arrays import Scores
from indexer.errors import ModelError, first_line

transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]


class CrossEncoderReranker:
    """See ``reranking.Reranker``. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Load the model in ``folder``, from safetensors alone; raises ModelError."""
        self._folder = folder.resolve()
        _check_is_cross_encoder(self._folder)
        try:
            self._model: Any = sentence_transformers.CrossEncoder(
                str(self._folder),
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
            labels = int(self._model.num_labels)
        # Whatever the files of a model can make torch, transformers and safetensors raise.
        except Exception as error:
            raise ModelError(
                f"{folder} is no cross-encoder that sentence-transformers loads:"
                f" {first_line(error)}"
            ) from error
        if labels != 1:
            raise ModelError(
                f"{folder} gives {labels} scores to a pair, and a reranker gives one: take a model"
                " that was trained to rank"
            )
        self._lock = threading.Lock()

    def relevance(self, question: str, texts: Sequence[str]) -> Scores:
        pairs = [(question, text) for text in texts]
        with self._lock:  # torch modules are not promised to be safe from several threads
            try:
                found = self._model.predict(
                    pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False
                )
            # A GPU without room, or a model and a tokenizer that do not fit each other.
            except (RuntimeError, IndexError, ValueError) as error:
                raise ModelError(f"{self._folder} does not run: {first_line(error)}") from error
        scores: Scores = np.asarray(found, np.float32)
        if scores.shape != (len(pairs),) or not np.isfinite(scores).all():
            raise ModelError(f"{self._folder} does not give each pair a number: it is damaged")
        return scores


def _check_is_cross_encoder(folder: Path) -> None:
    """See that the files are a cross-encoder's: of another model one would be made, at random."""
    says = _read(folder / "config_sentence_transformers.json").get("model_type")
    kinds = _read(folder / "config.json").get("architectures") or [""]
    if says == "CrossEncoder" or str(kinds[0]).endswith("ForSequenceClassification"):
        return
    is_what = f"a {says or kinds[0]}" if says or kinds[0] else "another kind of model"
    raise ModelError(f"{folder} is no cross-encoder but {is_what}: name one that reranks")


def _read(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {first_line(error)}") from error
    return facts if isinstance(facts, dict) else {}
