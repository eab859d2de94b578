"""Where a piecewise affine function of x may break: an oracle that only evaluates."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations, pairwise

from tests.tameness.evaluation import values


def affine_cells(nodes, root, low, high) -> list[tuple[Fraction, Fraction]]:
    """Open intervals on which every node is affine, and every condition decided.

    The breakpoints of a node are those of its arguments, the zeros of differences of two of
    them, and where it rounds, the integers: found one node after the other.
    """
    breaks = {low, high}
    for node in nodes[: root + 1]:
        for a, b in list(pairwise(sorted(breaks))):
            third = (b - a) / 3
            left, right = (values(nodes, {"x": t}) for t in (a + third, b - third))
            ends = [(_at(k, left), _at(k, right)) for k in _deciding(node)]
            for (f, g), (p, q) in combinations(ends, 2):
                start, step = f - p, (g - q) - (f - p)
                breaks |= {a + third - start * third / step} if step else set()
            for f, g in [(_at(k, left), _at(k, right)) for k in _rounding(node)]:
                unit = abs(_unit(nodes, node))
                step = g - f
                first, last = sorted((f - step, g + step))
                for k in range(math.ceil(first / unit), math.floor(last / unit) + 1):
                    breaks |= {a + third + (k * unit - f) * third / step} if step else set()
        breaks = {t for t in breaks if low <= t <= high}
    return list(pairwise(sorted(breaks)))


def fewest_pieces(nodes, root, low, high) -> int:
    """The least number of intervals on which a function is affine on ``[low, high]``."""
    count, points = 0, []
    for a, b in affine_cells(nodes, root, low, high):
        steps = [a + (b - a) * Fraction(k, 4) for k in range(4)]
        for t in [*steps, b] if b == high else steps:
            points.append((t, values(nodes, {"x": t})[root]))
            if not _is_affine(points):
                count, points = count + 1, points[-1:]
    return count + 1


def _is_affine(points) -> bool:
    (a, f), (b, g) = points[0], points[-1]
    return all((v - f) * (b - a) == (g - f) * (t - a) for t, v in points[1:-1])


def _deciding(node) -> list[int | None]:
    """The numbers that are compared; None stands for 0."""
    if node.op in ("sign", "abs", "heaviside"):
        return [None, *node.of]
    compare = ("less", "less-equal", "equal", "maximum", "minimum")
    return list(node.of) if node.op in compare else []


def _rounding(node) -> list[int]:
    return list(node.of[:1]) if node.op in ("floor", "ceiling", "modulo") else []


def _unit(nodes, node) -> Fraction:
    return nodes[node.of[1]].value if node.op == "modulo" else Fraction(1)


def _at(k, at) -> Fraction:
    return at[k] if k is not None else Fraction(0)
