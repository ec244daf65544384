"""From a question to hits, stage by stage, over one generation of an index.

legs -> fused -> re-scored -> reranked, if requested -> spread out -> hits. A leg is a search by
meaning or by words. The candidates of each stage are kept, so that ``explain`` can show at which
stage an article dropped out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from indexer.arrays import Vectors
from indexer.deriving.calibration import Calibration
from indexer.deriving.lexical import LexicalIndex
from indexer.storing.evidence import hashed
from indexer.storing.snapshot import Snapshot
from indexer.storing.stored import StoredPassage
from search.limits import Mode
from search.ranking.diversity import spread_out
from search.ranking.explanation import StageRanking
from search.ranking.filters import Filter
from search.ranking.fusion import Candidates
from search.ranking.generation import Generation
from search.ranking.introducing import first_answering
from search.ranking.legs import Legs, legs_of
from search.ranking.reranking import Reranked, Reranker, rerank
from search.ranking.rescoring import EncodedQuestion, Evidence, Rescored, rescore
from search.ranking.trace import FUSED, PAGE, RERANKED, SECOND_LOOK
from search.ranking.words import marked, passage_words
from search.types import Hit, Span


@dataclass(frozen=True, slots=True)
class Stages:
    """The candidates of each stage for one question, best first, and their passages."""

    legs: Legs
    rescored: Candidates
    reranked: Reranked | None
    page: Candidates
    sentences: Mapping[int, tuple[int, ...]]
    """The sentences of each passage that may be marked, best first."""
    passages: Mapping[int, StoredPassage]
    coverage: float
    """The largest share of the question's words, weighted by rarity, that a passage contains."""

    def confidence(self, mode: Mode, calibration: Calibration) -> float:
        """How clearly the answer stands out from those to unrelated questions, from 0 to 1."""
        nearest = float(self.legs.semantic.scores.max(initial=0.0))
        if mode == "semantic":
            return calibration.semantic.confidence(nearest)
        if mode == "lexical":
            return calibration.lexical.confidence(self.coverage)
        return calibration.hybrid.confidence(nearest + self.coverage)

    def rankings(self, k: int) -> tuple[StageRanking, ...]:
        """The ranking of each stage after the legs, for ``k`` hits."""
        return (
            StageRanking(FUSED, self.legs.ranked(), self.legs.rescored),
            StageRanking(SECOND_LOOK, self.rescored, k),
            *([StageRanking(RERANKED, self.reranked.ranked, k)] if self.reranked else []),
            StageRanking(PAGE, self.page, k),
        )

    @property
    def passages_of_page(self) -> list[StoredPassage]:
        """The passages of the hits, best first."""
        return [self.passages[number] for number in self.page.ids.tolist()]

    def hits(
        self, lines: Mapping[int, int], introducing: Mapping[int, Sequence[Span]]
    ) -> tuple[Hit, ...]:
        """The hits, best first; ``lines`` has the line of each passage by its id.

        ``introducing`` has the parts that are not marked, see ``ranking.introducing``.
        """
        semantic, lexical = self.legs.semantic.by_id(), self.legs.lexical.by_id()
        reranked = self.reranked.scores if self.reranked else {}
        return tuple(
            _hit(
                rank,
                score,
                self.passages[number],
                lines[number],
                first_answering(
                    self.passages[number], self.sentences[number], introducing.get(number, ())
                ),
                (semantic.get(number), lexical.get(number), reranked.get(number)),
            )
            for rank, (score, number) in enumerate(
                zip(self.page.scores.tolist(), self.page.ids.tolist(), strict=True), 1
            )
        )


