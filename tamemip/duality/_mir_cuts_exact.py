"""One mixed-integer rounding cut in exact arithmetic, from weights of rows.

Let ``w`` be weights of rows, of any sign, and ``C`` a set of columns that are counted
from their upper bounds. The aggregated row ``sum(w_i row_i)`` is rounded by
``G(f - g) + g/r``, where ``f`` takes the positive and ``g`` the negative weights: the
slack of a row in ``g`` costs ``1/r`` times its weight, that of a row in ``f`` nothing.
A column of ``C`` gets the weight of its bound row that makes its coefficient vanish if
it is continuous. If it is an integer column, ``-G(-a)`` is the coefficient wanted:
with ``h = a - floor(a)`` it is had by the weight ``h`` of the bound row if ``1 - h >= r``
and by ``h - 1`` if not, as integral multiples of the bound row pass through ``G``. The
same holds for rows with an integral slack.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.duality._mir_cuts_rows import IntegerRow, MixedRows
from tamemip.functions import combination, mixed_integer_rounding

if TYPE_CHECKING:
    from tamemip.functions import Node

#: A fraction nearer to 0 or to 1 makes poor cuts.
_LEAST_FRACTION = Fraction(1, 200)
#: Common denominators up to this are kept as they come.
_SHORT_DENOMINATOR = 10**6
#: Others are avoided by fractions ``2**16 / q``; beyond this no cut is worth its digits.
_LARGEST_DENOMINATOR = 10**100
_DYADIC = 2**16


@final
@dataclass(frozen=True, slots=True)
class MixedCut:
    """A mixed-integer rounding cut ``sum(coefficient x') >= rhs`` with its node.

    The coefficients are those of the node, exactly; `rhs` is its value at the
    right-hand side at which it was made.
    """

    node: Node
    row: IntegerRow

    @property
    def rhs(self) -> Fraction:
        """The value of the node where the cut was made."""
        return self.row.rhs

    @property
    def coefficients(self) -> dict[int, Fraction]:
        """Exact coefficients by canonical column, without zeros."""
        return {j: Fraction(v, self.row.denominator) for j, v in self.row.numerators.items()}


def exact_cut(
    system: MixedRows, weights: Mapping[int, Fraction], complemented: Collection[int]
) -> MixedCut | None:
    """The cut of some weights; None if its fraction or its digits are not worth it.

    Parameters
    ----------
    weights
        By row of the system, of any sign.
    complemented
        Columns with a finite upper bound that are counted from there.
    """
    kept = {i: _modulo_1(system, i, w) for i, w in weights.items()}
    row = _aggregated(system, kept)
    shift = sum((row.coefficient(j) * _upper(system, j) for j in complemented), Fraction(0))
    r = _fraction(row.rhs - shift)
    if not _LEAST_FRACTION <= r <= 1 - _LEAST_FRACTION:
        return None
    moved = [i for i, w in kept.items() if w and 1 - w < r and _is_movable(system, i)]
    if moved:
        kept |= {i: kept[i] - 1 for i in moved}
        row = _aggregated(system, kept)
    if row.denominator * r.numerator > _SHORT_DENOMINATOR:
        # Any fraction is valid. One just below r cuts almost as deep, and its numerator,
        # which the coefficients are divided by, is a power of two: the denominators of
        # cuts made of cuts then have few different factors and do not multiply.
        r = Fraction(_DYADIC, math.ceil(_DYADIC / r))
    bounds = {j: _bound_weight(system, j, row.coefficient(j), r) for j in complemented}
    return _cut(system, kept, bounds, row, r)


def _modulo_1(system: MixedRows, i: int, w: Fraction) -> Fraction:
    return _fraction(w) if _is_movable(system, i) else w


def _is_movable(system: MixedRows, i: int) -> bool:
    return system.has_integer_slack[i] and not system.is_equation[i]


def _bound_weight(system: MixedRows, j: int, a: Fraction, r: Fraction) -> Fraction:
    """The weight of the bound row of a column that is counted from its upper bound."""
    if not system.integer[j]:
        return a
    h = _fraction(a)
    return h if 1 - h >= r or not h else h - 1


def _cut(
    system: MixedRows,
    weights: Mapping[int, Fraction],
    bounds: Mapping[int, Fraction],
    total: IntegerRow,
    r: Fraction,
) -> MixedCut | None:
    """The cut of weights of rows and bound rows; `total` is the sum of the weighted rows."""
    free = {i: w for i, w in weights.items() if w > 0 or system.is_equation[i]}
    paid = {i: -w for i, w in weights.items() if w < 0 and not system.is_equation[i]}
    above = {j: w for j, w in bounds.items() if w > 0}
    below = {j: -w for j, w in bounds.items() if w < 0}
    g = _with_bounds(system, _aggregated(system, paid), below)
    row = _rounded_row(system, _with_bounds(system, total, bounds), g, r)
    if row.denominator > _LARGEST_DENOMINATOR or not row.numerators:
        return None
    minus = _node(system, paid, below) if paid or below else None
    return MixedCut(mixed_integer_rounding(_node(system, free, above), r, minus=minus), row)


def _rounded_row(system: MixedRows, total: IntegerRow, g: IntegerRow, r: Fraction) -> IntegerRow:
    """``G(t) + g/r`` by column with ``t = f - g``, over the denominator ``d r.numerator``.

    On continuous columns ``max(f, g)/r = (max(t, 0) + g)/r``.
    """
    d = math.lcm(total.denominator, g.denominator)
    up_t, up_g = d // total.denominator, d // g.denominator
    one, q = d * r.numerator, r.denominator
    found: dict[int, int] = {}
    for j in sorted(total.numerators.keys() | g.numerators.keys()):
        t, paid = up_t * total.numerators.get(j, 0), up_g * g.numerators.get(j, 0) * q
        if system.integer[j]:
            whole, rest = divmod(t, d)
            value = whole * one + min(rest * q, one) + paid
        else:
            value = max(t, 0) * q + paid
        if value:
            found[j] = value
    common = math.gcd(one, *found.values())
    rhs = _rounding(total.rhs, r) + g.rhs / r
    return IntegerRow({j: v // common for j, v in found.items()}, one // common, rhs)


def _node(
    system: MixedRows, weights: Mapping[int, Fraction], bounds: Mapping[int, Fraction]
) -> Node:
    linear = {i: w * system.scale[i] for i, w in weights.items() if i < system.m}
    linear |= {system.bound_row[j]: w for j, w in bounds.items()}
    parts = [(w, system.nodes[i - system.m]) for i, w in weights.items() if i >= system.m]
    return combination(linear, parts)


def _aggregated(system: MixedRows, weights: Mapping[int, Fraction]) -> IntegerRow:
    """The exact sum of weighted rows, over one denominator: a tenth of the time of fractions."""
    factors = {i: w / system.rows[i].denominator for i, w in weights.items() if w}
    d = math.lcm(*(w.denominator for w in factors.values()))
    total: dict[int, int] = {}
    for i, w in factors.items():
        k = w.numerator * (d // w.denominator)
        for j, v in system.rows[i].numerators.items():
            total[j] = total.get(j, 0) + k * v
    right = sum((w * system.rows[i].rhs for i, w in weights.items()), Fraction(0))
    return IntegerRow(total, d, right)


def _with_bounds(system: MixedRows, row: IntegerRow, bounds: Mapping[int, Fraction]) -> IntegerRow:
    """A row plus multiples of the bound rows ``-x_j >= -u_j``."""
    d = math.lcm(row.denominator, *(w.denominator for w in bounds.values()))
    total = {j: v * (d // row.denominator) for j, v in row.numerators.items()}
    right = row.rhs
    for j, w in bounds.items():
        total[j] = total.get(j, 0) - w.numerator * (d // w.denominator)
        right -= w * _upper(system, j)
    return IntegerRow(total, d, right)


def _upper(system: MixedRows, j: int) -> Fraction:
    upper = system.exact_upper[j]
    if upper is None:
        raise AssertionError(f"column {j} has no upper bound to be counted from")
    return upper


def _rounding(t: Fraction, r: Fraction) -> Fraction:
    whole = math.floor(t)
    return whole + min((t - whole) / r, Fraction(1))


def _fraction(value: Fraction) -> Fraction:
    return value - math.floor(value)
