"""Exact value functions of two-objective models on a line, beside three ways in floats.

    python bench/value_functions_on_lines.py [--models 5] [--seconds 60] [--grid 200]

For each model of `../shared/data/rvf_bbrvf` the first row (the second objective) moves over its
whole efficient range: from the least activity of the row to the one at the best value. All
times are processor seconds of one process, everything in one run. Ours is made twice: along a
*line*, and over a *box* of one row; *apart* counts steps at which the two differ (exactly).
Ratios are the time of the other over ours, above 1 if ours is faster, first without the
certificate (search), then with writing and checking it by the fast checker (search + cert):

* *grid*: SCIP at that many evenly spaced steps (all are solved, nothing is extrapolated);
* *loop*: the epsilon-constraint loop of `_segment_loop.py`, one or two MIPs a piece;
* *oracle*: SCIP told all breakpoints, 2 solves a piece and one more, as in RESULTS section 4
  (each piece is solved once at its middle, and the mean is taken); *oracle 1* is one a piece;
* *trial*: parametric branch and bound in `../shared/trials/parametric`, with its seeds; it
  proves nothing. It is left out where it is absent.

*off* counts values that differ by more than a relative 1e-6: at the grid's steps, at the
middles of the loop's pieces, and of the trial at the grid's steps. What is off is listed.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import numpy as np
from _line_trial import run_trial, shape
from _models import SHARED
from _scip import ScipOnLine, agree
from _segment_loop import segment_loop
from _tables import CONSOLE, Clock, show

import tamemip as tm
from tamemip.certificates import check_fast
from tamemip.value_functions import BoxValueFunction, LineValueFunction

FOLDER = SHARED / "data" / "rvf_bbrvf"
GRID = 200
FREE = 10**7

AnyValueFunction = TypeVar("AnyValueFunction", LineValueFunction, BoxValueFunction)


@dataclass(frozen=True)
class Other:
    """Another way: its processor seconds, and where its values differ."""

    cpu: float
    off: tuple[tuple[float, float, float], ...] = ()
    pieces: int = 0


@dataclass(frozen=True)
class Ours:
    """Processor seconds to search, and to write and check the certificate."""

    search: float
    proof: float


@dataclass(frozen=True)
class Measured:
    """One model."""

    name: str
    v: LineValueFunction
    V: BoxValueFunction
    line: Ours
    box: Ours
    apart: int
    grid: Other
    loop: Other
    oracle: float
    trial: Other | None


def first_row_at_zero(path: Path) -> tm.MixedIntegerProgram:
    """The program with the right-hand side 0 in its first row: the step is that of the row."""
    program = tm.read(path)
    return program.with_rhs([0, *program.exact.rhs[1:]])


def efficient_range(program: tm.MixedIntegerProgram) -> tuple[Fraction, Fraction]:
    """From the least activity of the first row to its least one among the best points.

    Whole numbers around what SCIP says.
    """
    row = dict(program.exact.A.rows[0])
    costs = [row.get(j, Fraction(0)) for j in range(program.n_cols)]
    free = program.with_rhs([FREE, *program.exact.rhs[1:]])
    sign = 1 if program.sense == "min" else -1
    least = tm.solve(free.with_cost([sign * c for c in costs]), solver="scip")
    best = tm.solve(free, solver="scip").value
    scip = ScipOnLine(program, [1.0, *[0.0] * (program.n_rows - 1)])
    assert least.value is not None
    assert best is not None
    first, last = math.floor(sign * least.value + 1e-6), FREE
    last = math.ceil(scip.first_with_cost(sign * float(best), first, last) - 1e-6)
    return Fraction(first), Fraction(max(last, first + 1))


def measure(path: Path, seconds: float, count: int) -> Measured:
    """Ours and the others on one model."""
    program = first_row_at_zero(path)
    interval = efficient_range(program)
    limits = tm.Limits(seconds=seconds)
    v, line = timed(
        lambda: tm.value_function(program, along={0: 1}, interval=interval, limits=limits)
    )
    V, box = timed(lambda: tm.value_function(program, domain=tm.Box({0: interval}), limits=limits))
    lo, hi = map(float, interval)
    scip = ScipOnLine(program, [1.0, *[0.0] * (program.n_rows - 1)])
    steps = np.linspace(lo, hi, count)
    grid = on_grid(scip.value, v, steps)
    return Measured(
        path.stem,
        v,
        V,
        line,
        box,
        apart(v, V, steps),
        grid,
        by_loop(scip, v),
        by_oracle(scip, v),
        by_trial(path, v, seconds, steps),
    )


def timed(find: Callable[[], AnyValueFunction]) -> tuple[AnyValueFunction, Ours]:
    """A value function, with its certificate written and checked."""
    search, proof = Clock(), Clock()
    with search.running():
        v = find()
    with proof.running():
        check_fast(v.certificate, program=v.program)
    return v, Ours(search.cpu, proof.cpu)


def apart(v: LineValueFunction, V: BoxValueFunction, steps: Sequence[float]) -> int:
    """Steps at which line and box give different proved values."""
    count = 0
    for t in map(Fraction, steps):
        one, other = v.bounds(t), V.bounds(v.rhs_at(t))
        # Each is an interval that holds the value: they must meet.
        count += max(one[0], other[0]) > min(one[1], other[1])
    return count


def on_grid(value: Callable[[float], float], v: LineValueFunction, steps: Sequence[float]) -> Other:
    """Values by another way at some steps."""
    clock = Clock()
    value(float(steps[0]))
    with clock.running():
        values = [value(float(t)) for t in steps]
    return Other(clock.cpu, differences(steps, values, v))


def differences(
    steps: Sequence[float], values: Sequence[float], v: LineValueFunction
) -> tuple[tuple[float, float, float], ...]:
    """Step, value of the other and ours, where they differ; gaps of ours are no difference."""
    ours = [float(v(float(t))) for t in steps]
    rows = zip(steps, values, ours, strict=True)
    return tuple((float(t), a, b) for t, a, b in rows if not math.isnan(b) and not agree(a, b))


def by_loop(scip: ScipOnLine, v: LineValueFunction) -> Other:
    """The loop, and its values at the middles of its pieces."""
    clock = Clock()
    row = v.direction[0][0]
    with clock.running():
        lines = segment_loop(scip, row, *map(float, v.interval))
    middles = [(line.lo + line.hi) / 2 for line in lines]
    values = [
        scip.sign * (line.constant + line.slope * t + scip.offset)
        for line, t in zip(lines, middles, strict=True)
    ]
    return Other(clock.cpu, differences(middles, values, v), len(lines))


def by_oracle(scip: ScipOnLine, v: LineValueFunction) -> float:
    """Seconds of one solve a piece, at its middle."""
    clock = Clock()
    with clock.running():
        for piece in v.pieces:
            scip.value(float((piece.lo + piece.hi) / 2))
    return clock.cpu


def by_trial(
    path: Path, v: LineValueFunction, seconds: float, steps: Sequence[float]
) -> Other | None:
    """The trial on the same line."""
    lo, hi = v.interval
    done = run_trial(path, (float(lo), float(hi)), seconds, drow=0, setrhs0=True)
    if done is None:
        return None
    search, cpu = done
    values = [float(search.U.at(float(t))) for t in steps]
    return Other(cpu, differences(steps, values, v), shape(search)[0])


def seconds_of(m: Measured) -> list[float | None]:
    """Grid, loop, oracle with two solves a piece and with one, trial."""
    solve = m.oracle / max(1, len(m.v.pieces))
    pieces = len(m.v.pieces) if m.v.is_certified else m.loop.pieces
    once, twice = solve * pieces, solve * (2 * pieces + 1)
    return [m.grid.cpu, m.loop.cpu, twice, once, None if m.trial is None else m.trial.cpu]


def shape_of(m: Measured) -> list[object]:
    """The line of the first table."""
    others = (m.grid, m.loop, m.trial)
    return [
        short(m.name),
        len(m.v.pieces),
        m.loop.pieces,
        None if m.trial is None else m.trial.pieces,
        len(m.v.jumps),
        m.v.is_certified,
        m.v.dual_function.n_leaves,
        m.V.is_certified,
        m.V.dual_function.n_leaves,
        len(m.V.cells),
        m.V.nodes,
        m.apart,
        *(None if other is None else len(other.off) for other in others),
    ]


def ratios_of(m: Measured, ours: Ours) -> list[float | None]:
    """Their seconds over our search, then over search and certificate."""
    return [
        None if other is None else other / mine
        for other in seconds_of(m)
        for mine in (ours.search, ours.search + ours.proof)
    ]


def short(name: str) -> str:
    return name.removeprefix("MILP_obj_2_var_").replace("_u_1_ins", "")


SHAPES = ["model", "pieces", "loop's", "trial's", "jumps", "line certified", "leaves",
          "box certified", "leaves", "cells", "nodes", "apart", "grid off", "loop off",
          "trial off"]  # fmt: skip
SECONDS = ["model", "line", "cert+check", "box", "cert+check", "grid", "loop", "oracle",
           "oracle 1", "trial"]  # fmt: skip
RATIOS = [f"{name}{proof}" for name in ("grid", "loop", "oracle", "oracle 1", "trial")
          for proof in ("", " +c")]  # fmt: skip


def summary(measured: Sequence[Measured]) -> None:
    """Shapes, seconds, ratios by line and by box with medians, and all values that were off."""
    show("Value functions on lines", SHAPES, [shape_of(m) for m in measured])
    seconds = [
        [m.line.search, m.line.proof, m.box.search, m.box.proof, *seconds_of(m)] for m in measured
    ]
    sums = [None if None in column else sum(column) for column in zip(*seconds, strict=True)]
    lines = [[short(m.name), *row] for m, row in zip(measured, seconds, strict=True)]
    show("Processor seconds", SECONDS, [*lines, ["all", *sums]])
    for way in ("line", "box"):
        ratios = [ratios_of(m, getattr(m, way)) for m in measured]
        known = [[r for r in column if r is not None] for column in zip(*ratios, strict=True)]
        medians = [statistics.median(column) if column else None for column in known]
        lines = [[short(m.name), *r] for m, r in zip(measured, ratios, strict=True)]
        show(
            f"Their processor seconds over ours by {way}",
            ["model", *RATIOS],
            [*lines, ["median", *medians]],
            note="+c: over ours with writing and checking the certificate. oracle: two solves a "
            "piece and one more; oracle 1: one.",
        )
    for m in measured:
        for name, other in (("grid", m.grid), ("loop", m.loop), ("trial", m.trial)):
            for t, value, ours in () if other is None else other.off:
                gap = min((abs(t - float(jump.t)) for jump in m.v.jumps), default=math.inf)
                CONSOLE.print(
                    f"off: {m.name}, {name} at {t:.10g}: {value:.10g}, ours {ours:.10g}; "
                    f"the next jump is {gap:.2g} away"
                )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--models", type=int, default=None, help="the first so many")
    parser.add_argument("--only", default="", help="models whose name has this part")
    parser.add_argument("--seconds", type=float, default=60.0, help="limit of one search")
    parser.add_argument("--grid", type=int, default=GRID)
    options = parser.parse_args()
    paths = [p for p in sorted(options.folder.glob("*.mps")) if options.only in p.name]
    measured = []
    for path in paths[: options.models]:
        measured.append(measure(path, options.seconds, options.grid))
        m = measured[-1]
        CONSOLE.print(
            f"{m.name}: {m.v!r}, line {m.line.search:.2f} + {m.line.proof:.2f} s, "
            f"box {m.box.search:.2f} + {m.box.proof:.2f} s",
            style="dim",
        )
    if not measured:
        CONSOLE.print(f"{options.folder}: no models, nothing is shown")
        return
    summary(measured)


if __name__ == "__main__":
    main()
