"""Trees over the rows of a program and some symbolic cuts.

A cut is a term of the canonical right-hand side with its coefficients: one more row,
whose right-hand side moves with that of the program. A tree of the extended program
bounds its value for every right-hand side ``(d, t)``; at ``t = cuts(d)`` it bounds the
value of the program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.certificates import Bound, ExactMatrix, RowSense, SparseVector
from tamemip.duality._coefficients import Coefficients, NoInequalityError, coefficients
from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._parts import rows_of_form
from tamemip.duality._trees_to_functions import leaf_minimum
from tamemip.functions import (
    AffineFunction,
    AffineInput,
    BatchReading,
    Leaf,
    LeafMinimum,
    NestedReading,
    Node,
    Sum,
    TermReading,
    combination,
    exact_values,
    extended_by_cuts,
    nearest_float,
    substitute,
    term_of_leaves,
)
from tamemip.programs import CanonicalForm, MixedIntegerProgram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality._tree import Tree

_ZERO = Fraction(0)


@final
@dataclass(frozen=True, slots=True)
class CutRow:
    """A cut over the user's columns: ``row x >= node(canonical(d)) + shift``."""

    node: Node
    row: SparseVector
    shift: Fraction


@final
@dataclass(frozen=True, eq=False)
class CutTree:
    """A tree whose multipliers of row ``m + k`` belong to cut ``k``."""

    cuts: tuple[Node, ...]
    tree: Tree

    def extended(self, program: MixedIntegerProgram) -> MixedIntegerProgram:
        """The program with the cuts as rows, at its own right-hand side."""
        return extended_program(program, cut_rows(program.canonical(), self.cuts))

    def pruned(self, n_rows: int) -> CutTree:
        """The same function of a program with `n_rows` rows, without cuts that no leaf uses.

        The tree is one without sums of blocks, as those of `grow` without decomposition are.
        """
        evidence = [node.evidence for node in self.tree.nodes if node.evidence is not None]
        proofs = [m for e in evidence for m in (*e.duals, *e.rays)]
        used = sorted({i - n_rows for m in proofs for i, _ in m.y if i >= n_rows})
        place = {n_rows + k: n_rows + new for new, k in enumerate(used)}
        tree = self.tree.copy()
        renumbered = _Renumbering(place)
        for node in tree.nodes:
            if node.evidence is not None:
                node.evidence.duals = [renumbered(m) for m in node.evidence.duals]
                node.evidence.rays = [renumbered(m) for m in node.evidence.rays]
        return CutTree(tuple(self.cuts[k] for k in used), tree)

    def part(self, program: MixedIntegerProgram) -> CutTreePart:
        """The bound that it is."""
        return CutTreePart(program, self)


class _Renumbering:
    """Multipliers with rows by other numbers; those that are one object stay one object."""

    def __init__(self, place: Mapping[int, int]) -> None:
        self._place = place
        self._made: dict[int, tuple[Multipliers, Multipliers]] = {}

    def __call__(self, m: Multipliers) -> Multipliers:
        known = self._made.get(id(m))
        if known is None:
            y = tuple((self._place.get(i, i), v) for i, v in m.y)
            known = self._made[id(m)] = (m, replace(m, y=y))
        return known[1]


def cut_rows(form: CanonicalForm, cuts: Sequence[Node]) -> tuple[CutRow, ...]:
    """Cuts over the user's columns.

    Raises
    ------
    NoInequalityError
        If a cut is no inequality that is linear in the user's columns.
    """
    found = coefficients(form, cuts)
    return tuple(_moved(form, cut, found[cut]) for cut in cuts)


def _moved(form: CanonicalForm, cut: Node, found: Coefficients) -> CutRow:
    row: dict[int, Fraction] = {}
    shift = _ZERO
    for k, column in enumerate(form.columns):
        a = column.sign * found.get(k, _ZERO)
        if row.get(column.source, a) != a:
            raise NoInequalityError(
                f"a cut has different coefficients on the two parts of the free column "
                f"{column.source}."
            )
        if column.source not in row:
            shift += a * column.base
        row[column.source] = a
    return CutRow(cut, tuple((j, a) for j, a in sorted(row.items()) if a), shift)


