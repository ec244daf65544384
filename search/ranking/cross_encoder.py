"""A reranker that uses a cross-encoder of sentence-transformers.

The model must have one label, as models that are trained to rank do. If question and passage are
together longer than the model reads, the end is cut off.
"""

import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# As in indexer.encoding.reference: report no usage, draw no bar, do not contact the hub.
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
    """A ``reranking.Reranker``. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Load the model in ``folder``, from safetensors only. Raises ModelError."""
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
        # Damaged files can make torch, transformers and safetensors raise any exception.
        except Exception as error:
            raise ModelError(
                f"sentence-transformers cannot load {folder} as a cross-encoder:"
                f" {first_line(error)}"
            ) from error
        if labels != 1:
            raise ModelError(
                f"{folder} is not a reranker: it returns {labels} scores per pair, not one. Use a"
                " model that was trained to rank"
            )
        self._lock = threading.Lock()

    def relevance(self, question: str, texts: Sequence[str]) -> Scores:
        pairs = [(question, text) for text in texts]
        with self._lock:  # torch modules are not guaranteed to be thread-safe
            try:
                found = self._model.predict(
                    pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False
                )
            # For example, the GPU is out of memory, or the tokenizer does not fit the model.
            except (RuntimeError, IndexError, ValueError) as error:
                raise ModelError(f"cannot run {self._folder}: {first_line(error)}") from error
        scores: Scores = np.asarray(found, np.float32)
        if scores.shape != (len(pairs),) or not np.isfinite(scores).all():
            raise ModelError(f"{self._folder} returned invalid scores; the model seems damaged")
        return scores


def _check_is_cross_encoder(folder: Path) -> None:
    """Check the type of the model: the library would add random weights to any other."""
    says = _read(folder / "config_sentence_transformers.json").get("model_type")
    kinds = _read(folder / "config.json").get("architectures") or [""]
    if says == "CrossEncoder" or str(kinds[0]).endswith("ForSequenceClassification"):
        return
    is_what = f"it is a {says or kinds[0]}" if says or kinds[0] else "its type is unknown"
    raise ModelError(
        f"{folder} is not a cross-encoder: {is_what}. --rerank needs a reranking model"
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {first_line(error)}") from error
    return facts if isinstance(facts, dict) else {}
