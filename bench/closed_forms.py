"""Gomory functions on boxes: are they complete, how small, how long does it take."""

from __future__ import annotations

import argparse
import math
import random
import statistics
from dataclasses import dataclass

from _tables import CONSOLE, Clock, show

import tamemip as tm

#: Right end of the box, by the number of rows.
ENDS = {1: 60, 2: 20, 3: 8}


@dataclass(frozen=True)
class Family:
    """Random pure integer programs of one kind."""

    name: str
    sense: str
    row_sense: str
    least: int
    upper: float

    def draw(self, rng: random.Random, rows: int) -> tm.MixedIntegerProgram:
        """One program with four to eight columns."""
        n = rng.randint(4, 8)
        return tm.MixedIntegerProgram.from_arrays(
            [rng.randint(1, 30) for _ in range(n)],
            [[rng.randint(self.least, 12) for _ in range(n)] for _ in range(rows)],
            self.row_sense,
            [5] * rows,
            upper=self.upper,
            sense=self.sense,
        )


FAMILIES = (
    Family("0-1 packing", "max", "<=", 0, 1),
    Family("packing", "max", "<=", 1, math.inf),
    Family("covering", "min", ">=", 0, 3),
    Family("equations", "min", "=", 0, 3),
    Family("mixed signs", "min", ">=", -6, 3),
)


def measure(family: Family, rows: int, count: int, seconds: float) -> list[object]:
    results, times = [], []
    for seed in range(count):
        p = family.draw(random.Random(f"{family.name} {rows} {seed}"), rows)
        clock = Clock()
        with clock.running():
            box = dict.fromkeys(range(rows), (0, ENDS[rows]))
            results.append(tm.gomory_function(p, box, limits=tm.Limits(seconds=seconds)))
        times.append(clock.cpu)
    for G in results:
        tm.check(G.certificate, program=G.program)
    sizes = [G.size for G in results]
    functions = [len(G.dual.closed_forms) + len(G.dual.guards) for G in results]
    return [
        f"{family.name}, {rows} row{'s' * (rows > 1)}",
        f"{sum(G.is_complete for G in results)} of {count}",
        results[0].n_points,
        statistics.median(functions),
        statistics.median(sizes),
        max(sizes),
        statistics.median(times),
        max(times),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10, help="programs of each kind")
    parser.add_argument("--seconds", type=float, default=60.0, help="limit for one search")
    options = parser.parse_args()
    rows = [measure(family, m, options.count, options.seconds) for family in FAMILIES for m in ENDS]
    headings = [
        "programs",
        "complete",
        "points",
        "functions (median)",
        "nodes (median)",
        "nodes (max)",
        "s (median)",
        "s (max)",
    ]
    show("Gomory functions on a box, certificates checked", headings, rows)
    CONSOLE.print("Points: the entries of a table of the box (the first program of a kind).")


if __name__ == "__main__":
    main()
