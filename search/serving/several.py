"""Several questions in one request, which are answered from the same version of the index."""

from dataclasses import dataclass
from typing import Self

from indexer.errors import RequestError
from search.limits import MAX_QUERIES
from search.serving.api import Question, check_names, invalid, parsed


@dataclass(frozen=True, slots=True)
class Questions:
    """The parameters of ``/batch``, checked when read: questions with the same options.

    >>> Questions.from_json(b'{"queries": ["Who hunts at night?"], "k": 3}').first.k
    3
    """

    questions: tuple[Question, ...]

    @property
    def queries(self) -> list[str]:
        return [question.q for question in self.questions]

    @property
    def first(self) -> Question:
        """A question with the options that all of them have."""
        return self.questions[0]

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """The questions in the body of ``POST /batch``, UTF-8 JSON. Raises RequestError."""
        options = parsed(body)
        if "queries" not in options:
            raise invalid("missing parameter queries (a list of questions)")
        queries = options.pop("queries")
        if not isinstance(queries, list) or not 1 <= len(queries) <= MAX_QUERIES:
            raise invalid(f"queries must be a list of 1 to {MAX_QUERIES} questions")
        check_names(options, [name for name in Question.__slots__ if name != "q"])
        questions = []
        for number, query in enumerate(queries, 1):
            try:
                questions.append(Question.from_object({**options, "q": query}))
            except RequestError as error:
                is_option = not str(error).startswith("q ")
                raise invalid(f"{error}" if is_option else f"question {number}: {error}") from None
        return cls(tuple(questions))
