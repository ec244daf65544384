"""Why a hit is in one answer and not in the other, if the same question is asked twice.

A hit that only one of two sides has is compared with the other side's index: its article is not
there, or has another text, or is split at other places; or the passage is there, but is ranked
lower. What ranks it lower is the model, a setting, or else the other articles: passages that are
new or gone, and how often words occur in all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from indexer.storing.stored import StoredArticle
from search.limits import Mode
from search.types import Hit


class Cause(StrEnum):
    """Why a hit is only in one of two answers, by what the second side has.

    >>> [cause.value for cause in found.causes]
    ['changed article', 'new article']
    """

    NEW = "new article"
    CHANGED = "changed article"
    GONE = "article gone"
    SPLIT = "split at other places"
    MODEL = "another model"
    MODE = "another mode"
    SETTING = "another setting"
    SPELLING = "spelling corrected otherwise"
    SHARE = "another weight of meaning and words"
    OTHERS = "changes to other articles"


Find: TypeAlias = Callable[[Hit], StoredArticle | None]
"""The article of a hit in the index of the other side."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Everything else that a ranking depends on, for one question.

    ``setting`` compares equal if tuning and splitting are the same.

    >>> before.ranking(first).cause(after.ranking(second)).value
    'another mode'
    """

    model: str
    mode: Mode
    setting: object
    corrected: str | None
    share: float

    def cause(self, other: "Ranking") -> Cause:
        """Why a passage that both sides have is ranked differently."""
        if self.model != other.model:
            return Cause.MODEL
        if self.mode != other.mode:
            return Cause.MODE
        if self.setting != other.setting:
            return Cause.SETTING
        if self.corrected != other.corrected:
            return Cause.SPELLING
        return Cause.SHARE if self.share != other.share else Cause.OTHERS


def cause_of_loss(hit: Hit, after: Find, ranked: Cause) -> Cause:
    """Why the second answer lacks a hit; ``ranked`` is the cause if its passage is still there."""
    return _cause(hit, after(hit), Cause.GONE, ranked)


def cause_of_gain(hit: Hit, before: Find, ranked: Cause) -> Cause:
    """Why the first answer lacks a hit; ``ranked`` is the cause if its passage was there."""
    return _cause(hit, before(hit), Cause.NEW, ranked)


def _cause(hit: Hit, article: StoredArticle | None, absent: Cause, ranked: Cause) -> Cause:
    if article is None:
        return absent
    if any(article.text[start:end] == hit.text for start, end in article.passages):
        return ranked
    return Cause.SPLIT if article.sha256 == hit.sha256 else Cause.CHANGED
