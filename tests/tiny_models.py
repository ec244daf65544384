"""Tiny models for tests, made in a moment: two-layer BERTs with random weights, saved to disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
_WIDTH = 32


def letters(*marks: str) -> list[str]:
    """A vocabulary that can spell any word in letters, with some extra tokens."""
    return [*marks, *LETTERS, *(f"##{letter}" for letter in LETTERS)]


def tiny_bert(
    folder: Path,
    vocabulary: Sequence[str],
    positions: int,
    *,
    head: Literal["BertModel", "BertForSequenceClassification"] = "BertModel",
    labels: int = 1,
    seed: int = 3,
    spread: float = 0.02,
) -> Path:
    """A BERT and its tokenizer in a new ``folder``, for transformers to load.

    ``spread`` is the standard deviation of the weights. If it is small, all texts get nearly the
    same vector.
    """
    import torch
    import transformers

    folder.mkdir(parents=True)
    tokens = [*_SPECIAL, *vocabulary]
    (folder / "vocab.txt").write_text("\n".join(tokens), "utf-8")
    torch.manual_seed(seed)
    config = transformers.BertConfig(
        vocab_size=len(tokens),
        hidden_size=_WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=positions,
        initializer_range=spread,
    )
    config.num_labels = labels
    getattr(transformers, head)(config).save_pretrained(folder)
    transformers.BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


def tiny_encoder(
    folder: Path,
    vocabulary: Sequence[str],
    positions: int,
    *,
    pooling: str = "mean",
    prompts: Mapping[str, str] | None = None,
) -> Path:
    """A sentence-transformers model in ``folder``, with 32 dimensions, made on the CPU."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    bert = tiny_bert(folder / "bert", vocabulary, positions)
    modules = [
        Transformer(str(bert), max_seq_length=positions),
        Pooling(_WIDTH, pooling_mode=pooling),
    ]
    model = SentenceTransformer(modules=modules, prompts=dict(prompts or {}), device="cpu")
    model.save(str(folder / "model"))
    return folder / "model"


def tiny_cross_encoder(folder: Path, *, labels: int = 1) -> Path:
    """A sentence-transformers cross-encoder in ``folder``, for 64 tokens."""
    from sentence_transformers import CrossEncoder

    bert = tiny_bert(
        folder / "bert",
        letters(".", ",", "?"),
        64,
        head="BertForSequenceClassification",
        labels=labels,
        seed=5,
        spread=0.5,  # otherwise all pairs get the same score
    )
    CrossEncoder(str(bert), device="cpu").save_pretrained(str(folder / "model"))
    return folder / "model"
