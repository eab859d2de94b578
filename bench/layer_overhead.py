"""What a layer costs beyond a solve: values, solutions and backward passes, in one run."""

from __future__ import annotations

import argparse
import importlib.util
from dataclasses import dataclass

import numpy as np
from _instances import facility_location
from _models import classic
from _tables import CONSOLE, Clock, show

import tamemip as tm

#: Perturbed data: this much up and down, relatively.
SPREAD = 0.2


@dataclass(frozen=True)
class Case:
    """A program, the slot that moves, and data for it."""

    name: str
    program: tm.MixedIntegerProgram
    slot: str
    data: np.ndarray
    penalty: float | None = None

    def bare(self, row: np.ndarray) -> tm.Claim:
        """What a layer has to do at the least: take the data, and solve."""
        moved = self.program
        if self.slot == "c":
            return tm.solve(moved.with_cost(list(row)))
        if self.penalty is not None:
            moved = tm.elastic(moved, penalty=self.penalty)
        return tm.solve(moved.with_rhs(list(row)))


def knapsack(columns: int, rows: int, seed: int) -> tm.MixedIntegerProgram:
    """Weights from 3 to 8, capacity 20 a row, as in PyEPO's generator."""
    random = np.random.default_rng(seed)
    weights = random.integers(300, 801, size=(rows, columns)) / 100
    return tm.MixedIntegerProgram.from_arrays(
        random.uniform(1, 5, size=columns), weights, "<=", [20] * rows, upper=1, sense="max"
    )


def around(vector: np.ndarray, count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return vector * random.uniform(1 - SPREAD, 1 + SPREAD, size=(count, len(vector)))


def cases(count: int, seed: int) -> list[Case]:
    sack, plant = knapsack(32, 2, seed), facility_location(facilities=5, customers=10, seed=seed)
    found = [
        Case("knapsack 32x2", sack, "c", around(sack.c, count, seed)),
        Case("knapsack 32x2, elastic", sack, "rhs", around(sack.rhs, count, seed), 5.0),
        Case("facilities 5x10", plant, "rhs", around(plant.rhs, count, seed)),
        Case("facilities 5x10", plant, "c", around(plant.c, count, seed)),
    ]
    for name in ("p0033", "bm23"):
        model = classic(name)
        if model is None:
            CONSOLE.print(f"{name}: not there, left out")
        else:
            found.append(Case(name, model, "c", around(model.c, count, seed)))
    return found


def value_row(case: Case, *, warm_start: bool) -> list[object]:
    """Forward and backward against bare solves; they alternate, each first half of the time."""
    import torch

    from tamemip.layers.torch import ValueLayer

    layer = ValueLayer(
        case.program, case.slot, penalty=case.penalty, warm_start=warm_start, on_jump="element"
    )
    bare, forward, backward = Clock(), Clock(), Clock()
    ties = jumps = 0
    case.bare(case.data[0] * 0.99)
    layer(torch.tensor(case.data[0] * 0.99))
    for k, row in enumerate(case.data):
        given = torch.tensor(row, requires_grad=True)
        for step in ("solve", "layer") if k % 2 else ("layer", "solve"):
            if step == "solve":
                with bare.running():
                    case.bare(row)
                continue
            with forward.running():
                value = layer(given)
            with backward.running():
                value.backward()
        ties += bool(layer.flags[0].tie)
        jumps += bool(layer.flags[0].jump)
    count = len(case.data)
    return [
        case.name,
        case.slot,
        warm_start,
        1e3 * bare.cpu / count,
        1e3 * forward.cpu / count,
        1e3 * backward.cpu / count,
        (forward.cpu + backward.cpu) / bare.cpu,
        100 * backward.cpu / forward.cpu,
        f"{ties} / {jumps}",
    ]


def solution_rows(count: int, seed: int) -> list[list[object]]:
    """Solves and time an item of every solution layer on the knapsack with 32 columns."""
    import torch

    from tamemip.layers.torch import SolutionLayer

    program = knapsack(32, 2, seed)
    costs = around(program.c, 2 * count, seed)
    rows: list[list[object]] = []
    for name, options in (
        ("perturbed, 2 samples (default)", {"seed": 0}),
        ("exact", {"method": "exact", "on_jump": "element"}),
        ("quadratic, tau 0.1", {"method": "quadratic", "tau": 0.1}),
        ("quadratic, tau 1", {"method": "quadratic", "tau": 1.0}),
    ):
        layer = SolutionLayer(program, **options)
        cells: list[object] = [name]
        for half in (costs[:count], costs[count:]):
            clock, before = Clock(), layer.n_solves
            with clock.running():
                for row in half:
                    given = torch.tensor(row, requires_grad=True)
                    layer(given).sum().backward()
            solves = layer.n_solves - before
            cells += [solves / count, 1e3 * clock.cpu / count]
        given = torch.tensor(costs[-1] * 1.0001, requires_grad=True)
        before = layer.n_solves
        layer(given).sum().backward()
        rows.append([*cells, layer.n_solves - before])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=16, help="items a case")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if importlib.util.find_spec("torch") is None:
        CONSOLE.print("torch is not installed: left out")
        return
    show(
        f"Value layers: {options.count} items each, one after the other",
        ["program", "slot", "warm", "solve ms", "forward ms", "backward ms", "ratio",
         "backward %", "ties / jumps"],
        [
            value_row(case, warm_start=warm)
            for case in cases(options.count, options.seed)
            for warm in (True, False)
        ],
        note="ratio: forward and backward to a bare solve of the same data by the same solver; "
        "processor time. backward %: of forward. ties / jumps: items that were flagged.",
    )  # fmt: skip
    show(
        f"Solution layers on the knapsack 32x2: first and second {options.count} items",
        ["method", "solves", "ms", "solves, later", "ms, later", "solves nearby"],
        solution_rows(options.count, options.seed),
        note="an item: forward and backward. Solutions are remembered by `quadratic`.",
    )


if __name__ == "__main__":
    main()
