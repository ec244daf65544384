"""Pack the words of a passage's title and sentences for the store (see ``evidence``).

A word of letters and digits in ASCII is analysed once and then known: an analysis of each sentence
would take several times as long. Other texts are analysed as they are.
"""

import string
from collections.abc import Sequence

from indexer.deriving.analysis import Analyzer
from indexer.storing.evidence import pack_hashes, word_hash

_WORD = (string.ascii_letters + string.digits).encode()
_ONLY_WORDS = bytes(byte if byte in _WORD else ord(" ") for byte in range(256))
"""A table for ``bytes.translate`` that leaves the words of an ASCII text, as tantivy finds them."""
_MOST_KNOWN = 2**17


class _Known(dict[bytes, int | None]):
    """The hash of each word in ASCII that occurred; None for one that is not stored."""

    def __init__(self, analyzer: Analyzer) -> None:
        super().__init__()
        self._analyzer = analyzer

    def __missing__(self, word: bytes) -> int | None:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        analysed = self._analyzer.words(word.decode())
        found = self[word] = word_hash(analysed[0]) if analysed else None
        return found


class WordPacker:
    """Packs the words of texts as one index stores them; for one thread at a time."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._known = _Known(analyzer)

    def pack(self, texts: Sequence[str]) -> bytes:
        """The words of each text, packed: those of a title, then those of each sentence."""
        return pack_hashes([self._hashes(text) for text in texts])

    def _hashes(self, text: str) -> list[int]:
        """The hashes of a text's words, each once and ascending."""
        if not text.isascii():
            return sorted(set(map(word_hash, self._analyzer.words(text))))
        words = text.encode().translate(_ONLY_WORDS).split()
        found = set(map(self._known.__getitem__, words))
        return sorted([one for one in found if one is not None])
