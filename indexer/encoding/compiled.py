"""The compiled form of an encoder: OpenVINO and a tokenizer, without torch. Only it imports them.

``export`` converts a whole sentence-transformers model, including pooling, to one OpenVINO graph.
It maps ``input_ids`` and ``attention_mask``, int64 ``(n, length)``, to unit vectors, float32
``(n, dimension)``, and, if parts of a text have vectors too, to token states, float32
``(n, length, dimension)``. A folder contains::

    model.xml, model.bin   the graph, its weights in float16
    tokenizer.json
    <processor>.blob       the graph compiled for queries on one type of processor: starts fast

None of these is parsed before its SHA-256 is compared with the recorded one.

The batch settings were measured (all-MiniLM-L6-v2, 2 cores): batches of 8 texts of similar length,
lengths padded to a multiple of 16, one batch in flight per core. Each new shape must be compiled,
so using few shapes saves more time than reducing the padding.
"""

import hashlib
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

# openvino's converter sends usage reports to an analytics host through this package; if the package
# is missing it uses a stub. Nothing may leave the machine, so the package must never load.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

import openvino
import tokenizers

from indexer.arrays import Vectors
from indexer.durable import file_sha256, written_whole
from indexer.encoding.counting import TokenCounts
from indexer.encoding.encoder import EncoderIdentity, mean_of_parts, too_long
from indexer.encoding.gathering import Gathered
from indexer.errors import DamagedModel, ModelError, first_line
from indexer.types import Span

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# The first call builds a table. Two threads that did so at once would deadlock: one waits for the
# table while it holds Python's lock, the other waits for that lock.
openvino.Type.i64.to_dtype()

# One Core for the process, never destroyed. At its first use OpenVINO's CPU plugin (2026.4) gives
# the calling thread an alternate signal stack that is large enough for AMX. If a Core is destroyed
# in another thread, or before a Core that was created later, the thread keeps a stack that is no
# longer mapped. The next signal that Python handles, such as Ctrl-C, then kills the process with
# SIGSEGV. faulthandler prints nothing, because it uses the same stack.
_CORE = openvino.Core()

FILES = ("model.xml", "model.bin", "tokenizer.json")
_BATCH = 8
_PASSAGE_SHAPE = 16
_QUERY_SHAPE = 8
_Ids = npt.NDArray[np.int64]


def export(model: "SentenceTransformer", folder: Path, *, states: bool) -> dict[str, str]:
    """Convert a loaded SentenceTransformer into ``folder``; returns each file's SHA-256 by name.

    With ``states`` the graph also returns the token states. Raises ModelError if the model's
    architecture cannot be converted.
    """
    import torch

    class Graph(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.modules_in_order = torch.nn.ModuleList(model)

        def forward(
            self, input_ids: torch.Tensor, attention_mask: torch.Tensor
        ) -> tuple[torch.Tensor, ...]:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            for module in self.modules_in_order:
                features = module(features)
            vectors = torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)
            return (vectors, features["token_embeddings"]) if states else (vectors,)

    tokenizer = getattr(model.tokenizer, "backend_tokenizer", None)
    if tokenizer is None:
        raise ModelError("it has no fast tokenizer")
    folder.mkdir(parents=True, exist_ok=True)
    example = torch.ones((2, 16), dtype=torch.int64)
    try:
        with torch.no_grad(), warnings.catch_warnings(action="ignore"):
            graph = openvino.convert_model(
                Graph().eval(), example_input={"input_ids": example, "attention_mask": example}
            )
        openvino.save_model(graph, folder / "model.xml", compress_to_fp16=True)
    # The tracer runs the model's own code, which may raise any exception.
    except Exception as error:
        raise ModelError(f"its architecture cannot be converted: {first_line(error)}") from error
    plain = tokenizers.Tokenizer.from_str(tokenizer.to_str())
    # The saved settings truncate or pad every text, which would hide its length.
    plain.no_truncation()
    plain.no_padding()
    plain.save(str(folder / "tokenizer.json"))
    return {name: file_sha256(folder / name) for name in FILES}


