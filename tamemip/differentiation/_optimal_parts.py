"""All optimal integer parts of a program, proved."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.certificates import Bound
from tamemip.differentiation._optimal_parts_cuts import with_cuts
from tamemip.differentiation._optimal_parts_rays import free_ray, is_improving
from tamemip.differentiation._optimal_parts_search import IntegerPart, PartSearch, Watch
from tamemip.duality import optimum
from tamemip.errors import InvalidInputError, SolverError, UnsupportedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._terminal_line import terminal_line

if TYPE_CHECKING:
    from tamemip.duality._relaxation import Point

#: Share of the time that a solver may take to look for a good point.
_SOLVER_SHARE = 3
#: Nodes before cuts are looked for, and the time for these: a multiple of what was spent
#: before, within seconds.
_FIRST_NODES, _CUTS_SHARE, _MOST_SECONDS = 200, 2.0, 10.0


@final
@dataclass(frozen=True, slots=True, repr=False)
class OptimalParts:
    """The optimal integer parts of a program.

    Attributes
    ----------
    value
        The optimal value, in the user's orientation with the constant: infinite if the
        program is infeasible or unbounded. While `is_proved` is False it is the value of
        the best feasible point known, or None.
    bound
        What the value is proved to be no better than; the value itself where it is proved.
    parts
        Values of the integer columns, in column order: every one is the integer part of an
        optimal point. Sorted; empty while the value is not proved.
    columns
        The integer columns.
    is_complete
        True if no other integer part is optimal: this is proved, like everything else here.
    why
        Why the list is complete, or what kept it from being so.
    ray
        An integral direction with which every optimal point gives infinitely many others,
        or None.
    symmetric_classes
        How many of the parts are left if those are counted once that differ by exchanging
        identical columns only.
    nodes, seconds
        What it took.
    """

    value: Bound | None
    bound: Bound
    parts: tuple[IntegerPart, ...]
    columns: tuple[int, ...]
    is_complete: bool
    why: str
    ray: tuple[Fraction, ...] | None
    symmetric_classes: int
    nodes: int
    seconds: float

    @property
    def is_proved(self) -> bool:
        """Whether the value is proved."""
        return self.value == self.bound

    def __repr__(self) -> str:
        count = len(self.parts)
        words = f"{count} part{'s' * (count != 1)}{'' if self.is_complete else ' or more'}"
        return f"OptimalParts({words}, value={self.value})"

    def __str__(self) -> str:
        lines = [f"{self!r}: {self.why}"]
        lines += [f"  {part}" for part in self.parts[:20]]
        if len(self.parts) > 20:
            lines.append(f"  and {len(self.parts) - 20} more")
        return "\n".join(lines)


def optimal_parts(
    program: MixedIntegerProgram,
    *,
    limits: Limits | None = None,
    limit: int = 1000,
    progress: bool = False,
) -> OptimalParts:
    """Find every integer part that belongs to an optimal point, with proof.

    The integer parts of a program ``min {c x : A x (<=, =, >=) b, l <= x <= u}`` are the
    values of its integer columns; `S` is optimal if fixing them to `S` keeps the optimal
    value. A solver proposes a point, and branch and bound proposes boxes of integer parts;
    a box is dropped only if rational multipliers prove that all of it costs more than the
    best point, or that it is empty. What is never dropped is branched on to single parts,
    each solved exactly.

    Parameters
    ----------
    program
        The program.
    limits
        When to stop, by seconds or nodes; the list is then a part of the truth, and says so.
    limit
        List at most so many parts.
    progress
        Show a line on the terminal.

    Returns
    -------
    OptimalParts
        Infeasible and unbounded programs have an infinite value and no part. Ctrl-C stops
        early and keeps what is proved.

    Raises
    ------
    InvalidInputError
        If `limit` is not positive.

    Notes
    -----
    Along a ray of the recession cone that costs nothing and moves integer columns there is
    no end of optimal parts [1]_. Such a ray is looked for first; then only the value is
    proved, and the list holds the parts met on the way.

    References
    ----------
    .. [1] R. R. Meyer, "On the existence of optimal solutions to integer and mixed-integer
       programming problems", Mathematical Programming 7 (1974), 223-235.

    Examples
    --------
    >>> from tamemip.programs import MixedIntegerProgram
    >>> p = MixedIntegerProgram.from_arrays([7, 9, 2, 15], [[3, 4, 1, 7]], "<=", [10], sense="max")
    >>> found = optimal_parts(p)
    >>> found.value, found.parts
    (Fraction(23, 1), ((2, 1, 0, 0), (3, 0, 1, 0)))
    >>> found.is_complete
    True
    """
    if limit < 1:
        raise InvalidInputError(f"limit is {limit!r}; at least one part has to be listed.")
    began = time.monotonic()
    limits = Limits() if limits is None else limits
    with terminal_line(progress, _words, start="asking a solver") as watch:
        search = PartSearch(program, limit=limit)
        ray = search.improving_ray()
        if ray is not None and is_improving(program, ray):
            return _unbounded(program, ray, limits, began)
        free = free_ray(program)
        if free is not None:
            search.prove_value_only()
        _ask_solver(program, search, limits)
        search = _finished(program, search, limits, began, watch)
    return _answer(program, search, free, limit, began)


def _finished(
    program: MixedIntegerProgram,
    search: PartSearch,
    limits: Limits,
    began: float,
    watch: Watch,
) -> PartSearch:
    """A short search without cuts, then one with cuts if the value is still not proved."""
    deadline = _deadline(limits, began)
    most = _most_nodes(limits)
    search.run(deadline=deadline, max_nodes=min(most, _FIRST_NODES), watch=watch)
    if search.stopped != "nodes" or most <= _FIRST_NODES:
        return search
    if not search.is_proved:
        try:
            search = _with_cuts(program, search, deadline, began)
        except KeyboardInterrupt:
            search.stopped = "interrupted"
            return search
    search.stopped = None
    search.run(deadline=deadline, max_nodes=most, watch=watch)
    return search


def _with_cuts(
    program: MixedIntegerProgram, search: PartSearch, deadline: float, began: float
) -> PartSearch:
    """A new search over cuts that starts with what is known; the old one if there are none."""
    now = time.monotonic()
    seconds = min(_MOST_SECONDS, _CUTS_SHARE * (now - began), max(deadline - now, 0.0) / 3)
    extended = with_cuts(program, search.incumbent, seconds=seconds)
    if extended is None:
        return search
    after = PartSearch(extended, limit=search.limit)
    after.adopt(search)
    return after


def _words(nodes: int, left: int, found: int) -> str:
    return f"optimal parts: {nodes} nodes, {left} open, {found} found"


def _deadline(limits: Limits, began: float) -> float:
    return math.inf if limits.seconds is None else began + limits.seconds


def _most_nodes(limits: Limits) -> float:
    return math.inf if limits.nodes is None else limits.nodes


def _ask_solver(program: MixedIntegerProgram, search: PartSearch, limits: Limits) -> None:
    """A good point saves most of the work; the proof does not need one."""
    seconds = None if limits.seconds is None else limits.seconds / _SOLVER_SHARE
    try:
        found = optimum(program, program.exact.rhs, Limits(seconds=seconds))
    except (SolverError, UnsupportedError):
        return
    except KeyboardInterrupt:
        search.stopped = "interrupted"
        return
    if found is not None:
        search.offer(found)


def _unbounded(
    program: MixedIntegerProgram, ray: Point, limits: Limits, began: float
) -> OptimalParts:
    """A program whose relaxation improves forever: unbounded, unless no point is feasible."""
    still = program.with_cost([0] * program.n_cols)
    search = PartSearch(still, limit=1)
    search.prove_value_only()
    search.stops_at_first = True
    _ask_solver(still, search, limits)
    search.run(deadline=_deadline(limits, began), max_nodes=_most_nodes(limits))
    worst, best = _infinities(program)
    columns = tuple(int(j) for j in search.relaxation.integers)
    value: Bound | None = worst if search.is_proved else None
    why = "the program is infeasible" if search.is_proved else _what_stopped(search)
    if search.best is not None:
        value, why = best, "the program is unbounded: no integer part is optimal"
    return OptimalParts(
        value=value,
        bound=best if value is None else value,
        parts=(),
        columns=columns,
        is_complete=value is not None,
        why=why,
        ray=None if search.best is None else tuple(ray),
        symmetric_classes=0,
        nodes=search.nodes,
        seconds=time.monotonic() - began,
    )


def _answer(
    program: MixedIntegerProgram,
    search: PartSearch,
    free: Point | None,
    limit: int,
    began: float,
) -> OptimalParts:
    worst, best = _infinities(program)
    sign = 1 if program.sense == "min" else -1

    def users(cost: Fraction) -> Fraction:
        return sign * cost + program.offset

    is_proved = search.is_proved
    value: Bound | None = None if search.best is None else users(search.best)
    if is_proved and value is None:
        value = worst
    bound = best if search.bound is None else users(search.bound)
    parts = tuple(sorted(search.parts))[:limit] if is_proved else ()
    has_parts = free is not None and bool(parts)
    is_complete = is_proved and (search.best is None or search.is_complete)
    return OptimalParts(
        value=value,
        bound=value if is_proved and value is not None else bound,
        parts=parts,
        columns=tuple(int(j) for j in search.relaxation.integers),
        is_complete=is_complete,
        why=_why(search, free if has_parts else None, limit, is_complete=is_complete),
        ray=free if has_parts else None,
        symmetric_classes=_count_classes(program, search.relaxation.integers.tolist(), parts),
        nodes=search.nodes,
        seconds=time.monotonic() - began,
    )


def _infinities(program: MixedIntegerProgram) -> tuple[float, float]:
    """The value of an infeasible program, and of an unbounded one."""
    return (math.inf, -math.inf) if program.sense == "min" else (-math.inf, math.inf)


def _why(search: PartSearch, free: Point | None, limit: int, *, is_complete: bool) -> str:
    if is_complete and search.best is None:
        return "the program is infeasible"
    if is_complete:
        return "every other integer part is proved infeasible or worse"
    if not search.is_proved:
        return _what_stopped(search)
    if free is not None:
        return (
            "there are infinitely many optimal parts: integral multiples of `ray` lead from one "
            "to the next. Bound the integer columns to list them"
        )
    if search.is_overfull:
        return f"there are more than limit={limit} optimal parts. Raise `limit` to list them"
    return _what_stopped(search)


def _what_stopped(search: PartSearch) -> str:
    """What kept the search from its end, in words."""
    what = (
        "the value is proved, the list is not finished"
        if search.is_proved
        else ("the value is not proved")
    )
    match search.stopped:
        case "seconds" | "nodes":
            return f"{what}: the limit on {search.stopped} was reached. Raise it to go on"
        case "interrupted":
            return f"{what}: the search was interrupted"
        case "unbounded":
            return f"{what}: the tree may have no end. Bound the integer columns"
        case _:
            return f"{what}: an integer part was too large for exact arithmetic. Rescale the rows"


def _count_classes(
    program: MixedIntegerProgram, columns: Sequence[int], parts: Sequence[IntegerPart]
) -> int:
    """Parts, up to exchanges of identical integer columns."""
    places: dict[object, list[int]] = {}
    exact = program.exact
    for k, j in enumerate(columns):
        key = (exact.A.columns[j], exact.c[j], exact.lower[j], exact.upper[j])
        places.setdefault(key, []).append(k)

    def normal(part: IntegerPart) -> Iterator[tuple[int, ...]]:
        return (tuple(sorted(part[k] for k in alike)) for alike in places.values())

    return len({tuple(normal(part)) for part in parts})
