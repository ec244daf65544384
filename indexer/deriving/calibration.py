"""Calibrate confidence: measure how an index scores on questions that it cannot answer.

Every question has a nearest passage and usually shares some words with it. The typical cosine and
number of words depend on the collection and the model. So each index is searched with sixty
everyday questions about strangers, whose answers it cannot contain. Their scores show what chance
gives; the confidence of an answer grows with its distance from them.

The evidence of an answer depends on the mode: the cosine of the nearest passage, the largest share
of the question's words (weighted by rarity) that one passage contains, or the sum of both. It
separates the judged questions of a collection from those of other collections with an area under
the curve of 0.97 or more (SQuAD, SciFact, the seeds and titles of arXiv, each against the others).
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np

from indexer.deriving.legibility import Legibility
from indexer.deriving.lexical import LexicalIndex
from indexer.encoding.encoder import Encoder
from indexer.storing.evidence import coverage
from indexer.storing.snapshot import Snapshot

if TYPE_CHECKING:  # an index that is only searched by keywords needs no FAISS
    from indexer.deriving.vectors import VectorIndex

_CANDIDATES = 10
_EVEN_ODDS = 2.5
"""Standard deviations above chance at which confidence is one half. Of the questions of other
collections 1 to 15 % exceeded it, of a collection's own questions 85 to 97 %."""
_STEEPNESS = 1.5
_LEAST_SPREAD = 0.02


@dataclass(frozen=True, slots=True)
class Chance:
    """Mean and standard deviation of the evidence for questions without an answer."""

    mean: float
    spread: float

    def confidence(self, evidence: float) -> float:
        """How far evidence is above chance, as a number from 0 to 1."""
        above = (evidence - self.mean) / max(self.spread, _LEAST_SPREAD)
        return 1 / (1 + math.exp(-_STEEPNESS * (above - _EVEN_ODDS)))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Chance in each mode: for the cosine, for the words, and for the sum of both.

    ``legibility`` says how well the model reads the collection; nothing if format 2 wrote it.
    """

    semantic: Chance
    lexical: Chance
    hybrid: Chance
    legibility: Legibility = field(default_factory=Legibility)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        facts = json.loads(text)
        knots = facts.pop("legibility", {"knots": ()})["knots"]
        chances = {mode: Chance(**chance) for mode, chance in facts.items()}
        return cls(**chances, legibility=Legibility(tuple(map(tuple, knots))))


def nearest_cosines(encoder: Encoder, vectors: "VectorIndex") -> list[float]:
    """The cosine of each of ``QUESTIONS`` with its nearest passage."""
    cosines = []
    for question in QUESTIONS:
        scores, _ = vectors.search(encoder.encode_query(question), 1)
        vectors.release()
        cosines.append(float(scores.max(initial=0.0)))
    return cosines


def calibrate(
    encoder: Encoder, cosines: Sequence[float], words: LexicalIndex, snapshot: Snapshot
) -> Calibration:
    """Search an index with ``QUESTIONS``; it must have at least one passage.

    ``cosines`` are those of ``nearest_cosines``; of several shards, the highest for each question.
    """
    shares = []
    for question in QUESTIONS:
        asked = {word: words.rarity(word) for word in words.words_of(question)}
        _, found = words.search(question, _CANDIDATES)
        packed = [it.words for it in snapshot.passages(found.tolist()).values() if it.words]
        shares.append(max((coverage(asked, it) for it in packed), default=0.0))
    both = np.add(cosines, shares)
    legibility = Legibility.measure(encoder, snapshot)
    return Calibration(_chance(cosines), _chance(shares), _chance(both.tolist()), legibility)


def _chance(evidence: Sequence[float]) -> Chance:
    return Chance(round(float(np.mean(evidence)), 4), round(float(np.std(evidence)), 4))


QUESTIONS = (
    "What time does the bakery on our corner open on Sundays?",
    "Who left the blue umbrella in the hallway yesterday?",
    "How much did my cousin pay for her second-hand bicycle?",
    "Why is the printer on the third floor blinking again?",
    "Which key fits the small drawer in the kitchen?",
    "When will the plumber come to look at the leaking tap?",
    "Did anyone feed the neighbour's cat this morning?",
    "What was the name of the film we saw on the ferry?",
    "How long does the bus from the station to the stadium take in the rain?",
    "Where can I park near the dentist on market days?",
    "Which of the two red jackets is on sale this week?",
    "Who won the pub quiz last Thursday?",
    "How do I reset the alarm clock in the guest room?",
    "What did the teacher say about Anna's drawing?",
    "Is the swimming pool closed during the holidays?",
    "Which train carriage has a place for a pram?",
    "What should we bring to the picnic on Saturday?",
    "How many chairs are still missing for the wedding?",
    "Why did the landlord raise the rent in spring?",
    "Which phone company gives the cheapest calls to my aunt?",
    "Can the bookshop order a used copy by Friday?",
    "Who repaired the fence behind the football field?",
    "What is the password of the wireless network in the cabin?",
    "How far is the campsite from the nearest supermarket?",
    "When does the warranty of my washing machine end?",
    "Which song did the band play at the end of the concert?",
    "Why is the dog next door barking every night?",
    "Where did grandmother keep her recipe for plum cake?",
    "How much salt goes into the dough for ten rolls?",
    "Does the museum give a discount to students on Mondays?",
    "Which lawyer helped your brother with his contract?",
    "What colour did they paint the new playground?",
    "How many guests have answered the invitation so far?",
    "Who is going to water the plants while we are away?",
    "Is there a vegetarian dish on the menu tonight?",
    "When was the boiler in the basement last checked?",
    "Which player was injured in the second half?",
    "What is the best way to remove wax from a tablecloth?",
    "How did the neighbours vote about the new lift?",
    "Where is the nearest place to rent a canoe?",
    "Why was my parcel sent back to the warehouse?",
    "What does the mechanic charge for new brakes?",
    "Which bank account is the deposit paid into?",
    "How often does the night bus run on weekends?",
    "Who translated the letter from the insurance company?",
    "Is my passport still valid for the trip in August?",
    "What size of battery does the doorbell need?",
    "When do the tickets for the school play go on sale?",
    "Which shelf are the board games on?",
    "How can I stop my glasses from fogging up?",
    "What did the vet prescribe for the limping horse?",
    "Where did the choir stay during its tour?",
    "Why is the heating off in the waiting room?",
    "Which app shows the timetable of the tram?",
    "How heavy may my suitcase be on this flight?",
    "Who designed the poster for the street party?",
    "Does the gym have lockers that take coins?",
    "What is the name of the receptionist at the hotel?",
    "How many pages are missing from the photo album?",
    "Which stall sells the freshest peaches at noon?",
)
