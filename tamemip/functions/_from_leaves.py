"""A minimum over leaves as a term."""

from __future__ import annotations

from tamemip.functions._affine import AffineFunction, Leaf, LeafMinimum, Sum
from tamemip.functions._nodes import Node, ceil, combination, guarded, maximum, minimum


def term_of_leaves(function: LeafMinimum) -> Node:
    """The term of a minimum over leaves; blocks that sums share are shared parts.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from tamemip.functions import view
    >>> line = AffineFunction(((0, Fraction(2)),), Fraction(-9, 2))
    >>> flat = AffineFunction((), Fraction(6))
    >>> F = LeafMinimum((Leaf((line,), ()), Leaf((flat,), (line,))), 1, Fraction(1))
    >>> view(term_of_leaves(F), 1, symbols=["b"])
    PriceFunction('⌈min(2b - 9/2, (6 if 2b - 9/2 ≤ 0, else ∞))⌉')
    """
    made: dict[int, Node] = {}
    stack = [(function, False)]
    while stack:
        block, is_ready = stack.pop()
        if id(block) in made:
            continue
        if is_ready:
            made[id(block)] = _minimum(block, made)
        else:
            stack.append((block, True))
            sums = (total for leaf in block.leaves for total in leaf.sums)
            stack.extend((inner, False) for total in sums for inner in total.blocks)
    return made[id(function)]


def _minimum(function: LeafMinimum, made: dict[int, Node]) -> Node:
    least = minimum(_leaf(leaf, made) for leaf in function.leaves)
    if function.granularity is None:
        return least
    step = function.granularity
    return combination((), [(step, ceil(combination((), [(1 / step, least)])))])


def _leaf(leaf: Leaf, made: dict[int, Node]) -> Node:
    members = [_affine(bound) for bound in leaf.bounds]
    members += [_sum(total, made) for total in leaf.sums]
    of = maximum(members) if members else None
    return guarded(of, [_affine(guard) for guard in leaf.guards])


def _sum(total: Sum, made: dict[int, Node]) -> Node:
    parts = [(1, made[id(block)]) for block in total.blocks]
    return combination(total.linear.weights, parts, constant=total.linear.constant)


def _affine(function: AffineFunction) -> Node:
    return combination(function.weights, constant=function.constant)
