"""How similar two rankings are, without knowing which is right."""

from collections.abc import Hashable, Sequence

PERSISTENCE = 0.9
"""The probability that a reader of a ranking goes on to the next rank: 0.86 of the weight of an
overlap is then on the first ten."""


def rank_biased_overlap(
    first: Sequence[Hashable], second: Sequence[Hashable], p: float = PERSISTENCE
) -> float:
    """From 0, nothing in common, to 1, the same in the same order; the first ranks count most.

    Neither may contain an item twice. What would follow after their ends is assumed to overlap as
    much as what is there (RBO extrapolated, equation 32 of Webber, Moffat and Zobel, "A Similarity
    Measure for Indefinite Rankings", 2010).

    >>> round(rank_biased_overlap("abc", "acb"), 3), rank_biased_overlap("abc", "xyz")
    (0.955, 0.0)
    """
    shorter, longer = sorted((first, second), key=len)
    if not shorter:
        return float(not longer)
    short, long = len(shorter), len(longer)
    overlaps = [0]
    seen_short: set[Hashable] = set()
    seen_long: set[Hashable] = set()
    for depth in range(long):
        seen_long.add(longer[depth])
        if depth < short:
            seen_short.add(shorter[depth])
        overlaps.append(len(seen_short & seen_long))
    both = overlaps[short]
    total = sum(overlaps[depth] / depth * p**depth for depth in range(1, long + 1))
    total += sum(
        both * (depth - short) / (short * depth) * p**depth for depth in range(short + 1, long + 1)
    )
    rest = ((overlaps[long] - both) / long + both / short) * p**long
    return (1 - p) / p * total + rest
