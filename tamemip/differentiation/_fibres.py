"""The linear programs that a mixed-integer program leaves once its integers are fixed.

Floats propose a basis; what it stands for is computed again in rationals, and is returned
only if it is feasible, complementary and hence optimal. Inside, everything is minimized.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.arithmetic import Generators, Number, rationalize
from tamemip.certificates import ExactMatrix
from tamemip.differentiation._fibres_faces import FACE_LIMIT, dual_face, primal_face
from tamemip.differentiation._fibres_proofs import (
    LinearData,
    Optimum,
    Ray,
    exact_optimum,
    exact_reduced,
    farkas_vector,
    optimum_of_basis,
    violated_row,
)
from tamemip.differentiation._fibres_types import (
    Fibre,
    InfeasibleFibre,
    OptimalPair,
    UnboundedFibre,
    Vector,
)
from tamemip.duality import IntegerData
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine, LPStatus

if TYPE_CHECKING:
    from tamemip.programs import Vector as AnyVector

__all__ = ["Fibres", "optimal_pair"]

_ZERO = Fraction(0)


def optimal_pair(
    program: MixedIntegerProgram, part: Sequence[Number], *, rhs: AnyVector | None = None
) -> OptimalPair | None:
    """An optimal point with optimal duals for fixed integer columns; None if there is none.

    Parameters
    ----------
    program
        The program.
    part
        The values of the integer columns, by rising column.
    rhs
        Another right-hand side than the program's own.

    Returns
    -------
    OptimalPair or None
        None if the fibre is infeasible or unbounded; `Fibres.solve` tells which, with a proof.

    Raises
    ------
    InvalidInputError
        If a length does not fit, or a value is fractional.
    NotAllowedError
        If floats are misled and the program is too large for rationals alone.

    Examples
    --------
    >>> p = MixedIntegerProgram.from_arrays(
    ...     [3, 3, 1], [[1, 1, -1]], ["="], [1], integrality=[True, False, False]
    ... )
    >>> pair = optimal_pair(p, [0])
    >>> str(pair.value), [str(v) for v in pair.point], [str(v) for v in pair.duals]
    ('3', ['0', '1', '0'], ['3'])
    """
    return Fibres(program).optimal_pair(part, rhs=rhs)


@final
class Fibres:
    """All fibres of a program, solved one after the other by one warm engine.

    Parameters
    ----------
    program
        The program.

    Examples
    --------
    >>> p = MixedIntegerProgram.from_arrays([-1], [[1]], ["<="], [1], upper=1)
    >>> fibres = Fibres(p)
    >>> pair = fibres.optimal_pair([1])
    >>> face = fibres.dual_face(pair)
    >>> [str(y) for (y,) in face.vertices], [str(y) for (y,) in face.rays]
    (['0'], ['-1'])
    >>> fibres.solve([1], rhs=[0])
    InfeasibleFibre(part (1), proved by Farkas multipliers)
    """

    def __init__(self, program: MixedIntegerProgram) -> None:
        self.program = program
        exact = program.exact
        self._data = IntegerData(exact)
        self._sign = self._data.sign
        self._integers = [j for j, flag in enumerate(exact.integer) if flag]
        self._continuous = [j for j, flag in enumerate(exact.integer) if not flag]
        rest = _continuous_program(program, self._continuous)
        self._lp = LinearData(rest.exact)
        self._engine = LPEngine(rest) if self._continuous else None

    # -- solving -----------------------------------------------------------------------

    def optimal_pair(
        self, part: Sequence[Number], *, rhs: AnyVector | None = None
    ) -> OptimalPair | None:
        """An optimal point with optimal duals; None if the fibre is infeasible or unbounded.

        Parameters
        ----------
        part
            The values of the integer columns, by rising column.
        rhs
            Another right-hand side than the program's own.
        """
        fibre = self.solve(part, rhs=rhs)
        return fibre if isinstance(fibre, OptimalPair) else None

    def solve(self, part: Sequence[Number], *, rhs: AnyVector | None = None) -> Fibre:
        """How the linear program of an integer part ends, with a proof.

        Parameters
        ----------
        part
            The values of the integer columns, by rising column.
        rhs
            Another right-hand side than the program's own.

        Raises
        ------
        InvalidInputError
            If a length does not fit, or a value is fractional.
        NotAllowedError
            If floats are misled and the program is too large for rationals alone.
        """
        program = self.program
        values = self._part(part)
        b = program.exact.rhs if rhs is None else program.exact_rhs(rhs)
        outside = self._outside(values)
        if outside is not None:
            return InfeasibleFibre(program, b, values, None, outside)
        right = self._right(values, b)
        row = violated_row(self._lp, right)
        if row is not None:
            return InfeasibleFibre(program, b, values, self._rows(dict([row])), None)
        proposed = self._proposed(right)
        found = exact_optimum(self._lp, right) if proposed is None else proposed
        return self._fibre(values, b, found)

    def _part(self, part: Sequence[Number]) -> Vector:
        if len(part) != len(self._integers):
            raise InvalidInputError(
                f"`part` has {len(part)} entries but the program has {len(self._integers)} "
                "integer columns: give one value each, by rising column."
            )
        values = tuple(v if isinstance(v, Fraction) else rationalize(v) for v in part)
        for j, v in zip(self._integers, values, strict=True):
            if v.denominator != 1:
                raise InvalidInputError(
                    f"`part` gives {v} to the integer column {self.program.col_names[j]!r}. "
                    "Round it first."
                )
        return values

    def _outside(self, values: Vector) -> int | None:
        lower, upper = self._data.lower, self._data.upper
        for j, v in zip(self._integers, values, strict=True):
            if not lower[j] <= v <= upper[j]:
                return j
        return None

    def _right(self, values: Vector, b: Vector) -> Vector:
        """What the integer columns leave of the right-hand side."""
        right = list(b)
        columns = self.program.exact.A.columns
        for j, v in zip(self._integers, values, strict=True):
            if v:
                for i, a in columns[j]:
                    right[i] -= a * v
        return tuple(right)

    def _proposed(self, right: Vector) -> Optimum | dict[int, Fraction] | None:
        """What the engine says, if exact arithmetic agrees."""
        engine = self._engine
        if engine is None:
            return Optimum((), {}, not all(right), False)
        engine.set_rhs(np.array([float(v) for v in right]))
        status = engine.solve()
        if status is LPStatus.OPTIMAL:
            return optimum_of_basis(self._lp, engine.basis(), right)
        if status is LPStatus.INFEASIBLE:
            ray = engine.farkas_ray()
            return None if ray is None else farkas_vector(self._lp, ray, right)
        return None

    # -- answers -----------------------------------------------------------------------

    def _fibre(
        self, values: Vector, b: Vector, found: Optimum | dict[int, Fraction] | Ray
    ) -> Fibre:
        program = self.program
        if isinstance(found, dict):
            return InfeasibleFibre(program, b, values, self._rows(found), None)
        if isinstance(found, Ray):
            point = self._columns(values, found.point)
            nothing = (_ZERO,) * len(self._integers)
            ray = self._columns(nothing, found.direction)
            return UnboundedFibre(program, b, values, point, ray)
        return self._pair(values, b, found)

    def _pair(self, values: Vector, b: Vector, found: Optimum) -> OptimalPair:
        exact = self.program.exact
        point = self._columns(values, found.point)
        duals = {i: self._sign * y for i, y in found.duals.items()}
        reduced = [_ZERO] * self.program.n_cols
        for j, z in exact_reduced(self._data.multipliers(found.duals, is_ray=False)).items():
            reduced[j] = self._sign * z
        terms = (c * v for c, v in zip(exact.c, point, strict=True) if c and v)
        return OptimalPair(
            program=self.program,
            rhs=b,
            part=values,
            point=point,
            duals=self._rows(duals),
            reduced_costs=tuple(reduced),
            value=sum(terms, exact.offset),
            is_primal_degenerate=found.is_primal_degenerate,
            is_dual_degenerate=found.is_dual_degenerate,
        )

    def _rows(self, numbers: dict[int, Fraction]) -> Vector:
        return tuple(numbers.get(i, _ZERO) for i in range(self.program.n_rows))

    def _columns(self, values: Vector, rest: Vector) -> Vector:
        point = [_ZERO] * self.program.n_cols
        for j, v in zip((*self._integers, *self._continuous), (*values, *rest), strict=True):
            point[j] = v
        return tuple(point)

    # -- faces -------------------------------------------------------------------------

    def dual_face(self, pair: OptimalPair, *, limit: int = FACE_LIMIT) -> Generators:
        """All optimal duals of a fibre: see `tamemip.differentiation.dual_face`."""
        return dual_face(pair, limit=limit)

    def primal_face(self, pair: OptimalPair, *, limit: int = FACE_LIMIT) -> Generators:
        """All optimal points of a fibre: see `tamemip.differentiation.primal_face`."""
        return primal_face(pair, limit=limit)


def _continuous_program(
    program: MixedIntegerProgram, continuous: Sequence[int]
) -> MixedIntegerProgram:
    """The same rows over the continuous columns alone, minimized, without the constant."""
    exact = program.exact
    place = {j: k for k, j in enumerate(continuous)}
    sign = 1 if exact.sense == "min" else -1
    rows = tuple(tuple((place[j], v) for j, v in row if j in place) for row in exact.A.rows)
    problem = replace(
        exact,
        sense="min",
        c=tuple(sign * exact.c[j] for j in continuous),
        A=ExactMatrix(rows, len(continuous)),
        lower=tuple(exact.lower[j] for j in continuous),
        upper=tuple(exact.upper[j] for j in continuous),
        integer=(False,) * len(continuous),
        offset=_ZERO,
    )
    names = tuple(program.col_names[j] for j in continuous)
    return MixedIntegerProgram(problem, program.row_names, names, program.name)
