"""A question as one generation of an index reads it: corrected, encoded, weighted and answered."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from indexer.arrays import Vectors
from indexer.deriving.legibility import characters_per_token
from indexer.encoding.encoder import Encoder, encode_queries
from indexer.errors import ModelError
from indexer.storing.snapshot import Snapshot
from indexer.storing.state import State
from search.ranking.at_once import ASKERS
from search.ranking.diversity import few_of_an_article
from search.ranking.filters import EVERYTHING, Filter
from search.ranking.generation import Generation
from search.ranking.reranking import Reranker
from search.stages import Stages, run_stages
from search.types import Options


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as one generation reads it: corrected, and encoded if the mode needs that."""

    question: str
    corrected: str | None
    """``question``, if its spelling was corrected."""
    encoder: Encoder | None
    vector: Vectors | None

    @classmethod
    def read(
        cls, generation: Generation, question: str, encoder: Encoder | None, options: Options
    ) -> "Asked":
        """Correct the question, unless it is literal, and encode it, if there is an encoder."""
        corrected = _corrected(generation, question, encoder, options)
        question = corrected or question
        vector = encoder.encode_query(question) if encoder else None
        return cls(question, corrected, encoder, vector)

    @classmethod
    def read_together(
        cls,
        generation: Generation,
        questions: Sequence[str],
        encoder: Encoder | None,
        options: Options,
    ) -> "list[Asked]":
        """As ``read`` for each; they are encoded together."""
        corrected = [_corrected(generation, it, encoder, options) for it in questions]
        asked = [new or typed for new, typed in zip(corrected, questions, strict=True)]
        vectors = encode_queries(encoder, asked) if encoder else [None] * len(asked)
        return [
            cls(question, new, encoder, vector)
            for question, new, vector in zip(asked, corrected, vectors, strict=True)
        ]

    def cut(self) -> tuple[str, ...]:
        """A warning if the question has more tokens than the model reads."""
        if self.encoder is None:
            return ()
        limit = self.encoder.query_limit
        if len(self.question) <= limit:  # a token has at least one character
            return ()
        tokens = self.encoder.count_tokens([self.question])[0]
        if tokens <= limit:
            return ()
        return (
            f"the question is too long: only the first {limit} of its {tokens} tokens were used",
        )


_TOGETHER = 64
"""Questions that are encoded together: sorted by length, they are padded little."""


def read_ahead(
    generation: Generation, questions: Sequence[str], encoder: Encoder | None, options: Options
) -> Iterator[Asked]:
    """Each of many questions as one generation reads it, in order.

    The next ones are read in another thread while the caller answers these. Which ones are encoded
    together depends on their order alone, so the same questions always have the same vectors. If
    the model fails on one, those before it are read first. Raises ModelError.
    """
    from concurrent.futures import ThreadPoolExecutor  # a single question does not need it

    def read(first: int) -> Iterable[Asked]:
        some = questions[first : first + _TOGETHER]
        try:
            return Asked.read_together(generation, some, encoder, options)
        except ModelError:
            return (Asked.read(generation, one, encoder, options) for one in some)

    with ThreadPoolExecutor(1, "ahead") as thread:
        reading = thread.submit(read, 0)
        for following in range(_TOGETHER, len(questions) + _TOGETHER, _TOGETHER):
            some, reading = reading.result(), thread.submit(read, following)
            yield from some


@dataclass(frozen=True, slots=True)
class Seen:
    """An open generation of an index, and a question to it."""

    asked: Asked
    snapshot: Snapshot
    generation: Generation

    @property
    def state(self) -> State:
        return self.generation.state

    def stages(
        self,
        options: Options,
        wanted: Filter = EVERYTHING,
        reranker: Reranker | None = None,
    ) -> Stages:
        """Answer the question stage by stage, from the ``wanted`` passages."""
        with ASKERS.counted() as is_alone:
            return run_stages(
                self.generation,
                self.snapshot,
                self.asked.question,
                self.asked.vector,
                k=options.k,
                mode=options.mode,
                wanted=wanted,
                per_article=per_article(options),
                share=self._share(),
                reranker=reranker,
                exact=options.exact,
                is_alone=is_alone,
            )

    def _share(self) -> float:
        """The weight of the meaning in hybrid mode, see ``indexer.deriving.legibility``."""
        calibration, encoder = self.generation.calibration, self.asked.encoder
        if calibration is None:
            found = 0.5
        elif encoder is None:
            found = calibration.legibility.share()
        else:
            read = characters_per_token(encoder, self.asked.question)
            found = calibration.legibility.share(read)
        return self.generation.tuning.share(found)


def per_article(options: Options) -> int:
    """How many passages of an article are not moved back."""
    return options.per_article or few_of_an_article(options.k)


def _corrected(
    generation: Generation, question: str, encoder: Encoder | None, options: Options
) -> str | None:
    """The question with its spelling corrected; None if it is literal or needs no correction."""
    if options.literal:
        return None
    return generation.spelling.corrected(question, partial(_known_whole, encoder))


def _known_whole(encoder: Encoder | None, words: Sequence[str]) -> list[bool]:
    """Whether each word is one token of the model; no word is, in a mode without the model."""
    if encoder is None:
        return [False] * len(words)
    return [tokens == 1 for tokens in encoder.count_tokens(words)]
