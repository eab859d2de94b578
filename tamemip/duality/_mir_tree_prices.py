"""Prices that the leaves below a branch share.

Below a branching bound that is no face of the box, prices cannot be raised for free:
all leaves have to pay the same for it. The best common prices, with dual vectors for
all these leaves at once, are the solution of one linear program.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

from tamemip.certificates import Bound, ExactMatrix, Problem, RowSense
from tamemip.duality._mir_tree import Inequality, Key, Lifting, Weights
from tamemip.duality._multipliers import IntegerData
from tamemip.duality._rational_duals import Rationalizer
from tamemip.errors import SolverError
from tamemip.programs import CanonicalForm, MixedIntegerProgram
from tamemip.solvers import LPEngine, LPStatus, basic_point

if TYPE_CHECKING:
    from tamemip.duality._tree import Tree

_LOGGER = logging.getLogger(__name__)
_ZERO, _ONE = Fraction(0), Fraction(1)
#: Rows of the largest linear program that is solved, and of the largest one whose
#: solution is made exact by solving its basis.
_MOST_ROWS, _MOST_EXACT_ROWS = 6000, 250
_MOST_ROWS_IN_ALL = 60_000

Leaves: TypeAlias = dict[int, Inequality]


@final
class SharedPrices:
    """Common prices below the branches of a tree that are no faces.

    Parameters
    ----------
    lifting
        The leaves of the program.
    program
        The program with its cuts as rows, at the right-hand side of the search.
    tree
        The tree.
    is_ray
        Whether the costs are taken as 0, to prove that there is no point.
    """

    def __init__(
        self, lifting: Lifting, program: MixedIntegerProgram, tree: Tree, *, is_ray: bool
    ) -> None:
        self._lifting, self._tree, self._is_ray = lifting, tree, is_ray
        self._form = program.canonical()
        self._data = IntegerData(program.exact)
        self._m = program.n_rows

    def leaves(self, goal: Fraction) -> Leaves:
        """New inequalities for the leaves that share prices, up to the value `goal`."""
        found: Leaves = {}
        left = _MOST_ROWS_IN_ALL
        for top in self._tops():
            leaves = self._below(top)
            rows = len(leaves) * (self._form.n_cols + 1)
            if rows <= min(left, _MOST_ROWS):
                left -= rows
                found |= self._agreed(leaves, goal)
        return found

    def path(self, k: int) -> list[int]:
        """The nodes from below the root to a node."""
        found = []
        while k > 0:
            found.append(k)
            k = self._tree.nodes[k].parent
        return found[::-1]

    def key(self, k: int) -> Key:
        """The branching bound of a node."""
        node = self._tree.nodes[k]
        return (node.column, node.side, node.at)

    def _tops(self) -> Iterator[int]:
        """The highest nodes that are no faces and no leaves."""
        stack = [0]
        while stack:
            k = stack.pop()
            children = self._tree.nodes[k].children
            if children is None:
                continue
            if k > 0 and not self._lifting.is_face(self.key(k)):
                yield k
            else:
                stack.extend(children)

    def _below(self, top: int) -> list[int]:
        found, stack = [], [top]
        while stack:
            k = stack.pop()
            children = self._tree.nodes[k].children
            found += [k] if children is None else []
            stack.extend(children or ())
        return found

    def _agreed(self, leaves: Sequence[int], goal: Fraction) -> Leaves:
        draft = _Joint(self._form, goal, is_ray=self._is_ray)
        shared: dict[int, int] = {}
        for k in leaves:
            draft.add_leaf(k, [self._price(draft, node, shared) for node in self.path(k)])
        point = draft.solution()
        if point is None:
            return {}
        made = {k: self._inequality(k, draft, shared, point) for k in leaves}
        if any(f is None for f in made.values()):
            return {}
        return {k: f for k, f in made.items() if f is not None}

    def _price(self, draft: _Joint, node: int, shared: dict[int, int]) -> _Price:
        """The column of the price of a node's bound: one for all leaves, if it is no face."""
        key = self.key(node)
        variable = shared.get(node)
        if variable is None:
            variable = draft.new_column()
            if not self._lifting.is_face(key):
                shared[node] = variable
        return _Price(variable, key, self._lifting.offset(key))

    def _inequality(
        self, k: int, draft: _Joint, shared: dict[int, int], point: Sequence[Fraction]
    ) -> Inequality | None:
        first = draft.first[k]
        sign = self._form.row_sign
        y = {i: sign[i] * point[first + i] for i in range(self._m) if point[first + i]}
        path = self.path(k)
        fixed = {self.key(n): max(point[shared[n]], _ZERO) for n in path if n in shared}
        faces = {key[:2]: key[2] for n in path if self._lifting.is_face(key := self.key(n))}
        weights = Weights.of(self._data.multipliers(y, is_ray=self._is_ray))
        return self._lifting.leaf(self._lifting.settled(weights), faces, fixed)


