"""One-sided slopes, jumps and ranges of the value function along a row, with proof.

On ``b + t d`` a restriction gives an upper line, the points that attain it; the
dual function gives the same line from below on the set that `LineReading` reads
off. Where the two meet they are the value. Where they do not, the dual function
is refined at a point of the line and both are read again.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.analysis._side import Side
from tamemip.certificates import Bound
from tamemip.duality import (
    AFTER_ZERO,
    AT_THE_END,
    Cut,
    DualFunction,
    Gap,
    LeafLines,
    LineReading,
    Restriction,
    Target,
    UpperPiece,
    covered_first,
    covered_last,
    is_covered,
)
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits

#: The first look is this share of the right-hand side (or of the row's largest entry) away.
_FIRST_STEP = Fraction(1, 16)
#: Each further look is so many times nearer.
_NEARER = 16
#: So many looks for one side.
_LOOKS = 5
#: An upper line of a mixed program is taken from a basis this share away.
_BASIS_STEP = Fraction(1, 1000)
#: A finished proof is carried further once, while the tree is no larger than this.
_LARGE_TREE = 1_000
_ZERO = Fraction(0)


@final
@dataclass(frozen=True, slots=True)
class SideProof:
    """Proved: ``v(b + t d) = v(b) + jump + slope * t`` for ``0 < t < reach``; min orientation.

    An infinite ``jump`` says that there is no feasible point there.
    """

    jump: Bound
    slope: Bound
    reach: Bound
    is_cut_short: bool
    """Whether the dual function, not the feasible points, ends the range."""


@final
class SideProver:
    """Proves one side after another with one dual function that gets better on the way.

    Parameters
    ----------
    F
        A dual function that is tight, and finite, at the program's own right-hand side.
    limits
        Limits of all the work; nodes count for each refinement.
    on_step
        Called with a text before every refinement.
    """

    def __init__(
        self, F: DualFunction, limits: Limits, on_step: Callable[[str], None] | None = None
    ) -> None:
        self.dual_function = F
        self.program: MixedIntegerProgram = F.program
        self.rhs = F.program.exact.rhs
        self._limits, self._began = limits, time.monotonic()
        self._on_step = on_step
        self._restriction = Restriction(F.program)
        self._lines = LeafLines(F.program, self.rhs)
        self._points: dict[tuple[Fraction, ...], None] = {}
        self._tight: dict[tuple[int, int], dict[Fraction, Bound]] = {}
        self._reading: LineReading | None = None
        self.is_stopped = False
        tight = F.tight_point(self.rhs)
        assert tight.point is not None
        self.point = tight.point
        self.cost = self._cost(self.point)
        for known in F.tight_points:
            self._learn(known.point)

    @property
    def restriction(self) -> Restriction:
        """The program with its integers fixed, warm."""
        return self._restriction

    def prove(self, side: Side) -> SideProof | None:
        """The slope, jump and range of a side, or None within the limits."""
        step = self._scale(side)
        proof = self._read(side, step)
        for t in self._looks(side, step):
            if proof is not None or not self._refine(side, t):
                break
            proof = self._read(side, t)
        if proof is not None:
            proof = self._extended(side, proof)
        return proof

    # -- reading -------------------------------------------------------------------

    def _read(self, side: Side, step: Fraction) -> SideProof | None:
        pieces = self._pieces(side, step)
        if not pieces:
            empty = self._reach_of_infeasibility(side)
            if empty is None:
                return None
            return SideProof(math.inf, math.inf, empty[0], is_cut_short=False)
        best = min(pieces, key=lambda p: (p.cost, p.slope, -p.reach))
        lower = self._lower_reach(side, Target(best.cost, best.slope))
        if lower is None or lower <= AFTER_ZERO:
            return None
        reach = min(best.reach, lower[0])
        return SideProof(best.cost - self.cost, best.slope, reach, lower[0] < best.reach)

    def _pieces(self, side: Side, step: Fraction) -> list[UpperPiece]:
        parts = dict.fromkeys(
            tuple(point[j] for j in self._restriction.integers) for point in self._points
        )
        pieces = self._restriction.best_pieces(
            parts, self.rhs, side.direction, step=step * _BASIS_STEP
        )
        still = self._restriction.constant_piece(self.point, self.rhs, side.direction)
        return pieces if still is None else [*pieces, still]

    def _reach_of_infeasibility(self, side: Side) -> Cut | None:
        """How far there is no feasible point beyond ``t = 0``, or None if that is not proved."""
        if side.relaxes:
            return None
        if side.sense == "=" and side.spacing is not None:
            return side.next_multiple(AFTER_ZERO), 0  # between two multiples nothing is feasible
        return self._lower_reach(side, Target(math.inf, _ZERO))

    def _lower_reach(self, side: Side, target: Target) -> Cut | None:
        """How far from ``t = 0+`` on the value is proved to reach a line."""
        if target.slope == 0 and side.relaxes:
            return self._reach_relaxing(side, target)
        if target.slope == 0 and side.tightens:
            return AT_THE_END if self._holds_tightening(side, target) else None
        return covered_first(self._gaps(side, target))

    def _reach_relaxing(self, side: Side, target: Target) -> Cut | None:
        """The value falls as ``t`` grows: what is reached late is reached before."""
        reached = [(t, 1) for t, value in self._tight_on(side).items() if value >= target.value]
        cut = max([*reached, *filter(None, [covered_last(self._gaps(side, target))])], default=None)
        if side.spacing is None:
            return cut
        if cut is None and target.value != self.cost:
            return None
        return side.next_multiple(cut or AFTER_ZERO), 0

    def _holds_tightening(self, side: Side, target: Target) -> bool:
        """The value rises with ``t``: what is reached at ``t = 0+`` is reached ever after."""
        if target.value == self.cost:
            return True
        if side.spacing is not None:
            tight = self._tight_on(side).get(side.sample, -math.inf)
            return tight >= target.value or is_covered(self._gaps(side, target), side.sample)
        return covered_first(self._gaps(side, target)) is not None

    def _tight_on(self, side: Side) -> dict[Fraction, Bound]:
        """Values (min orientation) at the points of the line where the bound is tight."""
        return self._tight.get((side.row, side.sign), {})

    def _gaps(self, side: Side, target: Target) -> list[Gap]:
        if self._reading is None:
            self._reading = LineReading(self.dual_function, self._lines)
        return self._reading.gaps(side.direction, target)

    # -- refining ------------------------------------------------------------------

    def _looks(self, side: Side, step: Fraction) -> Iterator[Fraction]:
        """Where to refine, in order."""
        if side.spacing is not None:
            if side.tightens:
                yield side.sample
            return
        for _ in range(_LOOKS):
            yield step
            step /= _NEARER

    def _extended(self, side: Side, proof: SideProof) -> SideProof:
        """Carry a proof further where only the dual function cuts it short."""
        if not proof.is_cut_short or not isinstance(proof.reach, Fraction):
            return proof
        t = proof.reach if side.spacing is not None else _rounded(2 * proof.reach)
        if self.dual_function.n_leaves > _LARGE_TREE or not self._refine(side, t):
            return proof
        again = self._read(side, self._scale(side))
        return proof if again is None or again.reach <= proof.reach else again

    def _refine(self, side: Side, t: Fraction) -> bool:
        """Make the dual function tight at ``t`` on the line; False if that is over."""
        rhs = self._at(side, t)
        if self.is_stopped or rhs in self.dual_function.tight_at:
            return not self.is_stopped
        limits = self._limits.after(time.monotonic() - self._began)
        if limits.seconds is not None and limits.seconds <= 0:
            self.is_stopped = True
            return False
        if self._on_step is not None:
            self._on_step(self.program.row_names[side.row])
        F = self.dual_function.refine(at=rhs, limits=limits)
        self.dual_function, self._reading = F, None
        self.is_stopped = F.report.stopped == "interrupted"
        if rhs in F.tight_at:
            point = F.tight_point(rhs).point
            self._learn(point)
            value = math.inf if point is None else self._cost(point)
            self._tight.setdefault((side.row, side.sign), {})[t] = value
        return not self.is_stopped

    def _learn(self, point: tuple[Fraction, ...] | None) -> None:
        if point is not None:
            self._points[point] = None

    def _at(self, side: Side, t: Fraction) -> tuple[Fraction, ...]:
        rhs = list(self.rhs)
        rhs[side.row] += t * side.sign
        return tuple(rhs)

    def _scale(self, side: Side) -> Fraction:
        """A moderate step for a row."""
        entries = self.program.exact.A.rows[side.row]
        size = abs(side.rhs) or max((abs(v) for _, v in entries), default=Fraction(1))
        return _rounded(size * _FIRST_STEP)

    def _cost(self, point: Sequence[Fraction]) -> Fraction:
        sign = 1 if self.program.sense == "min" else -1
        return sign * (self.program.objective(point) - self.program.offset)


def _rounded(value: Fraction) -> Fraction:
    """A number of one or two digits nearby: right-hand sides stay short decimals."""
    return Fraction(f"{float(value):.1e}")
