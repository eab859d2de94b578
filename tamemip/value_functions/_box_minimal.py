"""Integer parts that the others make superfluous.

A part is superfluous if the others attain the value wherever it does. On a cell that is
asked like everything else: at an inner point another part has to attain the value, by a
solution of the same cost on the cell; where that one is not feasible the cell is split.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from typing import final

from tamemip.value_functions._box_cells import IntegerPart, Theta
from tamemip.value_functions._box_geometry import Polytope, homogeneous
from tamemip.value_functions._box_regions import Region, leaves_of, split
from tamemip.value_functions._box_search import BoxState
from tamemip.value_functions._box_solutions import Affine, Solution, Solutions

#: Points of a cell at which another part is looked for: at one of them costs may just touch.
_POINTS = 2
#: Splits of one cell, at most, to do without a part.
_MOST_SPLITS = 50


def made_minimal(state: BoxState, *, deadline: float) -> bool:
    """Drop parts until every one is needed; False if there was no time for all."""
    regions: dict[IntegerPart, list[Region]] = {}
    for region in leaves_of(state.root):
        if region.tree is not None and region.solution is not None:
            regions.setdefault(region.solution.part, []).append(region)
    # Parts of few cells are the likeliest to go.
    for part in sorted(regions, key=lambda part: (len(regions[part]), part)):
        if time.monotonic() > deadline:
            return False
        cover = _Cover(state.solutions, frozenset(regions) - {part})
        made = [cover.of(region) for region in regions[part]]
        if None in made:
            continue
        for region, other in zip(regions.pop(part), made, strict=True):
            assert other is not None
            region.row, region.at_least, region.below = other.row, other.at_least, other.below
            region.solution = other.solution
            for leaf in leaves_of(region):
                assert leaf.solution is not None
                regions[leaf.solution.part].append(leaf)
    return True


@final
class _Cover:
    """Attains the value on cells with some parts only."""

    def __init__(self, solutions: Solutions, parts: frozenset[IntegerPart]) -> None:
        self._solutions, self._parts = solutions, parts

    def of(self, region: Region) -> Region | None:
        """A cell split so that the parts attain the value on it, or None."""
        assert region.solution is not None
        cost, tree = region.solution.cost, region.tree
        root = Region(region.polytope)
        stack, splits = [root], 0
        while stack:
            part = stack.pop()
            if part.solution is None:
                part.solution = self._attaining(part.polytope, cost)
                if part.solution is None:
                    return None
            row = _first_failing(part.polytope, part.solution)
            if row is None:
                part.tree = tree
                continue
            splits += 1
            if splits > _MOST_SPLITS:
                return None
            solution, part.solution = part.solution, None
            part.at_least, part.below = split(part, row)
            part.at_least.solution = solution
            stack += [part.at_least, part.below]
        return root

    def _attaining(self, polytope: Polytope, cost: Affine) -> Solution | None:
        """A solution with one of the parts, with a given cost on a polytope, somewhere there."""
        for theta in _points(polytope):
            value = cost.at(homogeneous(theta))
            found = [s for s in self._attained(theta, value) if _is_equal(s, polytope, cost)]
            if found:
                return min(found, key=lambda s: _failures(s, polytope))
        return None

    def _attained(self, theta: Theta, value: Fraction) -> Iterator[Solution]:
        known = [s for s in self._solutions.optimal(theta, value) if s.part in self._parts]
        yield from known
        if known:
            return
        vertex = homogeneous(theta)
        for part in self._solutions.about(self._parts, theta, value):
            found = self._solutions.feasible_with(part, theta)
            if found is not None and found.cost.at(vertex) == value:
                yield found


def _points(polytope: Polytope) -> Iterator[Theta]:
    """Some inner points."""
    theta = polytope.inner_point()
    yield theta
    vertex = polytope.vertices[-1]
    for k in range(1, _POINTS):
        share = Fraction(k, _POINTS + 3)
        corner = [Fraction(x, vertex[0]) for x in vertex[1:]]
        yield tuple(x + share * (y - x) for x, y in zip(theta, corner, strict=True))


def _is_equal(solution: Solution, polytope: Polytope, cost: Affine) -> bool:
    return not any(polytope.values(solution.cost.minus(cost)))


def _failures(solution: Solution, polytope: Polytope) -> int:
    return sum(min(polytope.values(row)) < 0 for row in solution.conditions)


def _first_failing(polytope: Polytope, solution: Solution) -> tuple[int, ...] | None:
    failing = (row for row in solution.conditions if min(polytope.values(row)) < 0)
    return next(failing, None)
