"""Evaluating minima over leaves that hold sums of such minima.

All affine functions, sums, leaves and minima are rows of one table, and each row
needs earlier rows only. At right-hand sides that are short decimals the table holds
integers over one common denominator; where these do not fit into a float64, and at
other floats, every row is an interval, and what the intervals leave open is decided
in exact arithmetic, on the few rows that can matter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np
from scipy.sparse import csr_array

from tamemip.certificates import Bound
from tamemip.functions._batch import nearest_float
from tamemip.functions._nested_rows import RowTable, rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.functions._affine import AffineFunction, LeafMinimum

    Floats = NDArray[np.float64]

#: Integers up to here are exact in float64, with two bits to spare for the ceiling.
_EXACT = 2.0**51
#: Powers of ten that a right-hand side is scaled by, in search of integers.
_SCALES = (1, 10, 100, 1_000, 10_000, 1_000_000)
#: Cells (rows of the table times right-hand sides) of one block of work.
_BLOCK = 2_000_000
#: Relative width of an interval from which on the value is computed exactly.
_UNDECIDED = 1e-9
#: Absolute error of a product that underflows, with room for the sum of many.
_UNDERFLOW = 1e-320
_EPS = float(np.finfo(np.float64).eps)


@final
class NestedReading:
    """The form of a `LeafMinimum` with sums that evaluates in bulk, plus a constant.

    The constant is added before the one rounding to a float. At right-hand sides
    whose entries are decimals of at most six places (integers above all), the
    floats are the nearest ones to the exact values.
    """

    def __init__(self, function: LeafMinimum, *, constant: Fraction = Fraction(0)) -> None:
        self._n_rows = function.n_rows
        self._granularity = function.granularity
        self._constant = constant
        if self._granularity is None:
            function = _moved(function, constant)
        pieces, rows = rows_of(function)
        self._table = RowTable(len(pieces), rows)
        self._denominators = [
            math.lcm(p.constant.denominator, *(w.denominator for _, w in p.weights)) for p in pieces
        ]
        pairs = list(zip(pieces, self._denominators, strict=True))
        self._constants = [int(p.constant * q) for p, q in pairs]
        self._weights = [
            [(i, w.numerator * (q // w.denominator)) for i, w in p.weights] for p, q in pairs
        ]

    # -- one right-hand side, exactly -------------------------------------------

    def exact(self, d: Sequence[Fraction]) -> Bound:
        """Exact value; with a granularity, before rounding up and the constant."""
        low, high = self._intervals(np.array([[nearest_float(v) for v in d]]))
        return self._exact_at(d, low[:, 0], high[:, 0])

    def _exact_at(self, d: Sequence[Fraction], low: Floats, high: Floats) -> Bound:
        scale = math.lcm(*(v.denominator for v in d))
        scaled = [v.numerator * (scale // v.denominator) for v in d]

        def piece(k: int) -> Fraction:
            numerator = self._constants[k] * scale + sum(w * scaled[i] for i, w in self._weights[k])
            return Fraction(numerator, self._denominators[k] * scale)

        return self._table.exact(piece, low, high)

    # -- many right-hand sides ---------------------------------------------------

    def values(self, d: Floats) -> Floats:
        """Values, rounded up where there is a granularity: one a row of ``d``."""
        block = max(1, _BLOCK // self._table.size)
        parts = [self._block(d[k : k + block]) for k in range(0, len(d), block)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _block(self, d: Floats) -> Floats:
        result = np.empty(len(d))
        # Overflow makes a value doubtful, and inf - inf stands next to empty boxes.
        with np.errstate(over="ignore", invalid="ignore"):
            scales = _decimal_scales(d)
            for scale in np.unique(scales).tolist():
                chosen = scales == scale
                evaluate = self._float_values if scale == 0 else self._decimal_values
                result[chosen] = evaluate(d[chosen], scale)
        return result

    def _decimal_values(self, d: Floats, scale: int) -> Floats:
        integers = np.rint(d * scale)
        fits = self._fits(integers, scale)
        result = np.empty(len(d))
        if fits.any():
            result[fits] = self._integer_values(integers[fits], scale)
        if not fits.all():
            result[~fits] = self._exact_values(d[~fits])
        return result

    # -- integers over one denominator -----------------------------------------------

    @cached_property
    def _integers(self) -> tuple[Any, Floats, int] | None:
        """Weights and constants times one denominator, if that fits; and the denominator."""
        common = math.lcm(*self._denominators)
        factors = [common // q for q in self._denominators]
        sizes = [abs(c) * f for c, f in zip(self._constants, factors, strict=True)]
        for weights, f in zip(self._weights, factors, strict=True):
            sizes += [abs(w) * f for _, w in weights]
        if max([common, *sizes]) >= _EXACT:
            return None
        scaled = [
            [(i, float(w * f)) for i, w in weights]
            for weights, f in zip(self._weights, factors, strict=True)
        ]
        constants = [c * f for c, f in zip(self._constants, factors, strict=True)]
        return self._matrix(scaled), np.array(constants, dtype=np.float64), common

    def _matrix(self, weights: Sequence[Sequence[tuple[int, float]]]) -> Any:
        starts = np.cumsum([0, *(len(row) for row in weights)])
        columns = [i for row in weights for i, _ in row]
        entries = np.array([w for row in weights for _, w in row], dtype=np.float64)
        shape = (len(weights), self._n_rows)
        return csr_array((entries, np.array(columns, dtype=np.int64), starts), shape=shape)

    def _fits(self, integers: Floats, scale: int) -> NDArray[np.bool_]:
        """At which right-hand sides no integer of the table leaves the exact range."""
        nowhere = np.zeros(len(integers), dtype=np.bool_)
        if self._integers is None:
            return nowhere
        matrix, constants, common = self._integers
        g = self._granularity or Fraction(1)
        if scale * common * g.numerator >= _EXACT:
            return nowhere

        def reach(sizes: Floats) -> Floats:
            pieces = abs(matrix) @ sizes.T + (np.abs(constants) * scale)[:, None]
            return self._table.reach(pieces) * g.denominator

        sizes = np.abs(integers)
        if reach(sizes.max(axis=0, keepdims=True))[0] < _EXACT:
            return ~nowhere
        return np.asarray(reach(sizes) < _EXACT)

    def _integer_values(self, integers: Floats, scale: int) -> Floats:
        assert self._integers is not None
        matrix, constants, common = self._integers
        pieces = matrix @ integers.T + (constants * scale)[:, None]
        numerators = self._table.filled(pieces)[-1]
        if self._granularity is None:
            return np.asarray(numerators / (scale * common), dtype=np.float64)
        g = self._granularity
        return self._rounded(numerators * g.denominator / (scale * common * g.numerator))

    def _rounded(self, units: Floats) -> Floats:
        """The values of the next whole numbers of units of the granularity."""
        g = self._granularity
        assert g is not None
        whole, places = np.unique(np.ceil(units), return_inverse=True)
        values = [
            nearest_float(g * int(v) + self._constant) if math.isfinite(v) else v
            for v in whole.tolist()
        ]
        return np.asarray(np.array(values)[places], dtype=np.float64)

    # -- intervals --------------------------------------------------------------------

    @cached_property
    def _floats(self) -> tuple[Any, Floats]:
        weights = [
            [(i, nearest_float(Fraction(w, q))) for i, w in row]
            for row, q in zip(self._weights, self._denominators, strict=True)
        ]
        pairs = zip(self._constants, self._denominators, strict=True)
        constants = np.array([nearest_float(Fraction(c, q)) for c, q in pairs], dtype=np.float64)
        return self._matrix(weights), constants

    def _intervals(self, d: Floats) -> tuple[Floats, Floats]:
        """Bounds on every row of the table, if d holds the nearest floats of what is meant."""
        matrix, constants = self._floats
        with np.errstate(over="ignore", invalid="ignore"):
            values = matrix @ d.T + constants[:, None]
            sizes = abs(matrix) @ np.abs(d.T) + np.abs(constants)[:, None]
            error = sizes * ((self._n_rows + 6) * _EPS)
            error += _UNDERFLOW * (1 + self._n_rows + np.abs(d).sum(axis=1)[None, :])
            error += _UNDERFLOW * abs(matrix).sum(axis=1)[:, None]
            known = np.isfinite(values) & np.isfinite(error)
            low = np.where(known, values - error, -np.inf)
            high = np.where(known, values + error, np.inf)
            return self._table.filled(low, slack=-_EPS), self._table.filled(high, slack=_EPS)

    def _exact_values(self, d: Floats) -> Floats:
        low, high = self._intervals(d)
        rows = zip(d.tolist(), low.T, high.T, strict=True)
        return np.array([self._exact_float(row, lo, hi) for row, lo, hi in rows])

    def _exact_float(self, row: Sequence[float], low: Floats, high: Floats) -> float:
        value = self._exact_at([Fraction(str(v)) for v in row], low, high)
        if self._granularity is not None and isinstance(value, Fraction):
            value = self._granularity * math.ceil(value / self._granularity) + self._constant
        return nearest_float(value)

    def _float_values(self, d: Floats, _: int) -> Floats:
        lows, highs = self._intervals(d)
        low, high = lows[-1], highs[-1]
        if self._granularity is None:
            # An infinite low end would be close to anything.
            close = np.isfinite(low) & (high - low <= _UNDECIDED * (1 + np.abs(low)))
            unclear = ~((high == low) | close)
            result = np.where(high == low, low, low / 2 + high / 2)
        else:
            g = nearest_float(self._granularity)
            first = np.ceil(low / g - 4 * _EPS * np.abs(low / g))
            last = np.ceil(high / g + 4 * _EPS * np.abs(high / g))
            infinite = (high == low) & np.isinf(low)
            unclear = ~((first == last) & np.isfinite(first) | infinite)
            result = self._rounded(np.where(infinite, low, np.where(unclear, 0.0, first)))
        for k in np.flatnonzero(unclear):
            result[k] = self._exact_float(d[k].tolist(), lows[:, k], highs[:, k])
        return np.asarray(result, dtype=np.float64)


def _moved(function: LeafMinimum, constant: Fraction) -> LeafMinimum:
    """The function plus a constant."""

    def up(piece: AffineFunction) -> AffineFunction:
        return replace(piece, constant=piece.constant + constant)

    return replace(
        function,
        leaves=tuple(
            replace(
                leaf,
                bounds=tuple(map(up, leaf.bounds)),
                sums=tuple(replace(s, linear=up(s.linear)) for s in leaf.sums),
            )
            for leaf in function.leaves
        ),
    )


def _decimal_scales(d: Floats) -> NDArray[np.int64]:
    """For each row of d the power of ten that makes it integers; 0 if there is none.

    A row of integers and short decimals whose common scale is too much for floats has
    the largest one: its values are found exactly, one by one.
    """
    scales = np.zeros(len(d), dtype=np.int64)
    most = _SCALES[-1]
    scaled = np.rint(d * most)
    is_short = (scaled / most == d) & (np.abs(scaled) < _EXACT)
    scales[(is_short | (np.rint(d) == d)).all(axis=1)] = most
    for scale in reversed(_SCALES):
        integers = np.rint(d * scale)
        short = (integers / scale == d) & (np.abs(integers) < _EXACT)
        whole = scale == 1
        scales[(integers == d).all(axis=1) if whole else short.all(axis=1)] = scale
    return scales
