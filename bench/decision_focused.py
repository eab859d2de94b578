"""Decision-focused learning on PyEPO's generators: a table of test regrets.

Every method predicts costs by one matrix, starts at least squares, has the same solver and the
same number of solver calls (those of validation included), and keeps what validates best. *again*
means that the instances for validation are learned from in the end, as ours does. Steps and noises
of the peers are the best of a grid on seeds 101 and 102, which the table leaves out.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # many small products: threads only wait

import importlib.util
from collections.abc import Callable

import numpy as np
from _decision_focused_ours import train_ours
from _decision_focused_peers import Recipe, joined, least_squares, test, train_peer
from _decision_focused_problems import PROBLEMS, Problem, agreement
from _tables import CONSOLE, Clock, show

RECIPES = {
    "knapsack": (
        Recipe("SPO+", 0.03),
        Recipe("perturbed FY", 0.01, 2),
        Recipe("I-MLE", 0.003, 100),
        Recipe("black-box", 0.003, 100),
    ),
    "shortest path": (
        Recipe("SPO+", 0.003),
        Recipe("perturbed FY", 0.001, 1),
        Recipe("I-MLE", 0.003, 100),
        Recipe("black-box", 0.003, 30),
    ),
}
OURS = "ours, list of solutions"
Trainer = Callable[[Problem, int, int], np.ndarray]


def trainers(problem: str) -> dict[str, Trainer]:
    """All methods; a peer is shown as it is, and trained again on all labelled instances."""

    def peer(recipe: Recipe, *, again: bool) -> Trainer:
        return lambda p, budget, seed: train_peer(recipe, p, budget, seed, again=again)

    found: dict[str, Trainer] = {
        "two-stage": lambda p, _budget, _seed: least_squares(p.train),
        "two-stage, again": lambda p, _budget, _seed: least_squares(joined(p.train, p.validation)),
    }
    for recipe in RECIPES[problem]:
        found[recipe.method] = peer(recipe, again=False)
        found[f"{recipe.method}, again"] = peer(recipe, again=True)
    return found | {OURS: train_ours}


def rows(name: str, options: argparse.Namespace) -> list[list[object]]:
    """One line a method: regrets over the seeds, the difference to ours, calls, seconds."""
    methods = trainers(name)
    regrets = {key: [] for key in methods}
    calls = dict.fromkeys(methods, 0)
    clocks = {key: Clock() for key in methods}
    for seed in range(1, options.seeds + 1):
        problem = PROBLEMS[name](
            seed, degree=options.degree, n_train=options.train, n_test=options.test
        )
        if seed == 1 and options.check:
            same = agreement(problem, options.check, "highs")
            CONSOLE.print(f"{name}: the list and HiGHS find one value on {same} random objectives")
        for key, trainer in methods.items():
            before = problem.solver.n_solves
            with clocks[key].running():
                W = trainer(problem, options.calls, seed)
            calls[key] = max(calls[key], problem.solver.n_solves - before)
            regrets[key].append(100 * test(problem, W))
    ours = np.array(regrets[OURS])
    table = []
    for key in methods:
        mine = np.array(regrets[key])
        mean, spread = f"{mine.mean():.2f}", f"{mine.std(ddof=1) if len(mine) > 1 else 0:.2f}"
        gap, lost = mine - ours, int((mine < ours - 1e-9).sum())
        seconds = clocks[key].cpu / options.seeds
        table.append(
            [f"{name}: {key}", mean, spread, f"{gap.mean():+.2f}", lost, calls[key], seconds]
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--train", type=int, default=200, help="half as many for validation")
    parser.add_argument("--test", type=int, default=1000)
    parser.add_argument("--degree", type=int, default=4, help="of the generators' polynomials")
    parser.add_argument("--calls", type=int, default=8000, help="solver calls a method")
    parser.add_argument("--check", type=int, default=20, help="objectives compared with HiGHS")
    parser.add_argument("--problems", default=",".join(PROBLEMS))
    options = parser.parse_args()
    missing = [name for name in ("torch", "pyepo") if importlib.util.find_spec(name) is None]
    if missing:
        CONSOLE.print(f"{' and '.join(missing)}: not installed, left out")
        return
    import torch

    torch.set_num_threads(1)
    show(
        f"Test regret in percent, {options.seeds} seeds, degree {options.degree}",
        ["problem: method", "mean", "std", "minus ours", "better seeds", "calls", "s cpu"],
        [row for name in options.problems.split(",") for row in rows(name, options)],
        note="better seeds: on how many a method is better than ours; calls: to the solver, "
        "at most, in training and validation",
    )


if __name__ == "__main__":
    main()
