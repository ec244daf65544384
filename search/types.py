"""What a searcher answers with. ``as_json`` gives the contract's shape: keep it stable."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

Mode = Literal["hybrid", "semantic", "lexical"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class Span:
    """Character offsets into the article's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that answers: ``text == article_text[start:end]``.

    ``article`` is the path relative to ``source``; for an article of a corpus, its ``_id``.
    ``sha256`` is that of the article's text. ``semantic`` is the cosine of question and passage.
    ``highlight`` is the sentence that answers best. ``rerank`` is None unless a reranker read it.
    """

    rank: int
    score: float
    semantic: float | None
    lexical: float | None
    article: str
    source: str
    title: str
    sha256: str
    start: int
    end: int
    text: str
    highlight: Span | None
    rerank: float | None = None

    def as_json(self) -> dict[str, Any]:
        rerank = {} if self.rerank is None else {"rerank": self.rerank}
        return {
            "rank": self.rank,
            "score": self.score,
            "scores": {"semantic": self.semantic, "lexical": self.lexical, **rerank},
            "article": self.article,
            "source": self.source,
            "title": self.title,
            "sha256": self.sha256,
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "highlight": self.highlight
            and {"start": self.highlight.start, "end": self.highlight.end},
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The hits of one question, best first, from one generation of one index."""

    query: str
    mode: Mode
    took_ms: float
    generation: int
    articles: int
    passages: int
    hits: tuple[Hit, ...]
    warnings: tuple[str, ...] = ()
    confidence: float | None = None
    """From 0 to 1, how far the answer stands out from what chance would find; None: not known."""

    def as_json(self) -> dict[str, Any]:
        return {
            "query": self.query,
            "mode": self.mode,
            "took_ms": round(self.took_ms, 3),
            "index": {
                "generation": self.generation,
                "articles": self.articles,
                "passages": self.passages,
            },
            "confidence": None if self.confidence is None else round(self.confidence, 3),
            "hits": [hit.as_json() for hit in self.hits],
            "warnings": list(self.warnings),
        }
