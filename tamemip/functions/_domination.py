"""Which of several functions lie below another one, by their form."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TypeAlias

from tamemip.certificates import SparseVector
from tamemip.functions._canonical_order import Facts
from tamemip.functions._nodes import (
    ONE,
    ZERO,
    Ceil,
    Combination,
    Guarded,
    MixedIntegerRounding,
    Node,
    combination,
)

Shape: TypeAlias = tuple[SparseVector, frozenset[tuple[Node, Fraction]]]
"""A function up to a constant."""


def content(node: Node) -> Fraction:
    """The greatest factor that leaves integers in a sum: 1 for what is no sum, or zero."""
    if not isinstance(node, Combination):
        return ONE
    numbers = [w for _, w in node.linear] + [w for w, _ in node.parts]
    numbers += [node.constant] if node.constant else []
    if not numbers:
        return ONE
    above = math.gcd(*(w.numerator for w in numbers))
    return Fraction(above, math.lcm(*(w.denominator for w in numbers)))


def without_lower(members: Sequence[Node], facts: Facts) -> list[Node]:
    """The members of a maximum without those that lie below another one.

    Seen are functions that are equal up to a constant, and those that another one
    becomes when its outermost roundings and guards are erased: it lies above that.
    """
    above: dict[Shape, list[tuple[Fraction, Node]]] = {}
    for m in members:
        for shape, constant in _lower_shapes(m, facts):
            above.setdefault(shape, []).append((constant, m))
    kept = dict.fromkeys(members)
    for member in members:
        shape, constant = _shape(member)
        better = [m for bound, m in above.get(shape, ()) if bound >= constant]
        if any(m is not member and m in kept for m in better):
            del kept[member]
    return list(kept)


def without_upper(members: Sequence[Node], facts: Facts) -> list[Node]:
    """The members of a minimum without those that lie above another one; see `without_lower`."""
    own: dict[Shape, list[tuple[Fraction, Node]]] = {}
    for m in members:
        shape, constant = _shape(m)
        own.setdefault(shape, []).append((constant, m))
    kept = dict.fromkeys(members)
    for member in members:
        lower = _lower_shapes(member, facts)
        better = [m for shape, bound in lower for value, m in own.get(shape, ()) if value <= bound]
        if any(m is not member and m in kept for m in better):
            del kept[member]
    return list(kept)


def _lower_shapes(node: Node, facts: Facts) -> set[tuple[Shape, Fraction]]:
    """A function itself, and what it lies above by its form."""
    return {_shape(node), _shape(_erased(node, facts))}


def _shape(node: Node) -> tuple[Shape, Fraction]:
    if isinstance(node, Combination):
        parts = frozenset((part, w) for w, part in node.parts)
        return (node.linear, parts), node.constant
    return ((), frozenset([(node, ONE)])), ZERO


def _erased(node: Node, facts: Facts) -> Node:
    """A function below a node: its outermost roundings and guards are left out."""
    if not isinstance(node, Combination):
        return combination((), _inner(ONE, node, facts))
    pairs = [pair for w, part in node.parts for pair in _inner(w, part, facts)]
    linear: dict[int, Fraction] = dict(node.linear)
    constant = node.constant
    kept: list[tuple[Fraction, Node]] = []
    for w, part in pairs:
        if isinstance(part, Combination):
            constant += w * part.constant
            for i, v in part.linear:
                linear[i] = linear.get(i, ZERO) + w * v
            kept += [(w * v, f) for v, f in part.parts]
        else:
            kept.append((w, part))
    return combination(linear, kept, constant=constant)


def _inner(w: Fraction, part: Node, facts: Facts) -> Iterable[tuple[Fraction, Node]]:
    if w < 0 or facts.ends(part).below:
        return [(w, part)]
    match part:
        case Ceil():
            return [(w, part.of)]
        case MixedIntegerRounding() if part.minus is None:
            return [(w, part.of)]
        case MixedIntegerRounding():
            assert part.minus is not None
            return [(w, part.of), (w * (1 / part.fraction - 1), part.minus)]
        case Guarded() if part.of is not None:
            return [(w, part.of)]
        case _:
            return [(w, part)]
