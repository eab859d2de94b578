"""The second checker's rule about the value function on a lattice, a row of cells at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import _lattice_statement  # noqa: F401  # registers its statement
from tamemip.certificates._fast_integers import IntegerProblem
from tamemip.certificates._fast_lines import LineProof
from tamemip.certificates._json import RejectedError
from tamemip.certificates._lattice_values import (
    ValueOnLattice,
    digest_of_values,
    read_lattice,
    require_work,
)
from tamemip.certificates._problem import Bound
from tamemip.certificates._step import Step


@final
@dataclass(frozen=True, slots=True)
class _Block:
    """Some copies of a column: to be taken once or not at all, or any number of times."""

    cost: int
    sizes: Sequence[int]
    is_repeated: bool


_Table: TypeAlias = "dict[tuple[int, ...], list[int]]"
"""From the cell in all rows but the last one to the costs along that one."""


def _lattice(step: Step, proof: LineProof) -> ValueOnLattice:
    problem = proof.problem
    caps, claimed = read_lattice(step, problem.n_rows)
    is_packing = _kind(problem) == "<="
    columns = [[0] * problem.n_rows for _ in range(problem.n_cols)]
    for i, (indices, entries) in enumerate(problem.rows):
        for j, a in zip(indices, entries, strict=True):
            columns[j][i] = a // problem.unit
    fixed, passes = 0, 0
    blocks: list[_Block] = []
    top = 1  # more than any cost that is reached
    for j, sizes in enumerate(columns):
        cost, limit = problem.cost[j], problem.upper[j] // problem.grid
        if not any(sizes):
            if cost < 0 and problem.upper_is_free[j]:
                raise RejectedError(f"column {j} is in no row, and its cost is below 0")
            fixed += min(cost, 0) * limit
            continue
        needed = _needed(sizes, caps, is_packing)
        is_bound = not problem.upper_is_free[j] and limit < needed
        passes += (limit or 1) if is_bound else 1
        top += abs(cost) * needed
        if is_bound:
            blocks += [_Block(n * cost, [n * a for a in sizes], False) for n in _powers(limit)]
        else:
            blocks.append(_Block(cost, sizes, True))
    require_work(caps, passes)
    table = _start(caps, is_packing, top)
    for block in blocks:
        _take(table, caps, block, is_packing)
    sign, constant = problem.sign, Fraction(fixed, problem.unit) + problem.offset
    known: dict[int, Bound] = {}
    for row in table.values():
        for v in set(row).difference(known):
            known[v] = sign * (math.inf if v >= top else constant + Fraction(v, problem.unit))
    values = tuple(known[v] for row in table.values() for v in row)
    if digest_of_values(values) != claimed:
        raise RejectedError("the digest is of other values")
    return ValueOnLattice(caps, values, is_packing, sign)


LATTICE_RULES: dict[
    str, tuple[tuple[str, ...], tuple[str, ...], Callable[[Step, LineProof], object]]
] = {"lattice": (("caps", "values"), (), _lattice)}


def _kind(problem: IntegerProblem) -> str:
    """The sense of all rows, if the table can be made."""
    for _, entries in problem.rows:
        if any(a < 0 or a % problem.unit for a in entries):
            raise RejectedError("an entry of the matrix is negative, or no integer")
    for j in range(problem.n_cols):
        is_free = problem.lower_is_free[j] or problem.lower[j] != 0
        if is_free or not problem.integer[j]:
            raise RejectedError(f"column {j} is not integer with the lower bound 0")
        if problem.upper[j] < 0:
            raise RejectedError(f"column {j} has no value")
    kinds = set(problem.row_sense)
    if len(kinds) != 1 or "=" in kinds:
        raise RejectedError("the rows have not one sense, <= or >=")
    kind = kinds.pop()
    if kind == ">=" and min(problem.cost, default=0) < 0:
        raise RejectedError("a cost is negative where demands are covered")
    return kind


def _needed(sizes: Sequence[int], caps: Sequence[int], is_packing: bool) -> int:
    """How many copies fit, or cover whatever they can cover."""
    if is_packing:
        return min(cap // a for cap, a in zip(caps, sizes, strict=True) if a)
    return max(-(-cap // a) for cap, a in zip(caps, sizes, strict=True) if a)


def _powers(copies: int) -> Iterator[int]:
    """Numbers with exactly the sums 0 to `copies`."""
    power = 1
    while copies:
        yield min(power, copies)
        copies -= min(power, copies)
        power *= 2


def _start(caps: Sequence[int], is_packing: bool, top: int) -> _Table:
    *outer, last = caps
    rows = itertools.product(*(range(cap + 1) for cap in outer))
    table = {row: [0 if is_packing else top] * (last + 1) for row in rows}
    table[(0,) * len(outer)][0] = 0
    return table


def _take(table: _Table, caps: Sequence[int], block: _Block, is_packing: bool) -> None:
    """Take a block once or not at all, from the last row of cells to the first one.

    In the other order the row that it is taken from has had it already, any number of times.
    """
    *outer, last = caps
    *jump, size = block.sizes
    cost = block.cost
    ranges = [range(cap + 1) if block.is_repeated else range(cap, -1, -1) for cap in outer]
    for row in itertools.product(*ranges):
        left = [b - a for b, a in zip(row, jump, strict=True)]
        if is_packing and (size > last or min(left, default=0) < 0):
            continue
        cells, source = table[row], table[tuple(max(v, 0) for v in left)]
        if block.is_repeated and source is cells:
            for b in range(size if is_packing else 1, last + 1):
                cells[b] = min(cells[b], cells[max(b - size, 0)] + cost)
        elif is_packing:
            cells[size:] = map(min, cells[size:], [v + cost for v in source[: last + 1 - size]])
        else:
            covered = [source[0]] * min(size, last + 1) + source[: max(0, last + 1 - size)]
            cells[:] = map(min, cells, [v + cost for v in covered])
