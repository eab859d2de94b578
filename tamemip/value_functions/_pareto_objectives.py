"""Several objectives over one feasible set, in exact data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import ExactMatrix, RowSense, SparseVector
from tamemip.errors import InvalidInputError
from tamemip.programs import Index, MixedIntegerProgram

if TYPE_CHECKING:
    from numpy.typing import NDArray

Outcome: TypeAlias = tuple[Fraction, ...]
"""The values of the objectives at a point, one each."""

Point: TypeAlias = tuple[Fraction, ...]

Costs: TypeAlias = "Sequence[Number] | NDArray[Any] | Mapping[Index, Number]"
"""One objective: a cost a column, or the costs of some columns by name or index."""


@final
@dataclass(frozen=True, slots=True)
class Objectives:
    """The objectives of a program, all in its own sense, without constants.

    Attributes
    ----------
    program
        Its own objective is not one of them.
    costs
        One vector an objective, one entry a column.
    """

    program: MixedIntegerProgram
    costs: tuple[tuple[Fraction, ...], ...]

    @property
    def sign(self) -> int:
        """1 for ``min``, -1 for ``max``: the factor that makes less the better."""
        return 1 if self.program.sense == "min" else -1

    def of(self, point: Point) -> Outcome:
        """The outcome of a point."""
        return tuple(
            sum((c * x for c, x in zip(costs, point, strict=True) if c), Fraction(0))
            for costs in self.costs
        )

    def turned(self, outcome: Outcome) -> Outcome:
        """An outcome between the program's own sense and min orientation, either way."""
        return outcome if self.sign == 1 else tuple(-z for z in outcome)

    def alone(self, k: int) -> MixedIntegerProgram:
        """The program with one of the objectives as its own."""
        exact = replace(self.program.exact, c=self.costs[k], offset=Fraction(0))
        return replace(self.program, exact=exact)

    def restricted(self, sides: Sequence[Fraction]) -> MixedIntegerProgram:
        """The first objective, under rows that hold the others at `sides` or better."""
        first = self.alone(0)
        exact = first.exact
        sense: RowSense = "<=" if self.program.sense == "min" else ">="
        rows = tuple(_sparse(costs) for costs in self.costs[1:])
        problem = replace(
            exact,
            A=ExactMatrix((*exact.A.rows, *rows), exact.A.n_cols),
            row_sense=(*exact.row_sense, *((sense,) * len(rows))),
            rhs=(*exact.rhs, *sides),
        )
        names = list(first.row_names)
        for k in range(len(rows)):
            names.append(_new_name(f"objective {k + 2}", names))
        return replace(first, exact=problem, row_names=tuple(names))

    def granularity(self, k: int) -> Fraction | None:
        """A step whose multiples hold every value of an objective; None if there is none."""
        costs = self.costs[k]
        if any(c for c, flag in zip(costs, self.program.exact.integer, strict=True) if not flag):
            return None
        scale = math.lcm(*(c.denominator for c in costs))
        step = math.gcd(*(int(c * scale) for c in costs))
        return Fraction(step or 1, scale)


def read_objectives(program: MixedIntegerProgram, objectives: Sequence[Costs]) -> Objectives:
    """The objectives that were handed in.

    Raises
    ------
    InvalidInputError
        If there are not two or three, or one does not fit the program's columns.
    """
    if not isinstance(objectives, Sequence | np.ndarray) or isinstance(objectives, str):
        raise InvalidInputError(
            "`objectives` needs a sequence of two or three cost vectors, not "
            f"{type(objectives).__name__}."
        )
    if len(objectives) not in (2, 3):
        raise InvalidInputError(
            f"`objectives` has {len(objectives)} entries; two or three cost vectors are needed, "
            f"each with {program.n_cols} entries or a mapping from columns to costs."
        )
    return Objectives(program, tuple(_vector(program, k, c) for k, c in enumerate(objectives)))


def _vector(program: MixedIntegerProgram, k: int, costs: Costs) -> tuple[Fraction, ...]:
    what = f"objectives[{k}]"
    if isinstance(costs, Mapping):
        return _of_mapping(program, what, costs)
    if isinstance(costs, str) or not isinstance(costs, Sequence | np.ndarray):
        raise InvalidInputError(
            f"{what} needs {program.n_cols} costs, or a mapping from columns to costs, not "
            f"{costs!r}."
        )
    if len(costs) != program.n_cols:
        raise InvalidInputError(
            f"{what} has {len(costs)} entries, but the program has {program.n_cols} columns. "
            "A mapping from columns to costs may leave columns out."
        )
    return tuple(rationalize(c, what=f"{what}[{j}]") for j, c in enumerate(costs))


def _of_mapping(
    program: MixedIntegerProgram, what: str, costs: Mapping[Index, Number]
) -> tuple[Fraction, ...]:
    found: dict[int, Fraction] = {}
    for column, cost in costs.items():
        j = program.col_index(column)
        if j in found:
            raise InvalidInputError(f"{what} names the column {program.col_names[j]!r} twice.")
        found[j] = rationalize(cost, what=f"{what}[{column!r}]")
    return tuple(found.get(j, Fraction(0)) for j in range(program.n_cols))


def _sparse(costs: Sequence[Fraction]) -> SparseVector:
    return tuple((j, c) for j, c in enumerate(costs) if c)


def _new_name(name: str, taken: Sequence[str]) -> str:
    while name in taken:
        name += "'"
    return name
