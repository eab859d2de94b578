"""Who dominates whom: outcomes against a frontier, in min orientation."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from tamemip.certificates import Bound
from tamemip.value_functions._pareto_objectives import Outcome
from tamemip.value_functions._pareto_pieces import ParetoSegment, Pieces

_ZERO, _ONE = Fraction(0), Fraction(1)


def weakly_below(a: Sequence[Bound], b: Sequence[Bound]) -> bool:
    """Whether one outcome is at most the other in every entry."""
    return all(x <= y for x, y in zip(a, b, strict=True))


def contains(pieces: Pieces, z: Outcome) -> bool:
    """Whether an outcome is one of the pieces."""
    return z in pieces.isolated or any(_is_on(segment, z) for segment in pieces.segments)


def dominates(pieces: Pieces, z: Outcome) -> bool:
    """Whether an outcome of the pieces is at most `z` everywhere, and less somewhere."""
    if any(y != z and weakly_below(y, z) for y in pieces.isolated):
        return True
    return any(_has_below(segment, z) for segment in pieces.segments)


def _is_on(segment: ParetoSegment, z: Outcome) -> bool:
    (x0, _), (x1, _) = segment.start, segment.end
    if not x0 <= z[0] <= x1 or segment.at((z[0] - x0) / (x1 - x0)) != z:
        return False
    return (segment.start_closed or z[0] > x0) and (segment.end_closed or z[0] < x1)


def _has_below(segment: ParetoSegment, z: Outcome) -> bool:
    """Whether some outcome of a falling segment dominates `z`: it has an interval of them."""
    (x0, y0), (x1, y1) = segment.start, segment.end
    first = max(_ZERO, (y0 - z[1]) / (y0 - y1))
    last = min(_ONE, (z[0] - x0) / (x1 - x0))
    if first != last:
        return first < last
    y = segment.at(first)
    return y != z and _is_on(segment, y)