@final
@dataclass(frozen=True, slots=True)
class _Price:
    """A column of the joint program, and the branching bound that it is the price of."""

    variable: int
    key: Key
    offset: Fraction


@final
class _Joint:
    """``max t``: dual vectors of leaves with ``value >= t``, and prices of their bounds."""

    def __init__(self, form: CanonicalForm, goal: Fraction, *, is_ray: bool) -> None:
        self._form = form
        self._cost = (_ZERO,) * form.n_cols if is_ray else form.c
        self._rows: list[list[tuple[int, Fraction]]] = []
        self._rhs: list[Fraction] = []
        self._lower: list[Bound] = [-math.inf]
        self._goal = goal
        self.first: dict[int, int] = {}

    def new_column(self, lower: Bound = _ZERO) -> int:
        """A new column of the joint program."""
        self._lower.append(lower)
        return len(self._lower) - 1

    def add_leaf(self, k: int, prices: Sequence[_Price]) -> None:
        """A dual vector of a leaf with the prices of its branching bounds."""
        form = self._form
        first = self.first[k] = len(self._lower)
        for sense in form.row_sense:
            self.new_column(-math.inf if sense == "=" else _ZERO)
        columns: list[list[tuple[int, Fraction]]] = [
            [(first + i, a) for i, a in column] for column in form.A.columns
        ]
        for c, column in enumerate(form.columns):
            for price in prices:
                if price.key[0] == column.source:
                    q = column.sign if price.key[1] == ">=" else -column.sign
                    columns[c].append((price.variable, Fraction(q)))
        self._rows += columns
        self._rhs += self._cost
        value = [(first + i, -v) for i, v in enumerate(form.rhs) if v]
        value += [(price.variable, -price.offset) for price in prices if price.offset]
        self._rows.append([(0, _ONE), *value])
        self._rhs.append(_ZERO)

    def solution(self) -> Sequence[Fraction] | None:
        """An optimal solution, exact where that is cheap, else close to one."""
        program = self._program()
        engine = LPEngine(program)
        try:
            if engine.solve() is not LPStatus.OPTIMAL:
                return None
        except SolverError as error:
            _LOGGER.info("no common prices: %s", error)
            return None
        if len(self._rows) <= _MOST_EXACT_ROWS:
            p = program.exact
            exact = basic_point(p, engine.basis(), lower=p.lower, upper=p.upper, rhs=p.rhs)
            if exact is not None:
                return exact
        near = Rationalizer().vertex(engine.point())
        return [near.get(i, _ZERO) for i in range(len(self._lower))]

    def _program(self) -> MixedIntegerProgram:
        n = len(self._lower)
        merged = [_merged(row) for row in self._rows]
        senses: list[RowSense] = ["<="] * len(merged)
        problem = Problem(
            sense="min",
            c=(-_ONE, *(_ZERO,) * (n - 1)),
            A=ExactMatrix(tuple(merged), n),
            row_sense=tuple(senses),
            rhs=tuple(self._rhs),
            lower=tuple(self._lower),
            upper=(self._goal, *(math.inf,) * (n - 1)),
            integer=(False,) * n,
            offset=_ZERO,
        )
        rows, cols = (f"r{i}" for i in range(len(merged))), (f"x{j}" for j in range(n))
        return MixedIntegerProgram(problem, tuple(rows), tuple(cols), "")


def _merged(row: Sequence[tuple[int, Fraction]]) -> tuple[tuple[int, Fraction], ...]:
    total: dict[int, Fraction] = {}
    for j, a in row:
        total[j] = total.get(j, _ZERO) + a
    return tuple((j, a) for j, a in sorted(total.items()) if a)
