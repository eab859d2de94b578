"""Gradients of random programs against exact differences, the path law, and rival duals."""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from _tables import Clock, show

import tamemip as tm
from tamemip.differentiation import Fibres
from tamemip.errors import NotAllowedError, NotLipschitzError
from tamemip.value_functions import proved_value

Vector = tuple[Fraction, ...]
#: Steps of the differences: exact rationals, so that a short step loses no digits.
STEP = Fraction(1, 10**9)
KINDS = ("pure", "mixed", "equality", "elastic", "degenerate", "maximize")


def random_program(random: np.random.Generator, kind: str) -> tm.MixedIntegerProgram:
    """A small program of a kind, tight at a grid point as often as not."""
    n, m = int(random.integers(3, 6)), int(random.integers(1, 4))
    integrality = random.random(n) < (1.0 if kind == "pure" else 0.5)
    integrality[0] = True
    A = random.integers(-3, 4, size=(m, n))
    x = random.integers(0, 3, size=n)
    gap = random.integers(0, 2, size=m) * (kind != "degenerate")
    senses = ["="] * m if kind == "equality" else list(random.choice(["<=", ">="], size=m))
    toward = np.array([{"<=": 1, ">=": -1, "=": 0}[s] for s in senses])
    p = tm.MixedIntegerProgram.from_arrays(
        random.integers(-2, 5, size=n),
        A,
        senses,
        [Fraction(int(v)) for v in A @ x + toward * gap],
        upper=[3 if flag else 4 for flag in integrality],
        integrality=integrality,
        sense="max" if kind == "maximize" else "min",
    )
    return tm.elastic(p, penalty=int(random.integers(2, 6))) if kind == "elastic" else p


def programs(count: int, seed: int) -> Iterator[tuple[str, tm.MixedIntegerProgram]]:
    """Programs of all kinds in turn."""
    for k in range(count):
        random = np.random.default_rng((seed, k))
        kind = KINDS[k % len(KINDS)]
        yield kind, random_program(random, kind)


def away_from_kinks(p: tm.MixedIntegerProgram, seed: int) -> Vector:
    """A right-hand side nearby with denominators that no kink has."""
    random = np.random.default_rng(seed)
    shifts = random.integers(-200, 201, size=p.n_rows)
    return tuple(b + Fraction(int(k), 1009) for b, k in zip(p.exact.rhs, shifts, strict=True))


def exact_value(p: tm.MixedIntegerProgram, b: Vector) -> Fraction | float:
    """The optimal value at a right-hand side, proved by a dual function."""
    return proved_value(tm.dual_function(p, at=b), b, None)


def differences(p: tm.MixedIntegerProgram, b: Vector, here: Fraction) -> Vector | None:
    """Both one-sided difference quotients by every row, if they agree; exact."""
    rates = []
    for i in range(p.n_rows):
        sides = []
        for step in (STEP, -STEP):
            there = tuple(v + step * (k == i) for k, v in enumerate(b))
            change = exact_value(p, there) - here
            sides.append(change / step)
        if sides[0] != sides[1]:
            return None
        rates.append(sides[0])
    return tuple(rates)


def one_part_duals(p: tm.MixedIntegerProgram, D: tm.differentiation.ConservativeGradient) -> Vector:
    """Fix the integers to one optimal part, take the duals of what is left."""
    pair = Fibres(p).optimal_pair(D.parts[0])
    assert pair is not None
    return pair.duals


