"""The leaves of a tree as functions of the parameters, and what they settle.

A leaf is settled on a polytope if one of its bounds is nowhere below the target there, or
one of its guards is positive. Floats with a safe margin see that for most leaves in bulk;
the tight ones are read in integers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.duality import Evidence, IntegerData, Literals, Multipliers, Tree, box_constant
from tamemip.value_functions._box_cells import BoxParameters
from tamemip.value_functions._box_geometry import Integers, Polytope
from tamemip.value_functions._box_solutions import Affine

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Relative to the sizes of all terms, millions of times their rounding errors.
_MARGIN = 1e-9
#: So many lines of one leaf are read exactly without a look at floats.
_FEW = 3


@final
@dataclass(frozen=True, slots=True)
class _Line:
    """A bound or a guard of one leaf."""

    affine: Affine
    is_guard: bool


@final
class BoxLeaves:
    """Reads the leaves of a tree that grows.

    Parameters
    ----------
    data, parameters
        The program and what moves in it.
    tree
        The tree; tell `forget` of the leaves whose evidence changes.
    granularity
        See `tamemip.duality.LeafLines`.
    """

    def __init__(
        self,
        data: IntegerData,
        parameters: BoxParameters,
        tree: Tree,
        granularity: Fraction | None,
    ) -> None:
        self._data, self._parameters, self.tree = data, parameters, tree
        self.granularity = granularity
        self._fixed = tuple(
            Fraction(0) if i in parameters.rows else v for i, v in enumerate(parameters.rhs)
        )
        self._of_multipliers: dict[int, tuple[Multipliers, tuple[Fraction, ...]]] = {}
        self._of_node: dict[int, tuple[list[_Line], NDArray[np.float64]]] = {}
        self._goals: tuple[Affine, Affine] | None = None
        self._changed: set[int] = set()
        self._stacked: tuple[NDArray[np.intp], NDArray[np.float64]] | None = None
        self._width = len(parameters.rows) + 2

    def forget(self, node: int) -> None:
        """The evidence of a leaf has changed, or it is no leaf any more."""
        self._of_node.pop(node, None)
        self._changed.add(node)

    # -- what is settled ---------------------------------------------------------------

    def unsettled(self, polytope: Polytope, target: Affine | None) -> list[int]:
        """The leaves that are not settled on a polytope; no target is an infinite one."""
        if self._data.is_empty:
            return []
        nodes, rows, firsts = self._all()
        low, high = self._least(rows, polytope, target)
        unsure = np.flatnonzero(np.maximum.reduceat(low, firsts) <= 0)
        return [
            int(nodes[k])
            for k in unsure
            if not self._is_settled_by(int(nodes[k]), high[firsts[k] :], polytope, target)
        ]

    def is_settled(self, node: int, polytope: Polytope, target: Affine | None) -> bool:
        """Whether a leaf is settled on a polytope, exactly."""
        lines, rows = self._lines(node)
        if len(lines) <= _FEW:
            return any(self._reaches(line, polytope, target) for line in reversed(lines))
        low, high = self._least(rows, polytope, target)
        return bool(low.max() > 0) or self._is_settled_by(node, high, polytope, target)

    def _is_settled_by(
        self, node: int, high: NDArray[np.float64], polytope: Polytope, target: Affine | None
    ) -> bool:
        """Whether one of the lines that floats do not exclude reaches the target."""
        lines = self._lines(node)[0]
        likely = np.flatnonzero(high[1 : 1 + len(lines)] >= 0)
        return any(self._reaches(lines[k], polytope, target) for k in likely)

    def settles(
        self, m: Multipliers, literals: Literals, polytope: Polytope, target: Affine | None
    ) -> bool:
        """Whether multipliers would settle a leaf with some bounds."""
        line = self._line(m, literals)
        return line is not None and self._reaches(line, polytope, target)

    def boundary(
        self, polytope: Polytope, target: Affine | None, inside: Polytope
    ) -> tuple[Integers, bool] | None:
        """Where a leaf that is not settled on a polytope, but inside, stops to be: a plane.

        The plane is up inside. With True it has to be positive, with False it may be 0.
        """
        for node in self.unsettled(polytope, target):
            for line in self._lines(node)[0]:
                excess = self._excess(line, target)
                if excess is not None and self._reaches(line, inside, target):
                    return excess
        return None

    def _reaches(self, line: _Line, polytope: Polytope, target: Affine | None) -> bool:
        excess = self._excess(line, target)
        if excess is None:
            return False
        row, is_strict = excess
        values = polytope.values(row)
        return polytope.is_positive(values) if is_strict else min(values) >= 0

    def _excess(self, line: _Line, target: Affine | None) -> tuple[Integers, bool] | None:
        """What has to be ``>= 0``, or ``> 0`` with True, for a line to reach a target."""
        if line.is_guard:
            return line.affine.numbers, True
        if target is None:
            return None
        goal = self._goal(target)
        return line.affine.minus(goal), goal is not target

    def _least(
        self, rows: NDArray[np.float64], polytope: Polytope, target: Affine | None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bounds on the least excess of lines over what they have to reach on a polytope.

        The last entry of a row is 1 for guards; a row of NaN reaches nothing.
        """
        at = polytope.floats
        numbers, is_guard = rows[:, :-1], rows[:, -1] == 1
        excess, sizes = numbers @ at, np.abs(numbers) @ np.abs(at) + 1
        if target is None:
            excess[~is_guard] = -math.inf
        else:
            goal = self._goal(target).floats()
            excess[~is_guard] -= goal @ at
            sizes[~is_guard] += np.abs(goal) @ np.abs(at)
        excess = np.where(np.isnan(excess), -math.inf, excess)
        margins = _MARGIN * np.where(np.isnan(sizes), 0.0, sizes)
        return (excess - margins).min(axis=1), (excess + margins).min(axis=1)

    def _goal(self, target: Affine) -> Affine:
        """What a bound has to reach, or to be above of if objectives are multiples of a number.

        An attainable objective above ``value - granularity`` is at least the value.
        """
        if self._goals is None or self._goals[0] is not target:
            goal = target
            if self.granularity is not None and target.is_constant:
                first, *rest = (Fraction(v, target.denominator) for v in target.numbers)
                goal = Affine.of((first - self.granularity, *rest))
            self._goals = target, goal
        return self._goals[1]

    # -- reading -----------------------------------------------------------------------

    def _all(self) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]]:
        """Leaves, the rows of all of them, and where each begins.

        Only leaves that have changed are read again.
        """
        if self._changed or self._stacked is None:
            if self._stacked is None:
                owners, rows = np.empty(0, dtype=np.intp), np.empty((0, self._width))
                new = self.tree.leaves()
            else:
                owners, rows = self._stacked
                kept = ~np.isin(owners, list(self._changed))
                owners, rows = owners[kept], rows[kept]
                new = [leaf for node in self._changed for leaf in self._under(node)]
            blocks = [self._lines(node)[1] for node in new]
            repeated = np.repeat(new, [len(block) for block in blocks]).astype(np.intp)
            self._stacked = np.concatenate([owners, repeated]), np.concatenate([rows, *blocks])
            self._changed.clear()
        owners, rows = self._stacked
        firsts = np.flatnonzero(np.diff(owners, prepend=-1))
        return owners[firsts], rows, firsts

    def _under(self, node: int) -> list[int]:
        """The leaves under a node that was a leaf before."""
        stack, found = [node], []
        while stack:
            k = stack.pop()
            children = self.tree.nodes[k].children
            if children is None:
                found.append(k)
            else:
                # Those that have changed themselves are looked at on their own.
                stack.extend(child for child in children if child not in self._changed)
        return found

    def _lines(self, node: int) -> tuple[list[_Line], NDArray[np.float64]]:
        known = self._of_node.get(node)
        if known is None:
            evidence = self.tree.nodes[node].evidence or Evidence()
            lines = list(self._read(evidence, self.tree.literals(node)))
            # The first row reaches nothing, so that no leaf is without rows.
            rows = np.full((1 + len(lines), self._width), math.nan)
            for k, line in enumerate(lines):
                rows[1 + k, :-1], rows[1 + k, -1] = line.affine.floats(), line.is_guard
            known = self._of_node[node] = lines, rows
        return known

    def _read(self, evidence: Evidence, literals: Literals) -> Iterator[_Line]:
        for m in (*evidence.rays, *evidence.duals):
            line = self._line(m, literals)
            if line is not None:
                yield line

    def _line(self, m: Multipliers, literals: Literals) -> _Line | None:
        constant = box_constant(self._data, m, literals)
        if constant is None:
            return None
        numbers = self._numbers(m)
        return _Line(Affine.of((numbers[0] + constant, *numbers[1:])), m.is_ray)

    def _numbers(self, m: Multipliers) -> Sequence[Fraction]:
        known = self._of_multipliers.get(id(m))
        if known is None:
            y = m.exact_y()
            weights = (y.get(i, Fraction(0)) for i in self._parameters.rows)
            # The multipliers are kept as well, so that no other object gets their id.
            known = self._of_multipliers[id(m)] = (m, (m.at(self._fixed), *weights))
        return known[1]
