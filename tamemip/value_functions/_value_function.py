"""The door: `value_function`, on a line, in the costs, or on a box."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.programs import Box, Index, MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._cost_value import CostValueFunction, cost_value_function
from tamemip.value_functions._lattice_value import LatticeValueFunction, lattice_value_function
from tamemip.value_functions._line_function import line_value_function
from tamemip.value_functions._line_value import LineValueFunction

ValueFunction: TypeAlias = LineValueFunction | CostValueFunction | LatticeValueFunction
"""What `value_function` returns."""


def value_function(
    program: MixedIntegerProgram,
    *,
    along: Mapping[Index, Number] | None = None,
    along_cost: Mapping[Index, Number] | None = None,
    interval: tuple[Number, Number] | None = None,
    domain: Box | None = None,
    method: str = "auto",
    limits: Limits | None = None,
    progress: bool = False,
) -> ValueFunction:
    """The exact optimal value as a function of the data.

    Parameters
    ----------
    program
        The program; its own data are at step 0.
    along
        Right-hand sides that move: from a row, by name or index, to its rate. The value
        is exact on the whole ``interval``, with its jumps and isolated points:
        see `LineValueFunction`.
    along_cost
        Costs that move: from a column to its rate. The value is concave and
        piecewise linear (convex for ``max``): see `CostValueFunction`.
    interval
        First and last step, both finite; for ``along`` and ``along_cost``.
    domain
        A box of right-hand sides; the value is exact at all of them:
        see `LatticeValueFunction`.
    method
        For ``domain``: ``"lattice"`` (or ``"auto"``), dynamic programming for
        nonnegative integer data.
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
    """
    if not isinstance(program, MixedIntegerProgram):
        raise InvalidInputError(
            f"value_function needs a MixedIntegerProgram, not {type(program).__name__}."
        )
    given = {"along": along, "along_cost": along_cost, "domain": domain}
    chosen = [name for name, value in given.items() if value is not None]
    if len(chosen) != 1:
        raise InvalidInputError(
            "value_function needs exactly one of `along`, `along_cost` and `domain`, not "
            f"{' and '.join(chosen) or 'none of them'}."
        )
    if domain is not None:
        if method not in ("auto", "lattice"):
            raise UnsupportedError(
                f"method {method!r} is not available on a box; 'lattice' is, for programs with "
                "nonnegative integer data."
            )
        return lattice_value_function(program, domain, limits, progress)
    if interval is None:
        raise InvalidInputError(f"`{chosen[0]}` needs an `interval`: the first and the last step.")
    if along_cost is not None:
        return cost_value_function(program, along_cost, interval, limits, progress)
    assert along is not None
    return line_value_function(
        program, along=along, interval=interval, limits=limits, progress=progress
    )
