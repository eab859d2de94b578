"""Knapsacks for all capacities at once, and for one: seconds beside plain loops and solvers.

    python bench/knapsack_values.py [--upto 100000] [--mkp 2] [--seconds 10]

*Values*: the value function up to `--upto`, for 0-1 items, at most four copies of each, and any
number of copies. *plain* is the textbook loop in numpy: one `np.maximum` over the whole shifted
table an item (a copy, of bounded ones; an item without limit in a pass over the residues of
its weight), 64-bit integers. Tables are compared entry by entry. *needed* are the stages that
domination leaves. *us/c* is a capacity in a batch of 100,000, *solution s* an optimal packing at
the end. *sensitivity s* is the exact table of all items at the instance's own capacity; *ranges
x* the time of `tamemip.cost_ranges` for two columns, scaled to all of them, over that.

*One capacity*: `solve` beside OR-Tools' knapsack solvers (branch and bound, and *D&C*, dynamic
programming by divide and conquer) and SCIP, building the program not counted. Pisinger's types
of instances are made here: profits are drawn with the weights' range `R` (*uncorr*), near the
weights (*weak*), are weight + R/10 (*strong*) or weight - R/10 (*inverse*), or equal to them
(*subset*). A dash: not in time.

*Several capacities*: OR-Library's mknapcb1 (5) and mknapcb4 (10), best known values beside what
`solve` (SCIP) claims within the limit. All seconds are processor seconds, except the limit.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from _tables import Clock, show
from ortools.algorithms.python import knapsack_solver

import tamemip as tm
from tamemip.plugins.knapsack import Knapsack, program, read, sensitivity, solve, value_function

DATA = Path(__file__).parents[2] / "shared/data/knapsack"
_ASKED = 100_000
_RANGED = 2
_MODERATE = 10**8
_SOLVERS = knapsack_solver.SolverType


def timed(work: Callable[[], object]) -> tuple[object, float]:
    clock = Clock()
    with clock.running():
        found = work()
    return found, clock.cpu


def of_the_literature(most: int) -> Iterator[Knapsack]:
    if not (DATA / "std/optimum.csv").is_file():
        print("../shared/data/knapsack is not there: its instances are left out.")
        return
    with (DATA / "std/optimum.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["name"].startswith("knapPI")]
    for row in sorted(rows, key=lambda row: (int(row["n"]), row["name"])):
        if int(row["n"]) >= most:
            yield replace(read(DATA / f"std/{row['name']}.txt"), optimum=int(row["optimum"]))


def made(kind: str, n: int, reach: int, seed: int) -> Knapsack:
    """One of Pisinger's types."""
    rng = random.Random(seed)
    weights = [rng.randint(1, reach) for _ in range(n)]
    tenth = reach // 10
    profits = {
        "uncorr": lambda w: rng.randint(1, reach),
        "weak": lambda w: max(1, w + rng.randint(-tenth, tenth)),
        "strong": lambda w: w + tenth,
        "inverse": lambda w: w,
        "subset": lambda w: w,
    }[kind]
    own = [w + tenth for w in weights] if kind == "inverse" else weights
    found = [profits(w) for w in weights]
    return Knapsack(found, own, sum(own) // 2, name=f"{kind} {n} R={reach}")


# -- all capacities ------------------------------------------------------------------------


def plain_table(instance: Knapsack, upto: int) -> np.ndarray:
    table = np.zeros(upto + 1, dtype=np.int64)
    rows = zip(instance.profits, instance.weights[0], instance.upper, strict=True)
    for p, w, up in rows:
        profit, weight = int(p), int(w)
        if up == float("inf"):
            _any_number(table, profit, weight)
            continue
        for _ in range(int(up)):
            np.maximum(table[weight:], table[:-weight] + profit, out=table[weight:])
    return table


def _any_number(table: np.ndarray, profit: int, weight: int) -> None:
    """``max over k of table[c - k * weight] + k * profit``, residue by residue at once."""
    rounds = -(-len(table) // weight)
    padded = np.full(rounds * weight, -1, dtype=np.int64)
    padded[: len(table)] = table
    steps = profit * np.arange(rounds)[:, None]
    lifted = padded.reshape(rounds, weight) - steps
    best = np.maximum.accumulate(lifted, axis=0) + steps
    table[:] = best.ravel()[: len(table)]


def value_row(instance: Knapsack, kind: str, upto: int) -> list[object]:
    V, ours = timed(lambda: value_function(instance, upto=upto))
    table, plain = timed(lambda: plain_table(instance, upto))
    capacities = np.random.default_rng(1).uniform(0, upto, _ASKED)
    _, batch = timed(lambda: V(capacities))
    packed, recovery = timed(lambda: V.solution(upto))
    steps, breaks = timed(lambda: len(V.breakpoints))
    same = bool(np.array_equal(V(range(upto + 1)), table)) and packed.value == table[-1]
    return [instance.name, kind, instance.n_items, len(V.form.stages), ours, plain / ours, same,
            steps, breaks, 1e6 * batch / _ASKED, recovery]  # fmt: skip


def values(upto: int) -> None:
    headings = ["instance", "copies", "items", "needed", "ours s", "plain x", "same", "steps",
                "steps s", "us/c", "solution s"]  # fmt: skip
    rows = []
    instances = [*of_the_literature(1000), made("strong", 10_000, 1000, 1)]
    for instance in instances:
        for kind, upper in (("1", 1), ("4", 4), ("any", None)):
            if kind == "1" or instance.n_items == 10_000:
                rows.append(value_row(replace(instance, upper=upper), kind, upto))
    show(f"Value functions up to capacity {upto}", headings, rows)


# -- one capacity --------------------------------------------------------------------------


def by_ortools(kind: _SOLVERS, instance: Knapsack, seconds: float) -> tuple[object, float]:
    solver = knapsack_solver.KnapsackSolver(kind, instance.name)
    solver.set_time_limit(seconds)
    profits = [int(p) for p in instance.profits]
    weights = [[int(w) for w in instance.weights[0]]]
    capacities = [int(c) for c in instance.capacities]

    def work() -> int:
        solver.init(profits, weights, capacities)
        return solver.solve()

    value, spent = timed(work)
    return (value, spent) if solver.is_solution_optimal() else (None, spent)


def one_row(instance: Knapsack, seconds: float) -> list[object]:
    limits = tm.Limits(seconds=seconds)
    answer, ours = timed(lambda: solve(instance, limits=limits))
    found = [
        by_ortools(_SOLVERS.KNAPSACK_MULTIDIMENSION_BRANCH_AND_BOUND_SOLVER, instance, seconds)
    ]
    # It takes no time limit seriously.
    is_moderate = instance.n_items * int(instance.capacities[0]) <= _MODERATE
    divided = _SOLVERS.KNAPSACK_DIVIDE_AND_CONQUER_SOLVER
    found.append(by_ortools(divided, instance, seconds) if is_moderate else (None, None))
    p = program(instance).program
    claim, scip = timed(lambda: tm.solve(p, solver="scip", limits=limits))
    closed = claim.value if claim.status is tm.Status.OPTIMAL else None
    known = [v for v in (instance.optimum, *(v for v, _ in found), closed) if v is not None]
    agree = all(float(v) == float(answer.value) for v in known)
    ratios = [s / ours if v is not None and s is not None else None for v, s in found]
    return [instance.name, int(answer.value), answer.is_exact, ours, *ratios,
            None if closed is None else scip / ours, agree]  # fmt: skip


def single(seconds: float) -> None:
    instances = list(of_the_literature(500))
    for kind in ("uncorr", "weak", "strong", "inverse", "subset"):
        instances += [made(kind, 1000, reach, 5) for reach in (1000, 10**6)]
    headings = ["instance", "value", "exact", "ours s", "B&B x", "D&C x", "SCIP x", "agree"]
    show("One capacity", headings, [one_row(instance, seconds) for instance in instances])


def moves() -> None:
    headings = ["instance", "items", "in every", "in some", "sensitivity s", "ranges x"]
    rows = []
    for instance in of_the_literature(100):
        table, spent = timed(lambda instance=instance: sensitivity(instance))
        counts = [sum(entry.presence == word for entry in table) for word in ("every", "some")]
        ratio = None
        if instance.n_items <= 500:
            p = program(instance).program
            _, ranged = timed(lambda p=p: tm.cost_ranges(p, columns=range(_RANGED)))
            ratio = ranged * instance.n_items / _RANGED / spent
        rows.append([instance.name, instance.n_items, *counts, spent, ratio])
    show("Exact sensitivity of every item", headings, rows)


# -- several capacities --------------------------------------------------------------------


def several(count: int, seconds: float) -> None:
    path = DATA / "orlib_mkp/best-feasible-slns.txt"
    if not path.is_file():
        return
    text = path.read_text(encoding="utf-8")
    known = dict(re.findall(r"^\s*(\d+\.\d+-\d+)\s+(\d+)\s*$", text, re.MULTILINE))
    rows = []
    for name, size in (("mknapcb1", "5.100"), ("mknapcb4", "10.100")):
        for k, instance in enumerate(read(DATA / f"orlib_mkp/{name}.txt")[:count]):
            best = int(known[f"{size}-{k:02}"])
            answer, spent = timed(
                lambda instance=instance: solve(instance, limits=tm.Limits(seconds=seconds))
            )
            rows.append([instance.name, best, int(answer.value), float(answer.bound),
                         answer.status.value, spent])  # fmt: skip
    headings = ["instance", "best known", "found", "bound", "claimed", "s"]
    show("Several capacities", headings, rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--upto", type=int, default=100_000)
    parser.add_argument("--mkp", type=int, default=2, help="problems of each file")
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    values(options.upto)
    moves()
    single(options.seconds)
    several(options.mkp, options.seconds)


if __name__ == "__main__":
    main()
