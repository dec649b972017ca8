"""Puts what is alike together, whatever the order in which it came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

Group = tuple[int, ...]


def grouped(sizes: Sequence[int], alike: Callable[[int, int], float], enough: float) -> list[Group]:
    """The numbers 0 … n - 1 in groups, by average linkage.

    Time and again the two groups that are most alike become one, as long as the mean of `alike` over
    what the one and the other hold is `enough`. `sizes` says how many each number stands for. Takes
    time by the cube of n.
    """
    groups: dict[int, Group] = {n: (n,) for n in range(len(sizes))}
    size = dict(enumerate(sizes))
    between = {(a, b): alike(a, b) for a, b in combinations(groups, 2)}
    while between:
        (a, b), most = max(between.items(), key=lambda pair: pair[1])
        if most < enough:
            break
        for other in groups.keys() - {a, b}:
            to_a, to_b = _pair(a, other), _pair(b, other)
            between[to_a] = (size[a] * between[to_a] + size[b] * between.pop(to_b)) / (
                size[a] + size[b]
            )
        del between[a, b]
        groups[a] += groups.pop(b)
        size[a] += size.pop(b)
    return list(groups.values())


def _pair(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)
