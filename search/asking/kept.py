"""Keep the questions of the command line, because the user turned on the log with LOCUS_LOG.

Without a log, this module is not imported.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from search.asking.prompt import Shows
from search.logged.keeping import Keeping
from search.logged.log import QuestionLog
from search.types import Answer, Hit, Options


@dataclass(frozen=True, slots=True)
class KeptAsking:
    """Keeps the questions asked of the index in ``folder`` with ``options``, in the log ``named``.

    ``say`` prints a message.
    """

    named: str
    folder: Path
    options: Options
    say: Callable[[str], object]

    def question(self, answer: Answer) -> None:
        """Keep a single question, and say so if it is the first in this log."""
        log = QuestionLog(self.named, self.say)
        begins = not log.path.exists()
        is_kept = Keeping(log, "search", self.folder).asked(answer, self.options)
        if begins and is_kept:
            self.say(log.notice)

    def conversation(self, shows: Shows) -> Shows:
        """Say that questions are kept. What is returned shows the same, and keeps it."""
        log = QuestionLog(self.named, self.say)
        keeping = Keeping(log, "prompt", self.folder)

        def answer(answer: Answer) -> None:
            keeping.asked(answer, self.options)
            shows.answer(answer)

        def hit(hit: Hit) -> None:
            shows.hit(hit)
            keeping.opened(hit)

        self.say(log.notice)
        return Shows(answer, hit, shows.say)
