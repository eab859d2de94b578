"""Shortest paths over finite abelian groups: the values of `GroupTable` nodes."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final
from weakref import WeakKeyDictionary

import numpy as np

from tamemip.certificates import Bound
from tamemip.functions._tables import Element, GroupTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

#: Path lengths stay below this in int64; beyond it Python integers take over.
_SAFE = 2**60


@final
@dataclass(frozen=True, eq=False, slots=True)
class Paths:
    """Lengths of shortest paths from 0 to every element, over a common denominator.

    `lengths` holds integers, with `beyond` for what no path reaches; elements are
    numbered in mixed radix, the last factor fastest. `used` are the generators that some
    shortest path needs.
    """

    lengths: NDArray[np.int64] | NDArray[np.object_]
    beyond: int
    denominator: int
    used: tuple[int, ...]

    def at(self, place: int) -> Bound:
        """The length of the shortest path to an element, by its number."""
        length = int(self.lengths[place])
        return math.inf if length >= self.beyond else Fraction(length, self.denominator)

    def largest(self) -> Fraction:
        """The length of the longest of all shortest paths."""
        reached = self.lengths[self.lengths < self.beyond]
        return Fraction(int(reached.max()), self.denominator)


def place_of(element: Sequence[int], moduli: Sequence[int]) -> int:
    """The number of an element: mixed radix, reduced modulo each factor."""
    place = 0
    for residue, modulus in zip(element, moduli, strict=True):
        place = place * modulus + residue % modulus
    return place


def shortest_paths(
    moduli: Sequence[int],
    generators: Sequence[tuple[Element, Fraction]],
    *,
    deadline: float = math.inf,
) -> Paths | None:
    """Lengths of shortest paths from 0, one generator after the other; None if time is up.

    In an abelian group a path may take its generators in any order. So after generator
    ``g`` the table is ``K(a) = min_k K_before(a - k g) + k cost``: one sweep around every
    coset of the cyclic group of ``g``, twice around to close the circle.
    """
    denominator = math.lcm(*(cost.denominator for _, cost in generators))
    costs = [int(cost * denominator) for _, cost in generators]
    order = math.prod(moduli)
    largest = 2 * order * max(costs, default=0)
    fits = 4 * largest < _SAFE
    beyond = _SAFE // 2 if fits else 4 * largest + 1
    lengths = np.full(order, beyond, dtype=np.int64 if fits else object)
    lengths[0] = 0
    used: list[int] = []
    for k in sorted(range(len(costs)), key=costs.__getitem__):
        element, cost = generators[k][0], costs[k]
        if lengths[place_of(element, moduli)] <= cost:
            continue  # the table is subadditive: this generator improves nothing
        if time.monotonic() > deadline:
            return None
        _relax(lengths, _cosets(element, moduli), cost)
        lengths[lengths > largest] = beyond
        used.append(k)
    return Paths(lengths, beyond, denominator, tuple(used))


def _relax(lengths: NDArray[np.int64], cosets: Integers, cost: int) -> None:
    """Shortest paths around every coset: prefix minima of ``length - k cost``, twice around."""
    steps = cosets.shape[1]
    climb = np.arange(2 * steps).astype(lengths.dtype) * cost
    around = np.concatenate([lengths[cosets], lengths[cosets]], axis=1) - climb
    best = np.minimum.accumulate(around, axis=1) + climb
    lengths[cosets] = best[:, steps:]


def _cosets(element: Element, moduli: Sequence[int]) -> Integers:
    """The cosets of the cyclic group of an element, one a row, each in walking order."""
    shift = _shifted(element, moduli)
    steps = math.lcm(*(m // math.gcd(m, r) for r, m in zip(element, moduli, strict=True)))
    # Least members of the cosets, and walks through them, both by doubling.
    least, jump, reach = np.arange(len(shift)), shift, 1
    walk = least[:, None][:0]
    while reach < steps:
        least = np.minimum(least, least[jump])
        jump, reach = jump[jump], 2 * reach
    walk = np.flatnonzero(least == np.arange(len(shift)))[:, None]
    jump = shift
    while walk.shape[1] < steps:
        walk = np.concatenate([walk, jump[walk]], axis=1)
        jump = jump[jump]
    return walk[:, :steps]


def _shifted(element: Element, moduli: Sequence[int]) -> Integers:
    """The permutation ``a -> a + element`` of the numbers of elements."""
    places = np.zeros(1, dtype=np.int64)
    for residue, modulus in zip(element, moduli, strict=True):
        moved = (np.arange(modulus) + residue) % modulus
        places = (places[:, None] * modulus + moved[None, :]).ravel()
    return places


# -- nodes --------------------------------------------------------------------------------

_KEPT: WeakKeyDictionary[GroupTable, Paths] = WeakKeyDictionary()


def paths_of(node: GroupTable) -> Paths:
    """The table of a node, computed once."""
    found = _KEPT.get(node)
    if found is None:
        found = shortest_paths(node.moduli, node.generators)
        assert found is not None  # there was no deadline
        _KEPT[node] = found
    return found


def group_value(node: GroupTable, inputs: Sequence[Bound]) -> Bound:
    """The value of a node at the values of its inputs."""
    whole = whole_inputs(inputs)
    if whole is None:
        return math.inf
    element = [
        sum(v * h[k] for v, h in zip(whole, node.elements, strict=True))
        for k in range(len(node.moduli))
    ]
    length = paths_of(node).at(place_of(element, node.moduli))
    return length + sum((w * v for w, v in zip(node.weights, whole, strict=True)), Fraction(0))


def whole_inputs(inputs: Sequence[Bound]) -> list[int] | None:
    """The inputs as integers; None if one is not."""
    whole = [v.numerator for v in inputs if isinstance(v, Fraction) and v.denominator == 1]
    return whole if len(whole) == len(inputs) else None
