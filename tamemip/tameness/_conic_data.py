"""Programs with entries that are expressions in what varies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Bound, Domain, Enclosure, Problem, SparseVector, Varying
from tamemip.programs import MixedIntegerProgram, ParametricProgram
from tamemip.tameness._conditions import equal, less_equal
from tamemip.tameness._expression import Expression, add, constant, multiply, scale, variable
from tamemip.tameness._program_parameters import box_of_data

Entry: TypeAlias = "Expression | Fraction"
"""A number of the data, or what stands in its place."""


@final
@dataclass(frozen=True)
class MovingProgram:
    """The linear part of a program, its data being expressions in parameters.

    Attributes
    ----------
    parameters
        The parameters with their intervals.
    costs
        One a column.
    rows
        Coefficients by column, and the right-hand side, of each row.
    more
        What else depends on parameters: pairs of a column with a lower and with
        an upper bound.
    program, varying
        A program and a box that holds all its data; its rows bound the columns.
    """

    parameters: Domain
    costs: tuple[Entry, ...]
    rows: tuple[tuple[Mapping[int, Entry], Entry], ...]
    more: tuple[tuple[tuple[int, Entry], ...], tuple[tuple[int, Entry], ...]]
    program: MixedIntegerProgram
    varying: Varying

    @classmethod
    def of_box(cls, program: MixedIntegerProgram, varying: Varying) -> MovingProgram:
        """Every entry that moves is a parameter of its own.

        A right-hand side is called by its row, a cost ``c[column]``, an entry
        ``A[row,column]``.
        """
        found = _Parameters({}, program.exact, varying)
        rows, cols = program.row_names, program.col_names
        costs = tuple(found.cost(j, f"c[{name}]") for j, name in enumerate(cols))
        right = [found.rhs(i, name) for i, name in enumerate(rows)]
        left = [
            {j: e for j in range(len(cols)) if (e := found.entry(i, j, f"A[{row},{cols[j]}]"))}
            for i, row in enumerate(rows)
        ]
        intervals = found.intervals
        domain = Domain(tuple(intervals), tuple(intervals.values()))
        lines = tuple(zip(left, right, strict=True))
        return cls(domain, costs, lines, ((), ()), program, varying)

    @classmethod
    def of_parametric(cls, parametric: ParametricProgram, domain: Domain) -> MovingProgram:
        """Every entry is affine in the parameters."""
        thetas = [variable(name) for name in domain.names]
        exact = parametric.program.exact
        slopes = {(e.row, e.col): e.slope for e in parametric.A}
        rows: list[dict[int, Entry]] = [dict(row) for row in exact.A.rows]
        for (i, j), slope in slopes.items():
            rows[i][j] = _affine(exact.A[i, j], slope, thetas)
        program, varying = box_of_data(parametric, domain)
        return cls(
            domain,
            tuple(_affines(exact.c, parametric.c.rows, thetas)),
            tuple(zip(rows, _affines(exact.rhs, parametric.rhs.rows, thetas), strict=True)),
            (
                tuple(_moving(exact.lower, parametric.lower.rows, thetas)),
                tuple(_moving(exact.upper, parametric.upper.rows, thetas)),
            ),
            program,
            varying,
        )

    def objective(self, x: Sequence[Expression]) -> Expression:
        """The objective at some columns."""
        offset = constant(self.program.exact.offset)
        return add(_combination(dict(enumerate(self.costs)), x), offset)

    def conditions(self, x: Sequence[Expression]) -> list[Expression]:
        """Rows, and bounds that move."""
        found = []
        senses = self.program.exact.row_sense
        for (row, rhs), sense in zip(self.rows, senses, strict=False):
            left, right = _combination(row, x), _expression(rhs)
            if sense == "=":
                found.append(equal(left, right))
            else:
                found.append(less_equal(*((left, right) if sense == "<=" else (right, left))))
        lower, upper = self.more
        found += [less_equal(_expression(bound), x[j]) for j, bound in lower]
        found += [less_equal(x[j], _expression(bound)) for j, bound in upper]
        return found


@final
@dataclass(frozen=True, slots=True)
class _Parameters:
    """Collects the entries of a box that move; 0 for entries of the matrix that are not there."""

    intervals: dict[str, Enclosure]
    exact: Problem
    varying: Varying

    def cost(self, j: int, name: str) -> Entry:
        return self._taken(name, *self.varying.cost_range(self.exact, j))

    def rhs(self, i: int, name: str) -> Entry:
        return self._taken(name, *self.varying.rhs_range(self.exact, i))

    def entry(self, i: int, j: int, name: str) -> Entry:
        if self.varying.is_free(self.exact, j):
            everything = Enclosure.everything()
            return self._taken(name, everything.low, everything.high)
        value = self.exact.A[i, j]
        return self._taken(name, *self.varying.A.get((i, j), (value, value)))

    def _taken(self, name: str, low: Bound, high: Bound) -> Entry:
        if low == high and isinstance(low, Fraction):
            return low
        while name in self.intervals:
            name += "'"
        self.intervals[name] = Enclosure.between(low, high)
        return variable(name)


def _combination(row: Mapping[int, Entry], x: Sequence[Expression]) -> Expression:
    terms = [
        scale(x[j], entry) if isinstance(entry, Fraction) else multiply(entry, x[j])
        for j, entry in row.items()
        if entry != 0
    ]
    return add(*terms)


def _expression(entry: Entry) -> Expression:
    return constant(entry) if isinstance(entry, Fraction) else entry


def _affine(value: Fraction, slope: SparseVector, thetas: Sequence[Expression]) -> Entry:
    terms = [scale(thetas[k], rate) for k, rate in slope]
    return add(value, *terms) if terms else value


def _affines(
    values: Iterable[Fraction], slopes: Iterable[SparseVector], thetas: Sequence[Expression]
) -> Iterable[Entry]:
    return [_affine(v, slope, thetas) for v, slope in zip(values, slopes, strict=True)]


def _moving(
    bounds: Iterable[Bound], slopes: Iterable[SparseVector], thetas: Sequence[Expression]
) -> list[tuple[int, Entry]]:
    pairs = enumerate(zip(bounds, slopes, strict=True))
    return [
        (j, _affine(bound, slope, thetas))
        for j, (bound, slope) in pairs
        if slope and isinstance(bound, Fraction)
    ]
