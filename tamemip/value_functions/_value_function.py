"""The door: `value_function`, on a line, in the costs, or on a box."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.programs import Box, Index, MixedIntegerProgram, ParametricProgram
from tamemip.solvers import Limits
from tamemip.value_functions._box_function import box_value_function
from tamemip.value_functions._box_value import BoxValueFunction
from tamemip.value_functions._cost_value import CostValueFunction, cost_value_function
from tamemip.value_functions._lattice_value import LatticeValueFunction, lattice_value_function
from tamemip.value_functions._line_function import line_value_function
from tamemip.value_functions._line_value import LineValueFunction
from tamemip.value_functions._moving_line import ParametersGiven, moving_value_function

ValueFunction: TypeAlias = (
    LineValueFunction | CostValueFunction | BoxValueFunction | LatticeValueFunction
)
"""What `value_function` returns."""


def value_function(
    program: MixedIntegerProgram | ParametricProgram,
    *,
    along: Mapping[Any, Number] | None = None,
    along_cost: Mapping[Index, Number] | None = None,
    interval: tuple[Number, Number] | None = None,
    at: ParametersGiven | None = None,
    domain: Box | None = None,
    method: str = "auto",
    minimal: bool = False,
    limits: Limits | None = None,
    progress: bool = False,
) -> ValueFunction:
    """The exact optimal value as a function of the data.

    Parameters
    ----------
    program
        The program; its own data are at step 0. Of a `ParametricProgram` rows, costs, bounds
        and entries move together.
    along
        Right-hand sides that move: from a row, by name or index, to its rate. The value
        is exact on the whole ``interval``, with its jumps and isolated points:
        see `LineValueFunction`. Of a parametric program: from the name of a parameter to
        its rate.
    along_cost
        Costs that move: from a column to its rate. The value is concave and
        piecewise linear (convex for ``max``): see `CostValueFunction`.
    interval
        First and last step, both finite; for ``along`` and ``along_cost``.
    at
        For a parametric program: the parameters at step 0, by name, or all in order.
        Those that are not named are 0.
    domain
        A box of right-hand sides; the value is exact at all of them: see
        `BoxValueFunction`. Rows that it does not name keep the program's own.
    method
        For ``domain``: ``"discrete"`` (or ``"auto"``), for every program and every real
        right-hand side of the box; ``"lattice"``, a table made by dynamic programming
        for nonnegative integer data, see `LatticeValueFunction`.
    minimal
        For ``domain``: drop integer parts that the others make superfluous.
    limits
        Limits of all the work.
    progress
        Show a progress line on a terminal.

    Raises
    ------
    InvalidInputError
        If not exactly one of ``along``, ``along_cost`` and ``domain`` is given, or the
        interval is missing.
    UnsupportedError
        If the program is unbounded somewhere, or the method cannot serve it.

    Examples
    --------
    A program of Güzelsoy and Ralphs (2007):

    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays(
    ...     ["1/2", 0, 2, 1],
    ...     [[1, "-3/2", 1, -1]],
    ...     "=",
    ...     [0],
    ...     integrality=[True, True, False, False],
    ...     row_names=["B"],
    ... )
    >>> print(tm.value_function(p, along={"B": 1}, interval=(0, 2)))
    LineValueFunction(t in [0, 2], 4 pieces, 0 jumps, certified)
      [0, 1/2]: 2 t
      [1/2, 1]: 1 - (t - 1/2)
      [1, 3/2]: 1/2 + 2 (t - 1)
      [3/2, 2]: 3/2 - (t - 3/2)

    The same program on a box, with the integer parts ``(x0, x1)`` that suffice:

    >>> V = tm.value_function(p, domain=tm.Box({"B": (0, 2)}), minimal=True)
    >>> V.exact(["5/4"]), V.is_certified
    (Fraction(1, 1), True)
    >>> sorted(tuple(map(int, part)) for part in V.parts)
    [(0, 0), (1, 0), (2, 0)]
    """
    if not isinstance(program, MixedIntegerProgram | ParametricProgram):
        raise InvalidInputError(
            "value_function needs a MixedIntegerProgram or a ParametricProgram, not "
            f"{type(program).__name__}."
        )
    given = {"along": along, "along_cost": along_cost, "domain": domain}
    chosen = [name for name, value in given.items() if value is not None]
    if len(chosen) != 1:
        raise InvalidInputError(
            "value_function needs exactly one of `along`, `along_cost` and `domain`, not "
            f"{' and '.join(chosen) or 'none of them'}."
        )
    if isinstance(program, ParametricProgram):
        if along is None:
            raise InvalidInputError(
                f"`{chosen[0]}` was given with a ParametricProgram; its parameters move by "
                f"`along`, as in along={{{program.names[0]!r}: 1}}."
            )
        if interval is None:
            raise InvalidInputError("`along` needs an `interval`: the first and the last step.")
        return moving_value_function(
            program, along=along, interval=interval, at=at, limits=limits, progress=progress
        )
    if at is not None:
        raise InvalidInputError(
            "`at` is for the parameters of a ParametricProgram. The data of a program are those "
            "at step 0; change them with with_rhs or with_cost."
        )
    if minimal and (domain is None or method == "lattice"):
        raise InvalidInputError(
            "`minimal` drops integer parts of a value function on a box; it goes with `domain` and "
            "the method 'discrete'."
        )
    if domain is not None:
        if method == "lattice":
            return lattice_value_function(program, domain, limits, progress)
        if method not in ("auto", "discrete"):
            raise UnsupportedError(
                f"method {method!r} is not available on a box; 'discrete' is, and 'lattice' for "
                "programs with nonnegative integer data."
            )
        return box_value_function(
            program, domain, minimal=minimal, limits=limits, progress=progress
        )
    if interval is None:
        raise InvalidInputError(f"`{chosen[0]}` needs an `interval`: the first and the last step.")
    if along_cost is not None:
        return cost_value_function(program, along_cost, interval, limits, progress)
    assert along is not None
    return line_value_function(
        program, along=along, interval=interval, limits=limits, progress=progress
    )
