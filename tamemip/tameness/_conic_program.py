"""Mixed-integer conic programs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram, ParametricProgram
from tamemip.tameness._conic_cones import (
    Cone,
    ExponentialCone,
    PowerCone,
    RotatedSecondOrderCone,
    SecondOrderCone,
    SemidefiniteCone,
)

_CONES = (
    SecondOrderCone,
    RotatedSecondOrderCone,
    SemidefiniteCone,
    ExponentialCone,
    PowerCone,
)


@final
@dataclass(frozen=True, init=False, repr=False)
class ConicProgram:
    """A mixed-integer program whose points also lie in cones.

    Parameters
    ----------
    program
        Costs, rows, bounds and integrality; a `ParametricProgram` if data depend
        on parameters.
    cones
        Cones, each with an affine map of the columns into it. Their data are fixed: for
        data that move, map a new column, and let a row tie it to the rest.

    Raises
    ------
    InvalidInputError
        If something else is given, or a map is over another number of columns.

    Examples
    --------
    The least ``x`` with ``|x| <= b``, written as a second-order cone on ``(t, x)``:

    >>> from tamemip.tameness import AffineMap, SecondOrderCone, certify
    >>> rows = MixedIntegerProgram.from_arrays(
    ...     [0, 1], [[1, 0]], "=", [1], lower="-inf", row_names=["b"], integrality=False
    ... )
    >>> ball = ConicProgram(rows, [SecondOrderCone(AffineMap([[1, 0], [0, 1]], [0, 0]))])
    >>> certify(ball, "b in [0, 9]").structure
    <Structure.SEMIALGEBRAIC: 'semialgebraic'>
    """

    program: MixedIntegerProgram | ParametricProgram
    cones: tuple[Cone, ...]

    def __init__(
        self, program: MixedIntegerProgram | ParametricProgram, cones: Iterable[Cone] = ()
    ) -> None:
        if not isinstance(program, MixedIntegerProgram | ParametricProgram):
            raise InvalidInputError(
                "the linear part of a conic program is a MixedIntegerProgram or a "
                f"ParametricProgram, not {type(program).__name__}."
            )
        found = tuple(cones)
        object.__setattr__(self, "program", program)
        object.__setattr__(self, "cones", found)
        n = self.base.n_cols
        for k, cone in enumerate(found):
            if not isinstance(cone, _CONES):
                known = ", ".join(cls.__name__ for cls in _CONES)
                raise InvalidInputError(
                    f"cone {k} has the type {type(cone).__name__}, which is no cone; use {known}."
                )
            if cone.image.A.n_cols != n:
                raise InvalidInputError(
                    f"the map of cone {k} is over {cone.image.A.n_cols} columns, and the program "
                    f"has {n}; give one number a column in each row."
                )

    @property
    def base(self) -> MixedIntegerProgram:
        """The linear part; at the parameter 0 if there are parameters."""
        part = self.program
        return part.program if isinstance(part, ParametricProgram) else part

    def __repr__(self) -> str:
        count = len(self.cones)
        return f"ConicProgram({count} cone{'s' * (count != 1)}: {self.program!r})"
