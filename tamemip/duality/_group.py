"""Group relaxations as dual functions: Gomory's shortest paths over a finite group.

Let ``B`` be a dual feasible basis, ``y`` its dual solution, ``r >= 0`` the reduced costs.
Forgetting that basic variables are nonnegative leaves

    F(d) = y d + min { r x_N : N x_N = d modulo B Z^k, x_N nonnegative integers },

a shortest path in the group ``Z^k / B Z^k`` of order ``|det B|``. It is subadditive, 0 at 0
and below the value function everywhere; it is the value where the minimiser leaves the
basic variables nonnegative. See `docs/theory/group-and-generator.md`.

References
----------
R. E. Gomory, "Some polyhedra related to combinatorial problems", Linear Algebra and its
Applications 2 (1969), 451-558. J. F. Shapiro, "Dynamic programming algorithms for the
integer programming problem", Operations Research 16 (1968), 103-121.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.arithmetic import Cokernel, cokernel, determinant
from tamemip.duality._group_assembly import Assembly
from tamemip.duality._group_basis import DualBasis, dual_basis
from tamemip.duality._group_rows import IntegerRows
from tamemip.errors import UnsupportedError
from tamemip.functions import Node, combination, group_table, shortest_paths
from tamemip.functions._tables import Element
from tamemip.programs import MixedIntegerProgram

if TYPE_CHECKING:
    from tamemip.duality._dual_function import DualFunction
    from tamemip.duality._reports import Watch
    from tamemip.solvers import Limits

#: Elements of the largest group that is enumerated.
MAX_ORDER = 10**6
#: Orders of more digits are shown as powers of 10.
_DIGITS = 30
#: Elements times generators, at most: what the checkers go through.
_WORK = 50_000_000


def build_group(
    program: MixedIntegerProgram,
    rhs: tuple[Fraction, ...],
    *,
    limits: Limits,
    watch: Watch | None,
    max_order: int = MAX_ORDER,
) -> DualFunction:
    """Gomory's group relaxation of the basis that is optimal at a right-hand side.

    Parameters
    ----------
    program
        A pure integer program.
    rhs
        The right-hand side; it chooses the basis.
    limits
        Limits in seconds. When they run out before the paths are known, the linear part
        alone is returned.
    watch
        Not used: there is no tree to watch.
    max_order
        Elements of the largest group that is enumerated.

    Raises
    ------
    UnsupportedError
        If a column is continuous, the relaxation has no dual solution, or the group has
        more elements than that: it is refused before anything is enumerated.
    """
    relaxation = GroupRelaxation.at(program, rhs, max_order=max_order)
    assembly = Assembly(program, rhs, "group", limits)
    try:
        node, stopped = relaxation.node(assembly.deadline), None
    except KeyboardInterrupt:
        node, stopped = None, "interrupted"
    if node is None:
        node, stopped = relaxation.linear(), stopped or "seconds"
    return assembly.finished([node], relaxations=2, stopped=stopped)


@final
@dataclass(frozen=True, slots=True)
class GroupRelaxation:
    """A group relaxation before its paths are known.

    Attributes
    ----------
    rows, basis
        The program's rows and the basis.
    group
        The group of the basis, on the tight rows of the user.
    """

    rows: IntegerRows
    basis: DualBasis
    group: Cokernel

    @classmethod
    def at(
        cls, program: MixedIntegerProgram, rhs: tuple[Fraction, ...], *, max_order: int = MAX_ORDER
    ) -> GroupRelaxation:
        """The group relaxation of the best basis at a right-hand side.

        Raises
        ------
        UnsupportedError
            If the group is too large, the program is not pure, or no basis is dual feasible.
        """
        rows = IntegerRows.of(program, "group")
        basis = dual_basis(rows, rows.right_side(rows.form.rhs_of(rhs)))
        matrix = _basis_matrix(rows, basis)
        order = abs(determinant(matrix))
        if order > max_order:
            raise UnsupportedError(
                f"the group relaxation has a group of order {_shown(order)}, the determinant of "
                f"the optimal basis; at most {max_order} elements are enumerated. Take another "
                "method, such as 'branch-and-bound' or 'chvatal'."
            )
        return cls(rows, basis, cokernel(matrix))

    def linear(self) -> Node:
        """The part ``y d`` of rounded right-hand sides alone: the relaxation without a group."""
        return combination((), [(w, self.rows.input(i)) for i, w in self.basis.weights.items()])

    def node(self, deadline: float = math.inf) -> Node | None:
        """The group relaxation with the generators that paths need; None at the deadline."""
        generators = self._generators()
        paths = shortest_paths(self.group.moduli, generators, deadline=deadline)
        if paths is None:
            return None
        if self.group.order * len(paths.used) > _WORK:
            raise UnsupportedError(
                f"the group relaxation has a group of order {self.group.order} with "
                f"{len(paths.used)} generators, more than can be checked. Take another method."
            )
        read = [i for i in self._read() if self._is_needed(i)]
        if not self.group.moduli and not any(self.rows.is_equation(i) for i in read):
            return self.linear()
        return group_table(
            [self.rows.input(i) for i in read],
            [self.basis.weights.get(i, Fraction(0)) for i in read],
            [self._element(i) for i in read],
            self.group.moduli,
            [generators[k] for k in paths.used],
        )

    def _read(self) -> Iterator[int]:
        """Rows that the function reads: those that are tight, bound rows at last."""
        yield from self.basis.tight
        yield from (self.rows.bound_row[j] for j in self.basis.at_upper)

    def _is_needed(self, i: int) -> bool:
        return self.rows.is_equation(i) or i in self.basis.weights or any(self._element(i))

    def _element(self, i: int) -> Element:
        """The element of a unit of a row's right-hand side; columns at upper bounds have 0."""
        if i in self.basis.tight:
            return self.group.images[self.basis.tight.index(i)]
        ((j, _),) = self.rows.rows[i]
        return self._column_element(j)

    def _column_element(self, j: int) -> Element:
        column = dict(self.rows.columns[j])
        return self.group.image([column.get(i, 0) for i in self.basis.tight])

    def _generators(self) -> list[tuple[Element, Fraction]]:
        """Nonbasic columns and slacks: the cheapest for each element but 0."""
        cheapest: dict[Element, Fraction] = {}
        pairs = [(self._column_element(j), r) for j, r in self.basis.reduced.items()]
        for i in self._read():
            if not self.rows.is_equation(i):
                weight = self.basis.weights.get(i, Fraction(0))
                pairs.append((self._negative(self._element(i)), weight))
        for element, cost in pairs:
            if any(element):
                cheapest[element] = min(cost, cheapest.get(element, cost))
        return list(cheapest.items())

    def _negative(self, element: Element) -> Element:
        return tuple(-v % m for v, m in zip(element, self.group.moduli, strict=True))


def _shown(order: int) -> str:
    text = str(order)
    return text if len(text) <= _DIGITS else f"about 10^{len(text) - 1}"


def _basis_matrix(rows: IntegerRows, basis: DualBasis) -> list[list[int]]:
    """The basis on the tight rows of the user, row by row.

    Columns at their upper bounds are basic together with their bound rows, whose pivots
    are -1: they change the group only in how it is written.
    """
    place = {j: k for k, j in enumerate(basis.basic)}
    matrix = []
    for i in basis.tight:
        line = [0] * len(basis.basic)
        for j, v in rows.rows[i]:
            if j in place:
                line[place[j]] = v
        matrix.append(line)
    return matrix
