"""Trees folded into Lipschitz subadditive functions, beside the minimum over their leaves.

For each model: what is proved at its own right-hand side, the size of the function, how
steep it is against the dual vector of its relaxation, and how far above that vector it lies
at right-hand sides nearby, as a share of the gap at the model's own; the same for branch and
bound.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

import numpy as np
from _instances import moved_rhs
from _models import classic, known_optima
from _tables import CONSOLE, Clock, show

import tamemip as tm
from tamemip.certificates import check_fast
from tamemip.duality import DualFunction
from tamemip.duality._mir_tree_slopes import slopes
from tamemip.functions import Combination, MixedIntegerRounding, maximum, topological

MODELS = ("sample2", "misc01", "misc02", "misc03", "mod013", "khb05250", "rgn", "egout", "vpm1",
          "set1al", "dcmulti", "gen", "bell5", "flugpl", "enigma", "p0033", "p0040", "bm23",
          "stein15", "lp4l", "pipex", "sentoy", "p0201", "lseu", "mod008")  # fmt: skip
SECONDS = 60.0
NEARBY = 40


@dataclass
class Row:
    """One model."""

    model: str
    continuous: int
    closed: float | None
    tight: bool
    nodes: int
    roundings: int
    depth: int
    bits: int
    steepness: float
    nearby: float | None
    nearby_tree: float | None
    build: float
    proof: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--seconds", type=float, default=SECONDS)
    chosen = parser.parse_args()
    rows = []
    for name in chosen.models.split(","):
        program = classic(name)
        if program is None:
            CONSOLE.print(f"{name}: no file, left out")
            continue
        rows.append(measured(name, program, tm.Limits(seconds=chosen.seconds)))
        CONSOLE.print(f"{name}: {rows[-1].build:.1f} s")
    report(rows)


def measured(name: str, program: tm.MixedIntegerProgram, limits: tm.Limits) -> Row:
    linear = tm.dual_function(program, method="linear")
    tree = tm.dual_function(program, method="branch-and-bound", limits=limits)
    build, proof = Clock(), Clock()
    with build.running():
        F = tm.dual_function(program, method="mir", limits=limits)
    with proof.running():
        check_fast(F.certificate, program=program)
    nodes = topological(*F.closed_forms, *F.guards)
    best = known_optima().get(name)
    gap = 0.0 if best is None else abs(best - float(linear.value))
    points = moved_rhs(program, NEARBY, seed=1, whole=True)
    base = linear(points)
    return Row(
        model=name,
        continuous=program.n_cols - int(np.sum(program.integrality)),
        closed=100 * abs(float(F.value) - float(linear.value)) / gap if gap else None,
        tight=F.is_tight,
        nodes=len(nodes),
        roundings=sum(isinstance(node, MixedIntegerRounding) for node in nodes),
        depth=F.depth,
        bits=max((bits(node) for node in nodes), default=0),
        steepness=steepness(F) / (steepness(linear_part(program, linear)) or 1.0),
        nearby=share(F, points, base, gap),
        nearby_tree=share(tree, points, base, gap),
        build=build.cpu,
        proof=proof.cpu,
    )


def bits(node: object) -> int:
    """Digits of the longest number of a node."""
    match node:
        case Combination():
            weights = [*(w for _, w in node.linear), *(w for w, _ in node.parts)]
        case MixedIntegerRounding():
            weights = [node.fraction]
        case _:
            return 0
    return max(
        (max(w.numerator.bit_length(), w.denominator.bit_length()) for w in weights), default=0
    )


def steepness(F: DualFunction) -> float:
    """The largest partial derivative by a row of the user."""
    if not F.closed_forms:
        return 0.0
    found = slopes(maximum(F.closed_forms))
    m = F.program.n_rows
    ends = [max(abs(low), abs(high)) for i, (low, high) in found.items() if i < m]
    return float(max(ends, default=0))


def linear_part(program: tm.MixedIntegerProgram, linear: DualFunction) -> DualFunction:
    """The dual vector alone, without rounding to multiples of the granularity."""
    carriers = [node for node in topological(*linear.closed_forms) if not _rounds(node)]
    return DualFunction.of_nodes(program, "linear", carriers[:1], (), (), linear.report)


def _rounds(node: object) -> bool:
    return not isinstance(node, Combination) or bool(node.parts)


def share(
    F: DualFunction,
    points: np.ndarray,
    base: np.ndarray,
    gap: float,
) -> float | None:
    """Mean height above the relaxation, as a share of the gap at the model's own rhs."""
    values = (F(points) - base) * (1 if F.program.sense == "min" else -1)
    finite = values[np.isfinite(values)]
    return 100 * float(np.mean(finite)) / gap if gap and len(finite) else None


def report(rows: list[Row]) -> None:
    table = [
        (r.model, r.continuous, r.closed, r.tight, r.nodes, r.roundings, r.depth, r.bits,
         r.steepness, r.nearby, r.nearby_tree, r.build, r.proof)
        for r in rows
    ]  # fmt: skip
    show(
        "Lipschitz subadditive dual functions",
        ("model", "cont.", "closed%", "tight", "nodes", "MIR", "depth", "bits",
         "steep", "near%", "B&B near%", "build s", "cert+check s"),
        table,
        note="steep: largest slope over the largest dual price of the relaxation",
    )  # fmt: skip
    closed = [r.closed for r in rows if r.closed is not None and math.isfinite(r.closed)]
    if closed:
        CONSOLE.print(f"mean share of the gap closed: {np.mean(closed):.1f} %")


if __name__ == "__main__":
    main()
