"""Evaluating a minimum over leaves at many right-hand sides at once.

Every affine function is kept as integers over one denominator. Where all
products stay below 2**51, float64 products *are* integer arithmetic and
the answer is the correctly rounded exact value. Elsewhere floats come with an
error bound, and what the bound cannot decide goes to exact arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np
from scipy import sparse

from tamemip.certificates import Bound
from tamemip.functions._layers import Layers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.functions._affine import AffineFunction, Leaf, LeafMinimum

    Floats = NDArray[np.float64]

#: Integers up to here are exact in float64, with two bits to spare for halves and the ceiling.
_EXACT = 2.0**51
#: Decimals of fewer digits than this are the ones that their floats print.
_DIGITS = 1e15
#: Powers of ten that a right-hand side is scaled by, in search of integers.
_SCALES = (1, 10, 100, 1_000, 10_000, 1_000_000)
#: Cells (affine functions times right-hand sides) of one block: about what a cache holds.
_BLOCK = 1 << 17
#: A float without rounding up is clear when its error bound is relatively this small.
_CLEAR = 1e-10


@final
class BatchReading:
    """The integer form of a `LeafMinimum`, plus a constant.

    The constant is added before the one rounding to a float.
    """

    def __init__(self, function: LeafMinimum, *, constant: Fraction = Fraction(0)) -> None:
        self._n_rows = function.n_rows
        self._granularity = function.granularity
        self._constant = constant
        moved = constant if function.granularity is None else Fraction(0)
        leaves = [_pieces(leaf, moved) for leaf in _undominated(function)]
        self._layers = Layers(leaves)
        pieces = [piece for piece, _ in self._layers.members]
        self._is_guard = np.array([guard for _, guard in self._layers.members], dtype=bool)
        self._denominators = [_denominator(p) for p in pieces]
        self._constants = [
            int(p.constant * d) for p, d in zip(pieces, self._denominators, strict=True)
        ]
        self._weights = [
            [(i, w.numerator * (d // w.denominator)) for i, w in p.weights]
            for p, d in zip(pieces, self._denominators, strict=True)
        ]
        self._latest: tuple[tuple[int, bytes], tuple[sparse.csr_array, Floats]] | None = None

    # -- one right-hand side, exactly -------------------------------------------

    def exact(self, d: Sequence[Fraction], *, leaves: Iterable[int] | None = None) -> Bound:
        """Value by Python integers; with a granularity, before rounding up and the constant.

        With ``leaves``, the minimum over those leaves only.
        """
        scale = math.lcm(*(v.denominator for v in d))
        scaled = [v.numerator * (scale // v.denominator) for v in d]
        best: Bound = math.inf
        for leaf in range(self._layers.n_leaves) if leaves is None else leaves:
            best = min(best, self._exact_leaf(leaf, scaled, scale))
        return best

    def _exact_leaf(self, leaf: int, scaled: Sequence[int], scale: int) -> Bound:
        top, bottom = 0, 0  # the quotient of the largest bound; 0/0 stands for -inf
        for k in self._layers.of_leaf(leaf):
            value = self._constants[k] * scale
            for i, w in self._weights[k]:
                value += w * scaled[i]
            if self._is_guard[k]:
                if value > 0:
                    return math.inf
            elif bottom == 0 or value * bottom > top * self._denominators[k]:
                top, bottom = value, self._denominators[k]
        return Fraction(top, bottom * scale) if bottom else -math.inf

    # -- many right-hand sides ---------------------------------------------------

    def values(self, d: Floats) -> Floats:
        """Values, rounded up where there is a granularity: one a row of ``d``."""
        size = max(32, _BLOCK // max(1, len(self._denominators)))
        parts = [self._block(d[k : k + size]) for k in range(0, len(d), size)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _block(self, d: Floats) -> Floats:
        # An overflow makes a bound doubtful, inf - inf stands where a box is empty, and
        # guards are divided by zero: a positive one gives inf, another one -inf.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            points, scale, is_short = _as_integers(d)
            is_exact, slack = self._errors(points, scale, is_short=is_short)
            matrix, divisors = self._scaled(is_exact, scale)
            numerators = matrix @ _with_ones(points)
            if is_exact.all():
                numerators /= divisors
                return self._rounded(self._layers.minimum(numerators))
            low = self._layers.minimum((numerators - slack) / divisors)
            high = self._layers.minimum((numerators + slack) / divisors)
            return self._decided(d, (numerators, slack, divisors), low, high)

    def _decided(
        self, d: Floats, pieces: tuple[Floats, Floats, Floats], low: Floats, high: Floats
    ) -> Floats:
        """Exact arithmetic where ``low`` and ``high`` differ, over the leaves that count."""
        if self._granularity is None:
            # An infinite low end would be close to anything.
            close = np.isfinite(low) & (high - low <= _CLEAR * (1 + np.abs(low)))
            clear = (low == high) | close
            result = np.where(low == high, low, (low + high) / 2)
        else:
            clear = np.ceil(low) == np.ceil(high)
            result = self._rounded(low)
        unclear = np.flatnonzero(~clear)
        if len(unclear):
            numerators, slack, divisors = pieces
            floors = self._layers.by_leaf((numerators[:, unclear] - slack) / divisors)
            tops = high[unclear]
            for column, k in enumerate(unclear):
                # "Not above" rather than "below": where a float is NaN, the leaf stays in.
                leaves = np.flatnonzero(~(floors[:, column] > tops[column]))
                result[k] = self._exact_float(d[k], leaves.tolist())
        return result

    def _errors(
        self, points: Floats, scale: int, *, is_short: bool
    ) -> tuple[NDArray[np.bool_], Floats]:
        """Which pieces are exact integers at these points, and error bounds for the others."""
        matrix, denominators, fits = self._integers
        largest = np.append(np.abs(points).max(axis=0, initial=0.0), float(scale))
        is_exact = fits & (np.abs(matrix) @ largest < _EXACT) & (denominators * scale < _EXACT)
        if not is_short:
            is_exact &= self._is_constant
        if is_exact.all():
            return is_exact, np.zeros((len(is_exact), 1))
        # Twice the usual bound for a sum of so many rounded products of rounded factors.
        unit = (self._n_rows + 8) * np.finfo(np.float64).eps / scale
        slack = unit * (np.abs(self._floats) @ largest)
        slack[is_exact] = 0.0
        return is_exact, slack[:, None]

    def _scaled(self, is_exact: NDArray[np.bool_], scale: int) -> tuple[sparse.csr_array, Floats]:
        """Weights with the constants as last column for points times ``scale``; divisors.

        Sparse: most weights are zero, and no matrix library wakes its threads. This takes
        0.3 (stein27) to 1.7 (a dense facility model) of the time of the dense product.
        """
        key = (scale, is_exact.tobytes())
        if self._latest is not None and self._latest[0] == key:
            return self._latest[1]
        integers, denominators, _ = self._integers
        matrix = self._floats / scale
        matrix[:, -1] = self._floats[:, -1]
        matrix[is_exact] = integers[is_exact]
        matrix[is_exact, -1] *= scale
        # Exact ones are integers: half a unit less is never zero.
        matrix[is_exact & self._is_guard, -1] -= 0.5
        divisors = np.where(is_exact, denominators * scale, 1.0)
        divisors[self._is_guard] = 0.0
        made = (sparse.csr_array(matrix), divisors[:, None])
        self._latest = (key, made)
        return made

    @cached_property
    def _is_constant(self) -> NDArray[np.bool_]:
        return np.array([not weights for weights in self._weights], dtype=bool)

    @cached_property
    def _integers(self) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Weights and constants, denominators, as floats that are exact integers where told."""
        g = self._granularity or Fraction(1)
        matrix = np.zeros((len(self._constants), self._n_rows + 1))
        denominators = np.ones(len(self._constants))
        fits = np.zeros(len(self._constants), dtype=bool)
        for k, (weights, constant) in enumerate(zip(self._weights, self._constants, strict=True)):
            # With a granularity, everything is counted in units of it.
            entries = [*weights, (self._n_rows, constant)]
            below = self._denominators[k] * g.numerator
            if max(below, *(abs(w) * g.denominator for _, w in entries)) < _EXACT:
                fits[k], denominators[k] = True, below
                for i, w in entries:
                    matrix[k, i] = w * g.denominator
        return matrix, denominators, fits

    @cached_property
    def _floats(self) -> Floats:
        """Weights with the constants as last column, in floats and units of the granularity."""
        g = self._granularity or Fraction(1)
        matrix = np.zeros((len(self._constants), self._n_rows + 1))
        for k, (weights, constant) in enumerate(zip(self._weights, self._constants, strict=True)):
            below = self._denominators[k] * g.numerator
            for i, w in (*weights, (self._n_rows, constant)):
                matrix[k, i] = w * g.denominator / below
        return matrix

    def _rounded(self, values: Floats) -> Floats:
        """From units of the granularity back to values, rounded up."""
        if self._granularity is None:
            return values
        g, c = self._granularity, self._constant
        whole = np.ceil(values) * (g.numerator * c.denominator) + c.numerator * g.denominator
        return np.asarray(whole / (g.denominator * c.denominator))

    def _exact_float(self, row: Floats, leaves: Sequence[int]) -> float:
        value = self.exact([Fraction(str(v)) for v in row.tolist()], leaves=leaves)
        if self._granularity is not None and isinstance(value, Fraction):
            value = self._granularity * math.ceil(value / self._granularity) + self._constant
        return nearest_float(value)


