"""Exact points of programs, from what solvers give."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from tamemip.arithmetic import Number
from tamemip.duality import IntegerData, Relaxation
from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_point
from tamemip.programs import MixedIntegerProgram


def completed_point(program: MixedIntegerProgram, point: Sequence[Number]) -> dict[str, Fraction]:
    """The integers of a point, rounded, with the best continuous part for them, exactly.

    For ``decode`` of families with continuous columns: float noise disappears, and the value
    of the decoded solution is a rational.

    Parameters
    ----------
    program
        The program.
    point
        One number a column, as a solver gives it.

    Returns
    -------
    dict
        The values of all columns by name.

    Raises
    ------
    InvalidInputError
        If the point is none of the program's columns, or no continuous part fits its integers.

    Examples
    --------
    >>> p = MixedIntegerProgram.from_arrays(
    ...     [1, 0], [[1, 3]], ">=", [4], integrality=[False, True], col_names=["y", "n"]
    ... )
    >>> completed_point(p, [1.0000001, 0.9999999])
    {'y': Fraction(1, 1), 'n': Fraction(1, 1)}
    """
    whole = exact_point(point, program.integrality.tolist(), program.col_names)
    relaxation = Relaxation(program, IntegerData(program.exact), program.exact.rhs)
    near = np.array([float(v) for v in whole])
    offered = relaxation.offer(near, (relaxation.lower, relaxation.upper))
    if offered is None:
        raise InvalidInputError(
            "no continuous part fits the integers of the point; is it a "
            "feasible point of this program?"
        )
    return dict(zip(program.col_names, offered[0], strict=True))
