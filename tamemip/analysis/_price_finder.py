"""Finding shadow prices: the value first, then every row's two sides."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import final

from tamemip.analysis._price_ends import with_exact_ends
from tamemip.analysis._price_entries import ColumnPrice, Proof, RowPrice
from tamemip.analysis._side import Side, sides
from tamemip.analysis._side_proofs import SideProof, SideProver
from tamemip.certificates import Bound
from tamemip.duality import DualFunction, InfeasibleSubset, dual_function, infeasible_subset
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, Status, relaxation_duals

Duals = Mapping[int, Fraction]
#: The reason of infeasibility is looked for at most so many seconds.
_REASON_SECONDS = 20.0
#: Share of the time in which one dual function proves all sides that it can.
_SIDES_SHARE = 0.7
#: Without a time limit the ends of the ranges are looked for so many seconds at least.
_END_SECONDS = 5.0


@final
@dataclass(frozen=True, slots=True)
class Found:
    """Everything that a table of prices shows."""

    status: Status
    value: Bound | None
    rows: tuple[RowPrice, ...]
    columns: tuple[ColumnPrice, ...]
    dual_function: DualFunction
    reason: InfeasibleSubset | None = None
    ray: tuple[Fraction, ...] | None = None
    is_interrupted: bool = False


@final
class PriceFinder:
    """One computation of a table of shadow prices."""

    def __init__(
        self,
        program: MixedIntegerProgram,
        F: DualFunction | None,
        limits: Limits,
        *,
        progress: bool,
        executor: Executor | None = None,
    ) -> None:
        self._program, self._limits, self._progress = program, limits, progress
        self._executor = executor
        self._began = time.monotonic()
        self._sign = 1 if program.sense == "min" else -1
        self._F = self._tight(F)
        self._lp_duals = relaxation_duals(program)

    def find(self, rows: Sequence[int]) -> Found:
        """The table, whatever the program turns out to be."""
        F = self._F
        if not F.is_tight:
            return Found(Status.LIMIT, None, self._unproved(rows), self._columns(None), F)
        tight = F.tight_point(self._program.exact.rhs)
        if tight.point is None:
            value = self._sign * math.inf
            return Found(Status.INFEASIBLE, value, (), (), F, reason=self._reason())
        if tight.value is None:
            return Found(Status.UNBOUNDED, -self._sign * math.inf, (), (), F, ray=tight.ray)
        with _status_line(self._progress) as on_step:
            prover = SideProver(F, self._share_of_sides(), on_step)
            proved = self._rows(prover, rows)
            is_interrupted = prover.dual_function.report.stopped == "interrupted"
            if not is_interrupted:
                proved, is_interrupted = with_exact_ends(
                    self._program,
                    proved,
                    value=tight.value,
                    seconds=self._seconds_for_ends(),
                    on_row=on_step,
                    executor=self._executor,
                )
        columns = self._columns(tight.point)
        F = prover.dual_function
        return Found(Status.OPTIMAL, tight.value, proved, columns, F, is_interrupted=is_interrupted)

    def _tight(self, F: DualFunction | None) -> DualFunction:
        if F is None:
            return dual_function(
                self._program,
                method="branch-and-bound",
                limits=self._limits,
                progress=self._progress,
            )
        rhs = self._program.exact.rhs
        return F.refine(at=rhs, limits=self._limits, progress=self._progress)

    def _left(self) -> Limits:
        return self._limits.after(time.monotonic() - self._began)

    def _share_of_sides(self) -> Limits:
        """What the dual function may take for the sides; the rest is for the ends."""
        left = self._left()
        if left.seconds is None:
            return left
        return replace(left, seconds=_SIDES_SHARE * left.seconds)

    def _seconds_for_ends(self) -> float:
        """What is left; without a limit as much as has been taken, and some seconds at least."""
        left = self._left().seconds
        return left if left is not None else max(_END_SECONDS, time.monotonic() - self._began)

    def _reason(self) -> InfeasibleSubset | None:
        left = self._left()
        seconds = _REASON_SECONDS if left.seconds is None else min(left.seconds, _REASON_SECONDS)
        return infeasible_subset(self._program, F=self._F, limits=Limits(seconds=seconds))

    # -- rows ----------------------------------------------------------------------

    def _rows(self, prover: SideProver, rows: Sequence[int]) -> tuple[RowPrice, ...]:
        fixed = self._fixed_duals(prover)
        activity = self._program.exact.A.times(prover.point)
        found = []
        for i in rows:
            left, right = ((side, prover.prove(side)) for side in sides(self._program.exact, i))
            found.append(self._row(i, activity[i], fixed, left, right))
        return tuple(found)

    def _fixed_duals(self, prover: SideProver) -> Duals | None:
        part = tuple(prover.point[j] for j in prover.restriction.integers)
        return prover.restriction.duals(part, prover.rhs)

    def _row(
        self,
        i: int,
        activity: Fraction | None,
        fixed: Duals | None,
        left: tuple[Side, SideProof | None] | None,
        right: tuple[Side, SideProof | None] | None,
    ) -> RowPrice:
        exact = self._program.exact
        slope_left, jump_left, low, proof_left = self._side(left)
        slope_right, jump_right, high, proof_right = self._side(right)
        return RowPrice(
            name=self._program.row_names[i],
            index=i,
            sense=exact.row_sense[i],
            rhs=exact.rhs[i],
            activity=activity,
            lp_dual=self._dual(self._lp_duals, i),
            fixed_dual=self._dual(fixed, i),
            slope_left=slope_left,
            slope_right=slope_right,
            jump_left=jump_left,
            jump_right=jump_right,
            low=low,
            high=high,
            low_is_exact=_is_exact(left),
            high_is_exact=_is_exact(right),
            proof_left=proof_left,
            proof_right=proof_right,
        )

    def _side(
        self, found: tuple[Side, SideProof | None] | None
    ) -> tuple[Bound | None, Bound | None, Bound | None, Proof]:
        """Slope, jump and end of the range in the user's sense, and how they are proved."""
        if found is None:
            return None, None, None, "claimed"
        side, proof = found
        if proof is None:
            return None, None, None, "proved at the point only"
        # t grows against the right-hand side on the left, costs are negated for max.
        slope = self._sign * side.sign * proof.slope
        return slope, self._sign * proof.jump, side.rhs + side.sign * proof.reach, "proved"

    def _dual(self, duals: Duals | None, i: int) -> Fraction | None:
        return None if duals is None else self._sign * duals.get(i, Fraction(0))

    def _unproved(self, rows: Sequence[int]) -> tuple[RowPrice, ...]:
        return tuple(self._row(i, None, None, None, None) for i in rows)

    # -- columns -------------------------------------------------------------------

    def _columns(self, point: Sequence[Fraction] | None) -> tuple[ColumnPrice, ...]:
        exact = self._program.exact
        return tuple(
            ColumnPrice(
                name=name,
                index=j,
                is_integer=exact.integer[j],
                cost=exact.c[j],
                value=None if point is None else point[j],
                cost_gradient=None if point is None else point[j],
                reduced_cost=self._reduced_cost(j),
            )
            for j, name in enumerate(self._program.col_names)
        )

    def _reduced_cost(self, j: int) -> Fraction | None:
        if self._lp_duals is None:
            return None
        exact, zero = self._program.exact, Fraction(0)
        priced = sum((v * self._lp_duals.get(i, zero) for i, v in exact.A.columns[j]), zero)
        return exact.c[j] - self._sign * priced


def _is_exact(found: tuple[Side, SideProof | None] | None) -> bool:
    """Whether the range of a side ends nowhere; only the value function can tell of the others."""
    if found is None or found[1] is None:
        return False
    return not isinstance(found[1].reach, Fraction)


@contextmanager
def _status_line(wanted: bool) -> Iterator[Callable[[str], None] | None]:
    """A callback that names the row at work on the terminal, or None."""
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.status import Status as Spinner

    with Spinner("shadow prices", console=Console(stderr=True)) as status:
        yield lambda row: status.update(f"shadow prices: row {row}")
