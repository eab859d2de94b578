"""Chvátal dual functions of the pure integer classics, beside cutting planes without a tree.

For each model: the share of the gap between relaxation and optimum that is proved by plain
Gomory cuts, by lexicographic Gomory cuts (each for some seconds), and by the compiled tree;
its cuts, depth and processor seconds, with those of a trial that the compilation was modelled
on (other code, another run of the same kind of machine: compare the cuts).
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass

from _models import classic
from _tables import CONSOLE, Clock, show

import tamemip as tm
from tamemip.certificates import check_fast
from tamemip.duality import DualFunction
from tamemip.duality._cut_system import CutSystem
from tamemip.duality._rounding_cuts import RootCuts, separate_root
from tamemip.duality._rounding_cuts_strategy import (
    LEXICOGRAPHIC_GOMORY,
    PLAIN_GOMORY,
    Strategy,
)
from tamemip.functions import Ceil, topological

#: Cuts and seconds of the trial; p0291 is not among the models here.
TRIAL = {
    "stein09": (19, 0.4), "stein15": (34, 10.0), "bm23": (97, 0.5), "p0033": (39, 1.7),
    "lseu": (187, 7.5), "pipex": (59, 1.9), "sentoy": (97, 2.5), "p0040": (4, 0.1),
    "mod008": (37, 0.9), "p0201": (104, 6.0), "p0282": (668, 9.4), "lp4l": (8, 1.5),
    "air01": (2, 0.1), "l152lav": (319, 38.0), "stein27": (1123, 20.0), "p0548": None,
    "stein45": None, "enigma": None,
}  # fmt: skip
#: Seconds for cutting planes without a tree, as in the trial.
CUTTING_SECONDS = 8.0


@dataclass
class Row:
    """One model."""

    model: str
    columns: int
    gomory: float | None
    lexicographic: float | None
    ours: float | None
    tight: bool
    cuts: int
    depth: int
    nodes: int
    build: float
    wall: float
    proof: float
    trial_cuts: int | None
    trial_seconds: float | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join(TRIAL))
    parser.add_argument("--seconds", type=float, default=math.inf, help="for each function")
    parser.add_argument("--form", default="implicit", choices=["implicit", "explicit"])
    parser.add_argument("--cutting", type=float, default=CUTTING_SECONDS)
    chosen = parser.parse_args()
    rows = []
    for name in chosen.models.split(","):
        program = classic(name)
        if program is None:
            CONSOLE.print(f"{name}: not here")
            continue
        rows.append(measured(name, program, chosen.seconds, chosen.form, chosen.cutting))
        CONSOLE.print(f"{name}: {rows[-1].cuts} cuts, {rows[-1].build:.1f} s", style="dim")
    table(rows)


def measured(
    name: str, program: tm.MixedIntegerProgram, seconds: float, form: str, cutting: float
) -> Row:
    clock, proof = Clock(), Clock()
    limits = tm.Limits() if math.isinf(seconds) else tm.Limits(seconds=seconds)
    with clock.running():
        F = tm.dual_function(program, method="chvatal", form=form, limits=limits)
    with proof.running():
        check_fast(F.certificate, program=program)
    plain, lexicographic = (
        cut_alone(program, strategy, cutting) for strategy in (PLAIN_GOMORY, LEXICOGRAPHIC_GOMORY)
    )
    best, units = value(program, F), scale(program)
    relaxation = plain.relaxation_value
    trial = TRIAL.get(name)
    return Row(
        model=name,
        columns=program.n_cols,
        gomory=share(plain.bound, relaxation, best),
        lexicographic=share(lexicographic.bound, relaxation, best),
        ours=share((units.sign * F.value - units.shift) / units.step, relaxation, best),
        tight=F.is_tight,
        cuts=n_cuts(F),
        depth=F.depth,
        nodes=F.report.nodes,
        build=clock.cpu,
        wall=clock.wall,
        proof=proof.cpu,
        trial_cuts=trial[0] if trial else None,
        trial_seconds=trial[1] if trial else None,
    )


def cut_alone(program: tm.MixedIntegerProgram, strategy: Strategy, seconds: float) -> RootCuts:
    form = program.canonical()
    system = CutSystem(form, form.rhs)
    return separate_root(system, deadline=time.monotonic() + seconds, strategy=strategy)


@dataclass
class Units:
    """``canonical objective = sign * value - shift`` in steps of ``step``."""

    sign: int
    shift: float
    step: float


def scale(program: tm.MixedIntegerProgram) -> Units:
    form = program.canonical()
    step = CutSystem(form, form.rhs).granularity
    return Units(form.sign, float(form.sign * form.offset), float(step))


def value(program: tm.MixedIntegerProgram, F: DualFunction) -> float:
    """The optimum in the units of the relaxation: the proved one, else a solver's."""
    found = float(F.value) if F.is_tight else tm.solve(program).value
    units = scale(program)
    return (units.sign * found - units.shift) / units.step


def share(bound: float | None, relaxation: float, best: float) -> float | None:
    """Percent of the gap that a bound closes."""
    if bound is None:
        return 0.0
    if best - relaxation < 1e-6 * max(1.0, abs(best)):
        return None  # there is no gap
    return 100.0 * min(max((float(bound) - relaxation) / (best - relaxation), 0.0), 1.0)


def n_cuts(F: DualFunction) -> int:
    """Ceilings of the function that reaches furthest: the last one made."""
    return sum(isinstance(node, Ceil) for node in topological(F.closed_forms[-1]))


def table(rows: list[Row]) -> None:
    headings = ["model", "columns", "Gomory %", "lex. Gomory %", "ours %", "tight", "cuts",
                "depth", "nodes", "seconds", "wall", "cert+check", "trial cuts",
                "seconds"]  # fmt: skip
    cells = [
        [r.model, r.columns, r.gomory, r.lexicographic, r.ours, r.tight, r.cuts, r.depth,
         r.nodes, r.build, r.wall, r.proof, r.trial_cuts, r.trial_seconds]
        for r in rows
    ]  # fmt: skip
    known = [r for r in rows if r.trial_cuts]
    ratio = _median([r.cuts / r.trial_cuts for r in known if r.trial_cuts])
    faster = _median([r.build / r.trial_seconds for r in known if r.trial_seconds])
    note = f"median ours / trial: cuts {ratio:.2f}, seconds {faster:.2f}" if known else ""
    show("Chvátal dual functions of pure integer classics", headings, cells, note=note)


def _median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    if not ordered:
        return math.nan
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


if __name__ == "__main__":
    main()
