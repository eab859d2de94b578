"""The simplex method in rationals: small linear programs that floats misjudge.

Where a program is feasible, or not, by less than a float solver's tolerance, no basis
that it proposes is right. Such programs are solved here from the start. Dense and slow,
and always right: the last resort.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import final

from tamemip.certificates import Bound, RowSense

_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@dataclass(frozen=True, slots=True)
class ExactVerdict:
    """What the simplex method ends with.

    Attributes
    ----------
    point
        An optimal point; None if there is no feasible one.
    multipliers
        By row: optimal duals, or if there is no feasible point a Farkas vector.
    """

    point: tuple[Fraction, ...] | None
    multipliers: dict[int, Fraction]


def solve_exactly(
    rows: Sequence[Mapping[int, Fraction]],
    senses: Sequence[RowSense],
    rhs: Sequence[Fraction],
    *,
    costs: Sequence[Fraction],
    lower: Sequence[Bound],
    upper: Sequence[Bound],
) -> ExactVerdict | None:
    """Minimize a linear program exactly; None if it is unbounded.

    Two phases from a basis of artificial columns, with the rule of Bland (1977), so that
    it ends.

    Examples
    --------
    >>> one = Fraction(1)
    >>> solve_exactly([{0: one}], [">="], [one / 3], costs=[one], lower=[0 * one], upper=[one])
    ExactVerdict(point=(Fraction(1, 3),), multipliers={0: Fraction(1, 1)})
    >>> solve_exactly([{0: one}], [">="], [one * 2], costs=[one], lower=[0 * one], upper=[one])
    ExactVerdict(point=None, multipliers={0: Fraction(1, 1)})
    """
    columns = _Columns(lower, upper)
    equations = [(dict(row), sense, b) for row, sense, b in zip(rows, senses, rhs, strict=True)]
    equations += [
        ({j: _ONE}, "<=", up)
        for j, (low, up) in enumerate(zip(lower, upper, strict=True))
        if isinstance(low, Fraction) and isinstance(up, Fraction)
    ]
    tableau = _Tableau.of([columns.shifted(*equation) for equation in equations], columns.count)
    m = len(rows)
    if not tableau.find_feasible():
        return ExactVerdict(None, tableau.multipliers(m, of_artificials=_ONE))
    if not tableau.minimize(columns.split(dict(enumerate(costs)))):
        return None
    return ExactVerdict(
        columns.point(tableau.values()), tableau.multipliers(m, of_artificials=_ZERO)
    )


@final
class _Columns:
    """Nonnegative columns for bounded and free ones: ``l + x``, ``u - x`` or ``x - x'``."""

    def __init__(self, lower: Sequence[Bound], upper: Sequence[Bound]) -> None:
        self._origin: list[Fraction] = []
        self._places: list[list[tuple[int, int]]] = []
        self.count = 0
        for low, up in zip(lower, upper, strict=True):
            if isinstance(low, Fraction):
                origin, signs = low, [1]
            elif isinstance(up, Fraction):
                origin, signs = up, [-1]
            else:
                origin, signs = _ZERO, [1, -1]
            self._origin.append(origin)
            self._places.append([(self.count + k, sign) for k, sign in enumerate(signs)])
            self.count += len(signs)

    def shifted(
        self, row: Mapping[int, Fraction], sense: RowSense, b: Fraction
    ) -> tuple[dict[int, Fraction], RowSense, Fraction]:
        """A row in the nonnegative columns."""
        moved = sum((v * self._origin[j] for j, v in row.items()), _ZERO)
        return self.split(row), sense, b - moved

    def split(self, row: Mapping[int, Fraction]) -> dict[int, Fraction]:
        """Coefficients of the nonnegative columns."""
        return {k: sign * v for j, v in row.items() if v for k, sign in self._places[j]}

    def point(self, values: Mapping[int, Fraction]) -> tuple[Fraction, ...]:
        """The values of the original columns."""
        return tuple(
            origin + sum((sign * values.get(k, _ZERO) for k, sign in places), _ZERO)
            for origin, places in zip(self._origin, self._places, strict=True)
        )


