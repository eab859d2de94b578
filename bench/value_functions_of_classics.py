"""Certified value functions of classic models on lines: one row, and the whole right-hand side.

    python bench/value_functions_of_classics.py [--models p0033,lseu] [--seconds 60]

*row*: one right-hand side moves by 20 percent down and up; the row is named, with its right-hand
side. `_ROWS` has the one of each model: of those that were tried it changes the value in most
places, and where none changes it (stein15, stein27, misc03) it is the longest. In egout and
khb05250 the demands are fixed columns; they are moved to the right-hand side first, and a
demand moves together with the supply. *b*: the direction is the right-hand side, the step
goes from -1/5 to 1/5.

Each line is searched twice: along the *line*, and over a *box* of one row: that row itself, or,
where many move, the row `s = t` of a new free column `s` that takes the place of the step.

*share* is the part of the interval that is proved, in percent of its length (a finite value or
proved infeasible; by a box that is not finished, the share of the steps that SCIP is asked at).
Isolated points that are open are counted beside (*open points*). *off* counts values that
differ from SCIP's by more than a relative 1e-6 at evenly spaced steps; *seen* are those of them
with a finite value that is proved: where there is none, nothing was checked. The trial is that
of `../shared/trials/parametric` in the same run, in floats and unproved; its own *off* is
counted at the same steps. All seconds are processor seconds, but the limit of our searches is
one of wall time (that of the trial is not): give more on a busy machine.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from _line_trial import run_trial, shape
from _models import classic
from _scip import ScipOnLine, agree
from _tables import CONSOLE, Clock, number, show

import tamemip as tm
from tamemip.certificates import check_fast
from tamemip.value_functions import LineValueFunction

#: Rows that move, the first by 20 percent, the others by as much.
_ROWS: dict[str, tuple[str, ...]] = {
    "p0033": ("R125",),
    "bm23": ("R102",),
    "stein15": ("OB2",),
    "stein27": ("OB2",),
    "flugpl": ("STD4",),
    "rgn": ("12",),
    "misc03": ("ROW007",),
    "p0201": ("R1069",),
    "khb05250": ("C34", "..."),
    "lseu": ("R123",),
    "egout": ("011", "..."),
}
_REACH = Fraction(1, 5)


@dataclass(frozen=True)
class Case:
    """A program and a line of right-hand sides."""

    name: str
    kind: str
    program: tm.MixedIntegerProgram
    direction: dict[int, Fraction]
    interval: tuple[Fraction, Fraction]


def cases(name: str) -> list[Case]:
    """Both lines of a model; none where its file is absent."""
    program = classic(name)
    if program is None:
        CONSOLE.print(f"{name}: no file, left out")
        return []
    program = without_fixed_columns(program)
    b = program.exact.rhs
    first, *others = (program.row_index(row) for row in _ROWS[name])
    reach = abs(b[first]) * _REACH
    one = {first: Fraction(1)} | dict.fromkeys(others, Fraction(-1))
    label = f"{'+'.join(_ROWS[name])} {program.row_sense[first]} {float(b[first]):g}"
    whole = {i: value for i, value in enumerate(b) if value}
    return [
        Case(name, label, program, one, (-reach, reach)),
        Case(name, "b", program, whole, (-_REACH, _REACH)),
    ]


def without_fixed_columns(program: tm.MixedIntegerProgram) -> tm.MixedIntegerProgram:
    """The program with fixed columns at 0, their parts on the right-hand side."""
    exact = program.exact
    fixed = [lo if lo == up else None for lo, up in zip(exact.lower, exact.upper, strict=True)]
    if not any(fixed):
        return program
    rhs = [
        b - sum(a * (fixed[j] or 0) for j, a in row)
        for b, row in zip(exact.rhs, exact.A.rows, strict=True)
    ]
    offset = exact.offset + sum(c * (v or 0) for c, v in zip(exact.c, fixed, strict=True))
    zero = Fraction(0)
    changed = dataclasses.replace(
        exact,
        rhs=tuple(rhs),
        offset=offset,
        lower=tuple(lo if v is None else zero for lo, v in zip(exact.lower, fixed, strict=True)),
        upper=tuple(up if v is None else zero for up, v in zip(exact.upper, fixed, strict=True)),
    )
    return dataclasses.replace(program, exact=changed)


def measure(case: Case, seconds: float, points: int) -> list[list[object]]:
    """Two lines of the table."""
    p = case.program
    steps = np.linspace(*map(float, case.interval), points)
    scip = ScipOnLine(p, [float(case.direction.get(i, 0)) for i in range(p.n_rows)], seconds=20)
    theirs = Clock()
    with theirs.running():
        values = [scip.value(float(t)) for t in steps]
    peer = beside(case, seconds, steps, values)
    limits = tm.Limits(seconds=seconds)
    rows = []
    for way in (by_line, by_box):
        found = way(case, limits, steps)
        pairs = list(zip(steps, values, found.values, strict=True))
        known = [(t, z, ours) for t, z, ours in pairs if not (math.isnan(z) or math.isnan(ours))]
        off = [(t, z, ours) for t, z, ours in known if not agree(z, ours)]
        for t, z, ours in off:
            CONSOLE.print(
                f"off: {case.name} {case.kind} at {t:.10g}: SCIP {z:.10g}, ours {ours:.10g}"
            )
        rows.append(
            [
                *(case.name, case.kind, *found.cells),
                theirs.cpu / points,
                sum(math.isfinite(ours) for _, _, ours in known),
                len(off),
                *peer,
                found.stopped or "",
            ]
        )
    return rows


@dataclass(frozen=True)
class Found:
    """Cells of the table, values at the steps (NaN in a gap), and why the search stopped."""

    cells: list[object]
    values: list[float]
    stopped: str | None


def by_line(case: Case, limits: tm.Limits, steps: np.ndarray) -> Found:
    """Along the line."""
    search, proof = Clock(), Clock()
    with search.running():
        v = tm.value_function(
            case.program, along=case.direction, interval=case.interval, limits=limits
        )
    with proof.running():
        check_fast(v.certificate, program=case.program)
    share, isolated = proved_share(v)
    sizes = [len(v.pieces), len(v.jumps), v.dual_function.n_leaves, 100 * share, isolated]
    cells = ["line", *sizes, search.cpu, proof.cpu]
    return Found(cells, [float(v(float(t))) for t in steps], v.stopped)


def by_box(case: Case, limits: tm.Limits, steps: np.ndarray) -> Found:
    """Over a box of one row; the share is all or what the steps say."""
    program, row = with_step_row(case)
    start = program.exact.rhs[row]
    box = tm.Box({row: tuple(start + t for t in case.interval)})
    search, proof = Clock(), Clock()
    with search.running():
        V = tm.value_function(program, domain=box, method="discrete", limits=limits)
    with proof.running():
        check_fast(V.certificate, program=program)
    rhs = np.tile(program.rhs, (len(steps), 1))
    rhs[:, row] += steps
    values = V(rhs).tolist()
    share = 1.0 if V.is_certified else float(np.mean([not math.isnan(z) for z in values]))
    sizes = [len(V.cells), None, V.dual_function.n_leaves, 100 * share, None]
    return Found(["box", *sizes, search.cpu, proof.cpu], values, V.stopped)


def with_step_row(case: Case) -> tuple[tm.MixedIntegerProgram, int]:
    """A program in which one right-hand side is the step, or differs from it by a constant."""
    p = case.program.exact
    if len(case.direction) == 1 and set(case.direction.values()) == {Fraction(1)}:
        return case.program, next(iter(case.direction))
    n, m = len(p.c), len(p.rhs)
    rows = [dict(row) for row in p.A.rows]
    for i, rate in case.direction.items():
        rows[i][n] = -rate
    matrix = [[row.get(j, Fraction(0)) for j in range(n + 1)] for row in [*rows, {n: Fraction(1)}]]
    program = tm.MixedIntegerProgram.from_arrays(
        [*p.c, 0],
        matrix,
        [*p.row_sense, "="],
        [*p.rhs, 0],
        lower=[*p.lower, -math.inf],
        upper=[*p.upper, math.inf],
        integrality=[*p.integer, False],
        sense=case.program.sense,
        offset=p.offset,
    )
    return program, m


def proved_share(v: LineValueFunction) -> tuple[float, int]:
    """The part of the interval that is proved, and isolated points that are open."""
    lo, hi = v.interval
    missing = sum((gap.hi - gap.lo for gap in v.gaps), Fraction(0))
    return float(1 - missing / (hi - lo)), sum(gap.lo == gap.hi for gap in v.gaps)


def beside(case: Case, seconds: float, steps: np.ndarray, values: list[float]) -> list[object]:
    """The trial's seconds, pieces and values that are off."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.mps"
        tm.write(case.program, path)
        d = np.zeros(case.program.n_rows)
        for i, rate in case.direction.items():
            d[i] = float(rate)
        lo, hi = map(float, case.interval)
        done = run_trial(path, (lo, hi), seconds, d=d)
    if done is None:
        return [None, None, None]
    search, cpu = done
    found = [float(search.U.at(float(t))) for t in steps]
    off = sum(not math.isnan(b) and not agree(a, b) for a, b in zip(found, values, strict=True))
    late = "" if search.status == "ok" else f" ({search.status})"
    return [cpu, f"{shape(search)[0]}{late}", off]


HEADINGS = ["model", "moves", "by", "pieces", "jumps", "leaves", "share %", "open points",
            "search s", "cert s", "SCIP s", "seen", "off", "trial s", "pieces", "off",
            "stopped"]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", default=",".join(_ROWS))
    parser.add_argument("--seconds", type=float, default=60.0, help="limit of one search")
    parser.add_argument("--points", type=int, default=21, help="steps at which SCIP is asked")
    options = parser.parse_args()
    rows = []
    for name in options.models.split(","):
        for case in cases(name):
            for row in measure(case, options.seconds, options.points):
                rows.append(row)
                CONSOLE.print(" ".join(number(cell) for cell in row), style="dim")
    show("Value functions of classic models; SCIP s: one solve", HEADINGS, rows)


if __name__ == "__main__":
    main()
