"""Tokens are counted as the tokenizer finds them, though most words are never tokenized again."""

from collections.abc import Iterator, Sequence

import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import models, normalizers, pre_tokenizers

from indexer.encoding import counting
from indexer.encoding.counting import TokenCounts

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "owl", "##s", "tide", "rise", ".", "c", "##ls"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def bert(**settings: bool) -> tokenizers.Tokenizer:
    pieces = {piece: number for number, piece in enumerate(VOCABULARY)}
    tokenizer = tokenizers.Tokenizer(models.WordPiece(pieces, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(**settings)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer


def without_words() -> tokenizers.Tokenizer:
    """A tokenizer that joins what BERT's would split."""
    pieces = {"[UNK]": 0, "owls.": 1}
    tokenizer = tokenizers.Tokenizer(models.WordLevel(pieces, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


TOKENIZERS = [bert(), bert(lowercase=False), bert(clean_text=False), without_words()]
COUNTS = [TokenCounts(tokenizer) for tokenizer in TOKENIZERS]
PIECES = st.sampled_from(
    [*VOCABULARY, "Owls", " ", "\n", "\0", "\x0b", "[cls]", "é", "東京", "…", "—"]
)
TEXTS = st.lists(PIECES | st.characters(max_codepoint=127), max_size=20).map("".join) | st.text()


def tokenized(tokenizer: tokenizers.Tokenizer, texts: Sequence[str]) -> list[int]:
    encoded = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return [len(encoding) for encoding in encoded]


class Watched:
    """A tokenizer that notes what it tokenizes."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._tokenizer = bert()

    def __getattr__(self, name: str) -> object:
        return getattr(self._tokenizer, name)

    def encode_batch_fast(self, texts: list[str], *, add_special_tokens: bool) -> object:
        self.texts += texts
        return self._tokenizer.encode_batch_fast(texts, add_special_tokens=add_special_tokens)

    def taken(self) -> Iterator[str]:
        while self.texts:
            yield self.texts.pop()


@settings(max_examples=200)
@given(st.lists(TEXTS, max_size=4))
def test_any_text_has_as_many_tokens_as_the_tokenizer_finds(texts: list[str]) -> None:
    for tokenizer, counts in zip(TOKENIZERS, COUNTS, strict=True):
        assert counts(texts) == tokenized(tokenizer, texts)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("Owls... owls", 7),
        ("[SEP]", 1),
        ("[sep]", 3),
        ("o\0wls", 2),
        ("x" * 101, 1),
        ("owl\x0bs", 2),
        ("“Owls rise”…", 6),
    ],
)
def test_marks_special_tokens_and_control_characters_count_as_in_bert(
    text: str, tokens: int
) -> None:
    assert tokenized(bert(), [text]) == [tokens]
    assert TokenCounts(bert())([text]) == [tokens]


def test_a_word_in_ascii_is_tokenized_once() -> None:
    watched = Watched()
    counts = TokenCounts(watched)  # type: ignore[arg-type]
    assert counts(["Owls rise.", "owls, Owls"]) == [4, 5]
    assert sorted(watched.taken()) == ["Owls", "owls", "rise"]
    assert counts(["rise owls. Größe"]) == tokenized(bert(), ["rise owls. Größe"])
    assert counts(["rise owls tide"]) == [4]
    assert sorted(watched.taken()) == ["rise owls. Größe", "tide"]


def test_an_added_token_that_may_be_written_in_other_letters_is_left_to_the_tokenizer() -> None:
    tokenizer = bert()
    tokenizer.add_tokens([tokenizers.AddedToken("night owls", normalized=True)])
    assert TokenCounts(tokenizer)(["Night Owls"]) == tokenized(tokenizer, ["Night Owls"]) == [1]


def test_only_so_many_words_are_kept_and_no_very_long_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_MOST_KNOWN", 2)
    monkeypatch.setattr(counting, "_LONGEST", 10)
    counts = TokenCounts(bert())
    texts = ["owls rise", "tide tides", "x" * 20, "owls", "rise tides owls tide owl"]
    for text in [*texts, *texts]:
        assert counts([text]) == tokenized(bert(), [text])
        assert len(counts._known) <= 2 + 5
        assert b"x" * 20 not in counts._known