def nearest_float(value: Bound) -> float:
    """The float nearest to a value; infinite beyond the range of floats."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _undominated(function: LeafMinimum) -> list[Leaf]:
    """Leaves, without those that lie above another one with the same slope everywhere."""
    lowest: dict[Any, Leaf] = {}
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


def _pieces(leaf: Leaf, constant: Fraction) -> list[tuple[AffineFunction, bool]]:
    """Bounds and guards (marked True) of a leaf, of parallel ones the highest."""
    highest: dict[Any, AffineFunction] = {}
    for is_guard, group in ((False, leaf.bounds), (True, leaf.guards)):
        for piece in group:
            other = highest.get((is_guard, piece.weights))
            if other is None or piece.constant > other.constant:
                highest[is_guard, piece.weights] = piece
    return [
        (piece if is_guard or not constant else _moved(piece, constant), is_guard)
        for (is_guard, _), piece in highest.items()
    ]


def _moved(piece: AffineFunction, constant: Fraction) -> AffineFunction:
    return replace(piece, constant=piece.constant + constant)


def _denominator(piece: AffineFunction) -> int:
    return math.lcm(piece.constant.denominator, *(w.denominator for _, w in piece.weights))


def _with_ones(points: Floats) -> Floats:
    """Points as columns, over a row of ones."""
    columns = np.ones((points.shape[1] + 1, len(points)))
    columns[:-1] = points.T
    return columns


def _as_integers(d: Floats) -> tuple[Floats, int, bool]:
    """``d * scale`` as integers with the scale, if the decimals are short; else ``d``, 1, False."""
    first = d[:1]
    for scale in _SCALES:
        if not np.array_equal(np.rint(first * scale) / scale, first):
            continue
        integers = np.rint(d * scale)
        if np.array_equal(integers / scale, d):
            if np.abs(integers).max(initial=0.0) < _DIGITS:
                return integers, scale, True
            break
    return d, 1, False
