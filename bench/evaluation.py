"""A dual function at many right-hand sides, beside solving again at each of them."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator

import numpy as np
from _instances import facility_location, facility_rhs, moved_rhs
from _models import classic
from _resolving import again_by, again_by_bare_highs, timed, unsound
from _tables import CONSOLE, Clock, show

import tamemip as tm

POINTS = 10_000
REPETITIONS = 5
SOLVERS = ("scip", "cp-sat", "highs")


def models(names: list[str]) -> Iterator[tuple[str, tm.MixedIntegerProgram]]:
    for name in names:
        if name == "cflp10x20":
            yield name, facility_location()
            continue
        program = classic(name)
        if program is None:
            CONSOLE.print(f"{name}: no such file, left out")
        else:
            yield name, program


def points(name: str, program: tm.MixedIntegerProgram, *, whole: bool) -> np.ndarray:
    if name == "cflp10x20" and whole:
        return facility_rhs(program, POINTS, seed=7)
    return moved_rhs(program, POINTS, seed=7, whole=whole)


def microseconds(F: tm.dual_function, rhs: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Values; processor and wall microseconds a right-hand side, the best of some runs."""
    F(rhs[:10])  # the first call prepares the integer form
    best_cpu = best_wall = math.inf
    for _ in range(REPETITIONS):
        clock = Clock()
        with clock.running():
            values = F(rhs)
        best_cpu, best_wall = min(best_cpu, clock.cpu), min(best_wall, clock.wall)
    scale = 1e6 / len(rhs)
    return values, best_cpu * scale, best_wall * scale


def deviation(F: tm.dual_function, rhs: np.ndarray, values: np.ndarray, count: int) -> float:
    """Largest relative distance between floats and the exact value, at some points."""
    largest = 0.0
    for row, value in zip(rhs[:count].tolist(), values[:count].tolist(), strict=True):
        exact = float(F.exact(row))
        if value != exact:
            largest = max(largest, abs(value - exact) / max(1.0, abs(exact)))
    return largest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default="p0033,bm23,stein15,cflp10x20")
    parser.add_argument("--resolves", type=int, default=20, help="re-solves a solver")
    parser.add_argument("--trained", type=int, default=5, help="right-hand sides to refine at")
    options = parser.parse_args()
    speed, ratios = [], []
    for name, program in models(options.models.split(",")):
        F = tm.dual_function(program, limits=tm.Limits(seconds=60))
        G = F
        for b in points(name, program, whole=True)[-options.trained :]:
            G = G.refine(at=b.tolist(), limits=tm.Limits(seconds=60))
        per_rhs = math.inf
        for kind, H in (("built", F), ("refined", G)):
            for whole in (True, False):
                rhs = points(name, program, whole=whole)
                values, cpu, wall = microseconds(H, rhs)
                off = deviation(H, rhs, values, 100)
                grid = "whole" if whole else "floats"
                speed.append([name, kind, H.n_leaves, grid, cpu, wall, off])
                if kind == "built" and whole:
                    per_rhs = cpu
        ratios.append(against_solvers(name, program, F, per_rhs, options.resolves))
    show(
        f"F at {POINTS} right-hand sides",
        ["model", "F", "leaves", "rhs", "us/rhs cpu", "us/rhs wall", "off exact"],
        speed,
        note="off exact: largest relative distance between F(b) and F.exact(b), 100 points",
    )
    show(
        f"Solving again, milliseconds a right-hand side ({options.resolves} each)",
        [
            "model",
            *SOLVERS,
            "bare highs",
            "us/rhs of F",
            "fastest / F",
            "F = v",
            "finite v",
            "unsound",
        ],
        ratios,
        note="F: as built, whole right-hand sides; unsound: points where F claims more than SCIP",
    )


def against_solvers(
    name: str, program: tm.MixedIntegerProgram, F: tm.dual_function, per_rhs: float, count: int
) -> list[object]:
    rhs = points(name, program, whole=True)[:count]
    bounds = F(rhs)
    times: list[float | None] = []
    referee = np.zeros(0)
    for solver in SOLVERS:
        again = again_by(solver, program)
        if again is None:
            times.append(None)
            continue
        values, seconds = timed(again, rhs)
        times.append(1e3 * seconds)
        referee = values if solver == "scip" else referee
    _, seconds = timed(again_by_bare_highs(program), rhs)
    times.append(1e3 * seconds)
    fastest = min(t for t in times if t is not None)
    same = np.isclose(bounds, referee, rtol=1e-7) | (bounds == referee)
    wrong = int(unsound(program, bounds, referee).sum())
    share = f"{int(same.sum())}/{count}"
    finite = int(np.isfinite(referee).sum())
    return [name, *times, per_rhs, 1e3 * fastest / per_rhs, share, finite, wrong]


if __name__ == "__main__":
    main()
