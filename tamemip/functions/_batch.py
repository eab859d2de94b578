"""Evaluating a minimum over leaves at many right-hand sides at once.

Every affine function is kept as integers over one denominator. Where all
products stay below 2**53, float64 matrix products *are* integer arithmetic and
the answer is the correctly rounded exact value. Elsewhere floats come with an
error bound, and what the bound cannot decide goes to exact arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.certificates import Bound

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.functions._affine import AffineFunction, LeafMinimum

    Floats = NDArray[np.float64]

#: Integers up to here are exact in float64, with two bits to spare for the ceiling.
_EXACT = 2.0**51
#: Powers of ten that a right-hand side is scaled by, in search of integers.
_SCALES = (1, 10, 100, 1_000, 10_000, 1_000_000)
#: Cells (affine functions times right-hand sides) of one block of work.
_BLOCK = 2_000_000


@final
class BatchReading:
    """The integer form of a `LeafMinimum`, plus a constant.

    The constant is added before the one rounding to a float.
    """

    def __init__(self, function: LeafMinimum, *, constant: Fraction = Fraction(0)) -> None:
        self._n_rows = function.n_rows
        self._granularity = function.granularity
        self._constant = constant
        leaves = _undominated(function)
        self._n_leaves = len(leaves)
        pieces: list[AffineFunction] = []
        self._bound_starts, self._bounded = _segments([leaf.bounds for leaf in leaves], pieces)
        self._n_bounds = len(pieces)
        self._guard_starts, self._guarded = _segments([leaf.guards for leaf in leaves], pieces)
        if self._granularity is None:
            moved = [_moved(p, constant) for p in pieces[: self._n_bounds]]
            pieces[: self._n_bounds] = moved
        self._denominators = [_denominator(p) for p in pieces]
        self._constants = [
            int(p.constant * d) for p, d in zip(pieces, self._denominators, strict=True)
        ]
        self._weights = [
            [(i, w.numerator * (d // w.denominator)) for i, w in p.weights]
            for p, d in zip(pieces, self._denominators, strict=True)
        ]

    # -- one right-hand side, exactly -------------------------------------------

    def exact(self, d: Sequence[Fraction]) -> Bound:
        """Value by Python integers; with a granularity, before rounding up and the constant."""
        scale = math.lcm(*(v.denominator for v in d))
        scaled = [v.numerator * (scale // v.denominator) for v in d]
        numerators = [
            constant * scale + sum(w * scaled[i] for i, w in weights)
            for constant, weights in zip(self._constants, self._weights, strict=True)
        ]
        empty = self._empty_leaves(numerators[self._n_bounds :])
        best: Bound = math.inf
        for leaf, (start, stop) in enumerate(self._bound_ranges):
            if leaf in empty:
                continue
            value: Bound = -math.inf
            for k in range(start, stop):
                value = max(value, Fraction(numerators[k], self._denominators[k] * scale))
            best = min(best, value)
        return best

    def _empty_leaves(self, guards: Sequence[int]) -> set[int]:
        stops = [*self._guard_starts[1:], len(guards)]
        return {
            leaf
            for leaf, start, stop in zip(self._guarded, self._guard_starts, stops, strict=False)
            if any(guards[k] > 0 for k in range(start, stop))
        }

    @cached_property
    def _bound_ranges(self) -> list[tuple[int, int]]:
        ranges = [(0, 0)] * self._n_leaves
        stops = [*self._bound_starts[1:], self._n_bounds]
        for leaf, start, stop in zip(self._bounded, self._bound_starts, stops, strict=False):
            ranges[leaf] = (start, stop)
        return ranges

    # -- many right-hand sides ---------------------------------------------------

    def values(self, d: Floats) -> Floats:
        """Values, rounded up where there is a granularity: one a row of ``d``."""
        block = max(1, _BLOCK // max(1, len(self._denominators)))
        parts = [self._block(d[k : k + block]) for k in range(0, len(d), block)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _block(self, d: Floats) -> Floats:
        # Overflow makes a bound doubtful, and inf - inf stands where a box is empty.
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = _as_integers(d)
            if scaled is not None:
                integers, scale = scaled
                if self._fits(integers, scale):
                    return self._integer_block(integers, scale)
            return self._float_block(d)

    def _fits(self, integers: Floats, scale: int) -> bool:
        if self._arrays is None:
            return False
        matrix, constants, _ = self._arrays
        largest = np.abs(integers).max(axis=0, initial=0.0)
        reach = self._absolute @ largest + np.abs(constants) * scale
        return bool(reach.max(initial=0.0) < _EXACT) and scale * self._largest_denominator < _EXACT

    @cached_property
    def _arrays(self) -> tuple[Floats, Floats, Floats] | None:
        """Weights, constants, denominators as float64 that are exact integers, or None."""
        sizes = [abs(c) for c in self._constants]
        sizes += [abs(w) for weights in self._weights for _, w in weights]
        g = self._granularity or Fraction(1)
        sizes += [d * g.numerator for d in self._denominators]
        if any(size * g.denominator >= _EXACT for size in sizes):
            return None
        matrix = np.zeros((len(self._constants), self._n_rows))
        for k, weights in enumerate(self._weights):
            for i, w in weights:
                matrix[k, i] = w
        # With a granularity, everything is counted in units of it.
        return (
            matrix * g.denominator,
            np.array(self._constants, dtype=np.float64) * g.denominator,
            np.array(self._denominators, dtype=np.float64) * g.numerator,
        )

    @cached_property
    def _absolute(self) -> Floats:
        assert self._arrays is not None
        return np.abs(self._arrays[0])

    @cached_property
    def _largest_denominator(self) -> float:
        assert self._arrays is not None
        return float(self._arrays[2].max(initial=1.0))

    def _integer_block(self, integers: Floats, scale: int) -> Floats:
        assert self._arrays is not None
        matrix, constants, denominators = self._arrays
        numerators = matrix @ integers.T
        numerators += (constants * scale)[:, None]
        guards = numerators[self._n_bounds :] > 0
        bounds = numerators[: self._n_bounds]
        bounds /= (denominators[: self._n_bounds] * scale)[:, None]
        return self._rounded(self._minimum(bounds, guards))

    def _minimum(self, bounds: Floats, guards: NDArray[np.bool_]) -> Floats:
        if not self._guarded and len(self._bounded) == self._n_leaves == self._n_bounds:
            return np.asarray(bounds.min(axis=0), dtype=np.float64)
        values = np.full((self._n_leaves, bounds.shape[1]), -np.inf)
        if len(self._bounded) == self._n_bounds:
            values[self._bounded] = bounds
        elif self._bounded:
            values[self._bounded] = np.maximum.reduceat(bounds, self._bound_starts, axis=0)
        if len(self._guarded) == len(guards) and self._guarded:
            empty = guards
        elif self._guarded:
            empty = np.logical_or.reduceat(guards, self._guard_starts, axis=0)
        if self._guarded:
            rows = values[self._guarded]
            rows[empty] = np.inf
            values[self._guarded] = rows
        return np.asarray(values.min(axis=0, initial=np.inf), dtype=np.float64)

    def _rounded(self, values: Floats) -> Floats:
        """From units of the granularity back to values, rounded up."""
        if self._granularity is None:
            return values
        g, c = self._granularity, self._constant
        whole = np.ceil(values) * (g.numerator * c.denominator) + c.numerator * g.denominator
        return np.asarray(whole / (g.denominator * c.denominator))

    # -- floats with an error bound -----------------------------------------------

    @cached_property
    def _float_arrays(self) -> tuple[Floats, Floats]:
        matrix = np.zeros((len(self._constants), self._n_rows))
        for k, weights in enumerate(self._weights):
            for i, w in weights:
                matrix[k, i] = w / self._denominators[k]
        constants = [c / d for c, d in zip(self._constants, self._denominators, strict=True)]
        return matrix, np.array(constants)

    def _float_block(self, d: Floats) -> Floats:
        matrix, constants = self._float_arrays
        values = matrix @ d.T + constants[:, None]
        unit = (self._n_rows + 4) * np.finfo(np.float64).eps
        error = unit * (np.abs(matrix) @ np.abs(d.T) + np.abs(constants)[:, None])
        bounds, slack = values[: self._n_bounds], error[: self._n_bounds]
        guards, doubt = values[self._n_bounds :], error[self._n_bounds :]
        low = self._minimum(bounds - slack, guards > doubt)
        high = self._minimum(bounds + slack, guards > -doubt)
        unclear = ~(np.abs(high - low) <= 1e-6 * (1 + np.abs(low))) & (high != low)
        result = np.asarray(self._minimum(bounds, guards > 0))
        if self._granularity is not None:
            g = float(self._granularity)
            unclear |= np.ceil(low / g * (1 - 1e-15)) != np.ceil(high / g * (1 + 1e-15))
            result = self._rounded(result / g)
        for k in np.flatnonzero(unclear):
            result[k] = self._exact_float(d[k])
        return result

    def _exact_float(self, row: Floats) -> float:
        value = self.exact([Fraction(str(v)) for v in row.tolist()])
        if self._granularity is not None and isinstance(value, Fraction):
            value = self._granularity * math.ceil(value / self._granularity) + self._constant
        return nearest_float(value)


def nearest_float(value: Bound) -> float:
    """The float nearest to a value; infinite beyond the range of floats."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _undominated(function: LeafMinimum) -> list[Any]:
    """Leaves, without those that lie above another one with the same slope everywhere."""
    lowest: dict[Any, Any] = {}
    rest = []
    for leaf in function.leaves:
        if leaf.guards or len(leaf.bounds) != 1:
            rest.append(leaf)
            continue
        (bound,) = leaf.bounds
        other = lowest.get(bound.weights)
        if other is None or bound.constant < other.bounds[0].constant:
            lowest[bound.weights] = leaf
    return [*lowest.values(), *rest]


def _moved(piece: AffineFunction, constant: Fraction) -> AffineFunction:
    return replace(piece, constant=piece.constant + constant)


def _segments(groups: Sequence[Any], pieces: list[Any]) -> tuple[list[int], list[int]]:
    """Append groups to `pieces`; start of each nonempty one, counted from here, and its leaf."""
    starts: list[int] = []
    owners: list[int] = []
    first = len(pieces)
    for k, group in enumerate(groups):
        if group:
            starts.append(len(pieces) - first)
            owners.append(k)
            pieces.extend(group)
    return starts, owners


def _denominator(piece: AffineFunction) -> int:
    return math.lcm(piece.constant.denominator, *(w.denominator for _, w in piece.weights))


def _as_integers(d: Floats) -> tuple[Floats, int] | None:
    """``d * scale`` as integers, if the decimals of ``d`` are short; else None."""
    for scale in _SCALES:
        integers = np.rint(d * scale)
        if np.array_equal(integers / scale, d):
            return integers, scale
    return None
