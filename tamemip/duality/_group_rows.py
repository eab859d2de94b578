"""The rows of a pure integer program in integers: what group and generator functions read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import final

from tamemip.errors import UnsupportedError
from tamemip.functions import Node, ceil, combination
from tamemip.programs import CanonicalForm, MixedIntegerProgram


@final
@dataclass(frozen=True, eq=False)
class IntegerRows:
    """The canonical form of a pure integer program, each row scaled to coprime integers.

    Then ``scale_i a_i x'`` is an integer, so that a ``>=`` row holds with
    ``ceil(scale_i e_i)`` on its right, whatever real ``e_i`` is, and its slack is an integer
    as well; an ``=`` row can hold only where ``scale_i e_i`` is an integer.
    """

    form: CanonicalForm

    @classmethod
    def of(cls, program: MixedIntegerProgram, method: str) -> IntegerRows:
        """The rows of a program.

        Raises
        ------
        UnsupportedError
            If a column is continuous.
        """
        continuous = [j for j, flag in enumerate(program.exact.integer) if not flag]
        if continuous:
            raise UnsupportedError(
                f"method {method!r} needs a pure integer program, and column "
                f"{program.col_names[continuous[0]]!r} is continuous ({len(continuous)} of "
                f"{program.n_cols} are). Take 'branch-and-bound', 'mir' or 'lagrangian'."
            )
        return cls(program.canonical())

    @cached_property
    def scale(self) -> tuple[Fraction, ...]:
        """What each row is multiplied by: positive."""
        return tuple(_scale([v for _, v in row]) for row in self.form.A.rows)

    @cached_property
    def rows(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """The rows in integers, as pairs (column, coefficient)."""
        return tuple(
            tuple((j, int(v * scale)) for j, v in row)
            for row, scale in zip(self.form.A.rows, self.scale, strict=True)
        )

    @cached_property
    def columns(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """The same by columns, as pairs (row, coefficient)."""
        columns: list[list[tuple[int, int]]] = [[] for _ in range(self.form.n_cols)]
        for i, row in enumerate(self.rows):
            for j, v in row:
                columns[j].append((i, v))
        return tuple(tuple(column) for column in columns)

    @cached_property
    def bound_row(self) -> dict[int, int]:
        """The row ``-x' >= e`` of each canonical column that has one."""
        first = self.form.program.n_rows
        return {self.rows[i][0][0]: i for i in range(first, self.form.n_rows)}

    def is_equation(self, i: int) -> bool:
        """Whether a row is an equation."""
        return self.form.row_sense[i] == "="

    def input(self, i: int) -> Node:
        """The right-hand side of a row: rounded up, or as it is for an equation."""
        scaled = combination({i: self.scale[i]})
        return scaled if self.is_equation(i) else ceil(scaled)

    def right_side(self, e: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """The values of the inputs: integers, but for equations that cannot hold."""
        scaled = [v * scale for v, scale in zip(e, self.scale, strict=True)]
        return tuple(
            v if self.is_equation(i) else Fraction(math.ceil(v)) for i, v in enumerate(scaled)
        )

    def user_rhs(self, right: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """The right-hand side of the user's rows that has these inputs."""
        form = self.form
        return tuple(
            sign * (v / scale - shift)
            for sign, shift, v, scale in zip(
                form.row_sign,
                form.rhs_shift,
                right[: form.program.n_rows],
                self.scale,
                strict=False,
            )
        )


def _scale(values: Sequence[Fraction]) -> Fraction:
    if not values:
        return Fraction(1)
    d = math.lcm(*(v.denominator for v in values))
    return Fraction(d, math.gcd(*(int(v * d) for v in values)))
