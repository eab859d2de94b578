"""Training a dual function on some right-hand sides, and what it is worth at fresh ones."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from _instances import facility_location, facility_rhs, packing, packing_rhs
from _resolving import again_by, unsound
from _tables import CONSOLE, Clock, show

import tamemip as tm

FRESH = 50
MANY = 10_000
#: Figures of SYMPHONY's research branch `rvf`, quoted from ../shared/RESULTS.md, section 5
#: (measured there on the same class of machine, not in this run): model, T, build seconds,
#: share exact in percent, mean gap in percent, microseconds an evaluation.
QUOTED = (
    ("cflp-10x20", 50, 1.1, 94.0, None, 54_000.0),
    ("packing-3x20", 20, 5.4, None, 1.76, 240_000.0),
)


@dataclass(frozen=True)
class Family:
    """A program with right-hand sides around its own."""

    program: tm.MixedIntegerProgram
    points: Callable[..., np.ndarray]


def families(seed: int) -> tuple[Family, ...]:
    return (
        Family(facility_location(seed=seed), facility_rhs),
        Family(packing(seed=seed), packing_rhs),
    )


def train(
    family: Family, rounds: tuple[int, ...], seconds: float
) -> list[tuple[int, tm.dual_function, float, float]]:
    """Functions after each number of training points, with processor and wall seconds."""
    clock = Clock()
    found = []
    with clock.running():
        F = tm.dual_function(family.program, limits=tm.Limits(seconds=seconds))
    for k, b in enumerate(family.points(family.program, max(rounds), seed=11), start=1):
        with clock.running():
            F = F.refine(at=b.tolist(), limits=tm.Limits(seconds=seconds))
        if k in rounds:
            found.append((k, F, clock.cpu, clock.wall))
    return found


def measure(family: Family, rounds: tuple[int, ...], seconds: float) -> list[list[object]]:
    program = family.program
    fresh = family.points(program, FRESH, seed=12)
    many = family.points(program, MANY, seed=13)
    solve = again_by("scip", program)
    values = np.array([solve(b) for b in fresh])
    rows: list[list[object]] = []
    for count, F, cpu, wall in train(family, rounds, seconds):
        bounds = F(fresh)
        finite = np.isfinite(values) & np.isfinite(bounds)
        if not finite.any():
            CONSOLE.print(f"{program.name}: no fresh point is finite, nothing is shown")
            continue
        gaps = np.abs(values - bounds)[finite] / np.maximum(1e-9, np.abs(values[finite]))
        F(many[:10])
        clock = Clock()
        with clock.running():
            F(many)
        rows.append(
            [
                program.name,
                count,
                len(F.tight_at),
                F.n_leaves,
                cpu,
                wall,
                100 * float((gaps <= 1e-7).mean()),
                100 * float(gaps.mean()),
                100 * float(gaps.max()),
                1e6 * clock.cpu / MANY,
                int(unsound(program, bounds, values).sum()),
            ]
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", default="20,50", help="numbers of training points")
    parser.add_argument("--seconds", type=float, default=60.0, help="limit for one training point")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rounds = tuple(int(text) for text in options.rounds.split(","))
    rows: list[list[object]] = []
    for family in families(options.seed):
        rows += measure(family, rounds, options.seconds)
    headings = ["model", "T", "tight at", "leaves", "build cpu s", "build s", "exact %"]
    headings += ["mean gap %", "max gap %", "us/rhs", "unsound"]
    show(f"After training on T right-hand sides, at {FRESH} fresh ones", headings, rows)
    show(
        "SYMPHONY rvf, as quoted in ../shared/RESULTS.md section 5 (not measured here)",
        ["model", "T", "build s", "exact %", "mean gap %", "us/rhs"],
        QUOTED,
        note="other instances of the same shape and size",
    )


if __name__ == "__main__":
    main()
