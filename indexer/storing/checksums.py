"""Checksums of stored rows, to detect bits that flipped on the disk when a row is read.

They detect accidental damage, not deliberate changes: CRC-32 detects every single flipped bit and
every burst of up to 32 bits, and costs a microsecond per passage.
"""

from zlib import crc32


def passage_checksum(
    article: tuple[str, str, str, str],
    span: tuple[int, int],
    text: str,
    *packed: bytes | None,
    place: str | None = None,
    metadata: str | None = None,
) -> int:
    """The checksum of a passage and its article's source, name, title and SHA-256.

    ``packed`` are its sentences, key and words; ``metadata`` is that of the article.
    """
    facts = "\0".join([*article, str(span[0]), str(span[1]), text])
    return _over(facts.encode(), *packed, (place or "").encode(), (metadata or "").encode())


def vector_checksum(passage: int, vector: bytes, parts: bytes | None) -> int:
    """The checksum of a passage's vectors as packed for the store."""
    return _over(passage.to_bytes(8, "little"), vector, parts)


def generation_checksum(*facts: object) -> int:
    """The checksum of a published generation: number, date, encoder, splitting and so on."""
    return crc32("\0".join(map(str, facts)).encode())


def _over(*values: bytes | None) -> int:
    return crc32(b"".join(filter(None, values)))
