"""The result of evaluating a log of questions: as text, as JSON, and question by question."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

from search.evaluation.measured.replay import Replayed
from search.evaluation.measured.tables import columns
from search.evaluation.measured.usage import RANKS, SOON, Usage, UsageShare, reciprocal_ranks
from search.logged.reading import KeptQuestion

_WIDTH = 80
_CAUTION = (
    "These are no judgements. People mostly open what stands first, and need not open what they"
    " can read in the list. Compare these figures with those of other months, not with nDCG or"
    " other measures of judged questions."
)
_CAUTION_AGAIN = (
    "Only what was shown then could be opened, so an index that ranks as it did then looks best."
)


@dataclass(frozen=True, slots=True)
class LogEvaluation:
    """The questions of a log called ``name``, in the order of time, and what they show.

    ``replayed`` has the questions that were asked again of generation ``generation``; both are None
    if none were.
    """

    name: str
    questions: Sequence[KeptQuestion]
    usage: Usage
    replayed: Sequence[Replayed] | None
    generation: int | None

    def as_text(self) -> str:
        first, last = (self.questions[at].question.time.date() for at in (0, -1))
        asked = f"{len(self.questions):,} questions" if len(self.questions) > 1 else "1 question"
        parts = [f"{self.name}: {asked} from {first} to {last}", _share_table(self.usage.shares)]
        if self.usage.reciprocal is not None:
            names = [name for name, *_ in RANKS]
            counts = [f"{count:,}" for count in self.usage.ranks]
            parts.append(columns([("rank of the first opened", *names), ("questions", *counts)]))
            found = self.usage.reciprocal
            interval = f"95% interval {found.low:.3f} to {found.high:.3f}"
            parts.append(f"RR of the first opened: {found.mean:.3f} ({interval})")
        parts.append(fill(_CAUTION, _WIDTH))
        if self.replayed:
            parts += [_replay_text(self.replayed, self.generation), fill(_CAUTION_AGAIN, _WIDTH)]
        return "\n\n".join(parts)

    def as_json(self) -> dict[str, Any]:
        found = self.usage
        return {
            "log": self.name,
            "questions": len(self.questions),
            "first": self.questions[0].question.time.isoformat(timespec="milliseconds"),
            "last": self.questions[-1].question.time.isoformat(timespec="milliseconds"),
            "are_judgements": False,
            "shares": {_key(share.name): share.as_json() for share in found.shares},
            "rr_of_first_opened": found.reciprocal and found.reciprocal.as_json(),
            "ranks_of_first_opened": {
                name: count for (name, *_), count in zip(RANKS, found.ranks, strict=True)
            },
            "again": None if self.replayed is None else self._again_as_json(self.replayed),
        }

    def rows(self) -> list[dict[str, Any]]:
        again = {it.question.id: it for it in self.replayed or ()}
        return [
            {
                **kept.as_json(),
                "outcome": self.usage.outcomes.get(kept.question.id),
                "rank_now": again[kept.question.id].now if kept.question.id in again else None,
                "verdict": again[kept.question.id].standing if kept.question.id in again else None,
            }
            for kept in self.questions
        ]

    def table(self) -> str:
        """One line per question: when it was asked, its outcome, and the rank then and now."""
        again = {it.question.id: it for it in self.replayed or ()}
        cells = [("asked", "outcome", "opened", "now")]
        for kept in self.questions:
            asked = kept.question
            now = "" if asked.id not in again else str(again[asked.id].now or "-")
            opened = "" if kept.first_rank is None else str(kept.first_rank)
            outcome = self.usage.outcomes.get(asked.id, "")
            cells.append((f"{asked.time:%Y-%m-%d %H:%M}", outcome, opened, now))
        texts = ["question", *(" ".join(kept.question.query.split()) for kept in self.questions)]
        lines = columns(cells).split("\n")
        width = max(map(len, lines))
        return "\n".join(
            f"{line.ljust(width)}  {text}" for line, text in zip(lines, texts, strict=True)
        )

    def _again_as_json(self, replayed: Sequence[Replayed]) -> dict[str, Any]:
        then = reciprocal_ranks("then", [it.then for it in replayed])
        now = reciprocal_ranks("now", [it.now for it in replayed])
        return {
            "generation": self.generation,
            "questions": len(replayed),
            **_moves(replayed),
            "rr_then": then and then.as_json(),
            "rr_now": now and now.as_json(),
        }


def _share_table(shares: Sequence[UsageShare]) -> str:
    rows = [("", "share", "95% interval", "questions")]
    rows += [
        (it.name, f"{it.share:.3f}", f"{it.low:.3f} to {it.high:.3f}", f"{it.questions:,}")
        for it in shares
        if it.share is not None
    ]
    minutes = SOON.total_seconds() / 60
    reworded = f"reworded: the next question, within {minutes:g} minutes, has similar words"
    return f"{columns(rows)}\n\n{reworded}"


def _moves(replayed: Sequence[Replayed]) -> dict[str, int]:
    found = [(it.then, it.now) for it in replayed if it.now is not None]
    gone = sum(it.standing == "gone" for it in replayed)
    return {
        "higher": sum(now < then for then, now in found),
        "same": sum(now == then for then, now in found),
        "lower": sum(now > then for then, now in found),
        "not_found": len(replayed) - len(found) - gone,
        "gone": gone,
    }


def _replay_text(replayed: Sequence[Replayed], generation: int | None) -> str:
    then = reciprocal_ranks("then", [it.then for it in replayed])
    now = reciprocal_ranks("now", [it.now for it in replayed])
    moves = _moves(replayed)
    rows = [("", "mean", "95% interval", "questions")]
    rows += [
        (name, f"{it.mean:.3f}", f"{it.low:.3f} to {it.high:.3f}", f"{it.queries:,}")
        for name, it in (("RR when it was opened", then), ("RR now", now))
        if it is not None
    ]
    said = (
        f"rank now: higher {moves['higher']:,}, the same {moves['same']:,}, lower"
        f" {moves['lower']:,}, not found {moves['not_found']:,}; text gone {moves['gone']:,}"
    )
    heading = f"Asked again of generation {generation}: where is the passage that was opened first?"
    return f"{heading}\n\n{columns(rows)}\n\n{said}"


def _key(name: str) -> str:
    return name.replace(",", "").replace(" ", "_")
