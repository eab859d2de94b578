"""Cuts for an interval of a line: found at its middle, and how much they lose around it."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.certificates import Over, SparseVector
from tamemip.duality import (
    Cut,
    CutFinder,
    CutRow,
    Incumbent,
    NoInequalityError,
    cut_rows,
    enough_value,
    moved,
)
from tamemip.errors import UnsupportedError
from tamemip.functions import Ceil, MixedIntegerRounding, Node, exact_values
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine, LPStatus
from tamemip.value_functions._lifted_rows import MovingProgram, moving_program

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Seconds for the search for cuts in one interval, at most, and lists of cuts looked at.
_SECONDS, _LISTS = 5.0, 2
#: Where the relaxation is solved, as shares of an interval.
_PLACES = (Fraction(1, 16), Fraction(1, 2), Fraction(15, 16))
#: Multipliers of this size are none.
_NO_WEIGHT = 1e-9
#: More cuts are looked for where the known ones close less than this share of what cuts
#: have closed of the gap elsewhere; an interval is split at once where its cuts lose more
#: than this share of what they close in its middle.
_WORTH, _LOST = 0.9, 0.4
#: A share of this size is no loss.
_LITTLE = 0.05
#: Cuts that are handed on, at most.
_MOST = 300
#: A split is no nearer to an end than this share of an interval.
_MARGIN = Fraction(1, 10)


@final
@dataclass(frozen=True, slots=True)
class CutsInInterval:
    """Cuts of use in an interval.

    Attributes
    ----------
    rows
        Those that hold something in the interval.
    known
        Those that may be of use in parts of it.
    split
        None, or where to split it at once, since the cuts lose too much on the whole.
    is_lossless
        Whether the cuts are as good in the interval as in its middle alone.
    """

    rows: tuple[CutRow, ...]
    known: tuple[CutRow, ...]
    split: Cut | None = None
    is_lossless: bool = False


@final
class CutSource:
    """Finds cuts of a program along a line.

    Parameters
    ----------
    program, direction
        The line; the program's own right-hand side is its start.
    """

    def __init__(self, program: MixedIntegerProgram, direction: SparseVector) -> None:
        self._program, self._direction = program, direction
        self._form = program.canonical()
        # From costs of points to those of the canonical form.
        self._shift = float(self._form.sign * (self._form.offset - program.offset))
        self._rows: dict[Node, CutRow | None] = {}
        self._closed = 0.0

    def near(
        self, known: Sequence[CutRow], over: Over, incumbent: Incumbent | None, *, deadline: float
    ) -> CutsInInterval:
        """Cuts for an interval, strong in its middle.

        Parameters
        ----------
        known
            Cuts that may be of use.
        over
            The interval.
        incumbent
            A good point in its middle.
        deadline
            On the clock of `time.monotonic`.
        """
        t = (over.lo + over.hi) / 2
        middle = Over(t, t, True, True)
        plain, _ = _solved(moving_program(self._program, self._direction, (), middle), t)
        enough = enough_value(self._program, incumbent) + self._shift
        if plain >= enough:
            return CutsInInterval((), tuple(known))
        held, value = self._held(known, middle)
        if _share(value - plain, enough - plain) < min(1.0, _WORTH * self._closed or 1.0):
            more = self._found(over, incumbent, deadline)
            known = tuple({row.node: row for row in (*known, *more)}.values())
            held, value = self._held(known, middle)
        self._closed = max(self._closed, _share(value - plain, enough - plain))
        moving = self._moving(known, over)
        if moving is None:
            return CutsInInterval((), ())
        inside, _ = _solved(moving, t)
        goal = min(value, enough)
        lost = _share(goal - inside, goal - plain)
        cut = self._best_split(held, moving) if lost > _LOST else None
        is_lossless = incumbent is not None and lost <= _LITTLE
        return CutsInInterval(_holding(moving), tuple(known)[-_MOST:], cut, is_lossless)

    def _held(self, rows: Sequence[CutRow], middle: Over) -> tuple[dict[CutRow, float], float]:
        """Cuts with their multipliers at one step, and the value of the relaxation there."""
        moving = self._moving(rows, middle)
        if moving is None:
            return {}, -math.inf
        value, duals = _solved(moving, middle.lo)
        if duals is None:
            return {}, value
        weights = np.abs(duals[self._program.n_rows :])
        used = np.flatnonzero(weights > _NO_WEIGHT).tolist()
        return {rows[k]: float(weights[k]) for k in used}, value

    def _moving(self, rows: Sequence[CutRow], over: Over) -> MovingProgram | None:
        try:
            return moving_program(self._program, self._direction, rows, over)
        except UnsupportedError:  # some cut is made of more than sums and roundings
            return None

    # -- finding ---------------------------------------------------------------------

    def _found(self, over: Over, incumbent: Incumbent | None, deadline: float) -> list[CutRow]:
        rhs = moved(self._program.exact.rhs, self._direction, (over.lo + over.hi) / 2)
        until = min(deadline, time.monotonic() + _SECONDS)
        lists = CutFinder(self._program, rhs, incumbent).lists(deadline=until)
        nodes = [node for cuts in islice(lists, _LISTS) for node in cuts.cuts]
        return self._usable(list(dict.fromkeys(nodes)))

    def _usable(self, nodes: Sequence[Node]) -> list[CutRow]:
        """The cuts that are linear in the user's columns, as rows."""
        new = [node for node in nodes if node not in self._rows]
        try:
            self._rows |= {row.node: row for row in cut_rows(self._form, new)}
        except NoInequalityError:  # some of them: one by one, then
            for node in new:
                self._rows[node] = self._row(node)
        return [row for node in nodes if (row := self._rows[node]) is not None]

    def _row(self, node: Node) -> CutRow | None:
        try:
            return cut_rows(self._form, [node])[0]
        except NoInequalityError:
            return None

    # -- splitting -------------------------------------------------------------------

    def _best_split(self, held: Mapping[CutRow, float], moving: MovingProgram) -> Cut | None:
        """Where the argument of the cut that loses most meets an integer, if it is well inside."""
        over = moving.over
        t = (over.lo + over.hi) / 2
        nodes = [row.node for row in held]
        values = exact_values(nodes, self._canonical(t))
        number = {row.node: self._program.n_rows + k for k, row in enumerate(moving.rows)}
        sides = moving.rhs_at(t)
        losses = [
            float(value + row.shift - sides[number[row.node]]) * weight
            for value, (row, weight) in zip(values, held.items(), strict=True)
        ]
        if not losses:
            return None
        node = nodes[int(np.argmax(losses))]
        if not isinstance(node, Ceil | MixedIntegerRounding):
            return None
        first, middle, last = (self._argument(node, s) for s in (over.lo, t, over.hi))
        rate = (last - first) / (over.hi - over.lo)
        if not rate:
            return None
        room = _MARGIN * (over.hi - over.lo)
        meetings = [t + (whole(middle) - middle) / rate for whole in (math.floor, math.ceil)]
        inside = [s for s in meetings if over.lo + room <= s <= over.hi - room]
        if not inside:
            return None
        return min(inside, key=lambda s: abs(s - t)), int(rate > 0)

    def _argument(self, node: Ceil | MixedIntegerRounding, t: Fraction) -> Fraction:
        parts = [node.of]
        if isinstance(node, MixedIntegerRounding) and node.minus is not None:
            parts.append(node.minus)
        value, *less = exact_values(parts, self._canonical(t))
        return Fraction(value) - sum((Fraction(v) for v in less), Fraction(0))

    def _canonical(self, t: Fraction) -> tuple[Fraction, ...]:
        return self._form.rhs_of(moved(self._program.exact.rhs, self._direction, t))


def _holding(moving: MovingProgram) -> tuple[CutRow, ...]:
    """The cuts with a multiplier in the relaxation at some steps."""
    own, used = moving.program.n_rows - len(moving.rows), set[int]()
    for share in _PLACES:
        _, duals = _solved(moving, moving.over.lo + share * moving.length)
        if duals is not None:
            used.update(np.flatnonzero(np.abs(duals[own:]) > _NO_WEIGHT).tolist())
    return tuple(moving.rows[k] for k in sorted(used))


def _solved(moving: MovingProgram, t: Fraction) -> tuple[float, NDArray[np.float64] | None]:
    """The relaxation at a step: its value, and multipliers of the rows, or of a ray."""
    engine = LPEngine(moving.program)
    engine.set_rhs(np.array([float(v) for v in moving.rhs_at(t)]))
    match engine.solve():
        case LPStatus.OPTIMAL:
            return engine.objective, engine.row_duals()
        case LPStatus.INFEASIBLE:
            return math.inf, engine.farkas_ray()
        case _:
            return -math.inf, None


def _share(part: float, whole: float) -> float:
    """How much of a gap is closed; nothing where that cannot be told."""
    share = part / whole if whole > 0 else 1.0
    return share if math.isfinite(share) else 0.0
