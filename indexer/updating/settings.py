"""The settings of a run: those that it names, and otherwise those of the index."""

from dataclasses import dataclass, replace

from indexer.deriving.analysis import LANGUAGES, UNSTEMMED
from indexer.deriving.languages import AUTO, language_of
from indexer.errors import SourceError
from indexer.storing.database import Connection
from indexer.storing.state import State
from indexer.types import ANALYSIS, Splitting
from indexer.updating.request import Request


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run asks for; ``passage_tokens`` and ``language`` change one setting each."""

    splitting: Splitting | None = None
    passage_tokens: int | None = None
    language: str | None = None

    def check(self) -> None:
        """Raise SourceError if they cannot be used."""
        self._over(Splitting())

    def resolved(
        self, current: State | None, request: Request, connection: Connection
    ) -> Splitting:
        """The settings of a run over an index in the state ``current``.

        A language is found out, if it is not given. The analysis is the newest one; but an index of
        an older one keeps it until all of its sources can be read again.
        """
        settings = self._over(current.splitting if current else Splitting(language=AUTO))
        if settings.language == AUTO:
            language = language_of(request.samples(connection), UNSTEMMED)
            settings = replace(settings, language=language)
        if settings.analysis < ANALYSIS and request.reaches_all(connection):
            settings = replace(settings, analysis=ANALYSIS)
        return settings

    def _over(self, before: Splitting) -> Splitting:
        """These settings, and otherwise those ``before``."""
        settings = self.splitting or before
        if self.passage_tokens is not None:
            settings = replace(settings, target_tokens=self.passage_tokens)
        if self.language is not None:
            settings = replace(settings, language=self.language)
        if settings.language not in {AUTO, *LANGUAGES}:
            known = ", ".join(name for name in LANGUAGES if name != UNSTEMMED)
            raise SourceError(
                f"unknown language {settings.language!r}. Choose from: {known}, {UNSTEMMED} or"
                f" {AUTO}"
            )
        return settings
