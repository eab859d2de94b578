"""The value function on a line by branch and cut: the result."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from tamemip.certificates import Over, SparseVector
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._lifted_search import LiftedSearch, LiftedState
from tamemip.value_functions._line_pieces import cells_of, in_users_terms
from tamemip.value_functions._line_value import LineValueFunction


def lifted_line_search(
    program: MixedIntegerProgram,
    direction: SparseVector,
    interval: tuple[Fraction, Fraction],
    *,
    limits: Limits,
    on_step: Callable[[LiftedState], None] | None = None,
) -> LineValueFunction:
    """The exact optimal value on a line, by trees over cuts, interval after interval.

    Parameters
    ----------
    program
        The program; its own right-hand side is at ``t = 0``.
    direction
        Pairs of a row index and its rate.
    interval
        First and last step.
    limits
        Of all the work; nodes are those of all trees.
    on_step
        Called with the state before every interval.

    Returns
    -------
    LineValueFunction
        The same function that the plain search gives; its proof has several trees.

    Raises
    ------
    UnsupportedError
        If the program is unbounded somewhere on the line.

    References
    ----------
    .. [1] M. Güzelsoy and T. K. Ralphs, "Duality for mixed-integer linear
       programs", International Journal of Operations Research 4 (2007), 118-137.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from tamemip.programs import MixedIntegerProgram
    >>> p = MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [0], upper=9)
    >>> end = Fraction(0), Fraction(10)
    >>> v = lifted_line_search(p, ((0, Fraction(1)),), end, limits=Limits())
    >>> v.is_certified, v.breakpoints
    (True, (Fraction(3, 1), Fraction(5, 1), Fraction(6, 1), Fraction(8, 1)))
    """
    lo, hi = interval
    base = list(program.exact.rhs)
    for i, rate in direction:
        base[i] += lo * rate
    search = LiftedSearch(
        program.with_rhs(base), direction, hi - lo, limits=limits, on_step=on_step
    )
    state = search.run()
    return lifted_value_function(program, direction, interval, state)


def lifted_value_function(
    program: MixedIntegerProgram,
    direction: SparseVector,
    interval: tuple[Fraction, Fraction],
    state: LiftedState,
) -> LineValueFunction:
    """What a search has found, in the user's terms."""
    sign = 1 if program.sense == "min" else -1
    cells = in_users_terms(cells_of(state.upper, state.open), interval[0], sign, program.offset)
    start = interval[0]
    return LineValueFunction(
        program,
        direction,
        interval,
        state.dual_function(program),
        tuple(state.parts),
        tuple(state.parts.values()),
        state.stopped,
        state.refinements,
        state.seconds,
        tuple(cells),
        cuts_over=tuple(
            Over(over.lo + start, over.hi + start, over.lo_closed, over.hi_closed)
            for _, over in state.trees
        ),
    )