# BLAS computes unused lanes of a register too, whatever they contain, and so sometimes sets the
# processor's flag for an invalid result, which numpy would print as a warning.
@np.errstate(invalid="ignore")
def run_stages(
    generation: Generation,
    snapshot: Snapshot,
    question: str,
    vector: Vectors | None,
    *,
    k: int,
    mode: Mode,
    wanted: Filter,
    per_article: int,
    share: float = 0.5,
    reranker: Reranker | None = None,
    exact: bool = False,
    is_alone: bool = False,
) -> Stages:
    """Answer a question with ``k`` passages. ``vector`` is the question's; None in lexical mode.

    ``share`` is the weight of the semantic leg in hybrid mode. ``wanted`` says which
    passages to search. If it is ``exact``, the vector is compared with all of theirs. ``is_alone``
    says that no other question is being answered, so that both legs may use the cores at once.
    """
    nearest = partial(generation.by_meaning, wanted=wanted, exact=exact)
    legs = legs_of(generation, question, vector, k, mode, wanted, share, nearest, is_alone=is_alone)
    ids = legs.fused.ids.tolist()
    passages = generation.kept.passages(ids, snapshot)
    if len(passages) < len(ids):
        raise snapshot.damaged("some passages of the vector or keyword index are missing from it")
    words = generation.words
    asked = {word: words.rarity(word) for word in sorted(words.words_of(question))}
    rescored = _rescored(generation, snapshot, asked, vector, legs, passages)
    ranked = _settled(rescored.ranked, passages)
    reranked = None
    if reranker is not None:
        reranked = rerank(
            reranker,
            question,
            ranked,
            lambda number: f"{passages[number].title}\n{passages[number].text}",
            legs.rescored,
        )
    page = spread_out(
        reranked.ranked if reranked else ranked,
        lambda number: passages[number].article_id,
        lambda number: passage_words(words, passages[number]),
        k,
        per_article,
    )
    sentences, coverage = rescored.sentences, rescored.coverage
    return Stages(legs, ranked, reranked, page, sentences, passages, coverage)


def _rescored(
    generation: Generation,
    snapshot: Snapshot,
    asked: Mapping[str, float],
    vector: Vectors | None,
    legs: Legs,
    passages: Mapping[int, StoredPassage],
) -> Rescored:
    words = generation.words
    first = legs.fused.ids[: legs.rescored].tolist()
    parts = generation.kept.parts(first, snapshot) if vector is not None else {}
    known = {
        number: Evidence(it.article_id, it.sentence_count, it.words, parts.get(number))
        for number, it in ((number, passages[number]) for number in first)
        if it.words is not None
    }
    if len(known) < len(first):  # an index of format 1
        marks = marked(words, asked, passages.values())
        return Rescored(legs.fused, marks)
    rarity = np.fromiter(asked.values(), np.float32, len(asked))
    rescored = rescore(
        EncodedQuestion(hashed(asked), rarity, vector),
        legs.fused.best(legs.rescored),
        legs.semantic.by_id(),
        legs.lexical.by_id(),
        known,
        legs.typical,
        legs.share,
    )
    return _followed_by(rescored, legs.fused, words, asked, passages)


def _settled(ranked: Candidates, passages: Mapping[int, StoredPassage]) -> Candidates:
    """Sort candidates of equal score by name and position, so that no update reorders them."""
    if (ranked.scores[1:] < ranked.scores[:-1]).all():
        return ranked

    def place(pair: tuple[float, int]) -> tuple[float, str, str, int]:
        it = passages[pair[1]]
        return -pair[0], it.source, it.article, it.start

    pairs = sorted(zip(ranked.scores.tolist(), ranked.ids.tolist(), strict=True), key=place)
    ids = np.array([number for _, number in pairs], np.int64)
    return Candidates(np.array([score for score, _ in pairs], np.float32), ids)


def _followed_by(
    rescored: Rescored,
    fused: Candidates,
    words: LexicalIndex,
    asked: Mapping[str, float],
    passages: Mapping[int, StoredPassage],
) -> Rescored:
    """The re-scored candidates, and after them the others in their previous order."""
    others = fused.ids[len(rescored.ranked.ids) :].tolist()
    if not others:
        return rescored
    ranked = rescored.ranked
    last = np.minimum(fused.scores[len(ranked.ids) :], ranked.scores[-1])
    ids = np.concatenate([ranked.ids, fused.ids[len(ranked.ids) :]])
    marks = marked(words, asked, (passages[number] for number in others))
    return Rescored(
        Candidates(np.concatenate([ranked.scores, last]), ids),
        {**rescored.sentences, **marks},
        rescored.coverage,
    )


def _hit(
    rank: int,
    score: float,
    passage: StoredPassage,
    line: int,
    sentence: int | None,
    scores: tuple[float | None, float | None, float | None],
) -> Hit:
    semantic, lexical, reranked = scores
    known = passage.known
    return Hit(
        rank=rank,
        score=score,
        semantic=semantic,
        lexical=lexical,
        article=passage.article,
        source=passage.source,
        title=passage.title,
        sha256=passage.sha256,
        start=passage.start,
        end=passage.end,
        line=line,
        text=passage.text,
        highlight=None if sentence is None else passage.sentence(sentence),
        rerank=reranked,
        where=passage.place,
        date=known.date,
        authors=known.authors,
    )
