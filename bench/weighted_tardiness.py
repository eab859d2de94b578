"""Weighted tardiness: how many of the OR-Library's optima are found, and what is closed."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from _tables import CONSOLE, Clock, show

import tamemip as tm
from tamemip.plugins.scheduling._read_weighted_tardiness import read_weighted_tardiness
from tamemip.plugins.scheduling._single_machine import SingleMachine
from tamemip.plugins.scheduling._single_machine_program import single_machine_program
from tamemip.plugins.scheduling._single_machine_search import find_single_machine
from tamemip.plugins.scheduling._single_machine_time_indexed import time_indexed_program

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "scheduling"
WT40 = DATA / "weighted_tardiness" / "wt40_001_060.txt"
#: How many of the first instances share a range of due dates: the OR-Library draws five each.
GROUP = 20
#: Times of the small instances are these parts of the originals, rounded up.
SHRINKING = 10


@dataclass(frozen=True)
class Formulation:
    """One way to write the program."""

    name: str
    model: Callable[[SingleMachine], tm.ParametricProgram]


FORMULATIONS = (
    Formulation("starting times", time_indexed_program),
    Formulation("linear order", single_machine_program),
)


def shortened(instance: SingleMachine, n: int) -> SingleMachine:
    """The first jobs only, with shorter times, and due dates in the same part of their sum."""
    times = [-(-p // SHRINKING) for p in instance.processing[:n]]
    part = Fraction(sum(times)) / sum(instance.processing)
    assert instance.due is not None
    due = [round(d * part) for d in instance.due[:n]]
    return SingleMachine(times, instance.weights[:n], due=due, name=f"{instance.name}:{n}")


def found(instances: Sequence[SingleMachine], rounds: int, seed: int) -> list[object]:
    times, hits, over = [], 0, []
    for instance in instances:
        clock = Clock()
        with clock.running():
            value = find_single_machine(instance, rounds=rounds, seed=seed).value
        times.append(clock.cpu)
        assert instance.optimum is not None
        assert value >= instance.optimum
        hits += value == instance.optimum
        over.append(float(100 * (value / instance.optimum - 1)) if instance.optimum else 0.0)
    names = f"{instances[0].name} to {instances[-1].name}"
    return [
        f"{names}, {rounds} round{'s' * (rounds != 1)}",
        f"{hits} of {len(instances)}",
        max(over),
        statistics.median(times),
        max(times),
    ]


def closed(
    instances: Sequence[SingleMachine], formulation: Formulation, seconds: float
) -> list[object]:
    times, hits, columns = [], 0, []
    for instance in instances:
        program = formulation.model(instance).program
        limits = tm.Limits(seconds=seconds)
        claim = tm.solve(program, solver="scip", limits=limits)
        hits += claim.status is tm.Status.OPTIMAL
        times.append(claim.seconds)
        columns.append(program.n_cols)
    return [
        f"{instances[0].n_jobs} jobs, {formulation.name}",
        f"{hits} of {len(instances)}",
        statistics.median_low(columns),
        statistics.median(times),
        max(times),
    ]


def proved(
    instances: Sequence[SingleMachine], formulation: Formulation, seconds: float
) -> list[object]:
    times, hits, steps = [], 0, []
    for instance in instances:
        program = formulation.model(instance).program
        clock = Clock()
        with clock.running():
            F = tm.dual_function(program, limits=tm.Limits(seconds=seconds))
        times.append(clock.wall)
        tm.check(F.certificate, program=program)
        hits += bool(F.tight_at)
        steps.append(len(list(F.certificate.lines)))
    return [
        f"{instances[0].n_jobs} jobs, {formulation.name}",
        f"{hits} of {len(instances)}",
        statistics.median_low(steps),
        statistics.median(times),
        max(times),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, nargs="+", default=[1, 50, 200])
    parser.add_argument("--seed", type=int, default=0, help="of the local search")
    parser.add_argument("--every", type=int, default=10, help="take every tenth for the bounds")
    parser.add_argument("--jobs", type=int, nargs="+", default=[8, 12, 16, 20])
    parser.add_argument("--proof-jobs", type=int, nargs="+", default=[4, 8, 12])
    parser.add_argument("--seconds", type=float, default=20.0, help="limit for one instance")
    options = parser.parse_args()
    if not WT40.is_file():
        parser.error(f"there is no {WT40}")
    instances = list(read_weighted_tardiness(WT40))
    groups = [instances[k : k + GROUP] for k in range(0, len(instances), GROUP)]
    show(
        "Optima of the OR-Library that local search finds, 40 jobs",
        ["instances", "found", "most above, %", "CPU s (median)", "CPU s (max)"],
        [found(group, n, options.seed) for n in options.rounds for group in groups],
    )
    chosen = instances[:: options.every]
    head = ["program", "closed", "columns (median)", "s (median)", "s (max)"]
    show(
        "Closed by SCIP, a claim",
        head,
        [
            closed([shortened(i, n) for i in chosen], formulation, options.seconds)
            for n in options.jobs
            for formulation in FORMULATIONS
        ],
        note=f"The first jobs, times divided by {SHRINKING}; limit {options.seconds:g} s.",
    )
    head = ["program", "proved", "lines (median)", "s (median)", "s (max)"]
    show(
        "Proved by a dual function, certificate checked",
        head,
        [
            proved([shortened(i, n) for i in chosen], formulation, options.seconds)
            for n in options.proof_jobs
            for formulation in FORMULATIONS
        ],
    )
    zero = sum(instance.optimum == 0 for instance in instances)
    CONSOLE.print(f"Of the full instances, {zero} have the optimum 0, which needs no proof.")


if __name__ == "__main__":
    main()
