"""From the float duals of a relaxation with cuts to exact multipliers of its rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality._rounding_cuts_rows import Rows

#: Common denominators that are tried, one after the other.
_DENOMINATORS = (1, 2, 3, 4, 6, 8, 12, 24, 60, 120, 1_000, 10_000, 10**6, 10**9, 10**12)
#: What a float bound may be too high by, absolutely and relatively, before it is rounded up.
_NOISE = 1e-6
_RELATIVE_NOISE = 1e-9
#: Duals below this share of the largest are zero.
_ZERO = 1e-11


@final
@dataclass(frozen=True, slots=True)
class Prices:
    """Exact multipliers of rows and bound rows whose sum stays below the costs.

    Attributes
    ----------
    rows, bounds
        Numerators by row, and by column of ``-x_j >= -u_j``.
    divisor
        The common denominator.
    value
        The bound that they prove: the multipliers times the right-hand sides.
    """

    rows: Mapping[int, int]
    bounds: Mapping[int, int]
    divisor: int
    value: Fraction


def exact_prices(
    rows: Rows,
    is_equation: NDArray[np.bool_],
    duals: NDArray[np.float64],
    *,
    cost: NDArray[np.int64],
    upper: NDArray[np.float64],
    wanted: float,
) -> Prices | None:
    """Exact multipliers near float ones, small denominators first.

    Excess over the costs goes into bound rows; where a column has no bound, the
    multipliers are scaled down until it fits, if the cost is positive.

    Parameters
    ----------
    wanted
        The float bound; the first exact one as good after rounding up is taken, else
        the best. None if no denominator gives any.
    """
    clipped = np.where(is_equation, duals, np.maximum(duals, 0.0))
    size = float(np.max(np.abs(clipped), initial=0.0))
    support = np.flatnonzero(np.abs(clipped) > _ZERO * size)
    goal = math.ceil(wanted - _NOISE - _RELATIVE_NOISE * abs(wanted))
    best: Prices | None = None
    for q in _DENOMINATORS:
        numerators = {int(i): round(float(clipped[i]) * q) for i in support}
        found = _repaired(rows, {i: p for i, p in numerators.items() if p}, q, cost, upper)
        if found is None:
            continue
        if best is None or found.value > best.value:
            best = found
        if math.ceil(best.value) >= goal:
            break
    return best


def _repaired(
    rows: Rows,
    numerators: Mapping[int, int],
    q: int,
    cost: NDArray[np.int64],
    upper: NDArray[np.float64],
) -> Prices | None:
    """Multipliers ``numerators / q``, with the excess over the costs given to bound rows."""
    total = _sum(rows, numerators)
    shrink = Fraction(1)
    for j, a in total.items():
        c = int(cost[j])
        if a > q * c and not math.isfinite(upper[j]):
            if c <= 0:
                return None
            shrink = min(shrink, Fraction(q * c, a))
    k, divisor = shrink.numerator, q * shrink.denominator
    scaled = {i: p * k for i, p in numerators.items()}
    negative = dict.fromkeys(np.flatnonzero(cost < 0).tolist(), 0)
    excess = {
        j: k * a - divisor * int(cost[j])
        for j, a in (negative | total).items()
        if k * a > divisor * int(cost[j])
    }
    # Scaling raises what is negative: a column of negative cost may be in excess only now.
    if not all(math.isfinite(upper[j]) for j in excess):
        return None
    value = sum(p * int(rows.rhs[i]) for i, p in scaled.items())
    value -= sum(over * int(upper[j]) for j, over in excess.items())
    return Prices(scaled, excess, divisor, Fraction(value, divisor))


def _sum(rows: Rows, numerators: Mapping[int, int]) -> dict[int, int]:
    """The exact sum of multiples of rows, in Python integers."""
    matrix = rows.matrix
    total: dict[int, int] = {}
    for i, p in numerators.items():
        part = slice(matrix.indptr[i], matrix.indptr[i + 1])
        columns, entries = matrix.indices[part].tolist(), matrix.data[part].tolist()
        for j, a in zip(columns, entries, strict=True):
            total[j] = total.get(j, 0) + p * a
    return total
