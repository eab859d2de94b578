"""The Gomory function of the integer program in a Jeroslow formula: on a box, or everywhere."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from tamemip.duality._jeroslow_bases import ScaledProgram
from tamemip.duality._jeroslow_line import Growth, Line, Side, growth
from tamemip.duality._jeroslow_points import rounded_points
from tamemip.duality._value_formula import FormulaSearch, ValueFormula
from tamemip.duality._value_formula_lattice import (
    LatticeProgram,
    bounded_intervals,
    lattice_guards,
)
from tamemip.duality._value_formula_oracle import BranchAndBoundOracle
from tamemip.errors import NotAllowedError
from tamemip.functions import Node, exact_value
from tamemip.programs import Box

if TYPE_CHECKING:
    from tamemip.duality._reports import Watch
    from tamemip.duality._value_formula_lattice import Integers

#: How many periods away the right-hand sides lie that force functions of the last slope.
_FAR = 10_000
#: How often the window is made longer, since the functions repeat more slowly.
_LONGER = 4


def formula_on_box(
    scaled: ScaledProgram, box: Box, *, deadline: float, watch: Watch | None
) -> ValueFormula:
    """The values of ``z_M`` at all that a box is rounded to."""
    lattice = LatticeProgram.of(scaled.program.canonical())
    points = rounded_points(scaled, lattice, bounded_intervals(box, scaled.form.program))
    oracle = BranchAndBoundOracle(scaled.program, lattice, deadline=deadline)
    return _with_lattice_guards(_search(lattice, points, oracle, deadline, watch).run(), scaled)


def formula_everywhere(
    scaled: ScaledProgram, *, deadline: float, watch: Watch | None
) -> tuple[ValueFormula, bool]:
    """The values of ``z_M`` at all integers, for one row; and whether they are proved there.

    Near 0 every right-hand side is settled. Far out the values repeat, and so do the
    functions: a function that grows as the values do and is right at one of them is
    right at every later one (`docs/theory/closed-forms.md`). Where this is out of reach
    the values are those at the program's own right-hand side alone.
    """
    lattice = LatticeProgram.of(scaled.program.canonical())
    if scaled.form.n_rows == 1:
        try:
            return _on_the_line(scaled, lattice, deadline, watch)
        except NotAllowedError:
            pass
    return formula_on_box(scaled, Box({}), deadline=deadline, watch=watch), False


def _on_the_line(
    scaled: ScaledProgram, lattice: LatticeProgram, deadline: float, watch: Watch | None
) -> tuple[ValueFormula, bool]:
    line = Line(lattice)
    sides = (line.right, line.left)
    periods = {1: max(abs(line.right.step), 1), -1: max(abs(line.left.step), 1)}
    for _ in range(_LONGER):
        points = _window(line, periods)
        formula = _search(lattice, points, line, deadline, watch).run()
        formula = _with_lattice_guards(formula, scaled)
        longer = {side.sign: _period(formula, side) for side in sides}
        if formula.open:
            break
        if all(_repeats(formula, line, side, longer[side.sign]) for side in sides):
            return formula, True
        periods = {sign: max(periods[sign], P) for sign, P in longer.items()}
        if sum(periods.values()) > line.reach:
            break
    return formula, False


def _with_lattice_guards(formula: ValueFormula, scaled: ScaledProgram) -> ValueFormula:
    """Rows of integer columns are not rounded: off their lattices nothing is feasible."""
    rounds = [i in scaled.rows.whole for i in range(scaled.form.n_rows)]
    guards = lattice_guards(formula.program, rounds)
    return replace(formula, guards=(*guards, *formula.guards))


def _search(
    lattice: LatticeProgram,
    points: Integers,
    oracle: Line | BranchAndBoundOracle,
    deadline: float,
    watch: Watch | None,
) -> FormulaSearch:
    rounds = [True] * len(lattice.units)
    return FormulaSearch(lattice, points, rounds, oracle, deadline=deadline, watch=watch)


def _window(line: Line, periods: dict[int, int]) -> Integers:
    """All integers up to one period beyond the thresholds, and one period far out."""
    right, left = line.right, line.left
    near = range(left.threshold - periods[-1], right.threshold + periods[1] + 1)
    far = [
        side.threshold + side.step * _FAR + side.sign * k
        for side in (right, left)
        if side.column is not None
        for k in range(periods[side.sign])
    ]
    return np.array([*near, *far], dtype=np.int64).reshape(-1, 1)


def _period(formula: ValueFormula, side: Side) -> int:
    """After how many units the step and the functions that grow like the values repeat."""
    steepest = [grown.period for _, grown in _steepest(formula, side)]
    return math.lcm(max(abs(side.step), 1), *steepest)


def _repeats(formula: ValueFormula, line: Line, side: Side, period: int) -> bool:
    """Whether the formula is right at everything beyond the window on one side."""
    unit, granularity = formula.program.units[0], formula.program.granularity
    if side.column is None:
        # A guard is at least its carrier, which is positive on the whole side.
        grown = [growth(guard, unit) for guard in formula.guards]
        return any(g is not None and g.slope * side.sign > 0 for g in grown)
    functions = [f for f, _ in _steepest(formula, side)]
    if not functions or period > line.reach - abs(side.threshold):
        return False
    for distance in range(period):
        k = side.threshold + side.sign * distance
        value = line.value(k)
        best = max(exact_value(f, [k * unit]) for f in functions)
        if value is None or best != value * granularity:
            return False
    return True


def _steepest(formula: ValueFormula, side: Side) -> list[tuple[Node, Growth]]:
    """The functions that grow like the values on one side."""
    if side.column is None:
        return []
    slope = Fraction(side.cost, side.step) * formula.program.granularity
    grown = [(f, growth(f, formula.program.units[0])) for f in formula.functions]
    return [(f, g) for f, g in grown if g is not None and g.slope == slope]
