"""The rows of a mixed program for mixed-integer rounding: exact, and as floats.

Rows are numbered: first those of the canonical form that are no upper bounds, then
the cuts. Upper bounds are kept by column.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.functions import Node
    from tamemip.programs import CanonicalForm

    Floats = NDArray[np.float64]

#: Coefficients below this share of the largest are left out of relaxations.
_NOISE = 1e-11
_ONE = Fraction(1)


@final
@dataclass(frozen=True, slots=True)
class IntegerRow:
    """Coefficients ``numerators / denominator`` by column, and the right-hand side."""

    numerators: Mapping[int, int]
    denominator: int
    rhs: Fraction

    def coefficient(self, j: int) -> Fraction:
        """The exact coefficient of a column."""
        return Fraction(self.numerators.get(j, 0), self.denominator)

    def floats(self) -> dict[int, float]:
        """The coefficients, rounded, without those that no relaxation can tell from zero."""
        d = self.denominator
        found = {j: v / d for j, v in self.numerators.items()}
        least = _NOISE * max(map(abs, found.values()), default=0.0)
        return {j: v for j, v in found.items() if abs(v) > least}


@final
class MixedRows:
    """The rows of a canonical form at one right-hand side, with cuts on top.

    Attributes
    ----------
    m
        Number of rows that are no cuts.
    rows, nodes
        All rows exactly; the nodes of the cuts, by row - m. Row ``i < m`` is
        ``scale[i]`` times the canonical row ``i``: rows that have integer columns only
        are scaled to coprime integers.
    is_equation, has_integer_slack
        By row: whether it is ``=``; whether its slack is an integer at every feasible
        point of the right-hand side.
    upper, bound_row
        By column: the upper bound or ``inf``; the canonical row that it is, or -1.
    """

    def __init__(self, form: CanonicalForm, rhs: Sequence[Fraction]) -> None:
        self.form, self.rhs = form, tuple(rhs)
        self.m = form.n_rows - len(form.bound_columns)
        self.integer = np.array(form.integer, dtype=bool)
        self.cost = np.array([float(c) for c in form.c])
        self.scale: list[Fraction] = []
        self.rows: list[IntegerRow] = []
        self.nodes: list[Node] = []
        self.has_integer_slack: list[bool] = []
        for i in range(self.m):
            self._read(i)
        self.is_equation = [sense == "=" for sense in form.row_sense[: self.m]]
        self.bound_row = [-1] * form.n_cols
        self.exact_upper: list[Fraction | None] = [None] * form.n_cols
        for i in range(self.m, form.n_rows):
            ((j, coefficient),) = form.A.rows[i]
            self.bound_row[j] = i
            self.exact_upper[j] = self.rhs[i] / coefficient
        self.upper = np.array([math.inf if u is None else float(u) for u in self.exact_upper])

    def _read(self, i: int) -> None:
        row, integer = self.form.A.rows[i], self.form.integer
        d = math.lcm(*(v.denominator for _, v in row))
        whole = {j: int(v * d) for j, v in row}
        is_pure = bool(row) and all(integer[j] for j, _ in row)
        g = math.gcd(*whole.values()) if is_pure else 1
        scale = Fraction(d, g) if is_pure else _ONE
        self.scale.append(scale)
        denominator = 1 if is_pure else d
        right = self.rhs[i] * scale
        self.rows.append(IntegerRow({j: v // g for j, v in whole.items()}, denominator, right))
        self.has_integer_slack.append(is_pure and right.denominator == 1)

    def add(self, row: IntegerRow, node: Node) -> int:
        """Append a cut; its number."""
        self.rows.append(row)
        self.nodes.append(node)
        self.is_equation.append(False)
        self.has_integer_slack.append(False)
        return len(self.rows) - 1

    def matrix(self, numbers: Sequence[int]) -> tuple[sparse.csr_array, Floats]:
        """Some rows in floats: the matrix and the right-hand sides."""
        pointers = [0]
        columns: list[int] = []
        values: list[float] = []
        for i in numbers:
            entries = self.rows[i].floats()
            columns += entries.keys()
            values += entries.values()
            pointers.append(len(columns))
        shape = (len(numbers), self.form.n_cols)
        data, places = np.array(values, dtype=np.float64), np.array(columns, dtype=np.int32)
        matrix = sparse.csr_array((data, places, np.array(pointers)), shape=shape)
        return matrix, np.array([float(self.rows[i].rhs) for i in numbers])
