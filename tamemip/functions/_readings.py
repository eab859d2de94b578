"""Readings of a graph of nodes: value, slope, carrier, rounding gap, depth.

Each is one pass over the nodes in topological order, with one case a kind.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import assert_never

from tamemip.certificates import Bound, SparseVector
from tamemip.errors import UnsupportedError
from tamemip.functions._group_values import group_value, paths_of
from tamemip.functions._nodes import (
    ONE,
    ZERO,
    Ceil,
    Combination,
    Guarded,
    Maximum,
    Minimum,
    MixedIntegerRounding,
    Node,
    Threshold,
    children,
    combination,
    guarded,
    maximum,
    minimum,
    topological,
)
from tamemip.functions._packing import generator_value
from tamemip.functions._tables import Generator, GroupTable, Tables

_NO_CARRIER = (
    "a generator function has no linear carrier within a constant of it: "
    "its values away from the program's cone grow faster than any linear function below it."
)


def exact_value(root: Node, d: Sequence[Fraction]) -> Bound:
    """The value of a node: a Fraction, ``inf`` or ``-inf``."""
    return exact_values((root,), d)[0]


def exact_values(roots: Sequence[Node], d: Sequence[Fraction]) -> list[Bound]:
    """The values of several nodes that share parts."""
    values: dict[Node, Bound] = {}
    for node in evaluation_order(*roots):
        values[node] = _value(node, values, d)
    return [values[root] for root in roots]


def evaluation_order(*roots: Node) -> tuple[Node, ...]:
    """The nodes that are read at ``d`` itself, each once, after what it is made of.

    What stands inside a threshold is not among them, unless it also stands outside:
    it reads one coordinate more.
    """
    order: dict[Node, None] = {}
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, is_ready = stack.pop()
        if node in order:
            continue
        if is_ready or isinstance(node, Threshold):
            order[node] = None
        else:
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(children(node)))
    return tuple(order)


def _value(node: Node, values: Mapping[Node, Bound], d: Sequence[Fraction]) -> Bound:
    match node:
        case Combination():
            own = sum((w * d[i] for i, w in node.linear), node.constant)
            return _sum(own, [(w, values[part]) for w, part in node.parts])
        case Ceil():
            value = values[node.of]
            return Fraction(math.ceil(value)) if isinstance(value, Fraction) else value
        case MixedIntegerRounding():
            minus = ZERO if node.minus is None else values[node.minus]
            return _rounded(values[node.of], minus, node.fraction)
        case Maximum():
            return max(values[f] for f in node.of)
        case Minimum():
            return min(values[f] for f in node.of)
        case Guarded():
            if any(values[guard] > 0 for guard in node.guards):
                return math.inf
            return -math.inf if node.of is None else values[node.of]
        case Threshold():
            return threshold_value(node, d)
        case GroupTable():
            return group_value(node, [values[f] for f in node.inputs])
        case Generator():
            return generator_value(node, [values[f] for f in node.inputs])
        case _:
            assert_never(node)


def _sum(own: Fraction, weighted: Sequence[tuple[Fraction, Bound]]) -> Bound:
    infinite = {v if w > 0 else -v for w, v in weighted if not isinstance(v, Fraction)}
    for infinity in (math.inf, -math.inf):
        if infinity in infinite:
            return infinity
    return sum((w * v for w, v in weighted if isinstance(v, Fraction)), own)


def rounding(t: Fraction, fraction: Fraction) -> Fraction:
    """``G(t) = floor(t) + min((t - floor(t)) / r, 1)``."""
    whole = math.floor(t)
    return whole + min((t - whole) / fraction, ONE)


def _rounded(of: Bound, minus: Bound, fraction: Fraction) -> Bound:
    if not isinstance(of, Fraction):
        return of
    if not isinstance(minus, Fraction):
        return minus
    return rounding(of - minus, fraction) + minus / fraction


# -- thresholds ----------------------------------------------------------------------


def threshold_value(node: Threshold, d: Sequence[Fraction]) -> Bound:
    """``min {t : G(d, -t) <= 0}``, by a program in integers where there is one.

    Such a program searches between the same ends in fewer and much cheaper steps;
    `plain_threshold_value` is the definition that it is tested against.
    """
    from tamemip.functions._compiled_exact import threshold_program

    program = threshold_program(node)
    if program is not None:
        try:
            return program.values(d[: node.coordinate])[0]
        except OverflowError:  # an end beyond the range of floats
            pass
    return plain_threshold_value(node, d)


def plain_threshold_value(node: Threshold, d: Sequence[Fraction]) -> Bound:
    """``min {t : G(d, -t) <= 0}`` by bisection between the ends that the carrier gives.

    Where ``G`` stays positive up to the upper end, which a carrier forbids, or a
    part of it is infinite, the value is ``inf``.
    """
    low, high = bracket(node, d)
    order = evaluation_order(node.of)

    def is_refuted(k: int) -> bool:
        point = (*d[: node.coordinate], -(k * node.granularity))
        values: dict[Node, Bound] = {}
        for part in order:
            values[part] = _value(part, values, point)
        return values[node.of] > 0

    if is_refuted(high):
        return math.inf
    # Invariant: refuted below `low` (everything is, there), not refuted at `high`.
    while low < high:
        middle = (low + high) // 2
        if is_refuted(middle):
            low = middle + 1
        else:
            high = middle
    return high * node.granularity


def bracket(node: Threshold, d: Sequence[Fraction]) -> tuple[int, int]:
    """Ends of the bisection, in units of the granularity.

    With the carrier ``u d - u0 t`` and the gap ``K`` of ``G``: ``u d - u0 t <= G(d, -t)
    <= u d - u0 t + K``, so that ``G > 0`` for ``t < u d / u0`` and ``G <= 0`` for
    ``t >= (u d + K) / u0``.
    """
    weights, constant, price = threshold_carrier(node)
    value = sum((w * d[i] for i, w in weights), constant)
    unit = price * node.granularity
    return math.ceil(value / unit), math.ceil((value + rounding_gap(node.of)) / unit)


def threshold_carrier(node: Threshold) -> tuple[SparseVector, Fraction, Fraction]:
    """Weights of ``d``, constant and weight of ``-t`` in the (linear) carrier of ``G``."""
    linear = carrier(node.of)
    if not isinstance(linear, Combination) or linear.parts:
        raise UnsupportedError(
            "the carrier of the function inside a threshold is not linear; "
            "only combinations, ceilings and roundings may stand there."
        )
    weights = tuple((i, w) for i, w in linear.linear if i != node.coordinate)
    price = dict(linear.linear).get(node.coordinate, ZERO)
    if price <= 0:
        raise UnsupportedError(
            "the function inside a threshold does not fall with the objective: it proves "
            "infeasibility, not a bound. Use it as a guard."
        )
    return weights, linear.constant, price


# -- carrier, gap, depth ---------------------------------------------------------------


def carrier(root: Node) -> Node:
    """The node with every rounding erased: linear, or an extreme of linear functions.

    It lies below the node, by the rounding gap at most (Blair and Jeroslow 1982).

    Raises
    ------
    UnsupportedError
        Where a part has a negative weight: erasing its roundings would raise the node.
    """
    made: dict[Node, Node] = {}
    for node in topological(root):
        made[node] = _carrier(node, made)
    return made[root]


def _carrier(node: Node, made: Mapping[Node, Node]) -> Node:
    match node:
        case Combination():
            _refuse_negative_parts(node, "carrier")
            parts = [(w, made[part]) for w, part in node.parts]
            return combination(node.linear, parts, constant=node.constant)
        case Ceil():
            return made[node.of]
        case MixedIntegerRounding():
            if node.minus is None:
                return made[node.of]
            # (f - g) + g / r
            return combination((), [(1, made[node.of]), (1 / node.fraction - 1, made[node.minus])])
        case Maximum():
            return maximum(made[f] for f in node.of)
        case Minimum():
            return minimum(made[f] for f in node.of)
        case Guarded():
            of = None if node.of is None else made[node.of]
            return guarded(of, (made[guard] for guard in node.guards))
        case Threshold():
            weights, constant, price = threshold_carrier(node)
            return combination({i: w / price for i, w in weights}, constant=constant / price)
        case GroupTable():
            pairs = zip(node.weights, node.inputs, strict=True)
            return combination((), [(w, made[f]) for w, f in pairs])
        case Generator():
            raise UnsupportedError(_NO_CARRIER)
        case _:
            assert_never(node)


def rounding_gap(root: Node) -> Fraction:
    """A constant ``K`` with ``0 <= f - carrier(f) <= K`` wherever ``f`` is finite.

    ``K(linear) = 0``, ``K(combination)`` the same combination, ``K(ceil f) = K(f) + 1``;
    a mixed-integer rounding counts 1 as well, an extreme takes the largest.

    Raises
    ------
    UnsupportedError
        Where a part has a negative weight: no such bound holds there.
    """
    gaps: dict[Node, Fraction] = {}
    for node in topological(root):
        gaps[node] = _gap(node, gaps)
    return gaps[root]


def _gap(node: Node, gaps: Mapping[Node, Fraction]) -> Fraction:
    match node:
        case Combination():
            _refuse_negative_parts(node, "rounding gap")
            return sum((w * gaps[part] for w, part in node.parts), ZERO)
        case Ceil():
            return gaps[node.of] + 1
        case MixedIntegerRounding():
            pair = ZERO if node.minus is None else (1 / node.fraction - 1) * gaps[node.minus]
            return gaps[node.of] + pair + 1
        case Maximum() | Minimum():
            return max(gaps[f] for f in node.of)
        case Guarded():
            return ZERO if node.of is None else gaps[node.of]
        case Threshold():
            _, _, price = threshold_carrier(node)
            return gaps[node.of] / price + node.granularity
        case GroupTable():
            pairs = zip(node.weights, node.inputs, strict=True)
            return sum((w * gaps[f] for w, f in pairs if w > 0), paths_of(node).largest())
        case Generator():
            raise UnsupportedError(_NO_CARRIER)
        case _:
            assert_never(node)


def _refuse_negative_parts(node: Combination, what: str) -> None:
    for w, part in node.parts:
        if w < 0:
            raise UnsupportedError(
                f"there is no {what} here: a {type(part).__name__} stands in a combination "
                f"with the weight {w}, and only parts with nonnegative weights have one."
            )


def depth(root: Node) -> int:
    """Largest number of roundings above each other; a threshold is one."""
    depths: dict[Node, int] = {}
    for node in topological(root):
        below = max((depths[f] for f in children(node)), default=0)
        is_rounding = isinstance(node, Ceil | MixedIntegerRounding | Threshold | Tables)
        depths[node] = below + is_rounding
    return depths[root]


# -- slopes ------------------------------------------------------------------------------


def slope_at_zero(root: Node, direction: Sequence[Fraction]) -> Bound:
    """``limsup f(t d) / t`` as ``t`` falls to 0, along a direction; maybe ``inf``.

    Linear: itself; combinations and maxima: the same of the slopes; ``ceil f``: 0 where
    the slope of ``f`` is not positive, else ``inf``; a rounding: ``max(f', g')/r``; with
    guards: ``inf`` where the slope of one is positive; a threshold: 0 where the slope of
    ``G`` along ``(d, 0)`` is not positive, else ``inf``. A ceiling over a column is
    admissible on its nonpositive side only. See `docs/theory/terms.md`.

    Raises
    ------
    UnsupportedError
        For functions that need not vanish at 0, or are not subadditive by their form:
        constants, minima, negative weights on parts.
    """
    slopes: dict[Node, Bound] = {}
    for node in evaluation_order(root):
        slopes[node] = _slope(node, slopes, direction)
    return slopes[root]


def _slope(node: Node, slopes: Mapping[Node, Bound], direction: Sequence[Fraction]) -> Bound:
    match node:
        case Combination() if not node.constant and all(w >= 0 for w, _ in node.parts):
            own = sum((w * direction[i] for i, w in node.linear), ZERO)
            return _sum(own, [(w, slopes[part]) for w, part in node.parts])
        case Ceil():
            return ZERO if slopes[node.of] <= 0 else math.inf
        case MixedIntegerRounding():
            other = ZERO if node.minus is None else slopes[node.minus]
            steepest = max(slopes[node.of], other)
            return steepest / node.fraction if isinstance(steepest, Fraction) else steepest
        case Maximum():
            return max(slopes[f] for f in node.of)
        case Guarded() if node.of is not None:
            is_cut_off = any(slopes[guard] > 0 for guard in node.guards)
            return math.inf if is_cut_off else slopes[node.of]
        case Threshold():
            threshold_carrier(node)
            inner = (*direction[: node.coordinate], ZERO)
            return ZERO if slope_at_zero(node.of, inner) <= 0 else math.inf
        case GroupTable() | Generator():
            # Near 0 the inputs are 0, or no integers.
            return ZERO if all(slopes[f] == 0 for f in node.inputs) else math.inf
        case Combination() | Minimum() | Guarded():
            raise UnsupportedError(
                f"the slope at 0 is defined for combinations with nonnegative weights and no "
                f"constant, roundings and maxima, not for a {type(node).__name__} of this form."
            )
        case _:
            assert_never(node)
