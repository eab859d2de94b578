"""Between which numbers the value of a threshold lies: its carrier, in floats with a bound."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tamemip.functions._compiled_rows import Bracket
from tamemip.functions._nodes import (
    Ceil,
    Combination,
    MixedIntegerRounding,
    Node,
    Threshold,
    children,
)

if TYPE_CHECKING:
    from tamemip.functions._compiled import AffineInput

_EPS = sys.float_info.epsilon


class Unsupported(Exception):  # noqa: N818  # no error: the plain reading takes over
    """What a straight-line program cannot do."""


def bracket_of(
    node: Threshold,
    order: Sequence[Node],
    given: AffineInput,
    known: Mapping[Threshold, Bracket],
) -> Bracket:
    """The bracket of `readings.bracket`, computed from the top down.

    All weights of parts are nonnegative, so that the weight with which a node enters
    the top is a sum of products of nonnegative numbers, and its relative error is at
    most a few units a step.
    """
    try:
        return _bracket(node, order, given, known)
    except OverflowError:
        raise Unsupported("a threshold whose carrier is beyond the range of floats") from None


def _bracket(
    node: Threshold,
    order: Sequence[Node],
    given: AffineInput,
    known: Mapping[Threshold, Bracket],
) -> Bracket:
    total = _Carrier(given, node.coordinate)
    share: dict[Node, float] = {node.of: 1.0}
    for inner in reversed(order):
        weight = share.pop(inner, 0.0)
        if weight == 0.0:
            continue
        match inner:
            case Combination():
                total.add_linear(inner, weight)
                for w, part in inner.parts:
                    if w < 0:
                        raise Unsupported("a negative part below a threshold")
                    share[part] = share.get(part, 0.0) + weight * float(w)
            case Ceil():
                total.gap += weight
                share[inner.of] = share.get(inner.of, 0.0) + weight
            case MixedIntegerRounding():
                total.gap += weight
                share[inner.of] = share.get(inner.of, 0.0) + weight
                if inner.minus is not None:
                    part = inner.minus
                    share[part] = share.get(part, 0.0) + weight * float(1 / inner.fraction - 1)
            case Threshold():
                total.add_threshold(known[inner], weight * float(inner.granularity))
            case _:
                raise Unsupported("an extreme below a threshold")
        total.steps += 1 + len(children(inner))
    return total.bracket(float(node.granularity))


class _Carrier:
    """Sums of weights, with the sums of their sizes."""

    def __init__(self, given: AffineInput, objective: int) -> None:
        self._given = given
        self._objective = objective
        self._weights: dict[int, float] = {}
        self._sizes: dict[int, float] = {}
        self._constant = self._constant_size = 0.0
        self._price = 0.0
        self.gap = 0.0
        self.steps = 0

    def add_linear(self, node: Combination, share: float) -> None:
        n = self._given.n_inputs
        self._add_constant(share * float(node.constant))
        for i, w in node.linear:
            size = share * float(w)
            if i == self._objective:
                if w < 0:
                    raise Unsupported("a function that grows with the objective")
                self._price += size
            elif i < n:
                self._add(i, size * self._given.signs[i])
                self._add_constant(size * float(self._given.shifts[i]))
            else:
                self._add_constant(size * float(self._given.fixed[i - n]))
        self.steps += len(node.linear)

    def add_threshold(self, inner: Bracket, share: float) -> None:
        self._add_constant(share * inner.constant)
        self._constant_size += share * inner.constant_size
        for (i, w), (_, size) in zip(inner.weights, inner.sizes, strict=True):
            self._add(i, share * w)
            self._sizes[i] += share * size
        self.gap += share * (inner.gap + 1.0)
        self.steps += len(inner.weights) + int(inner.error / _EPS)

    def _add(self, i: int, w: float) -> None:
        self._weights[i] = self._weights.get(i, 0.0) + w
        self._sizes[i] = self._sizes.get(i, 0.0) + abs(w)

    def _add_constant(self, w: float) -> None:
        self._constant += w
        self._constant_size += abs(w)

    def bracket(self, granularity: float) -> Bracket:
        unit = self._price * granularity
        error = 4 * _EPS * (self.steps + 16)
        sums = (unit, self.gap, self._constant_size, *self._sizes.values())
        if unit < sys.float_info.min or not all(map(math.isfinite, sums)):
            raise Unsupported("a threshold without a finite bracket")
        return Bracket(
            tuple((i, w / unit) for i, w in self._weights.items()),
            tuple((i, w / unit) for i, w in self._sizes.items()),
            self._constant / unit,
            self._constant_size / unit,
            self.gap / unit * (1 + error),
            error,
        )
