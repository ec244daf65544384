"""The reference form of an encoder: sentence-transformers. Only this module imports it.

Any model that sentence-transformers can load works, on a GPU if there is one. Prompts, pooling,
dimension and maximum length are the model's own.

Texts of similar length are encoded together, as many as fit into a number of tokens. On a GPU that
is large, and matrices can be multiplied in half precision: the weights stay as they are, and torch
computes what needs it (sums, normalisation) in full precision.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Literal, TypeAlias

# Report no usage, and do not contact the hub about models that are on the disk.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import sentence_transformers
import tokenizers
import torch
import transformers

from indexer.arrays import Vectors
from indexer.encoding.counting import TokenCounts
from indexer.encoding.encoder import EncoderIdentity, mean_of_parts, too_long
from indexer.errors import ModelError, first_line
from indexer.types import Span

transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]

_PASSAGE_PROMPTS = ("document", "passage", "corpus")
_FALLBACK_TOKENS = 512
_NO_LIMIT = 1_000_000
_BATCH_TOKENS = {"cpu": 2**12, "cuda": 2**16}
"""The largest number of tokens in a batch, with padding, by type of device."""

_QUERIES = 32
"""Queries in a batch."""

Precision: TypeAlias = Literal["float32", "float16", "bfloat16"]
"""The type of number in which matrices are multiplied."""


def load_model(
    folder: Path, device: str | None = None, attention: str | None = None
) -> sentence_transformers.SentenceTransformer:
    """Load the model in ``folder``, only from safetensors files; raises ModelError.

    ``attention`` names an attention implementation of transformers; None is its default.
    """
    settings: dict[str, Any] = {"use_safetensors": True}
    if attention is not None:
        settings["attn_implementation"] = attention
    try:
        model = sentence_transformers.SentenceTransformer(
            str(folder),
            device=device,
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs=settings,
        )
    # A model's files can make torch, transformers and safetensors raise any exception.
    except Exception as error:
        raise ModelError(
            f"sentence-transformers cannot load {folder}: {first_line(error)}"
        ) from error
    model.eval()
    return model


def describe(
    model: sentence_transformers.SentenceTransformer, name: str, weights: str, files: str
) -> EncoderIdentity:
    """The identity of a loaded model; raises ModelError if its dimension is unknown."""
    dimension = model.get_embedding_dimension()
    if dimension is None:
        raise ModelError(f"model {name} does not declare its embedding size")
    pooling = [
        str(getattr(module, "pooling_mode", type(module).__name__))
        for module in list(model.children())[1:]
    ]
    passage = next((p for p in _PASSAGE_PROMPTS if model.prompts.get(p)), "")
    fallback = model.prompts.get(model.default_prompt_name or "") or ""
    return EncoderIdentity(
        name=name,
        weights=weights,
        files=files,
        dimension=dimension,
        max_tokens=_max_tokens(model),
        pooling="+".join(pooling) or type(model[0]).__name__,
        query_prompt=model.prompts.get("query") or fallback,
        passage_prompt=model.prompts.get(passage) or fallback,
    )


def _max_tokens(model: sentence_transformers.SentenceTransformer) -> int:
    limit = model.max_seq_length or getattr(model.tokenizer, "model_max_length", None)
    # Tokenizers without a limit report an enormous one.
    return int(limit) if limit and limit < _NO_LIMIT else _FALLBACK_TOKENS


class ReferenceEncoder:
    """An Encoder over a loaded SentenceTransformer; see ``encoder.Encoder``."""

    def __init__(
        self,
        model: sentence_transformers.SentenceTransformer,
        identity: EncoderIdentity,
        precision: Precision = "float32",
    ) -> None:
        self.identity = identity
        self._model = model
        self._tokenizer: Any = model.tokenizer
        self._counting = _for_counting(self._tokenizer)
        self._precision = precision
        self._batch_tokens = _BATCH_TOKENS.get(model.device.type, _BATCH_TOKENS["cpu"])
        self._lock = threading.Lock()
        room = identity.max_tokens - self._tokenizer.num_special_tokens_to_add(False)  # noqa: FBT003 - its name differs
        self.passage_limit = room - self.count_tokens([identity.passage_prompt])[0]
        self.query_limit = room - self.count_tokens([identity.query_prompt])[0]

    @property
    def form(self) -> str:
        precision = "" if self._precision == "float32" else f", {self._precision}"
        return f"reference (sentence-transformers, {self._model.device.type}{precision})"

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if not texts:
            return []
        if self._counting is not None:
            return self._counting(texts)
        with self._lock:
            lists = self._tokenizer(list(texts), add_special_tokens=False, truncation=False)
        return [len(ids) for ids in lists["input_ids"]]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self.identity.dimension), np.float32)
        for rows in self._batches(texts):
            some = [texts[row] for row in rows]
            vectors[rows] = self._run(
                self._model.encode_document, some, self.identity.passage_prompt
            )
        return self._normalised(vectors)

    def encode_with_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, Vectors]:
        prompt = self.identity.passage_prompt
        vectors = np.empty((len(texts), self.identity.dimension), np.float32)
        found = [vectors[:0]] * len(texts)
        for rows in self._batches(texts):
            some = [texts[row] for row in rows]
            runs = self._run(self._model.encode_document, some, prompt, output_value=None)
            with self._lock:
                tokens = self._tokenizer(
                    [prompt + text for text in some], return_offsets_mapping=True
                )
            for row, offsets, features in zip(rows, tokens["offset_mapping"], runs, strict=True):
                vector = features["sentence_embedding"].float().cpu().numpy()
                vectors[row] = vector / np.linalg.norm(vector)
                mask = features["attention_mask"].bool()
                states = features["token_embeddings"][mask].float().cpu().numpy()
                spans = [Span(start + len(prompt), end + len(prompt)) for start, end in parts[row]]
                found[row] = mean_of_parts(states, offsets, spans, vectors[row])
        return vectors, np.concatenate([vectors[:0], *found])

    def encode_query(self, text: str) -> Vectors:
        vectors = self._run(self._model.encode_query, [text], self.identity.query_prompt)
        vector: Vectors = self._normalised(np.asarray(vectors, np.float32))[0]
        return vector

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self.identity.dimension), np.float32)
        longest_first = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        for first in range(0, len(longest_first), _QUERIES):
            rows = longest_first[first : first + _QUERIES]
            some = [texts[row] for row in rows]
            vectors[rows] = self._run(self._model.encode_query, some, self.identity.query_prompt)
        return self._normalised(vectors)

    def _batches(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """The places of texts in batches, the longest first; raises ModelError for one too long."""
        lengths = self.count_tokens(texts)
        order = sorted(range(len(texts)), key=lambda row: -lengths[row])
        if order and lengths[order[0]] > self.passage_limit:
            raise too_long(texts[order[0]], lengths[order[0]], self.identity)
        first = 0
        while first < len(order):
            longest = self.identity.max_tokens - self.passage_limit + lengths[order[first]]
            size = max(1, self._batch_tokens // longest)
            yield order[first : first + size]
            first += size

    def _normalised(self, vectors: Vectors) -> Vectors:
        """Vectors of length 1; torch has already normalised them, but perhaps in half precision."""
        if self._precision == "float32":
            return vectors
        normalised: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return normalised

    def _run(
        self, encode: Callable[..., Any], texts: list[str], prompt: str, **options: object
    ) -> Any:  # noqa: ANN401 - an array of vectors, or another type set by the options
        with self._lock:  # torch modules are not guaranteed to be thread-safe
            try:
                with self._in_precision():
                    return encode(
                        texts,
                        prompt=prompt,
                        batch_size=len(texts),
                        normalize_embeddings=True,
                        show_progress_bar=False,
                        **options,
                    )
            except RuntimeError as error:  # for example, not enough GPU memory
                raise ModelError(
                    f"model {self.identity.name} failed: {first_line(error)}"
                ) from error

    def _in_precision(self) -> AbstractContextManager[object]:
        if self._precision == "float32":
            return nullcontext()
        return torch.autocast(self._model.device.type, getattr(torch, self._precision))


def _for_counting(tokenizer: Any) -> TokenCounts | None:  # noqa: ANN401 - of any class
    """Counts with a copy of a fast tokenizer while the original prepares a batch.

    The original changes its settings for each batch, which another thread must not do meanwhile.
    None for a slow tokenizer.
    """
    fast = getattr(tokenizer, "backend_tokenizer", tokenizer)  # static models have a bare one
    if not isinstance(fast, tokenizers.Tokenizer):
        return None
    copy = tokenizers.Tokenizer.from_str(fast.to_str())
    copy.no_truncation()
    copy.no_padding()
    return TokenCounts(copy)
