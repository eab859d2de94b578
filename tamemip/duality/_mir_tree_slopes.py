"""How steep functions made of mixed-integer roundings are, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeAlias

from tamemip.errors import NotLipschitzError
from tamemip.functions import (
    Combination,
    Maximum,
    Minimum,
    MixedIntegerRounding,
    Node,
    topological,
)

Slopes: TypeAlias = Mapping[int, tuple[Fraction, Fraction]]
"""By coordinate, the least and the greatest partial derivative; absent ones are 0."""

_ZERO = Fraction(0)
_FLAT = (_ZERO, _ZERO)


def slopes(root: Node) -> Slopes:
    """Bounds on the partial derivatives of a function without jumps.

    ``|f(d) - f(e)| <= sum(L_i |d_i - e_i|)`` with ``L_i`` the larger absolute value of
    the two bounds of coordinate ``i``. The gradients of ``G(f - g) + g/r`` are those of
    ``f/r`` and ``g/r``: a pair rounding is as steep as what it joins.

    Raises
    ------
    NotLipschitzError
        If some part may jump.
    """
    made: dict[Node, Slopes] = {}
    for node in topological(root):
        made[node] = _of(node, made)
    return made[root]


def _of(node: Node, made: Mapping[Node, Slopes]) -> Slopes:
    match node:
        case Combination():
            return _combined(node, made)
        case MixedIntegerRounding():
            minus = {} if node.minus is None else made[node.minus]
            hull = _hull([made[node.of], minus])
            r = node.fraction
            return {i: (low / r, high / r) for i, (low, high) in hull.items()}
        case Maximum() | Minimum():
            return _hull([made[f] for f in node.of])
        case _:
            raise NotLipschitzError(
                f"a {type(node).__name__} jumps, so that there are no bounds on slopes; "
                "ask for them on functions made by method='mir' or method='linear'."
            )


def _combined(node: Combination, made: Mapping[Node, Slopes]) -> Slopes:
    total = {i: (w, w) for i, w in node.linear}
    for w, part in node.parts:
        for i, (low, high) in made[part].items():
            bottom, top = total.get(i, _FLAT)
            ends = (w * low, w * high)
            total[i] = (bottom + min(ends), top + max(ends))
    return total


def _hull(parts: list[Slopes]) -> Slopes:
    coordinates = {i for part in parts for i in part}
    return {
        i: (
            min(part.get(i, _FLAT)[0] for part in parts),
            max(part.get(i, _FLAT)[1] for part in parts),
        )
        for i in coordinates
    }
