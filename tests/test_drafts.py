"""The key by which the store identifies a passage."""

from indexer.storing.drafts import passage_key
from indexer.types import Span
from tests.hashing import IDENTITY


def test_a_key_is_what_it_always_was() -> None:
    """If the key of a passage changed, every index would have to embed its passages again."""
    text = "Owls hunt mice. Größe, 日本語."
    key = passage_key(IDENTITY, text, [Span(0, 15), Span(16, 28)])
    assert key.hex() == "c27806c17181d4cfc15bc14ff6b75200"
    assert passage_key(IDENTITY, text, [Span(0, 28)]) != key
    assert passage_key(IDENTITY, text + " ", [Span(0, 15), Span(16, 28)]) != key
