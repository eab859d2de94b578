"""Every construction of dual functions on every kind of model: what it reaches, and what it costs.

For each model and method: the share of the gap between relaxation and optimum that is
proved closed at the model's own right-hand side, size, seconds to build, write and check,
microseconds an evaluation in bulk, and the mean gap at right-hand sides nearby.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass

import numpy as np
from _models import classic, known_optima
from _tables import CONSOLE, Clock, show

import tamemip as tm
from tamemip.certificates import check_fast
from tamemip.duality import DualFunction
from tamemip.functions import topological

MODELS = ("stein15", "bm23", "p0033", "sentoy", "pipex", "lseu", "mod008", "p0201", "lp4l",
          "flugpl", "sample2", "misc02", "mod013", "khb05250", "egout", "rgn", "vpm1")  # fmt: skip
METHODS = ("linear", "lagrangian", "mir", "chvatal", "group", "generator",
           "branch-and-bound", "branch-and-cut")  # fmt: skip
SECONDS = 30.0
BATCH = 2_000
NEARBY = 8


@dataclass
class Row:
    """One model and one method."""

    model: str
    method: str
    closed: float | None
    size: str
    build: float
    proof: float
    microseconds: float
    nearby: float | None
    remark: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--seconds", type=float, default=SECONDS)
    chosen = parser.parse_args()
    for name in chosen.models.split(","):
        program = classic(name)
        if program is None:
            CONSOLE.print(f"{name}: no file, left out")
            continue
        points = nearby(program, NEARBY)
        values = [solved(program, b) for b in points]
        rows = [
            measured(name, program, method, chosen.seconds, points, values)
            for method in chosen.methods.split(",")
        ]
        columns = ["method", "% of gap", "size", "build s", "cert+check s", "us/rhs", "nearby %"]
        cells = [
            [r.method, r.closed, r.size, r.build, r.proof, r.microseconds, r.nearby, r.remark]
            for r in rows
        ]
        show(f"{name}: {kind(program)}", [*columns, "remark"], cells)


def kind(program: tm.MixedIntegerProgram) -> str:
    whole = int(program.integrality.sum())
    return f"{program.n_rows} rows, {program.n_cols} columns, {whole} integer"


def nearby(program: tm.MixedIntegerProgram, count: int) -> list[np.ndarray]:
    """Right-hand sides that keep equations and move the other rows by a few percent."""
    rng = np.random.default_rng(7)
    b = program.rhs
    moves = np.array([sense != "=" for sense in program.row_sense])
    steps = np.maximum(1.0, np.rint(np.abs(b) / 20))
    return [b + moves * np.rint(rng.uniform(-1, 1, len(b)) * steps) for _ in range(count)]


def solved(program: tm.MixedIntegerProgram, b: np.ndarray) -> float:
    claim = tm.solve(program.with_rhs(b.tolist()), limits=tm.Limits(seconds=20))
    return math.nan if claim.value is None else float(claim.value)


def measured(name, program, method, seconds, points, values) -> Row:
    clock, start = Clock(), time.perf_counter()
    try:
        with clock.running():
            F = tm.dual_function(program, method=method, limits=tm.Limits(seconds=seconds))
    except tm.errors.UnsupportedError as error:
        spent = time.perf_counter() - start
        return Row(name, method, None, "-", spent, 0.0, math.nan, None, str(error)[:60])
    proof = Clock()
    with proof.running():
        check_fast(F.certificate, program=program)
    rng = np.random.default_rng(1)
    batch = np.array(points)[rng.integers(0, len(points), BATCH)]
    evaluation = Clock()
    with evaluation.running():
        F(batch)
    return Row(
        name,
        method,
        closed_share(program, float(F.value)),
        size(F),
        clock.cpu,
        proof.cpu,
        1e6 * evaluation.cpu / BATCH,
        mean_gap(F, points, values),
        F.report.stopped or "",
    )


def closed_share(program: tm.MixedIntegerProgram, bound: float) -> float | None:
    """The share of the gap between relaxation and optimum, in percent."""
    best = known_optima().get(program.name) or known_optima().get(program.name.lower())
    if best is None:
        best = float(tm.solve(program, limits=tm.Limits(seconds=60)).value or math.nan)
    relaxed = float(tm.solve(program.relax()).value or 0.0)
    if abs(best - relaxed) < 1e-9:
        return 100.0
    return 100.0 * max(0.0, min(1.0, (bound - relaxed) / (best - relaxed)))


def size(F: DualFunction) -> str:
    nodes = len(topological(*F.closed_forms, *F.guards))
    parts = [f"{nodes} nodes"] if nodes else []
    if F.trees or F.cut_trees:
        parts.append(f"{F.n_leaves} leaves")
    return ", ".join(parts)


def mean_gap(F: DualFunction, points, values) -> float | None:
    gaps = []
    for b, v in zip(points, values, strict=True):
        bound = float(F(b))
        if math.isfinite(v) and math.isfinite(bound):
            gaps.append(100.0 * abs(v - bound) / max(1.0, abs(v)))
    return float(np.mean(gaps)) if gaps else None


if __name__ == "__main__":
    main()
