"""The door: `pareto_frontier`."""

from __future__ import annotations

import time
from collections.abc import Sequence

from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._pareto_faces import search_faces
from tamemip.value_functions._pareto_frontier import ParetoFrontier
from tamemip.value_functions._pareto_line import search_line
from tamemip.value_functions._pareto_objectives import Costs, Objectives, read_objectives
from tamemip.value_functions._pareto_zones import search_zones


def pareto_frontier(
    program: MixedIntegerProgram,
    objectives: Sequence[Costs],
    *,
    limits: Limits | None = None,
    progress: bool = False,
) -> ParetoFrontier:
    """All nondominated outcomes of two or three objectives, exactly, with proof.

    Two objectives: let ``v(t)`` be the best ``c1 x`` over the feasible points with ``c2 x``
    equal to ``t`` or better. An outcome ``(z, t)`` is nondominated exactly if ``z = v(t)`` and
    ``v(s)`` is worse than ``v(t)`` for every ``s`` better than ``t`` [1]_ [2]_. So the exact
    value function on a line has the whole frontier in it: isolated points, closed and
    half-open segments.

    Three objectives without costs on continuous columns have finitely many nondominated
    outcomes: boxes that no known outcome dominates are searched until one dual function
    proves all of them empty [3]_. Others are read off the value function on a box: their
    frontiers have faces, too.

    Parameters
    ----------
    program
        The feasible points and the sense of all objectives. Its own objective is ignored,
        with its constant.
    objectives
        Two or three objectives, each a vector with one cost a column, or a mapping from
        some columns, by name or index, to costs.
    limits
        Limits of all the work; at a limit `ParetoFrontier.gaps` says what is left.
    progress
        Show a progress line on a terminal.

    Raises
    ------
    InvalidInputError
        If there are not two or three objectives, or one does not fit the columns.
    UnsupportedError
        If the program is infeasible, or an objective is unbounded: on either side, for
        the second and third of three.

    References
    ----------
    .. [1] S. Fallah, T. K. Ralphs and N. L. Boland, "On the relationship between the value
       function and the efficient frontier of a mixed integer linear optimization problem",
       Mathematical Methods of Operations Research 100 (2024), 175-220.
    .. [2] A. Hassanzadeh and T. K. Ralphs, "On the value function of a mixed integer
       linear optimization problem and an algorithm for its construction", COR@L
       Technical Report 14T-004, Lehigh University (2014).
    .. [3] K. Klamroth, R. Lacour and D. Vanderpooten, "On the representation of the search
       region in multi-objective optimization", European Journal of Operational Research
       245 (2015), 767-778.

    Examples
    --------
    A small covering problem, whose last column is continuous:

    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays(
    ...     [0, 0, 0], [[2, 3, 1]], ">=", [4], upper=[2, 1, 1], integrality=[True, True, False]
    ... )
    >>> print(tm.pareto_frontier(p, objectives=[[1, 4, 1], [3, 2, -1]]))
    ParetoFrontier(min, 2 objectives, 1 isolated point, 1 segment, certified)
      [(2, 6), (3, 5)]: segment
      (5, 1): supported
    """
    if not isinstance(program, MixedIntegerProgram):
        raise InvalidInputError(
            f"pareto_frontier needs a MixedIntegerProgram, not {type(program).__name__}."
        )
    several = read_objectives(program, objectives)
    if len(several.costs) == 2:
        return _two(several, limits or Limits(), progress)
    return _three(several, limits or Limits(), progress)


def _two(several: Objectives, limits: Limits, progress: bool) -> ParetoFrontier:
    began = time.monotonic()
    found = search_line(several, limits, progress=progress)
    return ParetoFrontier(
        several.program,
        several.costs,
        found.stopped,
        time.monotonic() - began,
        found.value_function,
        tuple(best.dual_function for best in found.best),
        (),
        (0, 0),
        found.pieces,
        (),
    )


def _three(several: Objectives, limits: Limits, progress: bool) -> ParetoFrontier:
    if any(several.granularity(k) is None for k in range(3)):
        return _three_mixed(several, limits, progress)
    began = time.monotonic()
    found = search_zones(several, limits, progress=progress)
    return ParetoFrontier(
        several.program,
        several.costs,
        found.stopped,
        time.monotonic() - began,
        None,
        (found.dual_function,),
        found.zones,
        found.solves,
        found.pieces,
        tuple(found.met.items()),
    )


def _three_mixed(several: Objectives, limits: Limits, progress: bool) -> ParetoFrontier:
    began = time.monotonic()
    found = search_faces(several, limits, progress=progress)
    V = found.value_function
    return ParetoFrontier(
        several.program,
        several.costs,
        found.stopped,
        time.monotonic() - began,
        V,
        found.proofs if V is None else (V.dual_function, *found.proofs),
        (),
        (0, 0),
        found.pieces,
        (),
    )