class CompiledEncoder:
    """An Encoder over an exported folder; see ``encoder.Encoder``."""

    def __init__(
        self,
        folder: Path,
        identity: EncoderIdentity,
        files: Mapping[str, str],
        precision: str,
        rebuild: Callable[[DamagedModel], Mapping[str, str]] | None = None,
    ) -> None:
        """``precision`` is f32, or auto for the fastest that the processor has in hardware.

        The graph is read when it is first needed. If it is damaged, ``rebuild`` rebuilds it and
        returns the hashes of the new files. Raises DamagedModel for a damaged tokenizer.
        """
        self.identity = identity
        self._folder = folder
        self._files = files
        self._rebuild = rebuild
        self._reading = Lock()
        capabilities = _CORE.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self._precision = "bf16" if precision == "auto" and "BF16" in capabilities else "f32"
        self._tokenizer = tokenizers.Tokenizer.from_buffer(self._read("tokenizer.json"))
        self._count = TokenCounts(self._tokenizer)
        special = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        room = identity.max_tokens - special
        self.passage_limit = room - self.count_tokens([identity.passage_prompt])[0]
        self.query_limit = room - self.count_tokens([identity.query_prompt])[0]
        self._run_query = Gathered[Sequence[int], Vectors](self._run_queries, _BATCH)

    @property
    def form(self) -> str:
        return f"compiled (OpenVINO, {self._precision})"

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._count(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        prompt = self.identity.passage_prompt
        encoded = self._tokenizer.encode_batch_fast([prompt + text for text in texts])
        vectors = np.empty((len(texts), self.identity.dimension), np.float32)
        for rows, request in self._runs(texts, encoded):
            vectors[rows] = request.get_output_tensor(0).data
        return vectors

    def encode_with_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, Vectors]:
        prompt = self.identity.passage_prompt
        encoded = self._tokenizer.encode_batch([prompt + text for text in texts])
        vectors = np.empty((len(texts), self.identity.dimension), np.float32)
        found: list[Vectors] = [vectors[:0]] * len(texts)
        for rows, request in self._runs(texts, encoded):
            vectors[rows] = request.get_output_tensor(0).data
            states = request.get_output_tensor(1).data
            for place, row in enumerate(rows):
                spans = [Span(start + len(prompt), end + len(prompt)) for start, end in parts[row]]
                offsets = encoded[row].offsets
                its = states[place, : len(offsets)]
                found[row] = mean_of_parts(its, offsets, spans, vectors[row])
        return vectors, np.concatenate([vectors[:0], *found])

    def _runs(
        self, texts: Sequence[str], encoded: Sequence[tokenizers.Encoding]
    ) -> Iterator[tuple[_Ids, openvino.InferRequest]]:
        """Run the model over texts; yields the rows of each batch and the request with its outputs.

        A request is valid until the next one is requested.
        """
        lengths = np.array([len(encoding) for encoding in encoded], np.int64)
        if len(lengths) and lengths.max() > self.identity.max_tokens:
            raise too_long(texts[int(lengths.argmax())], int(lengths.max()), self.identity)
        longest_first = np.argsort(-lengths, kind="stable")
        model = self._for_batches
        in_flight = model.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        # Requests are used in turn, without callbacks: a callback that holds Python's lock while
        # the model is destroyed would never release it.
        lanes: list[tuple[openvino.InferRequest, _Ids]] = []
        for first in range(0, len(longest_first), _BATCH):
            rows = longest_first[first : first + _BATCH]
            with self._errors():
                if len(lanes) == in_flight:
                    request, done = lanes.pop(0)
                    request.wait()
                    yield done, request
                else:
                    request = model.create_infer_request()
                ids, mask = self._padded([encoded[row].ids for row in rows], _PASSAGE_SHAPE)
                request.start_async({"input_ids": ids, "attention_mask": mask})
            lanes.append((request, rows))
        for request, done in lanes:
            with self._errors():
                request.wait()
            yield done, request

    def encode_query(self, text: str) -> Vectors:
        return self._run_query(self._query_ids(text))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        ids = [self._query_ids(text) for text in texts]
        longest_first = sorted(range(len(ids)), key=lambda row: -len(ids[row]))
        vectors = np.empty((len(texts), self.identity.dimension), np.float32)
        for row, vector in zip(
            longest_first,
            self._run_query.together([ids[row] for row in longest_first]),
            strict=True,
        ):
            vectors[row] = vector
        return vectors

    def _query_ids(self, text: str) -> Sequence[int]:
        """The token ids of a query with its prompt, truncated to the model's limit."""
        encoding = self._tokenizer.encode(
            self.identity.query_prompt + text, add_special_tokens=False
        )
        special = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        encoding.truncate(self.identity.max_tokens - special)
        encoding = self._tokenizer.post_process(encoding, None, add_special_tokens=True)
        ids: list[int] = encoding.ids
        return ids

    def _run_queries(self, rows: Sequence[Sequence[int]]) -> list[Vectors]:
        """The vectors of queries with these token ids, from one run of the model."""
        ids, mask = self._padded(rows, _QUERY_SHAPE)
        with self._errors():
            request = self._query_request
            request.infer({"input_ids": ids, "attention_mask": mask}, share_inputs=True)
            return list(request.get_output_tensor(0).data.copy())

    def _padded(self, rows: Sequence[Sequence[int]], multiple: int) -> tuple[_Ids, _Ids]:
        """Token ids and attention mask, int64 ``(n, length)``.

        The length is a multiple of ``multiple``, or the model's maximum if that is lower.
        """
        longest = max(map(len, rows))
        length = min(-(-longest // multiple) * multiple, self.identity.max_tokens)
        ids = np.zeros((len(rows), length), np.int64)
        mask = np.zeros((len(rows), length), np.int64)
        for row, tokens in enumerate(rows):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        return ids, mask

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Convert an OpenVINO exception inside the block to a ModelError."""
        try:
            yield
        except RuntimeError as error:
            raise ModelError(
                f"the optimised form of model {self.identity.name} failed: {first_line(error)}"
            ) from error

    @cached_property
    def _query_request(self) -> openvino.InferRequest:
        return self._for_queries.create_infer_request()

    @cached_property
    def _for_batches(self) -> openvino.CompiledModel:
        return self._compile("THROUGHPUT")

    @cached_property
    def _for_queries(self) -> openvino.CompiledModel:
        blob = self._folder / f"{self._processor()}.blob"
        noted = blob.with_suffix(".sha256")
        settings = self._settings("LATENCY")
        try:
            data = blob.read_bytes()
            if hashlib.sha256(data).hexdigest() == noted.read_text("ascii"):
                return _CORE.import_model(data, "CPU", settings)
        except (OSError, RuntimeError, UnicodeDecodeError):
            pass  # missing or outdated: compiled again from the graph below
        compiled = self._compile("LATENCY")
        data = compiled.export_model().getvalue()
        try:
            with written_whole(blob) as temporary:
                temporary.write_bytes(data)
            with written_whole(noted) as temporary:
                temporary.write_text(hashlib.sha256(data).hexdigest(), "ascii")
        except OSError:
            pass  # the cache is not writable; the next start takes a little longer
        return compiled

    def _compile(self, hint: str) -> openvino.CompiledModel:
        structure, weights = self._graph()
        graph = _CORE.read_model(structure, openvino.Tensor(np.frombuffer(weights, "u1")))
        return _CORE.compile_model(graph, "CPU", self._settings(hint))

    def _graph(self) -> tuple[bytes, bytes]:
        """The bytes of ``model.xml`` and ``model.bin``; rebuilds them once if either is damaged."""
        with self._reading:
            try:
                return self._read("model.xml"), self._read("model.bin")
            except DamagedModel as damage:
                if self._rebuild is None:
                    raise
                self._files = self._rebuild(damage)
                self._rebuild = None
                return self._read("model.xml"), self._read("model.bin")

    def _settings(self, hint: str) -> dict[str, str]:
        return {"PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": self._precision}

    def _processor(self) -> str:
        """A key for the blob, which works only with this processor type and OpenVINO version."""
        name = _CORE.get_property("CPU", "FULL_DEVICE_NAME")
        capabilities = _CORE.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        facts = [openvino.__version__, name, *sorted(capabilities), self._precision, os.cpu_count()]
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]

    def _read(self, name: str) -> bytes:
        path = self._folder / name
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DamagedModel(f"cannot read {path}: {error.strerror}") from None
        if hashlib.sha256(data).hexdigest() != self._files.get(name):
            raise DamagedModel(f"{path} is damaged (checksum mismatch)")
        return data
