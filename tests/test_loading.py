"""The encoder of an index is loaded once, beside other work, and must be the right one."""

import threading
from pathlib import Path

import pytest

from indexer.encoding import models
from indexer.encoding.encoder import EncoderIdentity
from indexer.errors import EncoderMismatch, ModelError
from search.loading import EncoderOfIndex
from tests.hashing import IDENTITY, HashingEncoder, other_encoder

FOLDER = Path("x.locus")


def test_it_is_loaded_once_for_several_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[EncoderIdentity] = []

    def load(identity: EncoderIdentity) -> HashingEncoder:
        loaded.append(identity)
        return HashingEncoder()

    monkeypatch.setattr(models, "load", load)
    encoder = EncoderOfIndex(FOLDER)
    threads = [threading.Thread(target=encoder.of, args=[IDENTITY]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert encoder.of(IDENTITY) is encoder.of(IDENTITY)
    assert loaded == [IDENTITY]


def test_it_is_loaded_beside_a_block_and_ready_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, is_open = threading.Event(), threading.Event()

    def load(_: EncoderIdentity) -> HashingEncoder:
        begun.set()
        assert is_open.wait(10)
        return HashingEncoder()

    monkeypatch.setattr(models, "load", load)
    encoder = EncoderOfIndex(FOLDER)
    with encoder.beside(IDENTITY):
        assert begun.wait(10), "while the block goes on"
        is_open.set()
    monkeypatch.delattr(models, "load")
    assert encoder.of(IDENTITY).identity == IDENTITY


def test_what_goes_wrong_beside_a_block_is_raised_where_the_encoder_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load(_: EncoderIdentity) -> HashingEncoder:
        raise ModelError("no such model")

    monkeypatch.setattr(models, "load", load)
    encoder = EncoderOfIndex(FOLDER)
    with encoder.beside(IDENTITY):
        pass
    with pytest.raises(ModelError, match="no such model"):
        encoder.of(IDENTITY)


def test_nothing_is_loaded_beside_a_block_that_needs_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(models, "load")
    given = HashingEncoder()
    with EncoderOfIndex(FOLDER).beside(None), EncoderOfIndex(FOLDER, given).beside(IDENTITY):
        pass
    assert EncoderOfIndex(FOLDER, given).of(IDENTITY) is given


def test_another_encoder_than_that_of_the_index_is_refused() -> None:
    with pytest.raises(EncoderMismatch, match=r"x\.locus was built with the model hashing\."):
        EncoderOfIndex(FOLDER, other_encoder()).of(IDENTITY)
