"""A conic program in the making, from the arrays and constraints of CVXPY's standard form."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any, TypeAlias, final

import numpy as np

from tamemip.arithmetic import rationalize
from tamemip.certificates import ExactMatrix, Problem, RowSense, SparseVector
from tamemip.errors import UnsupportedError
from tamemip.programs import MixedIntegerProgram, ParametricProgram
from tamemip.tameness._conic_cones import (
    AffineMap,
    Cone,
    ExponentialCone,
    PowerCone,
    SecondOrderCone,
    SemidefiniteCone,
)
from tamemip.tameness._conic_program import ConicProgram

Affine: TypeAlias = tuple[SparseVector, Fraction]
"""Coefficients by column, and a constant."""

_ONE = Fraction(1)


def names_of_parameter(parameter: Any) -> list[str]:
    """One name a number, the first index running fastest."""
    name = parameter.name()
    places = [np.unravel_index(k, parameter.shape, order="F") for k in range(parameter.size)]
    return [f"{name}[{','.join(map(str, at))}]" if parameter.shape else name for at in places]


@final
@dataclass(frozen=True, slots=True)
class Tensor:
    """Data ``piece_0 + sum(theta_k piece_k)``, of costs, rows ``A x + b`` and their constants."""

    names: tuple[str, ...]
    costs: tuple[SparseVector, ...]
    offset: Fraction
    rows: tuple[tuple[SparseVector, ...], ...]
    constants: tuple[tuple[Fraction, ...], ...]
    n_cols: int

    @classmethod
    def of(cls, form: Any, sign: int) -> Tensor:
        """One piece for the constant part, then one for each number of the parameters."""
        names: list[str] = []
        pieces = [_piece(form, _zeros(form), is_slope=False)]
        for key in sorted(form.id_to_param, key=form.param_id_to_col.__getitem__):
            parameter = form.id_to_param[key]
            names += names_of_parameter(parameter)
            for k in range(parameter.size):
                values = _zeros(form)
                values[key][np.unravel_index(k, parameter.shape, order="F")] = 1.0
                pieces.append(_piece(form, values, is_slope=True))
        costs, offsets, rows, constants = map(list, zip(*pieces, strict=True))
        costs = [tuple((j, sign * v) for j, v in cost) for cost in costs]
        n = form.x.size
        if not any(offsets[1:]):
            return cls(
                tuple(names), tuple(costs), sign * offsets[0], tuple(rows), tuple(constants), n
            )
        # A constant term that moves is a column, tied by the last row.
        costs[0] = (*costs[0], (n, _ONE))
        rows = [(*r, ((n, -_ONE),) if k == 0 else ()) for k, r in enumerate(rows)]
        constants = [(*b, sign * d) for b, d in zip(constants, offsets, strict=True)]
        return cls(tuple(names), tuple(costs), Fraction(0), tuple(rows), tuple(constants), n + 1)


def _zeros(form: Any) -> dict[int, Any]:
    return {key: np.zeros(p.shape) for key, p in form.id_to_param.items()}


_Piece = tuple[SparseVector, Fraction, tuple[SparseVector, ...], tuple[Fraction, ...]]


def _piece(form: Any, values: Mapping[int, Any], *, is_slope: bool) -> _Piece:
    """The data at a value of the parameters; without their constant part for a slope."""
    q, d, A, b = form.apply_parameters(values, zero_offset=is_slope)[:4]
    entries = A.tocoo()
    rows: list[dict[int, Fraction]] = [{} for _ in range(A.shape[0])]
    for i, j, v in zip(entries.row, entries.col, entries.data, strict=True):
        value = rationalize(float(v), what=f"row {i} of CVXPY's standard form")
        rows[i][int(j)] = rows[i].get(int(j), Fraction(0)) + value
    costs = {j: rationalize(float(v), what="a cost of the CVXPY problem") for j, v in enumerate(q)}
    constants = tuple(rationalize(float(v), what="a constant of the CVXPY problem") for v in b)
    offset = rationalize(float(d), what="the constant term of the objective")
    return _sparse(costs), offset, tuple(map(_sparse, rows)), constants


def _sparse(entries: Mapping[int, Fraction]) -> SparseVector:
    return tuple((j, v) for j, v in sorted(entries.items()) if v)


@final
@dataclass(slots=True)
class Draft:
    """The program in the making; entries of cones that depend on parameters get a column."""

    tensor: Tensor
    sign: int
    integer: dict[int, bool] = field(default_factory=dict)
    lower: dict[int, Fraction] = field(default_factory=dict)
    upper: dict[int, Fraction] = field(default_factory=dict)
    rows: list[tuple[dict[int, Fraction], RowSense, int]] = field(default_factory=list)
    cones: list[tuple[Callable[[AffineMap], Cone], list[Affine]]] = field(default_factory=list)
    n_cols: int = 0

    def __post_init__(self) -> None:
        self.n_cols = self.tensor.n_cols

    def integers(self, form: Any) -> None:
        """Integer and binary columns."""
        for kind in ("integer", "boolean"):
            for at in form.x.attributes[kind] or ():
                j = int(at[0])
                self.integer[j] = True
                if kind == "boolean":
                    self.lower[j], self.upper[j] = Fraction(0), _ONE

    def take(self, constraint: Any, rows: Sequence[int]) -> None:
        """One constraint of the standard form, with the rows of its arguments."""
        match type(constraint).__name__:
            case "Zero":
                self.rows += [(self._row(i), "=", i) for i in rows]
            case "NonNeg":
                self.rows += [(self._row(i), ">=", i) for i in rows if not self._bounds(i)]
            case "SOC":
                for group in _norms(constraint, rows):
                    self._put(SecondOrderCone, group)
            case "ExpCone":
                size = len(rows) // 3
                for k in range(size):
                    self._put(ExponentialCone, [rows[k], rows[size + k], rows[2 * size + k]])
            case "PSD":
                self._semidefinite(constraint, rows)
            case "PowCone3D":
                self._powers(constraint, rows)
            case kind:
                raise UnsupportedError(
                    f"CVXPY's constraint {kind} is not read here; zero, nonnegative, SOC, PSD, "
                    "exponential and three-dimensional power cones are."
                )

    def take_offset(self, i: int) -> None:
        """The row of the constant term, if there is one after those of the constraints."""
        if i < len(self.tensor.rows[0]):
            self.rows.append((self._row(i), "=", i))

    def result(self) -> ConicProgram:
        """The conic program, its linear part parametric if there are parameters."""
        tensor, n = self.tensor, self.n_cols
        cost = dict(tensor.costs[0])
        base = Problem(
            sense="min" if self.sign == 1 else "max",
            c=tuple(cost.get(j, Fraction(0)) for j in range(n)),
            A=ExactMatrix(tuple(_sparse(row) for row, _, _ in self.rows), n),
            row_sense=tuple(sense for _, sense, _ in self.rows),
            rhs=tuple(-tensor.constants[0][i] for _, _, i in self.rows),
            lower=tuple(self.lower.get(j, -math.inf) for j in range(n)),
            upper=tuple(self.upper.get(j, math.inf) for j in range(n)),
            integer=tuple(self.integer.get(j, False) for j in range(n)),
            offset=tensor.offset,
        )
        names = tuple(f"R{i}" for i in range(len(self.rows)))
        program = MixedIntegerProgram(base, names, tuple(f"x{j}" for j in range(n)), "")
        cones = [make(_image(parts, n)) for make, parts in self.cones]
        return ConicProgram(self._parametric(program) if tensor.names else program, cones)

    def _parametric(self, program: MixedIntegerProgram) -> ParametricProgram:
        tensor, k = self.tensor, len(self.tensor.names)
        slopes: dict[tuple[int | str, int | str], list[Fraction]] = {}
        for at, (_, _, i) in enumerate(self.rows):
            for p in range(k):
                for j, v in tensor.rows[1 + p][i]:
                    slopes.setdefault((at, j), [Fraction(0)] * k)[p] = v
        costs = {j: [Fraction(0)] * k for p in range(k) for j, _ in tensor.costs[1 + p]}
        for p in range(k):
            for j, v in tensor.costs[1 + p]:
                costs[j][p] = v
        rhs = {
            at: [-tensor.constants[1 + p][i] for p in range(k)]
            for at, (_, _, i) in enumerate(self.rows)
        }
        return ParametricProgram(program, rhs=rhs, c=costs, A=slopes, names=tensor.names)

    def _row(self, i: int) -> dict[int, Fraction]:
        return dict(self.tensor.rows[0][i])

    def _moves(self, i: int) -> bool:
        tensor = self.tensor
        return any(rows[i] for rows in tensor.rows[1:]) or any(b[i] for b in tensor.constants[1:])

    def _bounds(self, i: int) -> bool:
        """Take a row of one integer column without parameters as a bound of it."""
        row = self.tensor.rows[0][i]
        if len(row) != 1 or self._moves(i) or not self.integer.get(row[0][0]):
            return False
        ((j, v),) = row
        bound = -self.tensor.constants[0][i] / v
        if v > 0:
            self.lower[j] = max(bound, self.lower.get(j, bound))
        else:
            self.upper[j] = min(bound, self.upper.get(j, bound))
        return True

    def _entry(self, i: int) -> Affine:
        """An entry of an image; through a new column if it depends on parameters."""
        if not self._moves(i):
            return self.tensor.rows[0][i], self.tensor.constants[0][i]
        j = self.n_cols
        self.n_cols += 1
        self.rows.append(({**self._row(i), j: -_ONE}, "=", i))
        return ((j, _ONE),), Fraction(0)

    def _put(self, make: Callable[[AffineMap], Cone], rows: Sequence[int]) -> None:
        self.cones.append((make, [self._entry(i) for i in rows]))

    def _powers(self, constraint: Any, rows: Sequence[int]) -> None:
        size = len(rows) // 3
        alphas = np.broadcast_to(np.ravel(constraint.alpha.value, order="F"), (size,))
        for k, alpha in enumerate(alphas):
            a = rationalize(float(alpha), what="the exponent of a power cone")
            make = partial(PowerCone, exponents=(a, 1 - a))
            self._put(make, [rows[2 * size + k], rows[k], rows[size + k]])

    def _semidefinite(self, constraint: Any, rows: Sequence[int]) -> None:
        """CVXPY asks it of the symmetric part."""
        order = constraint.args[0].shape[0]
        lower = []
        for i in range(order):
            for j in range(i + 1):
                one, two = (self._entry(rows[a + order * b]) for a, b in ((i, j), (j, i)))
                lower.append(_mean(one, two))
        self.cones.append((SemidefiniteCone, lower))


def _mean(one: Affine, two: Affine) -> Affine:
    entries: dict[int, Fraction] = {}
    for row, _ in (one, two):
        for j, v in row:
            entries[j] = entries.get(j, Fraction(0)) + v / 2
    return _sparse(entries), (one[1] + two[1]) / 2


def _norms(constraint: Any, rows: Sequence[int]) -> Iterator[list[int]]:
    """The rows of each norm: its bound, then its entries."""
    bounds, entries = constraint.args
    count = bounds.size
    rest = rows[count:]
    length = len(rest) // count
    assert entries.size == len(rest)
    for k in range(count):
        is_by_row = constraint.axis == 1 and len(entries.shape) == 2
        own = rest[k::count] if is_by_row else rest[k * length : (k + 1) * length]
        yield [rows[k], *own]


def _image(parts: Sequence[Affine], n_cols: int) -> AffineMap:
    return AffineMap(ExactMatrix(tuple(row for row, _ in parts), n_cols), [b for _, b in parts])
