"""Proofs that a selection of rows, bounds and integer columns holds no point."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias, final

from tamemip.certificates import ExactMatrix
from tamemip.duality._branch_and_bound import BranchAndBound
from tamemip.duality._dual_function import DualFunction
from tamemip.duality._leaf_constant import box_constant
from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._proof_writer import TightPoint
from tamemip.duality._reports import BuildReport
from tamemip.duality._tree import Evidence, Literals, Tree
from tamemip.errors import SolverError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits

if TYPE_CHECKING:
    from tamemip.duality._tree import Side

Feasible: TypeAlias = Literal["feasible"]


@final
@dataclass(frozen=True, slots=True)
class Selection:
    """Rows, column bounds ``(column, side)`` and integer columns, by index."""

    rows: frozenset[int]
    bounds: frozenset[tuple[int, Side]]
    integers: frozenset[int]


@final
@dataclass(frozen=True, slots=True)
class Refutation:
    """A tree with a positive Farkas ray at every leaf, and what the rays use."""

    tree: Tree
    selection: Selection
    report: BuildReport

    @classmethod
    def of(cls, program: MixedIntegerProgram, F: DualFunction) -> Refutation:
        """The refutation that a dual function with the value ``inf`` contains."""
        for tree in F.trees:
            found = _carried_over(program, tree, program)
            if found is not None:
                return cls(*found, F.report)
        raise SolverError(
            "the dual function is infinite, but no single tree of it shows why.", solver="tamemip"
        )

    def dual_function(self, program: MixedIntegerProgram) -> DualFunction:
        """The dual function of the program that the tree is: infinite at its rhs."""
        point = TightPoint(program.exact.rhs, None, None)
        return DualFunction(program, "branch-and-bound", (self.tree,), (point,), self.report)


def refute(
    program: MixedIntegerProgram, selection: Selection, limits: Limits
) -> Refutation | Feasible | None:
    """Prove that a selection holds no point; or that it holds one; None at a limit."""
    part = _part(program, selection)
    grown = BranchAndBound(part).grow(part.exact.rhs, limits=limits)
    if grown.incumbent is not None:
        return "feasible"
    if not grown.is_tight:
        return None
    found = _carried_over(program, grown.tree, part)
    return None if found is None else Refutation(*found, grown.report)


def _part(program: MixedIntegerProgram, selection: Selection) -> MixedIntegerProgram:
    """The selection as a program of the same shape, without costs."""
    exact = program.exact
    m, n = program.n_rows, program.n_cols
    kept = [i in selection.rows for i in range(m)]
    zero = Fraction(0)
    problem = replace(
        exact,
        sense="min",
        c=(zero,) * n,
        offset=zero,
        A=ExactMatrix(tuple(exact.A.rows[i] if kept[i] else () for i in range(m)), n),
        row_sense=tuple(exact.row_sense[i] if kept[i] else "<=" for i in range(m)),
        rhs=tuple(exact.rhs[i] if kept[i] else zero for i in range(m)),
        lower=tuple(
            exact.lower[j] if (j, ">=") in selection.bounds else -math.inf for j in range(n)
        ),
        upper=tuple(
            exact.upper[j] if (j, "<=") in selection.bounds else math.inf for j in range(n)
        ),
        integer=tuple(j in selection.integers for j in range(n)),
    )
    return replace(program, exact=problem)


def _carried_over(
    program: MixedIntegerProgram, tree: Tree, part: MixedIntegerProgram
) -> tuple[Tree, Selection] | None:
    """The tree with one ray a leaf, in terms of the program, and what it uses of a part.

    What the rays need is read off the part, where they are positive already: the
    program may round a bound that is far enough without. So the selection lies in
    the part, and a deletion that succeeds makes it smaller.
    """
    data, own = IntegerData(program.exact), IntegerData(part.exact)
    result = tree.copy()
    used: set[int] = set()
    bounds: set[tuple[int, Side]] = set()
    integers: set[int] = set()
    for k in result.leaves():
        literals = result.literals(k)
        evidence = result.nodes[k].evidence or Evidence()
        ray = next(_positive_rays(own, evidence, literals), None)
        if ray is None:
            return None
        result.nodes[k].evidence = Evidence(rays=[data.multipliers(ray.exact_y(), is_ray=True)])
        used.update(i for i, _ in ray.y)
        bounds |= _root_bounds(ray, literals)
        integers.update(column for column, _ in literals)
    integers |= {j for j, side in bounds if _is_rounded(own, j, side)}
    return result, Selection(frozenset(used), frozenset(bounds), frozenset(integers))


def _positive_rays(
    data: IntegerData, evidence: Evidence, literals: Literals
) -> Iterator[Multipliers]:
    rows = data.problem.A.rows
    for known in evidence.rays:
        # A row that is left out is empty in a part.
        y = {i: v for i, v in known.exact_y().items() if rows[i] or data.problem.rhs[i]}
        ray = data.multipliers(y, is_ray=True)
        constant = box_constant(data, ray, literals)
        if constant is not None and constant + ray.at(data.problem.rhs) > 0:
            yield ray


def _root_bounds(ray: Multipliers, literals: Literals) -> set[tuple[int, Side]]:
    """The bounds of the root box that a ray relies on, where no branching bound stands in."""
    keys: set[tuple[int, Side]] = {(j, ">=" if r > 0 else "<=") for j, r in ray.reduced.items()}
    return keys - literals.keys()


def _is_rounded(data: IntegerData, column: int, side: Side) -> bool:
    problem = data.problem
    root = data.lower if side == ">=" else data.upper
    given = problem.lower if side == ">=" else problem.upper
    return root[column] != given[column]
