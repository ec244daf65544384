"""Which questions went wrong, and why: for each, the stage that put another passage first.

A question went wrong if its first passage does not answer it: it contains no answer span or, for a
query without spans, is from no relevant article. The right passage is the best-ranked one that
would have answered. It is compared with the first hit at each stage: the cause is the stage at
which that one overtook, unless something before or after all stages explains it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from search.evaluation.measured.confusions import Confusion
from search.evaluation.measured.findings import Finding
from search.evaluation.measured.groups import ASKING_WORDS, Group, Share
from search.ranking.explanation import Place
from search.ranking.trace import FUSED, LEG, SECOND_LOOK, Trace

_HALF = 2
_EXAMPLES = 3


class FailureCause(StrEnum):
    """Why a question went wrong, and what to do about it.

    >>> FailureCause.SPLIT.value
    'answer split across passages'
    """

    ABSENT = "article not in the index"
    SPLIT = "answer split across passages"
    UNKNOWN = "words that no passage has"
    SKIPPED = "skipped by the quick vector search"
    NOT_FOUND = "among the candidates of no leg"
    COPY = "moved back as a near-copy"
    LIMIT = "moved back by the limit per article"
    PASSAGE = "right article, wrong passage"
    FUSION = "lost in fusion"
    SECOND_LOOK = "lost in the second look"
    RERANKING = "lost in reranking"
    OUTRANKED = "another passage ahead from the start"

    @property
    def meaning(self) -> str:
        """What happened, as a sentence."""
        return _MEANINGS[self]

    @property
    def advice(self) -> str:
        """What to do about it, as a sentence."""
        return _ADVICE[self]


_MEANINGS = {
    FailureCause.ABSENT: "The index has none of the relevant articles.",
    FailureCause.SPLIT: "No passage contains the whole answer.",
    FailureCause.UNKNOWN: "At least half of the question's words are in no passage, and the"
    " model does not know them.",
    FailureCause.SKIPPED: "The search by meaning reads only a part of a large index, and the right"
    " passage was in another part.",
    FailureCause.NOT_FOUND: "The right passage has too few of the question's words, and its meaning"
    " is too far from the question.",
    FailureCause.COPY: "The right passage nearly repeats a better hit, so it was shown after the"
    " others.",
    FailureCause.LIMIT: "Its article already had as many hits as one article may have.",
    FailureCause.PASSAGE: "Another passage of the same article came first.",
    FailureCause.FUSION: "One leg ranked the right passage ahead of the first hit, but the sum of"
    " both did not, or left it out of the second look.",
    FailureCause.SECOND_LOOK: "The right passage was ahead until the candidates were scored again"
    " by their sentences.",
    FailureCause.RERANKING: "The right passage was ahead until the cross-encoder read the"
    " candidates.",
    FailureCause.OUTRANKED: "The right passage was a candidate, but every leg preferred the first"
    " hit.",
}
_TUNE = "Run `locus tune`: it tries other weights of meaning and words, and more candidates."
_ADVICE = {
    FailureCause.ABSENT: "Add the articles to the index, or remove their judgements.",
    FailureCause.SPLIT: "Run `locus tune`: it tries longer passages.",
    FailureCause.UNKNOWN: "Add the words that people use to the article.",
    FailureCause.SKIPPED: "Search with `--exact`.",
    FailureCause.NOT_FOUND: "Add the words that people use to the article, for example in a heading"
    " above the answer.",
    FailureCause.COPY: "Keep only one of the copies, or judge them all.",
    FailureCause.LIMIT: "Ask for more passages with `-k`, or raise `--per-article` in searches.",
    FailureCause.PASSAGE: "Try other passage lengths with `locus tune`, and give each part of an"
    " article its own heading.",
    FailureCause.FUSION: _TUNE,
    FailureCause.SECOND_LOOK: "Try `--rerank`, or run `locus tune`.",
    FailureCause.RERANKING: "Compare with the scores without `--rerank`.",
    FailureCause.OUTRANKED: "Read the first hit: if it answers too, judge it. Otherwise add the"
    " words that people use next to the answer.",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that went wrong.

    ``article`` is the best-ranked relevant article, ``first`` the article of the first hit, None if
    there is none; ``is_judged`` says whether ``first`` has a grade. ``overtaken`` is the
    stage at which the first hit overtook, whatever the cause. ``places`` are those of the right
    passage, and empty if there is none. ``unread`` are words of the question that neither any
    passage nor the model has. ``cause`` is None for a run that was read from a file.

    >>> failure = evaluation.failures.found[0]
    >>> failure.cause.value, failure.first, failure.article
    ('lost in fusion', 'tides.md', 'sea.md')
    """

    query: str
    text: str
    cause: FailureCause | None
    article: str
    first: str | None
    is_judged: bool
    overtaken: FailureCause | None = None
    places: tuple[Place, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def ranks(self) -> str:
        """The rank of the right passage at each stage, in words."""
        return ", ".join(f"{it.stage} {it.rank or 'none'}" for it in self.places)

    def as_json(self) -> dict[str, Any]:
        return {
            "query": self.query,
            "text": self.text,
            "article": self.article,
            "first": self.first,
            "first_judged": self.is_judged,
            "overtaken": self.overtaken and self.overtaken.value,
            "stages": [{"stage": it.stage, "rank": it.rank} for it in self.places],
            "unknown_words": list(self.unread),
        }


@dataclass(frozen=True, slots=True)
class Failures:
    """The questions that went wrong, the worst first, and what they have in common.

    ``share`` counts the questions that have a relevant article. ``confusions`` and ``groups`` are
    complete.

    >>> for cause, found in evaluation.failures.by_cause().items():
    ...     print(len(found), cause.value, cause.advice)
    """

    share: Share
    found: tuple[Failure, ...]
    confusions: tuple[Confusion, ...]
    groups: tuple[Group, ...]

    @property
    def unjudged(self) -> int:
        """How many have a first hit from an article that nobody judged for the question."""
        return sum(one.first is not None and not one.is_judged for one in self.found)

    def by_cause(self) -> Mapping[FailureCause, Sequence[Failure]]:
        """The questions of each cause, the most frequent first, and of each the worst first."""
        causes: dict[FailureCause, list[Failure]] = {}
        for one in self.found:
            if one.cause is not None:
                causes.setdefault(one.cause, []).append(one)
        order = list(FailureCause)
        ordered = sorted(causes, key=lambda it: (-len(causes[it]), order.index(it)))
        return {cause: causes[cause] for cause in ordered}

    def overtaken_by(self, cause: FailureCause) -> Mapping[FailureCause, int]:
        """The questions of a cause by the stage at which their first hit overtook."""
        stages = (one.overtaken for one in self.found if one.cause is cause)
        return dict(Counter(stage for stage in stages if stage is not None).most_common())

    def telling(self) -> list[Group]:
        """Groups that are not small and whose whole interval is above the share of all."""
        return [
            one
            for one in self.groups
            if not one.share.is_small and one.share.low > self.share.value
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            **self.share.as_json(),
            "first_not_judged": self.unjudged,
            "causes": [
                {
                    "cause": cause.value,
                    "questions": len(found),
                    "share": round((its := Share.of(len(found), self.share.questions)).value, 4),
                    "low": round(its.low, 4),
                    "high": round(its.high, 4),
                    "meaning": cause.meaning,
                    "advice": cause.advice,
                    "overtaken": {
                        stage.value: count for stage, count in self.overtaken_by(cause).items()
                    },
                    "examples": [one.as_json() for one in found[:_EXAMPLES]],
                }
                for cause, found in self.by_cause().items()
            ],
            "confusions": [one.as_json() for one in self.confusions],
            "groups": [one.as_json() for one in self.groups],
        }


def cause_of(finding: Finding, *, right_article_first: bool) -> FailureCause:
    """Why a question went wrong; ``right_article_first`` if its first hit is from the article."""
    trace = finding.trace
    if trace is None:
        return FailureCause.SPLIT if finding.is_split else FailureCause.ABSENT
    subject = finding.words.keys() - ASKING_WORDS
    if subject and _HALF * len(subject & set(finding.unread)) >= len(subject):
        return FailureCause.UNKNOWN
    if not trace.is_candidate:
        return FailureCause.SKIPPED if finding.was_missed else FailureCause.NOT_FOUND
    if trace.is_copy or trace.over_limit:
        return FailureCause.COPY if trace.is_copy else FailureCause.LIMIT
    return FailureCause.PASSAGE if right_article_first else overtaken(trace)


def overtaken(trace: Trace) -> FailureCause:
    """The stage at which the first hit overtook."""
    if trace.is_ahead(SECOND_LOOK):
        return FailureCause.RERANKING
    if trace.is_ahead(FUSED):
        return FailureCause.SECOND_LOOK
    if trace.is_ahead(LEG) or not trace.went_on(FUSED):
        return FailureCause.FUSION
    return FailureCause.OUTRANKED
