"""The rows that mixed-integer rounding starts from: a canonical form and cuts upon it.

Every row is kept twice: exactly, to make cuts of it, and in floats, to look for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np
from flint import fmpq
from scipy import sparse

from tamemip.functions import Node, combination, exact_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality._tree import Literals
    from tamemip.programs import CanonicalForm

    Floats: TypeAlias = NDArray[np.float64]

Weights: TypeAlias = dict[int, Fraction]
ExactWeights: TypeAlias = dict[int, fmpq]

_ZERO = Fraction(0)


@final
@dataclass(frozen=True, slots=True)
class SymbolicCut:
    """A node with its coefficients on the canonical columns, and its value at one rhs."""

    node: Node
    coefficients: Mapping[int, Fraction]
    value: Fraction


@final
class RowSystem:
    """Rows ``row x >= rhs`` (some ``=``) over ``0 <= x <= upper``, some columns integer.

    Rows are numbered like those of the canonical form, bounds included; behind them
    stand the cuts in the order in which they are added. A row ``-1 - k`` is the bound
    ``box[k]`` of a branch; cuts are never made of these.

    Parameters
    ----------
    form
        The canonical form.
    rhs
        The canonical right-hand side at which cuts are looked for.

    Attributes
    ----------
    m, n_cols
        Number of canonical rows and of columns.
    integer, upper, upper_row
        By column: whether it is integer, its upper bound, and the number of the row
        ``-x >= -upper`` (-1 where there is none).
    structural
        The rows that are no bounds.
    variable_bounds
        By continuous column: rows ``p x <= ...`` that bound it by integer columns, with p.
    """

    def __init__(self, form: CanonicalForm, rhs: Sequence[Fraction]) -> None:
        self.form = form
        self.m, self.n_cols = form.n_rows, form.n_cols
        self.exact_rhs = list(rhs)
        self.integer = np.array(form.integer, dtype=bool)
        self.is_equation = [sense == "=" for sense in form.row_sense]
        first_bound = self.m - len(form.bound_columns)
        self.structural = list(range(first_bound))
        self.cuts: list[SymbolicCut] = []
        self.box: list[tuple[dict[int, Fraction], Fraction]] = []
        self._numbers: dict[Node, int] = {}
        self._flint: dict[int, tuple[list[tuple[int, fmpq]], fmpq]] = {}
        self._floats = sparse.csr_array((0, self.n_cols))
        self._places: dict[int, list[tuple[int, float]]] = {}
        self.upper = np.full(self.n_cols, np.inf)
        self.upper_row = np.full(self.n_cols, -1, dtype=np.int64)
        for i in range(first_bound, self.m):
            ((j, _),) = form.A.rows[i]
            self.upper_row[j], self.upper[j] = i, -float(rhs[i])
        self.variable_bounds = dict(self._variable_bounds())
        self.free_pairs = tuple(self._free_pairs())

    @property
    def n_rows(self) -> int:
        """Number of rows, bounds and cuts included."""
        return self.m + len(self.cuts)

    def row(self, i: int) -> Iterable[tuple[int, Fraction]]:
        """The coefficients of a row."""
        if i < 0:
            return self.box[-1 - i][0].items()
        return self.form.A.rows[i] if i < self.m else self.cuts[i - self.m].coefficients.items()

    def rhs(self, i: int) -> Fraction:
        """The right-hand side of a row."""
        if i < 0:
            return self.box[-1 - i][1]
        return self.exact_rhs[i] if i < self.m else self.cuts[i - self.m].value

    def enter(self, literals: Literals) -> list[int]:
        """Take the bounds of a branch on the user's columns as rows; their numbers."""
        self.box = []
        for (source, side), at in literals.items():
            direction = 1 if side == ">=" else -1
            columns = [(k, c) for k, c in enumerate(self.form.columns) if c.source == source]
            base = sum((c.base for _, c in columns), _ZERO)
            row = {k: Fraction(direction * c.sign) for k, c in columns}
            self.box.append((row, direction * (at - base)))
        return [-1 - k for k in range(len(self.box))]

    def is_free(self, i: int) -> bool:
        """Whether multipliers of a row may have either sign."""
        return 0 <= i < self.m and self.is_equation[i]

    def matrix(self, rows: Sequence[int]) -> sparse.csr_array:
        """Some rows in floats."""
        entries = [(k, j, float(a)) for k, i in enumerate(rows) for j, a in self.row(i)]
        shape = (len(rows), self.n_cols)
        if not entries:
            return sparse.csr_array(shape)
        places, columns, values = zip(*entries, strict=True)
        return sparse.csr_array((values, (places, columns)), shape=shape)

    def rows_of(self, j: int) -> Sequence[tuple[int, float]]:
        """The structural rows that a column is in, with its coefficients."""
        if not self._places:
            for i in self.structural:
                for k, a in self.form.A.rows[i]:
                    self._places.setdefault(k, []).append((i, float(a)))
        return self._places.get(j, ())

    def efficacies(self, rows: Sequence[int], point: Floats) -> Floats:
        """How far a point is beyond some cuts."""
        matrix = self._cut_matrix()[[i - self.m for i in rows]]
        values = np.array([float(self.rhs(i)) for i in rows])
        squares = np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()
        return np.asarray((values - matrix @ point) / np.sqrt(squares))

    def _cut_matrix(self) -> sparse.csr_array:
        known = self._floats.shape[0]
        if known < len(self.cuts):
            more = self.matrix(range(self.m + known, self.n_rows))
            self._floats = sparse.csr_array(sparse.vstack([self._floats, more], format="csr"))
        return self._floats

    def add(self, cut: SymbolicCut) -> int | None:
        """Append a cut; None if it is there already."""
        if cut.node in self._numbers:
            return None
        self._numbers[cut.node] = self.n_rows
        self.cuts.append(cut)
        return self.n_rows - 1

    def adopt(self, node: Node, coefficients: Mapping[int, Fraction]) -> int | None:
        """Append a cut that was made elsewhere."""
        value = exact_value(node, self.exact_rhs)
        assert isinstance(value, Fraction)  # cuts are finite
        return self.add(SymbolicCut(node, coefficients, value))

    def combined(self, weights: Mapping[int, fmpq]) -> tuple[dict[int, fmpq], fmpq]:
        """The exact sum of multiples of rows: coefficients and right-hand side."""
        total: dict[int, fmpq] = {}
        value = fmpq(0)
        for i, w in weights.items():
            row, side = self._flint_row(i)
            value += w * side
            for j, a in row:
                total[j] = total[j] + w * a if j in total else w * a
        return {j: a for j, a in total.items() if a}, value

    def _flint_row(self, i: int) -> tuple[list[tuple[int, fmpq]], fmpq]:
        if i not in self._flint:
            row = [(j, to_flint(a)) for j, a in self.row(i)]
            self._flint[i] = (row, to_flint(self.rhs(i)))
        return self._flint[i]

    def node(self, weights: Mapping[int, fmpq]) -> Node:
        """The sum of multiples of rows as a function of the canonical right-hand side."""
        exact = {i: to_fraction(w) for i, w in weights.items()}
        linear = {i: w for i, w in exact.items() if i < self.m}
        parts = [(w, self.cuts[i - self.m].node) for i, w in exact.items() if i >= self.m]
        return combination(linear, parts)

    def is_linear_for_users(self, coefficients: Mapping[int, Fraction]) -> bool:
        """Whether the two parts of every free column have opposite coefficients."""
        return all(
            coefficients.get(j, _ZERO) == -coefficients.get(k, _ZERO) for j, k in self.free_pairs
        )

    def _variable_bounds(self) -> Iterable[tuple[int, list[tuple[int, float]]]]:
        found: dict[int, list[tuple[int, float]]] = {}
        for i in self.structural:
            row = self.form.A.rows[i]
            continuous = [(j, a) for j, a in row if not self.integer[j]]
            if len(continuous) == 1 and 1 < len(row) <= 3 and continuous[0][1] < 0:
                j, a = continuous[0]
                found.setdefault(j, []).append((i, -float(a)))
        return found.items()

    def _free_pairs(self) -> Iterable[tuple[int, int]]:
        columns = self.form.columns
        for k in range(len(columns) - 1):
            if columns[k].source == columns[k + 1].source:
                yield k, k + 1


def to_flint(value: Fraction) -> fmpq:
    """A rational as those of FLINT, which are ten times faster in long sums."""
    return fmpq(value.numerator, value.denominator)


def to_fraction(value: fmpq) -> Fraction:
    """And back."""
    return Fraction(int(value.p), int(value.q))
