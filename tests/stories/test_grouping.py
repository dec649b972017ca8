"""What holds for groups by average linkage, whatever the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import isclose, sqrt

from hypothesis import given
from hypothesis import strategies as st

from bot.stories.grouping import Group, grouped

PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73]
"""No two means of some of their roots are the same: there are no ties."""
MOST = 7
"""So many numbers have as many pairs as there are primes."""


@dataclass(frozen=True)
class Given:
    sizes: list[int]
    likeness: dict[frozenset[int], float]
    enough: float

    def alike(self, a: int, b: int) -> float:
        return self.likeness[frozenset((a, b))]

    def groups(self) -> list[Group]:
        return grouped(self.sizes, self.alike, self.enough)

    def mean(self, pairs: list[tuple[int, int]]) -> float:
        """Of all that the numbers of these pairs stand for."""
        weights = [self.sizes[a] * self.sizes[b] for a, b in pairs]
        likeness = [self.alike(a, b) for a, b in pairs]
        return sum(w * x for w, x in zip(weights, likeness, strict=True)) / sum(weights)


@st.composite
def some(draw: st.DrawFn) -> Given:
    sizes = draw(st.lists(st.integers(1, 4), max_size=MOST))
    roots = [sqrt(prime) for prime in draw(st.permutations(PRIMES))]
    pairs = map(frozenset, combinations(range(len(sizes)), 2))
    return Given(sizes, dict(zip(pairs, roots, strict=False)), draw(st.integers(1, 9)) + 0.5)


@given(some())
def test_each_number_is_in_one_group(given: Given) -> None:
    assert sorted(n for group in given.groups() for n in group) == [*range(len(given.sizes))]


@given(some())
def test_what_is_in_a_group_is_alike_enough_on_the_whole(given: Given) -> None:
    for group in given.groups():
        if pairs := [*combinations(group, 2)]:
            mean = given.mean(pairs)
            assert mean > given.enough or isclose(mean, given.enough)


@given(some())
def test_no_two_groups_could_still_be_one(given: Given) -> None:
    for one, other in combinations(given.groups(), 2):
        mean = given.mean([(a, b) for a in one for b in other])
        assert mean < given.enough or isclose(mean, given.enough)


@given(some(), st.data())
def test_the_order_does_not_matter(given: Given, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(given.sizes))))
    sizes = [given.sizes[n] for n in order]
    groups = grouped(sizes, lambda a, b: given.alike(order[a], order[b]), given.enough)
    again = {frozenset(order[n] for n in group) for group in groups}
    assert again == {frozenset(group) for group in given.groups()}


def test_a_larger_part_weighs_more() -> None:
    """Of two, one like the third and one unlike it, the larger says whether that belongs."""
    likeness = {(0, 1): 9.0, (0, 2): 2.0, (1, 2): -1.0}

    def alike(a: int, b: int) -> float:
        return likeness[min(a, b), max(a, b)]

    assert grouped([3, 1, 1], alike, 1.0) == [(0, 1, 2)]
    assert grouped([1, 3, 1], alike, 1.0) == [(0, 1), (2,)]
