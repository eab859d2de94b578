"""Exact value functions of two-objective models on a line, against a grid of re-solves.

    python bench/value_functions_on_lines.py [FOLDER] [MODELS] [SECONDS]

For each model the first row moves over its whole efficient range. `grid x` is the time of a
200-point grid of SCIP solves (from 10 of them, evenly spaced) over that of `value_function`.
"""

from __future__ import annotations

import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np

import tamemip as tm

GRID, TIMED = 200, 10
FREE = 10**7


def efficient_range(p: tm.MixedIntegerProgram) -> tuple[Fraction, Fraction]:
    """Steps from the least activity of the first row to the one at the best value."""
    row = dict(p.exact.A.rows[0])
    costs = [row.get(j, 0) for j in range(p.n_cols)]
    sign = 1 if p.sense == "min" else -1
    free = p.with_rhs([FREE, *p.exact.rhs[1:]])
    points = (tm.solve(q).point for q in (free.with_cost([sign * c for c in costs]), free))
    lo, hi = (round(float(np.dot([float(c) for c in costs], x))) for x in points)
    return lo - p.exact.rhs[0], hi + 1 - p.exact.rhs[0]


def main(folder: str, models: int, seconds: float) -> None:
    """Print one line a model."""
    print("model | pieces | jumps | certified | seconds | grid x")
    for path in sorted(Path(folder).glob("*.mps"))[:models]:
        p = tm.read(path)
        interval = efficient_range(p)
        limits = tm.Limits(seconds=seconds)
        v = tm.value_function(p, along={0: 1}, interval=interval, limits=limits)
        began = time.perf_counter()
        for k in range(TIMED):
            t = interval[0] + (interval[1] - interval[0]) * Fraction(k, TIMED - 1)
            tm.solve(p.with_rhs(v.rhs_at(t)), solver="scip")
        grid = (time.perf_counter() - began) * GRID / TIMED
        print(
            f"{path.stem} | {len(v.pieces)} | {len(v.jumps)} | {v.is_certified} | "
            f"{v.seconds:.2f} | {grid / v.seconds:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    given = sys.argv[1:]
    main(
        given[0] if given else "../shared/data/rvf_bbrvf",
        int(given[1]) if len(given) > 1 else 5,
        float(given[2]) if len(given) > 2 else 30.0,
    )
