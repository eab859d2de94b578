"""A pure integer program as rows of integers, and Chvátal cuts on top of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tamemip.duality._target import Target
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.functions import Node, ceil, combination

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.certificates import SparseVector
    from tamemip.programs import CanonicalForm

Row: TypeAlias = "NDArray[np.int64]"
Value: TypeAlias = int | Fraction

#: Coefficients of rows stay below this, so that sums of rows can be formed in int64.
LARGEST = 2**40
_SAFE = 2**62


@final
@dataclass(frozen=True, slots=True)
class Cut:
    """``ceil(sum(multiplier * row) / divisor)``, in coefficients and right-hand side."""

    rows: tuple[int, ...]
    multipliers: tuple[int, ...]
    divisor: int


@final
class CutSystem:
    """``min cost x``, integer rows ``row x >= rhs`` (some ``=``), ``x >= 0`` integer.

    Rows are numbered. ``0 .. m-1`` are the rows of the canonical form, bounds
    included, each scaled to coprime integers; ``m`` is the *objective row*
    ``-cost x >= -target``; from ``m + 1`` on follow the cuts, in the order in which
    they are made. A cut is valid for every right-hand side, with its own
    right-hand side made by the same roundings; those that use the objective row
    hold for the points with ``cost x <= target``.

    Parameters
    ----------
    form
        The canonical form of a pure integer program.
    rhs
        The canonical right-hand side, ``form.rhs_of(b)``, at which cuts are looked for.

    Attributes
    ----------
    m, n_cols
        Number of the objective row (and of rows of the canonical form), and of columns.
    cost, granularity
        The canonical costs are ``granularity * cost`` with integers; zero costs have
        granularity 1.
    is_equality
        Of the rows ``0 .. m-1``.
    structural_rows
        The rows that are no bounds.
    upper_row, upper
        By column: the row ``-x >= -upper``, or -1; and ``upper``, or -1.
    scale
        Row i is ``scale[i]`` times the canonical row.
    cuts
        What the rows from ``m + 1`` on are made of.
    """

    def __init__(self, form: CanonicalForm, rhs: Sequence[Fraction]) -> None:
        self._require_integers(form)
        self.form = form
        self.m, self.n_cols = form.n_rows, form.n_cols
        self.granularity = Target.of(form.program.exact).granularity or Fraction(1)
        self.is_equality = [sense == "=" for sense in form.row_sense]
        first_bound = self.m - len(form.bound_columns)
        self.structural_rows = tuple(range(first_bound))
        self.scale = [_scale(row) for row in form.A.rows]
        self.cuts: list[Cut] = []
        self.depths: list[int] = []
        self._rows: list[Row] = [
            _dense(row, s, self.n_cols) for row, s in zip(form.A.rows, self.scale, strict=True)
        ]
        costs = [(j, c) for j, c in enumerate(form.c) if c]
        self.cost = _dense(costs, 1 / self.granularity, self.n_cols)
        self._rows.append(-self.cost)
        self._reach = [_reach(row) for row in self._rows]
        self._place: dict[Cut, int] = {}
        self._nodes: dict[int, Node] = {}
        self.upper_row, self.upper = [-1] * self.n_cols, [-1] * self.n_cols
        self.target = 0
        self._values: list[Value] = []
        self.move(rhs)
        for i in range(first_bound, self.m):
            (j,) = np.flatnonzero(self._rows[i])
            self.upper_row[j], self.upper[j] = i, -int(self._values[i])

    @staticmethod
    def _require_integers(form: CanonicalForm) -> None:
        for column, is_integer in zip(form.columns, form.integer, strict=True):
            if not is_integer:
                name = form.program.col_names[column.source]
                raise UnsupportedError(
                    "Chvátal functions are made for pure integer programs; column "
                    f'{name!r} is continuous. Use method="mir" or "branch-and-cut".'
                )

    # -- rows --------------------------------------------------------------------------

    @property
    def n_rows(self) -> int:
        """Number of rows, the objective row and the cuts included."""
        return len(self._rows)

    def coefficients(self, i: int) -> Row:
        """Coefficients of a row: an array of shape ``(n_cols,)`` that is not to be changed."""
        return self._rows[i]

    def matrix(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """The coefficients of some rows: an array of shape ``(len(rows), n_cols)``."""
        if not len(rows):
            return np.zeros((0, self.n_cols), dtype=np.int64)
        return np.array([self._rows[i] for i in rows])

    def rhs(self, i: int) -> Value:
        """Right-hand side of a row; an integer where it is one, always so for cuts."""
        return self._values[i]

    def is_free(self, i: int) -> bool:
        """Whether multipliers of a row may have either sign."""
        return i < self.m and self.is_equality[i]

    def depth(self, i: int) -> int:
        """Number of roundings above each other in a row."""
        return self.depths[i - self.m - 1] if i > self.m else 0

    def cut(self, i: int) -> Cut:
        """What a row from ``m + 1`` on is made of."""
        return self.cuts[i - self.m - 1]

    # -- cuts --------------------------------------------------------------------------

    def add(self, rows: Iterable[int], multipliers: Iterable[int], divisor: int = 1) -> int | None:
        """Append the cut ``ceil(sum(multiplier * row) / divisor)``; equal cuts are kept once.

        Coefficients are rounded up as well, which ``x >= 0`` allows.

        Returns
        -------
        int or None
            The number of its row; None where a coefficient is too large to be kept.
        """
        cut = self._normal(rows, multipliers, divisor)
        if cut in self._place:
            return self._place[cut]
        total = self.combined(cut.rows, cut.multipliers)
        made = -((-total) // cut.divisor)
        if len(made) and max(int(made.max()), -int(made.min())) >= LARGEST:
            return None
        self._rows.append(made.astype(np.int64))
        self._reach.append(_reach(self._rows[-1]))
        self.cuts.append(cut)
        self.depths.append(1 + max((self.depth(i) for i in cut.rows), default=0))
        self._values.append(self._value(cut))
        self._place[cut] = len(self._rows) - 1
        return len(self._rows) - 1

    def combined(self, rows: Sequence[int], multipliers: Sequence[int]) -> NDArray[np.int64]:
        """The exact sum of multiples of rows; an array of Python integers where int64 is short."""
        reach = sum(abs(p) * self._reach[i] for i, p in zip(rows, multipliers, strict=True))
        kind = np.int64 if reach < _SAFE and all(abs(p) < _SAFE for p in multipliers) else object
        matrix = self.matrix(rows).astype(kind, copy=False)
        total: NDArray[np.int64] = np.array(multipliers, dtype=kind) @ matrix
        return total

    def _normal(self, rows: Iterable[int], multipliers: Iterable[int], divisor: int) -> Cut:
        by_row: dict[int, int] = {}
        for i, p in zip(rows, multipliers, strict=True):
            by_row[int(i)] = by_row.get(int(i), 0) + int(p)
        pairs = sorted((i, p) for i, p in by_row.items() if p)
        if divisor < 1 or any(p < 0 and not self.is_free(i) for i, p in pairs):
            raise InvalidInputError(
                "a cut needs a positive divisor, and multipliers >= 0 on rows that are no "
                f"equations; these are {pairs}, divided by {divisor}."
            )
        g = math.gcd(divisor, *(p for _, p in pairs))
        return Cut(tuple(i for i, _ in pairs), tuple(p // g for _, p in pairs), divisor // g)

    # -- values ------------------------------------------------------------------------

    def move(self, rhs: Sequence[Fraction] | None = None, *, target: int | None = None) -> None:
        """Move to another canonical right-hand side, or another target, with all cuts."""
        if target is not None:
            self.target = target
        if rhs is not None:
            own = [_plain(s * e) for s, e in zip(self.scale, rhs, strict=True)]
        else:
            own = self._values[: self.m]
        self._values = [*own, -self.target]
        for cut in self.cuts:
            self._values.append(self._value(cut))

    def sum_of_rhs(self, rows: Iterable[int], multipliers: Iterable[int]) -> Value:
        """The sum of multiples of right-hand sides."""
        values = self._values
        return sum((p * values[i] for i, p in zip(rows, multipliers, strict=True)), 0)

    def holds(self, point: Sequence[int], *, rows: Iterable[int]) -> bool:
        """Whether an integer point is nonnegative and meets some rows."""
        x = np.array(point, dtype=object)
        for i in rows:
            activity = int(self._rows[i].astype(object) @ x)
            if activity < self._values[i] or (self.is_free(i) and activity != self._values[i]):
                return False
        return bool((x >= 0).all())

    def crossing_bound(self) -> int | None:
        """The bound row of a column whose bounds cross, or None."""
        bounds = range(len(self.structural_rows), self.m)
        return next((i for i in bounds if self._values[i] > 0), None)

    def relaxation_rows(self) -> list[int]:
        """The rows of a relaxation, no bounds, with integer right-hand sides.

        Where a right-hand side is fractional its rounding up stands for it; for an
        equation that of both signs.
        """
        found: list[int | None] = []
        for i in self.structural_rows:
            if isinstance(self._values[i], int):
                found.append(i)
            else:
                found.append(self.add([i], [1]))
                if self.is_equality[i]:
                    found.append(self.add([i], [-1]))
        return [i for i in found if i is not None]

    def _value(self, cut: Cut) -> int:
        return math.ceil(Fraction(self.sum_of_rhs(cut.rows, cut.multipliers)) / cut.divisor)

    # -- what is used, and as functions ---------------------------------------------------

    def reachable(self, rows: Iterable[int]) -> list[int]:
        """The cuts that some rows are made of, those among them included, in order."""
        found: set[int] = set()
        pending = [i for i in rows if i > self.m]
        while pending:
            i = pending.pop()
            if i not in found:
                found.add(i)
                pending.extend(k for k in self.cut(i).rows if k > self.m)
        return sorted(found)

    def node(self, i: int) -> Node:
        """A row as a function of the canonical right-hand side.

        The objective row reads the coordinate ``m``, whose value is minus the
        objective, as a multiple of the granularity.
        """
        for k in self.reachable([i]):
            if k not in self._nodes:
                cut = self.cut(k)
                self._nodes[k] = ceil(self._sum(cut.rows, cut.multipliers, cut.divisor))
        return self._nodes[i] if i > self.m else self._sum([i], [1], 1)

    def combination(
        self, rows: Sequence[int], multipliers: Sequence[int], divisor: int = 1
    ) -> Node:
        """A combination of rows as a function of the canonical right-hand side, not rounded."""
        for i in rows:
            self.node(i)
        return self._sum(rows, multipliers, divisor)

    def _sum(self, rows: Sequence[int], multipliers: Sequence[int], divisor: int) -> Node:
        linear: dict[int, Fraction] = {}
        parts = []
        for i, p in zip(rows, multipliers, strict=True):
            if i > self.m:
                parts.append((Fraction(p, divisor), self._nodes[i]))
            else:
                unit = 1 / self.granularity if i == self.m else self.scale[i]
                linear[i] = linear.get(i, Fraction(0)) + unit * Fraction(p, divisor)
        return combination(linear, parts)


def _scale(row: SparseVector) -> Fraction:
    """The factor that makes a row coprime integers."""
    if not row:
        return Fraction(1)
    d = math.lcm(*(v.denominator for _, v in row))
    return Fraction(d, math.gcd(*(int(v * d) for _, v in row)))


def _dense(row: Iterable[tuple[int, Fraction]], scale: Fraction, n: int) -> Row:
    made = np.zeros(n, dtype=np.int64)
    for j, v in row:
        value = v * scale
        if abs(value) >= LARGEST:
            raise UnsupportedError(
                f"a row in coprime integers has the coefficient {value}; Chvátal functions are "
                f"made for coefficients below {LARGEST}. Round the data to fewer digits."
            )
        made[j] = int(value)
    return made


def _reach(row: Row) -> int:
    return max(int(row.max()), -int(row.min())) if len(row) else 0


def _plain(value: Fraction) -> Value:
    return value.numerator if value.denominator == 1 else value
