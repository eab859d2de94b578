"""The rule about the value function on a lattice: dynamic programming, cell by cell."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates import _lattice_statement  # noqa: F401  # registers its statement
from tamemip.certificates._conclusions import Root
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._lattice_values import (
    ValueOnLattice,
    digest_of_values,
    read_lattice,
    require_work,
)
from tamemip.certificates._problem import Bound
from tamemip.certificates._rules import rule
from tamemip.certificates._statement import Conclusions
from tamemip.certificates._step import Step


@rule("lattice", "caps", "values")
def _lattice(step: Step, _: Conclusions, root: Root) -> ValueOnLattice:
    """The least costs of all integer right-hand sides up to the caps, made again here.

    In min orientation, column after column: with ``<=`` rows the least cost that fits
    into a cell, with ``>=`` rows and costs at least 0 that of covering it, where a demand
    below 0 counts as 0. Activities are integers, and so right-hand sides may be rounded.
    """
    caps, digest = read_lattice(step, root.n_rows)
    is_packing = _is_packing(root)
    scale = math.lcm(*(cost.denominator for cost in root.cost))
    passes: list[_Passes] = []
    constant = root.offset
    for j, sizes in enumerate(_columns(root)):
        cost = root.cost[j]
        most = _most_copies(root.upper[j], sizes, caps, is_packing)
        if any(sizes):
            passes.append(_Passes(int(cost * scale), sizes, most))
        elif cost < 0:
            if most is None:
                raise RejectedError(f"column {j} improves the objective without end")
            constant += most * cost
    require_work(caps, sum(p.copies or 1 for p in passes))
    least = _least_costs(caps, passes, is_packing)
    known: dict[int | float, Bound] = {
        v: root.sign * (constant + Fraction(v, scale) if isinstance(v, int) else v)
        for v in set(least)
    }
    values = tuple(known[v] for v in least)
    if digest_of_values(values) != digest:
        raise RejectedError("the values are others than those that the digest stands for")
    return ValueOnLattice(caps, values, is_packing, root.sign)


@final
@dataclass(frozen=True, slots=True)
class _Passes:
    """A column of the table: so many copies, one pass each; None is as many as wanted."""

    cost: int
    sizes: tuple[int, ...]
    copies: int | None


def _is_packing(root: Root) -> bool:
    """Whether all rows are ``<=``; refuses what is not of one of the two kinds."""
    problem = root.problem
    for i, row in enumerate(problem.A.rows):
        for j, a in row:
            if a < 0 or a.denominator != 1:
                raise RejectedError(f"row {i} has {show(a)} in column {j}, no integer from 0 on")
    for j, (low, up) in enumerate(zip(root.lower, root.upper, strict=True)):
        if not problem.integer[j] or low != 0 or up < 0:
            raise RejectedError(f"column {j} is no integer from 0 on")
    senses = set(problem.row_sense)
    if senses == {"<="}:
        return True
    if senses != {">="}:
        raise RejectedError("the rows are not all <=, nor all >=")
    if any(cost < 0 for cost in root.cost):
        raise RejectedError("a cost is negative and the rows are >=")
    return False


def _columns(root: Root) -> Iterator[tuple[int, ...]]:
    for column in root.problem.A.columns:
        sizes = {i: int(a) for i, a in column}
        yield tuple(sizes.get(i, 0) for i in range(root.n_rows))


def _most_copies(
    upper: Bound, sizes: Sequence[int], caps: Sequence[int], is_packing: bool
) -> int | None:
    """The upper bound of a column if it matters: more copies would not fit, or not be needed."""
    if not isinstance(upper, Fraction):
        return None
    most = int(upper)
    if not any(sizes):
        return most
    pairs = [(cap, a) for cap, a in zip(caps, sizes, strict=True) if a]
    if is_packing:
        room = min(cap // a for cap, a in pairs)
    else:
        room = max(math.ceil(Fraction(cap, a)) for cap, a in pairs)
    return most if most < room else None


def _least_costs(
    caps: Sequence[int], passes: Sequence[_Passes], is_packing: bool
) -> list[int | float]:
    """The table, the last row fastest.

    Downwards, the source of a cell is still without the copy of this pass; upwards, it
    may have any number of copies. A source is the cell itself only if a pass changes nothing.
    """
    strides = [math.prod(cap + 1 for cap in caps[i + 1 :]) for i in range(len(caps))]
    n_cells = math.prod(cap + 1 for cap in caps)
    table: list[int | float] = [math.inf] * n_cells
    if is_packing:
        table = [0] * n_cells
    table[0] = 0
    for p in passes:
        axes = [
            [(b * stride, max(b - a, 0) * stride) for b in range(a if is_packing else 0, cap + 1)]
            for a, cap, stride in zip(p.sizes, caps, strides, strict=True)
        ]
        if p.copies is not None:
            axes = [axis[::-1] for axis in axes]
        for _ in range(1 if p.copies is None else p.copies):
            for pairs in itertools.product(*axes):
                source = table[sum(s for _, s in pairs)]
                cell = sum(k for k, _ in pairs)
                table[cell] = min(table[cell], source + p.cost)
    return table
