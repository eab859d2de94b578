"""Terms along a line, exactly: one reading more of the nodes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import assert_never

from tamemip.certificates import Bound
from tamemip.duality._sandwich_line import (
    LineFunction,
    combined,
    integers_between,
    largest,
    smallest,
    total,
)
from tamemip.errors import UnsupportedError
from tamemip.functions import (
    Ceil,
    Combination,
    Generator,
    GroupTable,
    Guarded,
    Maximum,
    Minimum,
    MixedIntegerRounding,
    Node,
    Threshold,
    bracket,
    children,
    combination,
    exact_value,
    rounding,
    substitute,
)

#: Values of a threshold on a line, at most.
_MOST_VALUES = 2_000

Ends = tuple[Sequence[Fraction], Sequence[Fraction]]
"""Two right-hand sides; a line runs from the first to the second."""


def along(root: Node, lo: Fraction, hi: Fraction, ends: Ends) -> LineFunction:
    """A term on the segment between two right-hand sides, as a function on ``[lo, hi]``."""
    line = _Line(lo, hi, ends)
    made: dict[Node, LineFunction] = {}
    stack = [(root, False)]
    while stack:
        node, is_ready = stack.pop()
        if node in made:
            continue
        if is_ready:
            made[node] = line.read(node, made)
        else:
            stack.append((node, True))
            # What is below a threshold has one coordinate more: it is read for every t.
            below = () if isinstance(node, Threshold) else children(node)
            stack.extend((child, False) for child in below)
    return made[root]


class _Line:
    def __init__(self, lo: Fraction, hi: Fraction, ends: Ends) -> None:
        self._lo, self._hi, self._ends = lo, hi, ends

    def point(self, s: Fraction) -> tuple[Fraction, ...]:
        """The right-hand side at ``s``."""
        first, last = self._ends
        if self._lo == self._hi:
            return tuple(first)
        share = (s - self._lo) / (self._hi - self._lo)
        return tuple(a + share * (b - a) for a, b in zip(first, last, strict=True))

    def read(self, node: Node, made: Mapping[Node, LineFunction]) -> LineFunction:
        """One node, from those below it."""
        match node:
            case Combination():
                own = combination(node.linear, constant=node.constant)
                affine = (exact_value(own, e) for e in self._ends)
                first = LineFunction.affine(self._lo, self._hi, *affine)
                return total([(Fraction(1), first), *((w, made[f]) for w, f in node.parts)])
            case Ceil():
                inner = made[node.of]
                return inner.mapped(_ceiling, inner.crossings(integers_between))
            case MixedIntegerRounding():
                return self._rounding(node, made)
            case Maximum():
                return largest([made[f] for f in node.of])
            case Minimum():
                return smallest([made[f] for f in node.of])
            case Guarded():
                return self._guarded(node, made)
            case Threshold():
                return self._threshold(node)
            case GroupTable() | Generator():
                return self._table(node, [made[f] for f in node.inputs])
            case _:
                assert_never(node)

    def _rounding(
        self, node: MixedIntegerRounding, made: Mapping[Node, LineFunction]
    ) -> LineFunction:
        r = node.fraction
        zero = LineFunction.affine(self._lo, self._hi, Fraction(0), Fraction(0))
        minus = zero if node.minus is None else made[node.minus]
        difference = total([(Fraction(1), made[node.of]), (Fraction(-1), minus)])

        def levels(low: Fraction, high: Fraction) -> Iterable[Fraction]:
            whole = range(math.floor(low) - 1, math.ceil(high) + 1)
            return [v for k in whole for v in (Fraction(k), k + r) if low < v < high]

        rounded = difference.mapped(
            lambda t: rounding(t, r) if isinstance(t, Fraction) else t,
            difference.crossings(levels),
        )
        return total([(Fraction(1), rounded), (1 / r, minus)])

    def _guarded(self, node: Guarded, made: Mapping[Node, LineFunction]) -> LineFunction:
        low = LineFunction.affine(self._lo, self._hi, -math.inf, -math.inf)
        of = low if node.of is None else made[node.of]
        guards = [made[guard] for guard in node.guards]
        zeros = [s for guard in guards for s in guard.crossings(_zero_between)]

        def value(values: Sequence[Bound]) -> Bound:
            return math.inf if any(v > 0 for v in values[1:]) else values[0]

        return combined([of, *guards], value, zeros)

    def _threshold(self, node: Threshold) -> LineFunction:
        """The least ``t`` with ``G(d, -t) <= 0``, from the lines of ``G`` at every ``t``."""
        ends = [bracket(node, e) for e in self._ends]
        low, high = min(pair[0] for pair in ends), max(pair[1] for pair in ends)
        if high - low > _MOST_VALUES:
            raise UnsupportedError(
                f"a threshold takes up to {high - low} values on this line; take a shorter one."
            )
        reached = LineFunction.affine(self._lo, self._hi, math.inf, math.inf)
        for k in range(high, low - 1, -1):
            t = k * node.granularity
            inner = substitute(node.of, {node.coordinate: combination(constant=-t)})
            refuted = along(inner, self._lo, self._hi, self._ends)

            def value(values: Sequence[Bound], t: Fraction = t) -> Bound:
                return values[0] if values[1] > 0 else t

            reached = combined([reached, refuted], value, refuted.crossings(_zero_between))
        return reached

    def _table(self, node: GroupTable | Generator, inputs: Sequence[LineFunction]) -> LineFunction:
        """Finite where the inputs are integers: on constant pieces, and at single points."""
        every = {s for f in inputs for s in f.breaks}
        every.update(s for f in inputs for s in f.crossings(integers_between))
        breaks = tuple(sorted(every))
        at = tuple(exact_value(node, self.point(s)) for s in breaks)
        middles = [exact_value(node, self.point((s + t) / 2)) for s, t in pairwise(breaks)]
        return LineFunction(breaks, at, tuple((v, v) for v in middles)).thinned()


def _ceiling(value: Bound) -> Bound:
    return Fraction(math.ceil(value)) if isinstance(value, Fraction) else value


def _zero_between(low: Fraction, high: Fraction) -> Iterable[Fraction]:
    return [Fraction(0)] if low < 0 < high else []
