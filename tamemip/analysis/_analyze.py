"""`analyze`: everything that can be proved about a program, within limits."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast, final

from tamemip.analysis._checked import CheckedStatement, checked_statement
from tamemip.analysis._moves import Moves, Moving, moves_of
from tamemip.analysis._prices import shadow_prices
from tamemip.analysis._regularity import lipschitz_near_rhs
from tamemip.analysis._report import Point, Report, Stop, Timings
from tamemip.analysis._tameness import Tameness, tameness_of
from tamemip.analysis._value_report import ValueReport, value_report
from tamemip.arithmetic import Number
from tamemip.certificates import Bound
from tamemip.duality import (
    DualFunction,
    InfeasibleSubset,
    TightPoint,
    dual_function,
    infeasible_subset,
)
from tamemip.errors import InvalidInputError, SolverError, TameMIPError, UnsupportedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, Status, incumbent, rounded_point
from tamemip.value_functions import CostRanges, cost_ranges

if TYPE_CHECKING:
    from tamemip.analysis._prices import ShadowPrices
    from tamemip.differentiation import LipschitzVerdict

#: Share of the time that the dual function may take.
_SEARCH_SHARE = 0.9
#: The same where a value function is asked for, which then gets that share of the rest.
_SHARE_BESIDE = 0.5
#: Share of the rest that the prices of the rows get; the ranges of the costs come after them.
_PRICE_SHARE = 0.75
#: Without a limit of the user, prices take so many seconds, or as long as the dual function took.
_PRICE_SECONDS = 5.0
#: Seconds for a feasible point, when the search has ended without a value.
_POINT_SECONDS = 2.0
#: Seconds for a small set of rows and bounds that contradict each other.
_CONFLICT_SECONDS = 20.0
#: Nodes for the exact continuous part of such a point.
_POINT_NODES = 200


def analyze(
    program: MixedIntegerProgram,
    *,
    limits: Limits | None = None,
    progress: bool = False,
    rows: Sequence[str | int] | None = None,
    along: Moving | None = None,
    along_cost: Moving | None = None,
    interval: Sequence[Number] | None = None,
) -> Report:
    """Solve a program, price its rows and columns, and have the proof checked.

    The dual function is built at the program's right-hand side, its certificate is
    checked, and one-sided prices are derived from it. The definability of the optimal value
    in the right-hand side is certified besides. An infeasible program gets a
    small set of rows and bounds that contradict each other, an unbounded one a ray.

    Parameters
    ----------
    program
        Any mixed-integer linear program with rational data.
    limits
        Limits of the whole work. At a limit, or after Ctrl-C, the report holds what is
        proved so far: look at `Report.status` and `Report.stopped`.
    progress
        Show what is going on, on a terminal.
    rows
        Names or indices of the rows to price; all if None, no prices at all if empty.
    along, along_cost
        The row whose right-hand side (the column whose cost) moves: the report then has
        the exact value function. Or several, as a mapping to their rates.
    interval
        For those: the first and the last right-hand side (or cost) itself; for a mapping
        the first and the last step ``t``, counted from the program's own data.

    Returns
    -------
    Report
        The report; ``to_json()`` and ``to_html()`` write it down.

    Raises
    ------
    InvalidInputError
        If a row or column is unknown, or the interval is none.

    Notes
    -----
    Without a time limit the prices take at most as long as the dual function did, and
    at least five seconds. Certificates of more than 0.4 megabytes are checked by the fast
    checker; `CheckedStatement.checker` says which one it was.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [7], upper=10)
    >>> report = tm.analyze(p)
    >>> report.status, report.value, report.checked.checker
    (Status.OPTIMAL, Fraction(5, 1), 'standard')
    """
    if not isinstance(program, MixedIntegerProgram):
        raise InvalidInputError(
            f"analyze needs a MixedIntegerProgram, not {type(program).__name__}; read one with "
            "tamemip.read or build it with MixedIntegerProgram.from_arrays."
        )
    chosen = None if rows is None else tuple(program.row_index(row) for row in rows)
    moves = None
    if any(given is not None for given in (along, along_cost, interval)):
        moves = moves_of(program, along=along, along_cost=along_cost, interval=interval)
    return _Analysis(program, limits or Limits(), progress, chosen, moves).run()


@final
class _Analysis:
    """One call of `analyze`: the stages, one after the other."""

    def __init__(
        self,
        program: MixedIntegerProgram,
        limits: Limits,
        progress: bool,
        rows: tuple[int, ...] | None,
        moves: Moves | None,
    ) -> None:
        self._program, self._limits, self._progress, self._rows = program, limits, progress, rows
        self._moves = moves
        self._began = time.monotonic()
        self._stopped: Stop | None = None
        self._notes: list[str] = []
        self._point: Point | None = None

    def run(self) -> Report:
        function = self._build()
        if function is not None and not function.is_tight:
            function = self._tightened(function)
        built = self._spent()
        status, value, point, ray = self._outcome(function)
        value_function = self._follow(status)
        followed = self._spent()
        prices = self._price(function) if status is Status.OPTIMAL else None
        subset = self._conflict(function) if status is Status.INFEASIBLE else None
        ranges = self._range_costs(function) if prices is not None else None
        priced = self._spent()
        if prices is not None:
            function = prices.dual_function
        tameness = self._certify()
        certified = self._spent()
        checked = None if function is None else self._check(function)
        total = self._spent()
        return Report(
            program=self._program,
            source=None,
            status=status,
            value=value,
            bound=self._worst if function is None else function.value,
            point=point,
            ray=ray,
            dual_function=function,
            checked=checked,
            tameness=tameness,
            lipschitz=None if prices is None else self._regularity(prices),
            prices=prices,
            cost_ranges=ranges,
            value_function=value_function,
            infeasible_subset=subset,
            timings=Timings(built, followed - built, priced - followed, total - certified, total),
            stopped=self._stopped,
            notes=tuple(self._notes),
        )

    # -- time ------------------------------------------------------------------------

    def _spent(self) -> float:
        return time.monotonic() - self._began

    def _share(self, share: float) -> Limits:
        seconds = self._limits.seconds
        left = None if seconds is None else max(0.0, share * (seconds - self._spent()))
        return Limits(left, self._limits.nodes, self._limits.gap, self._limits.memory_mb)

    def _interrupted(self, what: str) -> None:
        self._stopped = "interrupted"
        self._notes.append(f"{what}: interrupted.")

    # -- stages ----------------------------------------------------------------------

    def _build(self) -> DualFunction | None:
        try:
            function = dual_function(
                self._program,
                method="branch-and-bound",
                limits=self._share(_SEARCH_SHARE if self._moves is None else _SHARE_BESIDE),
                progress=self._progress,
            )
        except KeyboardInterrupt:
            return self._build_quickly()
        stop = function.report.stopped
        if stop == "interrupted" or not function.is_tight:
            self._stopped = cast("Stop | None", stop)
        if stop == "interrupted" and function.value == self._worst:
            # Proofs in haste may have left nothing at some leaf.
            relaxation = self._build_quickly()
            return function if relaxation is None else function | relaxation
        return function

    def _build_quickly(self) -> DualFunction | None:
        """The relaxation alone, after an interrupt at a moment that left nothing else."""
        self._stopped = "interrupted"
        try:
            return dual_function(self._program, method="linear")
        except KeyboardInterrupt:
            return None

    def _tightened(self, function: DualFunction) -> DualFunction:
        """Look for a point: one that attains the bound proves the optimum after all."""
        self._point = self._feasible_point()
        if self._point is None:
            return function
        value = self._program.objective(self._point)
        if value != function.value:
            return function
        if self._stopped != "interrupted":
            self._stopped = None
        tight = TightPoint(self._program.exact.rhs, self._point, value)
        return replace(function, tight_points=(*function.tight_points, tight))

    @property
    def _worst(self) -> Bound:
        """The bound that is always true."""
        return -math.inf if self._program.sense == "min" else math.inf

    def _outcome(
        self, function: DualFunction | None
    ) -> tuple[Status, Bound | None, Point | None, Point | None]:
        """Status, value, point and ray, as far as they are proved."""
        if function is None or not function.is_tight:
            point = self._point
            value = None if point is None else self._program.objective(point)
            return Status.LIMIT, value, point, None
        tight = function.tight_point(self._program.exact.rhs)
        if tight.point is None:
            return Status.INFEASIBLE, -self._worst, None, None
        if tight.ray is not None:
            return Status.UNBOUNDED, self._worst, tight.point, tight.ray
        return Status.OPTIMAL, tight.value, tight.point, None

    def _feasible_point(self) -> Point | None:
        """The best exactly feasible point that a solver helps to find in little time."""
        patience = _POINT_SECONDS if self._stopped != "interrupted" else _POINT_SECONDS / 2
        left = self._share(1.0).seconds
        try:
            claim = incumbent(
                self._program, seconds=patience if left is None else min(patience, left)
            )
            if claim.point is None:
                return None
            return rounded_point(self._program, claim) or self._completed(claim.point.tolist())
        except KeyboardInterrupt:
            self._stopped = "interrupted"
        except SolverError as error:
            self._notes.append(f"no feasible point was looked for: {error}")
        return None

    def _completed(self, near: Sequence[float]) -> Point | None:
        """The integer part of a point with the best continuous part, in exact arithmetic."""
        integer = self._program.exact.integer
        try:
            fixed = self._program.fix({j: round(near[j]) for j, flag in enumerate(integer) if flag})
        except InvalidInputError:
            return None
        function = dual_function(
            fixed, method="branch-and-bound", limits=Limits(nodes=_POINT_NODES)
        )
        return function.tight_point(fixed.exact.rhs).point if function.is_tight else None

    def _follow(self, status: Status) -> ValueReport | None:
        """The value function, if one was asked for."""
        if self._moves is None:
            return None
        if self._stopped == "interrupted":
            self._interrupted("the value function was not looked for")
            return None
        if status is Status.UNBOUNDED:
            self._notes.append("the value function was not looked for: the program is unbounded.")
            return None
        limits = self._share(_SHARE_BESIDE)
        try:
            found = value_report(self._program, self._moves, limits=limits, progress=self._progress)
        except KeyboardInterrupt:
            self._interrupted("the value function was not looked for")
            return None
        except UnsupportedError as error:
            self._notes.append(f"there is no value function: {error}")
            return None
        self._stopped = found.stopped or self._stopped
        return found

    def _price(self, function: DualFunction | None) -> ShadowPrices | None:
        if function is None or not function.is_tight or self._rows == ():
            return None
        try:
            if self._stopped == "interrupted":
                raise KeyboardInterrupt
            prices = shadow_prices(
                self._program,
                rows=self._rows,
                F=function,
                limits=self._patience(_PRICE_SHARE),
                progress=self._progress,
            )
        except KeyboardInterrupt:
            self._interrupted("the rows were not priced")
            return None
        self._note_unproved(prices)
        return prices

    def _range_costs(self, function: DualFunction | None) -> CostRanges | None:
        """How far each cost may go before the point is not optimal any more."""
        try:
            if self._stopped == "interrupted":
                raise KeyboardInterrupt
            found = cost_ranges(
                self._program, F=function, limits=self._patience(1.0), progress=self._progress
            )
        except KeyboardInterrupt:
            self._interrupted("the costs were not ranged")
            return None
        missing = sum(not entry.is_proved for entry in found)
        if missing:
            more = "" if self._limits.seconds is not None else "; a time limit gives them more time"
            self._notes.append(f"{missing} of {len(found)} cost ranges are not proved{more}.")
        if found.stopped == "interrupted":
            self._stopped = "interrupted"
        return found

    def _patience(self, share: float) -> Limits:
        """What is left of the user's time; without any limit, not longer than is reasonable."""
        left = self._share(share)
        if left.seconds is not None:
            return left
        return replace(left, seconds=max(_PRICE_SECONDS, self._spent()))

    def _note_unproved(self, prices: ShadowPrices) -> None:
        missing = 2 * len(prices) - prices.n_proved
        if missing:
            more = "" if self._limits.seconds is not None else "; a time limit gives them more time"
            self._notes.append(f"{missing} of {2 * len(prices)} prices are not proved{more}.")
        if prices.is_interrupted:
            self._stopped = "interrupted"
        elif missing and self._share(1.0).seconds == 0.0:
            self._stopped = "seconds"

    def _conflict(self, function: DualFunction | None) -> InfeasibleSubset | None:
        if self._stopped == "interrupted":
            return None
        seconds = self._share(1.0).seconds
        limits = Limits(_CONFLICT_SECONDS if seconds is None else min(seconds, _CONFLICT_SECONDS))
        try:
            return infeasible_subset(self._program, F=function, limits=limits)
        except KeyboardInterrupt:
            self._interrupted("no infeasible subset was looked for")
            return None

    def _certify(self) -> Tameness | None:
        """The verdict on the optimal value, as a function of the right-hand side."""
        try:
            if self._stopped == "interrupted":
                raise KeyboardInterrupt
            return tameness_of(self._program)
        except KeyboardInterrupt:
            self._interrupted("definability was not looked for")
        except TameMIPError as error:
            self._notes.append(f"definability is not decided: {error}")
        return None

    def _regularity(self, prices: ShadowPrices) -> LipschitzVerdict | None:
        """Whether the optimal value is Lipschitz near the right-hand side."""
        try:
            if self._stopped != "interrupted":
                return lipschitz_near_rhs(self._program, prices, self._share(1.0))
        except KeyboardInterrupt:
            self._interrupted("whether the value is Lipschitz was not decided")
        return None

    def _check(self, function: DualFunction) -> CheckedStatement | None:
        try:
            return checked_statement(function.certificate, self._program)
        except KeyboardInterrupt:
            self._interrupted("the certificate was not checked")
        return None