def extended_program(
    program: MixedIntegerProgram, rows: Sequence[CutRow], *, rhs: Sequence[Fraction] | None = None
) -> MixedIntegerProgram:
    """The program with cuts as further ``>=`` rows, their sides taken at a right-hand side."""
    exact = program.exact
    at = exact.rhs if rhs is None else tuple(rhs)
    sides = cut_sides(program.canonical(), rows, at)
    senses: list[RowSense] = [">="] * len(rows)
    problem = replace(
        exact,
        A=ExactMatrix((*exact.A.rows, *(cut.row for cut in rows)), exact.A.n_cols),
        row_sense=(*exact.row_sense, *senses),
        rhs=(*at, *sides),
    )
    names = (*program.row_names, *(f"cut::{k}" for k in range(len(rows))))
    return MixedIntegerProgram(problem, names, program.col_names, program.name)


def cut_sides(
    form: CanonicalForm, rows: Sequence[CutRow], d: Sequence[Fraction]
) -> tuple[Fraction, ...]:
    """The right-hand sides of cuts at a right-hand side of the user's rows."""
    values = exact_values([cut.node for cut in rows], form.rhs_of(d))
    sides = []
    for value, cut in zip(values, rows, strict=True):
        assert isinstance(value, Fraction)  # nodes that may be infinite are no cuts
        sides.append(value + cut.shift)
    return tuple(sides)


@final
class CutTreePart:
    """The bound of a tree over cuts, in min orientation."""

    def __init__(self, program: MixedIntegerProgram, cut_tree: CutTree) -> None:
        self._form = program.canonical()
        self._rows = cut_rows(self._form, cut_tree.cuts)
        sign = self._form.sign
        self._constant = sign * program.offset
        self._shift = self._constant - sign * self._form.offset
        extended = extended_program(program, self._rows)
        self.function: LeafMinimum = leaf_minimum(cut_tree.tree, IntegerData(extended.exact))

    def exact(self, rhs: Sequence[Fraction]) -> Bound:
        """The bound at a right-hand side."""
        value = self.function.exact((*rhs, *cut_sides(self._form, self._rows, rhs)))
        return value + self._constant if isinstance(value, Fraction) else value

    def values(self, rhs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The bounds at the rows of an array.

        Cuts are read in integers, as multiples; where these are too long for floats, a
        right-hand side is evaluated on its own.
        """
        extended, is_exact = extended_by_cuts(self._cut_reading, rhs)
        is_exact = np.asarray(is_exact.reshape(-1, len(rhs)).all(axis=0))
        values = np.empty(len(rhs))
        if is_exact.any():
            values[is_exact] = self._reading.values(extended[is_exact])
        for k in np.flatnonzero(~is_exact).tolist():
            row = [Fraction(str(v)) for v in rhs[k].tolist()]
            values[k] = nearest_float(self.exact(row))
        return values

    @cached_property
    def _cut_reading(self) -> TermReading:
        """The right-hand sides of the cuts, as functions of that of the user's rows."""
        nodes = [combination((), [(1, row.node)], constant=row.shift) for row in self._rows]
        return TermReading(nodes, self._form.n_rows, given=AffineInput.of_form(self._form))

    @cached_property
    def _reading(self) -> BatchReading | NestedReading:
        """The tree as a function of the rhs and of multiples of the cuts."""
        units = (1,) * len(self._form.row_sign) + self._cut_reading.denominators
        return _in_units(self.function, units).reading_plus(self._constant)

    def node(self, form: CanonicalForm) -> Node:
        """The bound as a minimum over leaves whose pieces read cuts."""
        m = len(form.row_sign)
        cuts = {
            m + k: combination((), [(1, cut.node)], constant=cut.shift)
            for k, cut in enumerate(self._rows)
        }
        node = substitute(term_of_leaves(self.function), rows_of_form(form) | cuts)
        return combination((), [(1, node)], constant=self._shift)

    @property
    def n_leaves(self) -> int:
        """Number of leaves."""
        return self.function.n_leaves


def _in_units(function: LeafMinimum, units: Sequence[int]) -> LeafMinimum:
    """A function of ``d`` as one of the multiples ``unit_i d_i``."""

    def affine(f: AffineFunction) -> AffineFunction:
        return AffineFunction(tuple((i, w / units[i]) for i, w in f.weights), f.constant)

    def leaf(given: Leaf) -> Leaf:
        sums = tuple(
            Sum(affine(total.linear), tuple(_in_units(block, units) for block in total.blocks))
            for total in given.sums
        )
        return Leaf(tuple(map(affine, given.bounds)), tuple(map(affine, given.guards)), sums)

    return replace(function, leaves=tuple(map(leaf, function.leaves)))
