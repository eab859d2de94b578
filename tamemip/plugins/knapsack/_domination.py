"""Items that no capacity needs, and the cells where the others matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tamemip.plugins.knapsack._stages import Cell, Option, Stage, Table
from tamemip.plugins.knapsack._whole_items import Kind


def stages_of(kinds: Sequence[Kind], last: Cell, dtype: type) -> tuple[Stage, ...]:
    """Stages whose table is that of all the kinds, up to the last cell.

    With one capacity, two arguments spare most of the work on most data. *Replacement*: a
    copy of a kind that unlimited ones together replace, at no more size and no less value,
    is never needed. *Domination*: kind `i` dominates `j` if it is not larger and not worth
    less. Exchanging a copy of `j` for one of `i` loses nothing; so in some optimal choice
    all copies of all the dominators come first, and `j` matters only in cells where they
    fit beside it [1]_.

    References
    ----------
    .. [1] H. Kellerer, U. Pferschy, D. Pisinger, "Knapsack Problems", Springer 2004,
       sections 3.4 and 8.1 (dominance).
    """
    if len(last) > 1:
        return tuple(
            Stage((option,)) for kind in kinds for option in bundles(kind, (0,) * len(last), last)
        )
    ordered = sorted(kinds, key=lambda kind: (kind.sizes, -kind.value))
    needed = _irreplaceable(ordered, dtype)
    return tuple(
        Stage((option,))
        for kind, load in zip(needed, _loads_before(needed), strict=True)
        if load < last[0]
        for option in bundles(kind, (load,), last)
    )


def needed_and_spare(kinds: Sequence[Kind], last: int) -> tuple[list[Kind], list[Kind]]:
    """Kinds that matter, and kinds that may matter if one of the others is missing.

    With one capacity, and by domination alone: without one dominator, the others of a kind
    weigh less by at most what the heaviest one weighs.
    """
    ordered = sorted(kinds, key=lambda kind: (kind.sizes, -kind.value))
    heaviest = max((kind.copies * kind.sizes[0] for kind in ordered), default=0)
    needed, spare = [], []
    for kind, load in zip(ordered, _loads_before(ordered), strict=True):
        if load + kind.sizes[0] <= last:
            needed.append(kind)
        elif load - heaviest + kind.sizes[0] <= last:
            spare.append(kind)
    return needed, spare


def bundles(kind: Kind, before: Cell, last: Cell) -> Iterator[Option]:
    """Bundles of 1, 2, 4, ... copies and a rest: every number of copies is a sum of some."""
    room = min(
        (end - load) // size
        for load, end, size in zip(before, last, kind.sizes, strict=True)
        if size
    )
    left, step = min(kind.copies, room), 1
    while left > 0:
        copies = min(step, left)
        sizes = tuple(copies * size for size in kind.sizes)
        start = tuple(load + size for load, size in zip(before, sizes, strict=True))
        yield Option(kind.item, copies, copies * kind.value, sizes, start)
        left -= copies
        step *= 2


def _irreplaceable(ordered: Sequence[Kind], dtype: type) -> list[Kind]:
    """The kinds that unlimited ones do not replace; `ordered` by size, then by value."""
    unlimited = [kind for kind in ordered if kind.is_unlimited]
    if not unlimited:
        return list(ordered)
    best: Table = np.zeros(max(kind.sizes[0] for kind in ordered) + 1, dtype=dtype)
    needed = set()
    for kind in unlimited:
        size, value = kind.sizes[0], kind.value
        if best[size] >= value:
            continue
        needed.add(kind.item)
        # 1, 2, 4, ... copies more: after k rounds every number below 2 ** k.
        while size < len(best):
            np.maximum(best[size:], best[:-size] + value, out=best[size:])
            size, value = 2 * size, 2 * value
    return [
        kind
        for kind in ordered
        if kind.item in needed or (not kind.is_unlimited and best[kind.sizes[0]] < kind.value)
    ]


def _loads_before(ordered: Sequence[Kind]) -> Iterator[int]:
    """For each kind the size of all copies of its dominators.

    Sums over the values that are not smaller are kept in a tree of partial sums
    (P. M. Fenwick, "A new data structure for cumulative frequency tables", Software:
    Practice and Experience 24 (1994), 327-336).
    """
    ranks = {v: k for k, v in enumerate(sorted({kind.value for kind in ordered}, reverse=True), 1)}
    sums = [0] * (len(ranks) + 1)
    for kind in ordered:
        k, load = ranks[kind.value], 0
        while k:
            load += sums[k]
            k &= k - 1
        yield load
        k, more = ranks[kind.value], kind.copies * kind.sizes[0]
        while k < len(sums):
            sums[k] += more
            k += k & -k
