"""Root cuts of pure-integer programs by Chvátal-Gomory rounding.

Rounds of separation: cheap sources first, dearer ones when those run dry; deep and
spread cuts are kept, idle ones leave the relaxation and may come back. Floats choose
the vertex to cut off and the multipliers to try; every cut is an integer combination
of rows divided by a whole number and rounded up, in integers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from tamemip.duality._rounding_cuts_rounds import RoundingCut, Rounds
from tamemip.duality._rounding_cuts_strategy import (
    LEXICOGRAPHIC_GOMORY,
    PLAIN_GOMORY,
    Strategy,
)
from tamemip.duality._rounding_cuts_system import IntegerRelaxation
from tamemip.functions import ceil, combination

if TYPE_CHECKING:
    from tamemip.duality._cut_system import CutSystem
    from tamemip.functions import Node


@final
@dataclass(frozen=True, slots=True)
class RootCuts:
    """What the separation at a root has found.

    Attributes
    ----------
    rows
        Rows of the system: the cuts in the best relaxation that hold something there.
    price_rows, price_multipliers, price_divisor
        An exact combination of rows that stays below the costs, in units of the
        granularity; empty if there is none.
    bound
        The bound that it proves at the rhs of the system, rounded up, in the same
        units; None without it.
    relaxation_value, cut_value
        The float bounds without and with cuts, in the same units.
    made, rounds, seconds
        Cuts made, kept or not; rounds and time of separation.
    stopped
        "target", "integral", "dry" (no source finds anything), "seconds", "rounds",
        "idle" (the bound does not move any more), "interrupted", or "relaxation" if it
        has no optimum.
    """

    rows: tuple[int, ...]
    price_rows: tuple[int, ...]
    price_multipliers: tuple[int, ...]
    price_divisor: int
    bound: int | None
    relaxation_value: float
    cut_value: float
    made: int
    rounds: int
    seconds: float
    stopped: str

    def function(self, system: CutSystem) -> Node | None:
        """The prices as a Chvátal function of the canonical rhs, in canonical costs."""
        if self.bound is None:
            return None
        sum_of_rows = system.combination(
            self.price_rows, self.price_multipliers, self.price_divisor
        )
        return combination(parts=[(system.granularity, ceil(sum_of_rows))])


def separate_root(
    system: CutSystem,
    *,
    deadline: float,
    target: int | None = None,
    strategy: Strategy | None = None,
) -> RootCuts:
    """Cut the relaxation of a cut system; the cuts that matter are added to the system.

    Parameters
    ----------
    system
        The rows; its right-hand side is where cuts are looked for. Its objective row
        and the cuts that it has already are not used.
    deadline
        On the clock of `time.monotonic`.
    target
        The bound that is enough, in units of the granularity: the optimum, if known.
    strategy
        What to try, and how long; see `Strategy`.

    Examples
    --------
    >>> import time
    >>> from tamemip.duality._cut_system import CutSystem
    >>> from tamemip.programs import MixedIntegerProgram
    >>> p = MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [4], upper=9)
    >>> form = p.canonical()
    >>> system = CutSystem(form, form.rhs)
    >>> root = separate_root(system, deadline=time.monotonic() + 1)
    >>> root.bound, root.stopped
    (3, 'integral')
    """
    root = Rounds(IntegerRelaxation.of(system), deadline, target, strategy or Strategy())
    stopped = root.run()
    return _installed(system, root, stopped)


def plain_gomory(system: CutSystem, *, deadline: float, target: int | None = None) -> RootCuts:
    """Gomory's fractional cuts alone: what `separate_root` is compared with."""
    return separate_root(system, deadline=deadline, target=target, strategy=PLAIN_GOMORY)


def lexicographic_gomory(
    system: CutSystem, *, deadline: float, target: int | None = None
) -> RootCuts:
    """Gomory's fractional cuts at lexicographic optima, for comparison."""
    return separate_root(system, deadline=deadline, target=target, strategy=LEXICOGRAPHIC_GOMORY)


def _installed(system: CutSystem, root: Rounds, stopped: str) -> RootCuts:
    """Add the cuts that hold something in the best relaxation, and those they are made of."""
    prices, best = root.prices(), root.best
    holding = [] if best is None else (root.m + best.active[best.holding]).tolist()
    numbers: dict[int, int] = {}
    for i in _needed(root, [*holding, *(prices.rows if prices else ())]):
        if i < root.m:
            numbers[i] = root.base.row_in(system, i)
        else:
            numbers[i] = _add(system, root.cuts[i - root.m], numbers)
    rows, multipliers = [], []
    for i, p in prices.rows.items() if prices else ():
        rows.append(numbers[i])
        multipliers.append(p)
    for j, p in prices.bounds.items() if prices else ():
        rows.append(system.upper_row[j])
        multipliers.append(p)
    return RootCuts(
        rows=tuple(numbers[i] for i in holding),
        price_rows=tuple(rows),
        price_multipliers=tuple(multipliers),
        price_divisor=prices.divisor if prices else 1,
        bound=math.ceil(prices.value) if prices else None,
        relaxation_value=root.first_value,
        cut_value=-math.inf if best is None else best.objective,
        made=len(root.cuts),
        rounds=root.rounds,
        seconds=time.monotonic() - root.started,
        stopped=stopped,
    )


def _needed(root: Rounds, rows: Iterable[int]) -> list[int]:
    """The rows that some rows are made of, those included, in order."""
    found: set[int] = set()
    pending = list(rows)
    while pending:
        i = pending.pop()
        if i not in found:
            found.add(i)
            if i >= root.m:
                pending.extend(root.cuts[i - root.m].rows)
    return sorted(found)


def _add(system: CutSystem, cut: RoundingCut, numbers: Mapping[int, int]) -> int:
    """A cut in the numbers of the system. Its coefficients are small, so it is kept there."""
    rows = [numbers[i] for i in cut.rows] + [system.upper_row[j] for j in cut.bounds]
    number = system.add(rows, [*cut.rows.values(), *cut.bounds.values()], cut.divisor)
    if number is None:
        raise AssertionError("a root cut has coefficients beyond those of a cut system")
    return number
