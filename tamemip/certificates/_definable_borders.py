"""Continuity of piecewise functions across the borders of their conditions.

Let a branch be chosen on a set ``S_i``, and let ``T_i`` hold its closure: the points where the
conditions before it fail and its own holds, each comparison read with ``<=`` for ``<``. If each
branch is continuous on ``T_i``, and two branches agree on ``T_i & T_j``, the function is
continuous: the finitely many closed sets cover the domain (pasting lemma). Where a condition
both holds and fails in this wide sense, the two sides of one of its comparisons are equal:
there it is enough that the branches agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations
from typing import Protocol

from tamemip.certificates._definable_facts import Facts
from tamemip.certificates._definable_nodes import Node
from tamemip.certificates._definable_polynomials import Reader
from tamemip.certificates._definable_premises import Context

MOST_BRANCHES = 16
"""A piecewise function with more of them is not asked for continuity."""

_COMPARISONS = ("less", "less-equal", "equal")


class Derivation(Protocol):
    """Facts on parts of the domain, and these parts."""

    @property
    def nodes(self) -> Sequence[Node]:
        """The expression."""

    def lookup(self, context: Context, k: int) -> Facts:
        """The facts of a node on a part."""

    def weaker(self, context: Context, k: int) -> Facts:
        """The same, or those on a larger part."""

    def closed_part(self, context: Context, condition: int, *, holds: bool) -> Context | None:
        """A closed set that holds the part where a condition holds, or fails."""

    def border(self, context: Context, comparison: int) -> Context | None:
        """A set that holds the points where two sides are equal; None if there are none."""


def is_pasted(derivation: Derivation, context: Context, of: Sequence[int]) -> bool:
    """Whether a piecewise function is proved to be continuous where it is defined.

    Parameters
    ----------
    derivation
        Where facts come from.
    context
        The part of the domain.
    of
        The arguments: conditions and branches in turn, and the default.
    """
    if len(of) > 2 * MOST_BRANCHES:
        return False
    live = _closures(derivation, context, of)
    if live is None:
        return False
    for place, part in live:
        branch = derivation.lookup(part, of[place])
        if not (branch.is_continuous and branch.is_total):
            return False
    return all(_agree(derivation, context, of, pair) for pair in combinations(live, 2))


def _closures(
    derivation: Derivation, context: Context, of: Sequence[int]
) -> list[tuple[int, Context]] | None:
    """The places of the branches with their sets; None if some comparison may jump."""
    here: Context | None = context
    live: list[tuple[int, Context]] = []
    for place in range(0, len(of) - 1, 2):
        if here is None:
            return live
        if not _has_continuous_sides(derivation, here, of[place]):
            return None
        part = derivation.closed_part(here, of[place], holds=True)
        if part is not None:
            live.append((place + 1, part))
        here = derivation.closed_part(here, of[place], holds=False)
    if here is not None and len(of) % 2:
        live.append((len(of) - 1, here))
    return live


def _has_continuous_sides(derivation: Derivation, context: Context, condition: int) -> bool:
    for k in _comparisons(derivation.nodes, condition):
        for side in derivation.nodes[k].of:
            facts = derivation.lookup(context, side)
            if not (facts.is_continuous and facts.is_total):
                return False
    return True


def _agree(
    derivation: Derivation,
    context: Context,
    of: Sequence[int],
    pair: tuple[tuple[int, Context], tuple[int, Context]],
) -> bool:
    """Whether two branches agree where the sets of both meet."""
    (place, here), second = pair
    both: Context | None = here
    for k in range(place - 1, second[0] - 1, 2):
        if both is not None:
            both = derivation.closed_part(both, of[k], holds=False)
    if both is not None and second[0] % 2:
        both = derivation.closed_part(both, of[second[0] - 1], holds=True)
    if both is None:
        return True
    f, g = of[place], of[second[0]]
    for k in _comparisons(derivation.nodes, of[place - 1]):
        border = derivation.border(both, k)
        # On a border |x| is a number, which does not tell that x is one of two: so ask around it.
        if border is not None and not _agree_on(derivation, (border, both, context), (f, g), k):
            return False
    return True


def _agree_on(
    derivation: Derivation, parts: Sequence[Context], pair: tuple[int, int], comparison: int
) -> bool:
    """Whether two branches agree on a border: as values there, or as multiples of the sides."""
    left, right = derivation.nodes[comparison].of
    for part in parts:
        for k in (*pair, left, right):
            derivation.lookup(part, k)
        reader = Reader(derivation.nodes, partial(derivation.weaker, part))
        if reader.agree(*pair, left, right):
            return True
    return False


def _comparisons(nodes: Sequence[Node], condition: int) -> Iterator[int]:
    """The comparisons that a condition is made of, each once."""
    stack, seen = [condition], {condition}
    while stack:
        k = stack.pop()
        if nodes[k].op in _COMPARISONS:
            yield k
            continue
        fresh = [j for j in nodes[k].of if j not in seen]
        seen.update(fresh)
        stack += fresh