def away(count: int, seed: int) -> None:
    """Finite differences away from kinks."""
    table: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    ours, theirs = Clock(), Clock()
    for k, (kind, p) in enumerate(programs(count, seed)):
        tally, b = table[kind], away_from_kinks(p, seed + k)
        tally["programs"] += 1
        try:
            with ours.running():
                D = tm.conservative_gradient(p, at=b)
        except NotAllowedError:
            tally["no finite value"] += 1
            continue
        except NotLipschitzError:
            tally["refused"] += 1
            continue
        tally["ties"] += D.is_tie
        with theirs.running():
            truth = differences(p, b, D.value)
        if truth is None:
            tally["kinks"] += 1
            continue
        tally["compared"] += 1
        tally["wrong"] += D.flat != (truth,) if D.is_singleton else truth not in D.flat
        tally["larger than Clarke"] += not D.is_singleton
        relaxed = tm.conservative_gradient(p.relax(), at=b, kind="element")
        tally["wrong: relaxation"] += relaxed.flat[0] != truth
        tally["wrong: fix and dual"] += one_part_duals(p.with_rhs(b), D) != truth
    headings = (
        "programs",
        "no finite value",
        "refused",
        "kinks",
        "ties",
        "compared",
        "wrong",
        "larger than Clarke",
        "wrong: fix and dual",
        "wrong: relaxation",
    )
    show(
        "gradients by the right-hand side against exact differences, away from kinks",
        ("kind", *headings),
        [(kind, *(table[kind][h] for h in headings)) for kind in KINDS],
        note=f"seconds: gradients {ours.cpu:.1f}, differences {theirs.cpu:.1f}",
    )


def at_kinks(count: int, seed: int) -> None:
    """Integral data and integral right-hand sides: on the jumps, the kinks and the ties."""
    headings = (
        "programs",
        "no finite value",
        "refused",
        "jump proved",
        "ties",
        "one point",
        "Clarke smaller",
        "outside Clarke: fix and dual",
        "outside: relaxation",
    )
    table: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    clock = Clock()
    for kind, p in programs(count, seed):
        tally = table[kind]
        tally["programs"] += 1
        try:
            with clock.running():
                D = tm.conservative_gradient(p)
                C = tm.conservative_gradient(p, kind="clarke")
        except NotAllowedError:
            tally["no finite value"] += 1
            continue
        except NotLipschitzError as refusal:
            tally["refused"] += 1
            tally["jump proved"] += refusal.jump is not None and refusal.jump.is_certified
            continue
        tally["ties"] += D.is_tie
        tally["one point"] += D.is_singleton
        tally["Clarke smaller"] += not all(C.contains(y) for y in D.flat)
        tally["outside Clarke: fix and dual"] += not C.contains(one_part_duals(p, D))
        relaxed = tm.conservative_gradient(p.relax(), kind="element")
        tally["outside: relaxation"] += not D.contains(relaxed.flat[0])
    show(
        "at integral right-hand sides",
        ("kind", *headings),
        [(kind, *(table[kind][h] for h in headings)) for kind in KINDS],
        note=f"seconds of both gradients: {clock.cpu:.1f}",
    )


def path_law(count: int, seed: int) -> None:
    """The chain rule along broken lines through right-hand sides."""
    table: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    clock = Clock()
    for k, (kind, p) in enumerate(programs(count, seed)):
        tally = table[kind]
        tally["programs"] += 1
        random = np.random.default_rng((seed, k))
        steps = random.integers(-2, 3, size=(2, p.n_rows))
        path = [list(p.exact.rhs)]
        for step in steps:
            path.append([v + int(s) for v, s in zip(path[-1], step, strict=True)])
        try:
            with clock.running():
                pieces = tm.differentiation.examine_path(p, None, path)
        except NotAllowedError:
            tally["not finite"] += 1
            continue
        slanted = [piece for piece in pieces if piece.start != piece.end]
        tally["pieces"] += len(slanted)
        tally["jumps"] += len(pieces) - len(slanted)
        finite = [piece for piece in slanted if isinstance(piece.change, Fraction)]
        tally["refused"] += sum(piece.residual == math.inf for piece in finite)
        tally["violations"] += sum(piece.residual not in (0, math.inf) for piece in finite)
    headings = ("programs", "not finite", "pieces", "jumps", "refused", "violations")
    show(
        "the path law, piece by piece",
        ("kind", *headings),
        [(kind, *(table[kind][h] for h in headings)) for kind in KINDS],
        note=f"seconds: {clock.cpu:.1f}",
    )


def main() -> None:
    """Read the command line and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=1000, help="for the differences")
    parser.add_argument("--paths", type=int, default=200, help="for the path law")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    away(given.programs, given.seed)
    at_kinks(given.programs // 3, given.seed)
    path_law(given.paths, given.seed)


if __name__ == "__main__":
    main()
