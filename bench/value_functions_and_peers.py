"""Exact value functions beside PPOPT (mixed, several parameters) and islpy (pure integer).

    python bench/value_functions_and_peers.py [--seconds 30] [--points 200]

* *Published tables*: the problems of `../shared/data/mpmilp`; one parameter by a line, several by
  a box; *off* counts entries of the table that are not met: ours exactly, PPOPT's to 1e-6.
* *Random programs*: the knapsack with recourse of `_instances.py` (8 items, one parameter, from 0
  to the sum of the weights) and facility location, 3 sites and 3 customers (two demands
  from 0 to twice their size). *off* counts, at random parameters, values that are not those
  of SCIP to a relative 1e-6. PPOPT runs in a process of its own that ends itself after
  `--seconds` processor seconds (then *over*).
* *islpy*: one covering row with 10 general integers, b from 0 to 1000; *off* counts whole b at
  which a value is not that of islpy, *open* where ours is not proved. *size* counts level
  points, cells or pieces; those of islpy are quasi-affine, one may be many of ours. Line and
  box go to the shorter `--line-end`, and hold for all real b, with a certificate.
* *Literature*: breakpoints of T1 and T2 of ../shared/THEORY.md, section 5, that are not met.

All seconds are processor seconds, without imports. *x* is theirs over ours. What is not installed
is named and left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from _instances import covering_row, facility_location, knapsack_with_recourse
from _mpmilp import MpMilp, mpmilps
from _ppopt import Answer, arrays_of, ask, is_there
from _resolving import again_by
from _scip import agree
from _tables import CONSOLE, Clock, show

import tamemip as tm
from tamemip.certificates import check_fast
from tamemip.value_functions import BoxValueFunction, LatticeValueFunction, LineValueFunction

#: Denominators of the values in the published tables.
_DENOMINATOR = 10**4
_HEADINGS = ["program", "by", "parts", "pieces or cells", "certified", "search s", "cert s",
             "off", "PPOPT s", "regions", "off", "x", "x with cert"]  # fmt: skip

Interval = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Ours:
    """A value function and what it took."""

    v: LineValueFunction | BoxValueFunction
    search: float
    proof: float

    @property
    def cells(self) -> list[object]:
        """How it was made, integer parts, size, whether all is proved, seconds."""
        is_line = isinstance(self.v, LineValueFunction)
        size = len(self.v.pieces) if is_line else len(self.v.cells)
        way = "line" if is_line else "box"
        return [way, len(self.v.parts), size, self.v.is_certified, self.search, self.proof]


def ours(find: Callable[[], LineValueFunction | BoxValueFunction]) -> Ours:
    """Search, then certificate and fast checker."""
    search, proof = Clock(), Clock()
    with search.running():
        v = find()
    with proof.running():
        check_fast(v.certificate, program=v.program)
    return Ours(v, search.cpu, proof.cpu)


def theirs(answer: Answer | None, off: int | None, mine: Ours) -> list[object]:
    """Seconds, regions, values that are off, ratios."""
    if answer is None:
        return [None] * 5
    ratios = [answer.seconds / mine.search, answer.seconds / (mine.search + mine.proof)]
    if answer.regions is None:
        over = f"over {answer.seconds:g}"
        return [over, None, None, *(f"> {ratio:.3g}" for ratio in ratios)]
    return [answer.seconds, answer.regions, off, *ratios]


# -- published tables ------------------------------------------------------------------


def published(problem: MpMilp, seconds: float, peer: bool) -> list[list[object]]:
    """By a line where there is one parameter, and by a box."""
    limits = tm.Limits(seconds=seconds)
    told = [
        (t, math.inf if z is None else Fraction(z).limit_denominator(_DENOMINATOR))
        for t, z in problem.table
    ]
    answer, wrong = None, None
    if peer:
        F = np.array(problem.F, dtype=float)
        arrays = arrays_of(problem.program, F, [(float(a), float(b)) for a, b in problem.box])
        answer = ask(arrays, [t for t, _ in told], seconds)
        pairs = zip(told, answer.values, strict=bool(answer.values))
        wrong = sum(not agree(float(z), found) for (_, z), found in pairs)
    program, box = problem.with_parameter_rows()
    fixed = problem.program.exact.rhs
    found = [(ours(lambda: tm.value_function(program, domain=box, limits=limits)), fixed)]
    if len(problem.box) == 1:
        line = ours(
            lambda: tm.value_function(
                problem.program, along=problem.along, interval=problem.box[0], limits=limits
            )
        )
        found.insert(0, (line, ()))
    rows = []
    for mine, before in found:
        value = mine.v.exact
        off = sum(value([*before, *t] if before else t[0]) != z for t, z in told)
        rows.append([problem.name, *mine.cells, off, *theirs(answer, wrong, mine)])
    return rows


# -- random programs -------------------------------------------------------------------


def random_program(
    program: tm.MixedIntegerProgram,
    box: dict[int, Interval],
    finds: Sequence[Callable[[], LineValueFunction | BoxValueFunction]],
    options: argparse.Namespace,
    peer: bool,
) -> list[list[object]]:
    """Ours, by each way, against re-solves; beside PPOPT."""
    rng = np.random.default_rng(options.seed)
    rows_moving, ends = list(box), np.array(list(box.values()), dtype=float)
    thetas = rng.uniform(ends[:, 0], ends[:, 1], size=(options.points, len(box))).round(6)
    rhs = np.tile(program.rhs, (options.points, 1))
    rhs[:, rows_moving] = thetas
    again = again_by("scip", program)
    assert again is not None
    values = [again(b) for b in rhs]
    answer, wrong = None, None
    if peer:
        F = np.zeros((program.n_rows, len(box)))
        F[rows_moving, range(len(box))] = 1
        at_zero = program.with_rhs(np.where(F.any(axis=1), 0, program.rhs).tolist())
        answer = ask(arrays_of(at_zero, F, ends.tolist()), thetas.tolist(), options.ppopt_seconds)
        sign = 1 if program.sense == "min" else -1
        pairs = zip(values, answer.values, strict=bool(answer.values))
        wrong = sum(not agree(z, sign * found) for z, found in pairs)
    rows = []
    for find in finds:
        mine = ours(find)
        points = thetas[:, 0] if isinstance(mine.v, LineValueFunction) else rhs
        off = sum(
            not agree(z, float(found)) for z, found in zip(values, mine.v(points), strict=True)
        )
        name = f"{program.name} ({program.sense})"
        rows.append([name, *mine.cells, off, *theirs(answer, wrong, mine)])
    return rows


def random_rows(options: argparse.Namespace, peer: bool) -> list[list[object]]:
    """The knapsack with recourse, and facility location."""
    limits = tm.Limits(seconds=options.seconds)
    knapsack = knapsack_with_recourse(seed=options.seed)
    capacity = sum(a for _, a in knapsack.exact.A.rows[0] if a > 0)
    whole = (Fraction(0), capacity)
    sites = facility_location(facilities=3, customers=3, seed=5)
    demands = {i: (Fraction(0), 2 * sites.exact.rhs[i]) for i in (3, 4)}

    def by_line() -> LineValueFunction:
        return tm.value_function(knapsack, along={0: 1}, interval=whole, limits=limits)

    def by_box() -> BoxValueFunction:
        return tm.value_function(knapsack, domain=tm.Box({0: whole}), limits=limits)

    def of_sites() -> BoxValueFunction:
        return tm.value_function(sites, domain=tm.Box(demands), limits=limits)

    rows = random_program(knapsack, {0: whole}, [by_line, by_box], options, peer)
    return rows + random_program(sites, demands, [of_sites], options, peer)


# -- islpy -----------------------------------------------------------------------------


def by_islpy(program: tm.MixedIntegerProgram, last: int) -> tuple[list[int], int, float]:
    """Values at 0, 1, ..., last of a covering row, pieces, and seconds to find them."""
    import islpy

    names = [f"x{j}" for j in range(program.n_cols)]
    row = dict(program.exact.A.rows[0])
    activity = " + ".join(f"{row[j]}{name}" for j, name in enumerate(names))
    cost = " + ".join(f"{c}{name}" for c, name in zip(program.exact.c, names, strict=True))
    least = " and ".join(f"{name} >= 0" for name in names)
    text = (
        f"[b] -> {{ [z] : exists {', '.join(names)} : {least} and z = {cost} "
        f"and {activity} >= b and 0 <= b <= {last} }}"
    )
    clock = Clock()
    with clock.running():
        least_cost = islpy.Set(text).lexmin_pw_multi_aff()
    value = least_cost.get_pw_aff(0)
    values = []
    for b in range(last + 1):
        point = islpy.Point.zero(value.get_domain_space())
        point = point.set_coordinate_val(
            islpy.dim_type.param, 0, islpy.Val.int_from_si(islpy.DEFAULT_CONTEXT, b)
        )
        values.append(int(value.eval(point).to_python()))
    return values, value.n_piece(), clock.cpu


def beside_islpy(options: argparse.Namespace) -> list[list[object]]:
    """A covering row: as a table, as a box with proof, and as a line over a shorter range."""
    program = covering_row(seed=options.seed)
    limits = tm.Limits(seconds=options.seconds)

    def by(way: str, last: int) -> LatticeValueFunction | BoxValueFunction | LineValueFunction:
        if way == "line":
            return tm.value_function(program, along={0: 1}, interval=(0, last), limits=limits)
        method = "lattice" if way == "table" else "discrete"
        return tm.value_function(
            program, domain=tm.Box({0: (0, last)}), method=method, limits=limits
        )

    rows: list[list[object]] = []
    ends = (1000, options.line_end, options.line_end)
    for way, last in zip(("table", "box", "line"), ends, strict=True):
        told, pieces, seconds = by_islpy(program, last)
        clock = Clock()
        with clock.running():
            v = by(way, last)
        steps = np.arange(last + 1, dtype=float)
        values = v(steps if way == "line" else steps[:, None])
        open_ = int(np.isnan(values).sum())
        off = sum(not math.isnan(a) and a != z for a, z in zip(values, told, strict=True))
        match v:
            case LatticeValueFunction():
                size = len(v.level_points)
            case BoxValueFunction():
                size = len(v.cells)
            case _:
                size = len(v.pieces)
        rows.append([f"b <= {last}", way, size, clock.cpu, off, open_, pieces, seconds,
                     seconds / clock.cpu])  # fmt: skip
    return rows


# -- literature ------------------------------------------------------------------------


def literature() -> list[list[object]]:
    """T1 and T2 of THEORY, section 5."""
    build = tm.MixedIntegerProgram.from_arrays
    t1 = build(
        ["1/2", 0, 2, 1], [[1, "-3/2", 1, -1]], "=", [0], integrality=[True, True, False, False]
    )
    t2 = build(
        [3, "7/2", 3, 6, 7], [[6, 5, -4, 2, -7]], "=", [0], integrality=[True] * 3 + [False] * 2
    )
    told = {
        "T1 (Guzelsoy, Ralphs 2007)": (t1, (-2, 3), "-3/2 -1 0 1/2 1 3/2 2 5/2"),
        "T2 (Hassanzadeh, Ralphs 2014)": (
            t2, (-9, 9), "-8 -31/4 -4 -15/4 0 17/8 5 41/8 6 8",
        ),
    }  # fmt: skip
    rows: list[list[object]] = []
    for name, (program, interval, text) in told.items():
        line = ours(lambda p=program, i=interval: tm.value_function(p, along={0: 1}, interval=i))
        found, wanted = set(line.v.breakpoints), {Fraction(t) for t in text.split()}
        rows.append([name, *line.cells[1:], len(wanted), len(found ^ wanted)])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=30.0, help="limit of one search")
    parser.add_argument("--ppopt-seconds", type=float, default=120.0, help="limit of PPOPT")
    parser.add_argument("--points", type=int, default=200, help="random parameters")
    parser.add_argument("--line-end", type=int, default=60, help="last b of the covering line")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    peer = is_there()
    if not peer:
        CONSOLE.print("PPOPT is not installed (pip install ppopt): its columns are empty")
    show("T1 and T2", ["case", *_HEADINGS[2:7], "breakpoints told", "off"], literature())
    problems = mpmilps()
    if problems:
        rows = [row for problem in problems for row in published(problem, options.seconds, peer)]
        show("Published tables", _HEADINGS, rows)
    else:
        CONSOLE.print("../shared/data/mpmilp is not there: no published tables")
    if importlib.util.find_spec("islpy") is None:
        CONSOLE.print("islpy is not installed: no pure integer row")
    else:
        headings = ["b", "by", "size", "ours s", "off", "open", "isl pieces",
                    "islpy s", "x"]  # fmt: skip
        show("A covering row of 10 integers", headings, beside_islpy(options))
    show(f"Random programs, {options.points} points", _HEADINGS, random_rows(options, peer))


if __name__ == "__main__":
    main()
