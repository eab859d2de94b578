"""Chvátal dual functions at many right-hand sides, beside solving again at each of them."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from fractions import Fraction
from unittest import mock

import numpy as np
from _instances import moved_rhs
from _models import classic
from _resolving import again_by, timed
from _tables import CONSOLE, Clock, show

import tamemip as tm
from tamemip.functions import AffineInput, Ceil, Node, TermReading, Threshold, topological
from tamemip.functions import _term_batch_plan as plan

POINTS = 100_000
REPETITIONS = 3
EXACT_POINTS = 50
#: One pass over the graph at a given objective, as a first trial of this construction reached
#: it on another machine (rhs/s: numpy with floats, and numba).
TRIAL = {
    "p0033": (1_090_000, 2_000_000),
    "lseu": (93_000, 384_000),
    "p0201": (21_000, 97_000),
    "stein27": (15_000, 46_000),
}


def dual_function(program: tm.MixedIntegerProgram, seconds: float) -> tm.DualFunction:
    return tm.dual_function(program, method="chvatal", limits=tm.Limits(seconds=seconds))


def best_of(task: Callable[[], object]) -> float:
    """Processor seconds, the least of some runs; the first one prepares and is not counted."""
    task()
    least = math.inf
    for _ in range(REPETITIONS):
        clock = Clock()
        with clock.running():
            task()
        least = min(least, clock.cpu)
    return least


def reading_of(F: tm.DualFunction, nodes: tuple[Node, ...]) -> TermReading:
    form = F.program.canonical()
    return TermReading(nodes, form.n_rows, given=AffineInput.of_form(form))


def node_by_node(G: Node, e: np.ndarray) -> np.ndarray:
    """The plain way: gather, multiply, divide, one node after the other, in ``int64``."""
    values: dict[Node, np.ndarray] = {}
    for node in topological(G):
        if isinstance(node, Ceil):
            total, q = values[node.of], values[node.of, "q"]
            values[node] = -(-total // q)
        else:
            weights = [w for _, w in node.linear] + [w for w, _ in node.parts]
            q = math.lcm(node.constant.denominator, *(w.denominator for w in weights))
            rows = [e[i] for i, _ in node.linear] + [values[part] for _, part in node.parts]
            whole = np.array([int(w * q) for w in weights], dtype=np.int64)
            values[node] = whole @ np.array(rows) + int(node.constant * q)
            values[node, "q"] = q
    return values[G]


def plain_seconds(F: tm.DualFunction, node: Threshold, rhs: np.ndarray) -> float:
    """Processor seconds of one plain pass for each point, in blocks, at the known objective."""
    given = AffineInput.of_form(F.program.canonical())
    blocks = []
    for k in range(0, len(rhs), 2048):
        block = rhs[k : k + 2048]
        e = np.empty((given.n_coordinates + 1, len(block)), dtype=np.int64)
        for i, (sign, shift) in enumerate(zip(given.signs, given.shifts, strict=True)):
            e[i] = sign * block[:, i] + int(shift)
        e[given.n_inputs : -1] = np.array([int(v) for v in given.fixed])[:, None]
        e[-1] = -int(F.exact(F.program.rhs) / node.granularity)
        blocks.append(e)

    def task() -> None:
        for e in blocks:
            node_by_node(node.of, e)

    return best_of(task)


def row_of(name: str, program: tm.MixedIntegerProgram, options: argparse.Namespace) -> list[object]:
    F = dual_function(program, options.seconds)
    form = program.canonical()
    nodes = [node for f in F.closed_forms for node in topological(f) if isinstance(node, Threshold)]
    rhs = moved_rhs(program, options.points, seed=7, whole=True)
    rates = []
    for bound in (1 << 60, 0):
        with mock.patch.object(plan, "COMPILED", bound):
            reading = reading_of(F, F.closed_forms)
            rates.append(len(rhs) / best_of(lambda r=reading: r.values(rhs)))
    # One plain pass, on fewer points: it is slow.
    few = rhs[: max(2048, len(rhs) // 10)]
    is_whole = all(v.denominator == 1 for v in form.rhs_shift)
    plain = len(few) / plain_seconds(F, nodes[0], few) if nodes and is_whole else None
    sample = rhs[:EXACT_POINTS]
    exact = best_of(lambda: [F.exact(row.tolist()) for row in sample]) / len(sample)
    values = F(rhs[:EXACT_POINTS])
    wrong = sum(
        float(F.exact([Fraction(v) for v in row])) != value
        for row, value in zip(sample.tolist(), np.atleast_1d(values).tolist(), strict=True)
    )
    again = again_by("scip", program)
    _, seconds = timed(again, rhs[: options.solves])
    target = TRIAL.get(name, (None, None))
    return [
        name,
        len(topological(*F.closed_forms)),
        max((tm.functions.depth(f) for f in F.closed_forms), default=0),
        F.is_tight,
        plain,
        *rates,
        *target,
        1e3 * exact,
        wrong,
        seconds * max(rates),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default="p0033,lseu,p0201,stein27")
    parser.add_argument("--points", type=int, default=POINTS)
    parser.add_argument("--solves", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    rows = []
    for name in options.models.split(","):
        program = classic(name)
        if program is None:
            CONSOLE.print(f"{name}: no such file, left out")
        else:
            rows.append(row_of(name, program, options))
    show(
        f"Chvátal dual functions at {options.points} right-hand sides, rhs a second",
        [
            "model",
            "nodes",
            "depth",
            "tight",
            "plain G",
            "F matrices",
            "F kernel",
            "trial floats",
            "trial numba",
            "exact ms",
            "wrong",
            "x SCIP",
        ],
        rows,
        note="plain G: one pass of the graph at one objective, node by node; F also searches the"
        " objective. trial: one pass, on another machine. x SCIP: processor seconds of a solve over"
        " those of an evaluation.",
    )


if __name__ == "__main__":
    main()
