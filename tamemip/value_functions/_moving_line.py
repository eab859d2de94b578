"""The value function of a parametric program along a line of parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

from tamemip.arithmetic import Number, rationalize
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram, ParametricProgram
from tamemip.solvers import Limits
from tamemip.value_functions._cost_value import CostValueFunction, cost_value_function
from tamemip.value_functions._interval import read_interval
from tamemip.value_functions._line_function import line_value_function
from tamemip.value_functions._moving_data import Moving, Parameters, moving_data
from tamemip.value_functions._moving_reduction import reduction_of

if TYPE_CHECKING:
    from tamemip.value_functions._line_value import LineValueFunction

Point: TypeAlias = tuple[Fraction, ...]
ParametersGiven: TypeAlias = "Mapping[str, Number] | Sequence[Number]"
"""A number for some parameters by name, or for all of them in order."""


@final
@dataclass(frozen=True, slots=True)
class MovingLine:
    """The line of parameters that a value function belongs to.

    The value function's own program is another one, in which only right-hand sides
    move: its first columns and rows are those of the parametric program, and its value is
    the same at every step.

    Attributes
    ----------
    of
        The parametric program.
    start, direction
        The parameters are ``start + t * direction``.
    """

    of: ParametricProgram
    start: Parameters
    direction: Parameters

    def parameters_at(self, t: Number) -> Parameters:
        """The parameters of a step."""
        step = rationalize(t, what="t")
        pairs = zip(self.start, self.direction, strict=True)
        return tuple(base + step * rate for base, rate in pairs)

    def program_at(self, t: Number) -> MixedIntegerProgram:
        """The program of a step.

        Raises
        ------
        InvalidInputError
            If bounds cross there: then no point is feasible.
        """
        return self.of.at(self.parameters_at(t))

    def users_points(self, points: Iterable[Point]) -> tuple[Point, ...]:
        """Points of the value function's program in the columns of the parametric program."""
        n = self.of.program.n_cols
        return tuple(dict.fromkeys(point[:n] for point in points))


def moving_value_function(
    q: ParametricProgram,
    *,
    along: Mapping[str, Number],
    interval: tuple[Number, Number],
    at: ParametersGiven | None = None,
    limits: Limits | None = None,
    progress: bool = False,
) -> LineValueFunction | CostValueFunction:
    """The exact optimal value while rows, costs, bounds and entries move together.

    ``v(t)`` is the optimal value of ``q.at(start + t * direction)``. Where only
    right-hand sides move it is that of `line_value_function`, where only costs move that of
    `cost_value_function`. Else the program is written as one in which only right-hand sides
    move: see `docs/theory/value-functions.md` for the proof.

    Parameters
    ----------
    q
        The parametric program.
    along
        The direction: from the name of a parameter to its rate.
    interval
        First and last step, both finite.
    at
        The parameters at step 0: a number for some of them by name, or for all in
        order. Those that are not named are 0, where ``q.program`` is.
    limits
        Limits of all the work.
    progress
        Show a progress line on a terminal.

    Raises
    ------
    InvalidInputError
        If there is no such parameter, nothing moves, or there is no interval.
    UnsupportedError
        If costs of continuous columns move together with rows or bounds, matrix entries
        of continuous columns move, or those of integer columns without bounds.

    References
    ----------
    .. [1] F. Glover, "Improved linear integer programming formulations of nonlinear
       integer problems", Management Science 22 (1975), 455-460.

    Examples
    --------
    A price and a demand that move together:

    >>> from tamemip.programs import MixedIntegerProgram, ParametricProgram
    >>> p = MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [4], upper=4)
    >>> q = ParametricProgram(p, rhs=[[2]], c=[[1], [0]], names=["t"])
    >>> v = moving_value_function(q, along={"t": 1}, interval=(0, 2))
    >>> print(v)
    LineValueFunction(t in [0, 2], 3 pieces, 1 jumps, certified)
      [0, 1/2]: 3
      (1/2, 1]: 5 + 2 (t - 1/2)
      [1, 2]: 6
    >>> v.argmin("3/2")
    ((Fraction(0, 1), Fraction(2, 1)),)
    >>> print(v.origin.program_at("3/2"))
    MixedIntegerProgram(min, 1 row, 2 columns, 2 integer)
      min 7/2 x0 + 3 x1
      R0: 3 x0 + 5 x1 >= 7
      0 <= x0 <= 4, integer
      0 <= x1 <= 4, integer
    """
    direction = _parameters(q, along, "along")
    start = _start(q, at)
    lo, hi = read_interval(interval)
    if not any(direction):
        raise InvalidInputError(
            "the direction is zero: no parameter moves along the line. Give some parameter a "
            f"rate other than 0, as in along={{{q.names[0]!r}: 1}}."
        )
    data = moving_data(q, start, direction)
    if not data.slots:
        moving = [name for name, rate in zip(q.names, direction, strict=True) if rate]
        raise InvalidInputError(
            f"nothing moves along the line: no number of the program depends on {moving} there."
        )
    if data.slots == {"c"}:
        costs = _rates(data.c)
        return cost_value_function(q.at(start), costs, (lo, hi), limits, progress)
    if data.slots == {"rhs"}:
        program, rates = q.at(start), _rates(data.rhs)
    else:
        reduction = reduction_of(data, (lo, hi))
        program, rates = reduction.program, _rates(reduction.rhs)
    v = line_value_function(
        program, along=rates, interval=(lo, hi), limits=limits, progress=progress
    )
    return replace(v, origin=MovingLine(q, start, direction))


def _rates(numbers: Sequence[Moving]) -> dict[int | str, Number]:
    return {k: v.rate for k, v in enumerate(numbers) if v.rate}


def _parameters(q: ParametricProgram, given: Mapping[str, Number], what: str) -> Parameters:
    """A number a parameter, 0 where none is given."""
    if not isinstance(given, Mapping):
        raise InvalidInputError(
            f"`{what}` needs a mapping from parameters to numbers, such as "
            f"{{{q.names[0]!r}: 1}}, not {type(given).__name__}."
        )
    for name in given:
        if name not in q.names:
            raise InvalidInputError(
                f"`{what}` names {name!r}, which is no parameter{_nearest(q, name)}. The "
                f"parameters are {', '.join(map(repr, q.names[:6]))}"
                f"{', ...' if q.n_parameters > 6 else ''}."
            )
    return tuple(rationalize(given.get(name, 0), what=f"`{what}` of {name!r}") for name in q.names)


def _nearest(q: ParametricProgram, name: object) -> str:
    import difflib

    close = difflib.get_close_matches(str(name), q.names, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _start(q: ParametricProgram, at: ParametersGiven | None) -> Parameters:
    if at is None or isinstance(at, Mapping):
        return _parameters(q, at or {}, "at")
    if isinstance(at, str) or not hasattr(at, "__len__") or len(at) != q.n_parameters:
        raise InvalidInputError(
            f"`at` is {at!r}; a mapping from parameters to numbers is needed, or one number for "
            f"each of the {q.n_parameters} parameters."
        )
    return tuple(rationalize(v, what=f"at[{k}]") for k, v in enumerate(at))
