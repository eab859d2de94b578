"""The value function on a line of right-hand sides."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import SparseVector
from tamemip.errors import InvalidInputError
from tamemip.programs import Index, MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._interval import read_interval
from tamemip.value_functions._lifted_search import LiftedState
from tamemip.value_functions._line_engines import line_by_engines
from tamemip.value_functions._line_search import LineState
from tamemip.value_functions._line_value import LineValueFunction
from tamemip.value_functions._terminal_line import terminal_line


def line_value_function(
    program: MixedIntegerProgram,
    *,
    along: Mapping[Index, Number],
    interval: tuple[Number, Number],
    limits: Limits | None = None,
    progress: bool = False,
) -> LineValueFunction:
    """The exact optimal value while right-hand sides move along a line.

    ``v(t)`` is the optimal value of the program with the right-hand side
    ``rhs + t * direction``. A dual function bounds it from one side, feasible points
    from the other; it is refined until the two agree on the whole interval, in rational
    arithmetic, jumps and isolated points included.

    Parameters
    ----------
    program
        The program; its own right-hand side is at ``t = 0``.
    along
        The direction: from a row, by name or by index, to the rate of its right-hand
        side. Rows that are not named stay.
    interval
        First and last step, both finite.
    limits
        Limits of all the work; at a limit `LineValueFunction.gaps` says what is left.
    progress
        Show a progress line on a terminal.

    Raises
    ------
    InvalidInputError
        If there is no such row, no direction, or no interval.
    UnsupportedError
        If the program is unbounded somewhere on the line.

    See Also
    --------
    tamemip.value_function : The door, with an example.

    References
    ----------
    .. [1] A. Hassanzadeh and T. K. Ralphs, "On the value function of a mixed integer
       linear optimization problem and an algorithm for its construction", COR@L
       Technical Report 14T-004, Lehigh University (2014).
    """
    if not isinstance(program, MixedIntegerProgram):
        raise InvalidInputError(
            f"value_function needs a MixedIntegerProgram, not {type(program).__name__}."
        )
    direction = read_direction(program, along)
    lo, hi = read_interval(interval)
    with terminal_line(progress, _words) as watch:
        return line_by_engines(
            program, direction, (lo, hi), limits=limits or Limits(), on_step=watch
        )


def read_direction(program: MixedIntegerProgram, along: Mapping[Index, Number]) -> SparseVector:
    """A direction by row, from what was given; a zero direction is refused."""
    if not isinstance(along, Mapping):
        raise InvalidInputError(
            "`along` needs a mapping from rows to rates, such as "
            f"{{{_first(program)!r}: 1}}, not {type(along).__name__}."
        )
    rates: dict[int, Fraction] = {}
    for row, rate in along.items():
        if row in program.col_names and row not in program.row_names:
            raise InvalidInputError(
                f"`along` names {row!r}, which is a column; it moves right-hand sides, by row. "
                f"A cost moves with along_cost={{{row!r}: 1}}."
            )
        i = program.row_index(row)
        if i in rates:
            raise InvalidInputError(f"`along` names the row {program.row_names[i]!r} twice.")
        rates[i] = rationalize(rate, what=f"the rate of {row!r}")
    direction = tuple((i, rate) for i, rate in sorted(rates.items()) if rate)
    if not direction:
        raise InvalidInputError(
            "the direction is zero: nothing moves along the line. Give some row a rate other "
            f"than 0, as in along={{{_first(program)!r}: 1}}."
        )
    return direction


def _first(program: MixedIntegerProgram) -> str:
    """A row to show in a message."""
    return program.row_names[0] if program.row_names else "CAPACITY"


def _words(state: LineState | LiftedState) -> str:
    done = f"proved up to {float(state.open[0].start[0]):.6g}" if state.open else "all proved"
    return f"{done}, {len(state.parts)} integer parts, {state.refinements} refinements"
