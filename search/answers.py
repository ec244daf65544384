"""The answer to a question that a generation has read: its hits, confidence and warnings."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from indexer.arrays import Ids
from indexer.storing.facets import undated
from indexer.storing.near import did_you_mean, near_folders
from indexer.storing.snapshot import Snapshot
from indexer.storing.under import meaning
from indexer.types import Facets
from search.asked import Seen
from search.question import no_article_matches, no_article_under
from search.ranking.filters import EVERYTHING, Filter
from search.ranking.generation import Generation
from search.ranking.introducing import Introducing
from search.ranking.lines import LineNumbers
from search.ranking.reranking import Reranker
from search.types import Answer, Hit, Options
from search.workings import Watch, Workings

_NEAR_AMONG = 50_000
"""Names that a search looks at to suggest another folder, which takes a tenth of a second."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The options of a search, and the passages that they allow in one generation."""

    options: Options
    wanted: Filter
    warnings: tuple[str, ...] = ()
    """A warning if they allow no article."""

    @classmethod
    def of(
        cls,
        generation: Generation,
        snapshot: Snapshot,
        options: Options,
        without: Ids | None = None,
    ) -> Self:
        """The passages that ``options`` allow, except those ``without``."""
        others = EVERYTHING.without if without is None else without
        facets = options.facets
        if not facets:
            return cls(options, Filter(None, others))
        allowed = generation.allowed.matching(facets, snapshot)
        warnings = () if len(allowed) else tuple(_why_none(snapshot, facets))
        return cls(options, Filter(allowed, others), warnings)


def _why_none(snapshot: Snapshot, facets: Facets) -> Iterator[str]:
    """The warning that no article is meant by ``facets``."""
    under = facets.under
    if under is not None and meaning(snapshot.rows, under) is None:
        near = near_folders(snapshot.rows, under, _NEAR_AMONG)
        yield no_article_under(under) + did_you_mean(near)
        return
    undated_ones = undated(snapshot.rows) if facets.has_dates else 0
    yield no_article_matches(facets, undated_ones)


def answered(
    seen: Seen,
    query: str,
    scope: Scope,
    lines: LineNumbers,
    introducing: Introducing,
    reranker: Reranker | None = None,
    *,
    started: float,
    has_confidence: bool = True,
    watch: Watch | None = None,
) -> Answer:
    """Answer the question of ``seen``, which was typed as ``query``.

    ``started`` is when the work on it began, by ``time.perf_counter``. ``watch`` is called with how
    the answer came about.
    """
    options, generation = scope.options, seen.generation
    stages = seen.stages(options, scope.wanted, reranker)
    if watch is not None:
        watch(Workings(seen, stages, options))
    confidence = None
    if has_confidence and generation.calibration is not None:
        found = stages.confidence(options.mode, generation.calibration)
        confidence = round(found, 3)  # min_confidence is compared with the printed value
    hits: tuple[Hit, ...] = ()
    if confidence is None or confidence >= options.min_confidence:
        passages = stages.passages_of_page
        places = lines.of(passages, seen.snapshot), introducing.of(passages, seen.snapshot)
        hits = stages.hits(*places)
    state, asked = seen.state, seen.asked
    warnings = (*generation.warnings, *asked.cut(), *scope.warnings)
    return Answer(
        query=query,
        mode=options.mode,
        took_ms=(time.perf_counter() - started) * 1000,
        generation=state.generation,
        articles=state.articles,
        passages=state.passages,
        hits=hits,
        confidence=confidence,
        warnings=warnings,
        corrected=asked.corrected,
    )
