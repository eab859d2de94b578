"""Dynamic programming over a box of right-hand sides: seconds for millions of states.

    python bench/lattice_tables.py [--side 3162] [--items 20]

A two-row 0-1 knapsack, `max c x`, `A x <= b`: entries of A from U{1, ..., side / 10}, profits from
U{10, ..., 100}. The table has `(side + 1)^2` states, 10^7 by default. *plain* is the textbook loop
in numpy: one `np.maximum` over the whole shifted table an item, 64-bit integers, the
shifted copy made before. Both tables are compared entry by entry. *SCIP* is what re-solving
at every state would take, from 20 of them drawn at random; their values are compared as well.
All seconds are processor seconds.
"""

from __future__ import annotations

import argparse

import numpy as np
from _resolving import again_by, timed
from _scip import agree
from _tables import Clock, show

import tamemip as tm

_ASKED = 20


def knapsack(items: int, side: int, seed: int) -> tm.MixedIntegerProgram:
    """Two rows, 0-1 columns."""
    random = np.random.default_rng(seed)
    A = random.integers(1, max(2, side // 10), size=(2, items))
    c = random.integers(10, 101, size=items)
    return tm.MixedIntegerProgram.from_arrays(
        c, A, "<=", [side, side], upper=1, sense="max", name=f"knapsack-2x{items}"
    )


def plain_table(program: tm.MixedIntegerProgram, side: int) -> np.ndarray:
    """The table of all right-hand sides from 0 to `side`, item by item."""
    table = np.zeros((side + 1, side + 1), dtype=np.int64)
    matrix, profits = program.A.toarray().astype(int), program.c.astype(int)
    for j in range(program.n_cols):
        first, second = matrix[:, j]
        shifted = table[: side + 1 - first, : side + 1 - second] + profits[j]
        np.maximum(table[first:, second:], shifted, out=table[first:, second:])
    return table


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--side", type=int, default=3162)
    parser.add_argument("--items", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    program = knapsack(options.items, options.side, options.seed)
    box = tm.Box(dict.fromkeys(range(2), (0, options.side)))
    ours, plain, levels, batch = Clock(), Clock(), Clock(), Clock()
    with ours.running():
        V = tm.value_function(program, domain=box, method="lattice")
    with plain.running():
        table = plain_table(program, options.side)
    with levels.running():
        points = V.level_points
    rng = np.random.default_rng(options.seed)
    many = rng.integers(0, options.side + 1, size=(100_000, 2)).astype(float)
    with batch.running():
        V(many)
    again = again_by("scip", program)
    assert again is not None
    values, solve = timed(again, many[:_ASKED])
    off = sum(not agree(a, float(b)) for a, b in zip(values, V(many[:_ASKED]), strict=True))
    states = V.table.size
    headings = ["program", "states", "ours s", "plain s", "plain x", "same", "level points",
                "level s", "us/rhs", "SCIP days", "off"]  # fmt: skip
    same = bool(np.array_equal(V.table, table))
    row = [program.name, states, ours.cpu, plain.cpu, plain.cpu / ours.cpu, same, len(points),
           levels.cpu, 1e6 * batch.cpu / len(many), solve * states / 86_400, off]  # fmt: skip
    show("Tables of right-hand sides", headings, [row])


if __name__ == "__main__":
    main()
