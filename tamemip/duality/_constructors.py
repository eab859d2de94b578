"""The door: `dual_function`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from tamemip.duality._builders import method_named, require_options
from tamemip.duality._dual_function import DualFunction
from tamemip.duality._progress import progress_line
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits

if TYPE_CHECKING:
    from tamemip.programs import Vector


def dual_function(
    program: MixedIntegerProgram,
    *,
    method: str = "auto",
    at: Vector | None = None,
    limits: Limits | None = None,
    progress: bool = False,
    form: Literal["implicit", "explicit"] | None = None,
    anchors: Sequence[Vector] | None = None,
    dualize: Sequence[str | int] | None = None,
) -> DualFunction:
    """A function that bounds the optimal value for every right-hand side.

    Parameters
    ----------
    program
        Any mixed-integer linear program with rational data.
    method
        How the function is made; see *Notes* for what each of them gives.
    at
        Right-hand side at which the function shall be strong; the program's own
        if None.
    limits
        Limits of the search. At a limit, or after Ctrl-C, the best valid function
        so far is returned: look at `DualFunction.is_tight` and `DualFunction.report`.
    progress
        Show a progress line on a terminal.
    form
        For ``"chvatal"``: ``"implicit"`` (the default) is
        ``F(b) = min {t : G(b, -t) <= 0}`` with a Chvátal function ``G``, evaluated by
        bisection; ``"explicit"`` is a Chvátal function proper, and larger.
    anchors
        For ``"chvatal"``: further right-hand sides at which it shall be strong.
    dualize
        For ``"lagrangian"``: names or indices of the rows that get a price; the others
        stay constraints. None prices all rows.

    Returns
    -------
    DualFunction
        Valid everywhere, with its certificate. For an infeasible program it is
        infinite at ``at``; for an unbounded one it is minus infinity (for ``min``).

    Raises
    ------
    InvalidInputError
        If the method is unknown, ``at`` does not fit, or an option belongs to another
        method.
    UnsupportedError
        If the method cannot serve this kind of program; the message says which can.

    Notes
    -----
    ============================  ===========================  ===========  ================
    method                        programs                     subadditive  equals v at `at`
    ============================  ===========================  ===========  ================
    ``"linear"``                  all                          yes          where the LP is
    ``"chvatal"``                 pure integer                 yes          yes
    ``"mir"``                     all                          yes          mixed 0-1: yes
    ``"branch-and-bound"``        all                          no           yes
    ``"branch-and-cut"``          all                          no           yes
    ``"group"``                   pure integer                 yes          deep in a cone
    ``"generator"``               pure, packing form           yes          often
    ``"lagrangian"``              all                          no           often
    ============================  ===========================  ===========  ================

    ``"auto"`` takes one of them and says why in `BuildReport.reason`. See
    `docs/theory/which-dual.md` for measurements.

    With ``c`` on integer columns only and all of them multiples of ``g``, functions are
    rounded up to multiples of ``g``: every attainable objective is one.

    References
    ----------
    .. [1] L. A. Wolsey, "Integer programming duality: price functions and
       sensitivity analysis", Mathematical Programming 20 (1981), 173-195.
    .. [2] C. E. Blair and R. G. Jeroslow, "The value function of an integer program",
       Mathematical Programming 23 (1982), 237-273.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([1], [[2]], [">="], [1], upper=1)
    >>> F = tm.dual_function(p, method="branch-and-bound")
    >>> [F.exact([d]) for d in (0, 1, 2, 3)]
    [Fraction(0, 1), Fraction(1, 1), Fraction(1, 1), inf]
    >>> G = tm.dual_function(p, method="chvatal")
    >>> print(G.in_rows)
    Chvátal function: 1 row, 2 nodes, 1 rounding, depth 1
      F = ⌈R0/2⌉
    >>> G.is_subadditive
    True
    """
    given = {"form": form, "anchors": anchors, "dualize": dualize}
    options = {name: value for name, value in given.items() if value is not None}
    found = method_named(method)
    require_options(method, options)
    if not isinstance(program, MixedIntegerProgram):
        raise InvalidInputError(
            f"dual_function needs a MixedIntegerProgram, not {type(program).__name__}; "
            "read one with tamemip.read or build it with MixedIntegerProgram.from_arrays."
        )
    rhs = program.exact.rhs if at is None else program.exact_rhs(at)
    if anchors is not None:
        options["anchors"] = tuple(program.exact_rhs(anchor) for anchor in anchors)
    with progress_line(progress) as watch:
        return found.load()(program, rhs, limits=limits or Limits(), watch=watch, **options)