@final
@dataclass(slots=True)
class _Tableau:
    """Rows ``sum(entries[k] * x[k]) = entries[-1]``, each with a basic column.

    One artificial column a row stands at the end, so that duals can be read off.
    """

    rows: list[list[Fraction]]
    basis: list[int]
    signs: list[int]
    n: int
    prices: list[Fraction] = field(default_factory=list)

    @classmethod
    def of(
        cls, equations: Sequence[tuple[Mapping[int, Fraction], RowSense, Fraction]], width: int
    ) -> _Tableau:
        """With a basis of artificial columns, after the sides are made nonnegative."""
        slacks = [i for i, (_, sense, _) in enumerate(equations) if sense != "="]
        n, m = width + len(slacks), len(equations)
        place = {i: width + k for k, i in enumerate(slacks)}
        rows, signs = [], []
        for i, (row, sense, b) in enumerate(equations):
            entries = [_ZERO] * (n + m) + [b]
            for k, v in row.items():
                entries[k] = v
            if i in place:
                entries[place[i]] = _ONE if sense == "<=" else -_ONE
            sign = -1 if b < 0 else 1
            entries = [sign * v for v in entries]
            entries[n + i] = _ONE
            rows.append(entries)
            signs.append(sign)
        return cls(rows, [n + i for i in range(m)], signs, n)

    def find_feasible(self) -> bool:
        """Minimize the sum of the artificial columns; True if it is 0."""
        m = len(self.rows)
        costs = [_ZERO] * self.n + [_ONE] * m + [_ZERO]
        self._price(costs)
        self._descend()
        if self.prices[-1] < 0:
            return False
        for i, k in enumerate(self.basis):
            if k >= self.n:
                entering = next((j for j in range(self.n) if self.rows[i][j]), None)
                if entering is not None:  # else the row is a consequence of the others
                    self._pivot(i, entering)
        return True

    def minimize(self, costs: Mapping[int, Fraction]) -> bool:
        """Go on to the least cost; False if there is none."""
        self._price([costs.get(k, _ZERO) for k in range(self.n + len(self.rows))] + [_ZERO])
        return self._descend()

    def values(self) -> dict[int, Fraction]:
        """The values of the basic columns."""
        return {k: row[-1] for k, row in zip(self.basis, self.rows, strict=True)}

    def multipliers(self, m: int, *, of_artificials: Fraction) -> dict[int, Fraction]:
        """The duals of the first rows, from the prices of their artificial columns."""
        y = {i: self.signs[i] * (of_artificials - self.prices[self.n + i]) for i in range(m)}
        return {i: v for i, v in y.items() if v}

    def _price(self, costs: list[Fraction]) -> None:
        self.prices = costs
        for k, row in zip(self.basis, self.rows, strict=True):
            self._subtract(self.prices, row, self.prices[k])

    def _descend(self) -> bool:
        while True:
            entering = next((j for j in range(self.n) if self.prices[j] < 0), None)
            if entering is None:
                return True
            steps = [
                (row[-1] / row[entering], self.basis[i], i)
                for i, row in enumerate(self.rows)
                if row[entering] > 0
            ]
            if not steps:
                return False
            self._pivot(min(steps)[2], entering)

    def _pivot(self, i: int, entering: int) -> None:
        pivot = self.rows[i][entering]
        self.rows[i] = row = [v / pivot if v else v for v in self.rows[i]]
        self.basis[i] = entering
        for k, other in enumerate(self.rows):
            if k != i:
                self._subtract(other, row, other[entering])
        self._subtract(self.prices, row, self.prices[entering])

    def _subtract(self, target: list[Fraction], row: list[Fraction], times: Fraction) -> None:
        if times:
            for j, v in enumerate(row):
                if v:
                    target[j] -= times * v
