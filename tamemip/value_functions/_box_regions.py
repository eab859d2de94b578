"""Cells that are worked on: how they are split, and by which planes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.value_functions._box_cells import Theta
from tamemip.value_functions._box_geometry import Integers, Polytope, homogeneous, product
from tamemip.value_functions._box_solutions import Solution


@final
@dataclass(eq=False, slots=True)
class Region:
    """A cell to be worked on, and what came out.

    Attributes
    ----------
    polytope
        The cell.
    theta, solution
        A point of it and what is optimal there, if that is known already.
    halvings
        How many splits were made for want of better ones.
    row, at_least, below
        The plane that splits it, and the two sides.
    tree
        Which tree proves the value on it: `solution` has it, or it is infinite.
    """

    polytope: Polytope
    theta: Theta | None = None
    solution: Solution | None = None
    halvings: int = 0
    row: Integers | None = None
    at_least: Region | None = None
    below: Region | None = None
    tree: int | None = None


def regions_of(root: Region) -> Iterator[Region]:
    """All regions under one, each before its two sides."""
    stack = [root]
    while stack:
        region = stack.pop()
        yield region
        stack += [side for side in (region.at_least, region.below) if side is not None]


def leaves_of(root: Region) -> Iterator[Region]:
    """The cells under a region, without recursion: they may nest deeply."""
    stack = [root]
    while stack:
        region = stack.pop()
        if region.at_least is not None and region.below is not None:
            stack += [region.below, region.at_least]
        else:
            yield region


def split(region: Region, row: Integers) -> tuple[Region, Region]:
    """Split a cell by a plane that has points of it on both sides; the plane stays above."""
    sides = []
    for is_up in (True, False):
        side = row if is_up else tuple(-v for v in row)
        polytope = region.polytope.cut(side, is_strict=not is_up)
        assert polytope is not None
        child = Region(polytope, halvings=region.halvings)
        if region.theta is not None and polytope.is_interior(region.theta):
            child.theta, child.solution = region.theta, region.solution
        sides.append(child)
    region.row = row
    return sides[0], sides[1]


def split_in_place(region: Region, row: Integers) -> None:
    """Split a cell and keep the two sides in it."""
    region.at_least, region.below = split(region, row)


def between(region: Region, other: Solution) -> Integers:
    """A plane between the inner point and where another solution is feasible and cheaper.

    Of those that will do the one that is farthest from the inner point.
    """
    assert region.theta is not None
    vertex = homogeneous(region.theta)
    rows = [row for row in other.conditions if product(row, vertex) < 0]
    if region.solution is not None:
        difference = other.cost.minus(region.solution.cost)
        if product(difference, vertex) >= 0 and min(region.polytope.values(difference)) < 0:
            rows.append(difference)

    def distance(row: Integers) -> Fraction:
        values = zip(region.polytope.values(row), region.polytope.vertices, strict=True)
        extent = max(abs(Fraction(s, v[0])) for s, v in values)
        return abs(Fraction(product(row, vertex), vertex[0])) / extent

    # Not empty: the other solution is infeasible at the inner point, or not cheaper there.
    return max(rows, key=distance)


def first_condition(polytope: Polytope, theta: Theta, solution: Solution | None) -> Integers | None:
    """The condition that fails nearest to the inner point, or None if none fails."""
    best: tuple[Fraction, Integers] | None = None
    vertex = homogeneous(theta)
    for row in () if solution is None else solution.conditions:
        values = polytope.values(row)
        if min(values) >= 0:
            continue
        here = Fraction(product(row, vertex), vertex[0])
        least = min(Fraction(s, v[0]) for s, v in zip(values, polytope.vertices, strict=True))
        share = here / (here - least)
        if best is None or share < best[0]:
            best = share, row
    return None if best is None else best[1]
