"""A tree of boxes of integer parts that shows why one part alone is optimal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Bound, Problem

__all__ = ["Box", "Branch", "Dearer", "Multiplier", "Node", "OwnBox", "boxes", "root_box"]

Box: TypeAlias = tuple[tuple[Bound, ...], tuple[Bound, ...]]
"""Lower and upper bounds by column; only integer columns are branched on."""


@final
@dataclass(frozen=True, slots=True)
class Branch:
    """``x[column] <= at`` goes to the node `below`, ``>= at + 1`` to the node `above`."""

    column: int
    at: int
    below: int
    above: int


@final
@dataclass(frozen=True, slots=True)
class Multiplier:
    """Multipliers of the rows, minimizing: duals, or a Farkas vector."""

    y: tuple[tuple[int, Fraction], ...]
    is_ray: bool


@final
@dataclass(frozen=True, slots=True)
class Dearer:
    """A box in which every point costs more than the optimal one, by one of its multipliers."""

    multipliers: tuple[Multiplier, ...]


@final
@dataclass(frozen=True, slots=True)
class OwnBox:
    """A box in which the duals of the optimal part itself show that it is the best one."""


Node: TypeAlias = Branch | Dearer | OwnBox


def root_box(problem: Problem) -> Box:
    """The integers between the bounds; continuous columns keep theirs."""
    lower = tuple(
        Fraction(math.ceil(v)) if flag and isinstance(v, Fraction) else v
        for v, flag in zip(problem.lower, problem.integer, strict=True)
    )
    upper = tuple(
        Fraction(math.floor(v)) if flag and isinstance(v, Fraction) else v
        for v, flag in zip(problem.upper, problem.integer, strict=True)
    )
    return lower, upper


def boxes(tree: tuple[Node, ...], root: Box) -> Iterator[tuple[Dearer | OwnBox, Box]]:
    """The leaves with their boxes: together these hold every integer part of the root box."""
    stack = [(0, root)]
    while stack:
        k, (lower, upper) = stack.pop()
        node = tree[k]
        if not isinstance(node, Branch):
            yield node, (lower, upper)
            continue
        j, at = node.column, Fraction(node.at)
        stack.append((node.above, (_with(lower, j, max(lower[j], at + 1)), upper)))
        stack.append((node.below, (lower, _with(upper, j, min(upper[j], at)))))


def _with(side: tuple[Bound, ...], j: int, value: Bound) -> tuple[Bound, ...]:
    return (*side[:j], value, *side[j + 1 :])
