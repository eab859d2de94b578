"""One tree, over the rows of a program and maybe some cuts, folded into one function."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final

from tamemip.duality._branch_and_bound import BranchAndBound
from tamemip.duality._mir_tree import Lifting
from tamemip.duality._mir_tree_folding import Folding
from tamemip.duality._mir_tree_root import RootProof, rounded_up
from tamemip.duality._mir_tree_rows import short_rows, with_rows
from tamemip.duality._multipliers import Multipliers
from tamemip.duality._proof_writer import TightPoint
from tamemip.duality._target import Target
from tamemip.functions import Node, exact_value, exact_values, topological

if TYPE_CHECKING:
    from tamemip.duality._reports import BuildReport, Grown, Watch
    from tamemip.programs import CanonicalForm, MixedIntegerProgram
    from tamemip.solvers import Limits

#: Leaves are closed above ``v - g/2`` where all values are multiples of g: the last
#: rounding then has a fraction above 1/2.
_SHARE_OF_GRANULARITY = Fraction(1, 2)


@final
@dataclass(frozen=True, eq=False)
class Trial:
    """What a tree has proved.

    Attributes
    ----------
    functions, guards
        Terms of the canonical right-hand side.
    value
        The best of the functions at the right-hand side of the search.
    points
        That right-hand side, if the value is proved there.
    report
        What it took.
    """

    functions: tuple[Node, ...]
    guards: tuple[Node, ...]
    value: Fraction | float
    points: tuple[TightPoint, ...]
    report: BuildReport

    @cached_property
    def size(self) -> int:
        """How many nodes the functions have together."""
        return len(topological(*self.functions, *self.guards))


def run_trial(
    program: MixedIntegerProgram,
    rhs: tuple[Fraction, ...],
    root: RootProof,
    cuts: Sequence[Node],
    *,
    digits: int | None = None,
    limits: Limits,
    watch: Watch | None,
) -> Trial:
    """Grow a tree over the rows and some cuts, and fold it.

    Parameters
    ----------
    program, rhs
        The program, and where its function shall be strong.
    root
        What the relaxation proves; it is part of the result.
    cuts
        Valid inequalities whose right-hand sides are terms; further rows of the tree.
    digits
        Binary digits that their coefficients are shortened to; None for none.
    """
    form = program.canonical()
    e = form.rhs_of(rhs)
    rows = short_rows(form, cuts, e, digits=digits)
    nodes = [row.node for row in rows]
    extended = with_rows(program, rows, rhs) if rows else program.with_rhs(rhs)
    granularity = Target.of(program.exact).granularity
    target = None if granularity is None else granularity * _SHARE_OF_GRANULARITY
    search = BranchAndBound(extended, target=Target(target), decomposes=False)
    duals = [*root.duals, *_root_duals(search, extended)] if rows else root.duals
    grown = search.grow(extended.exact.rhs, limits=limits, watch=watch)
    lifting = Lifting(form, e, list(zip(nodes, _finite(nodes, e), strict=True)))
    folding = Folding(lifting, extended, grown.tree, duals)
    functions, guards = [], []
    if grown.is_tight and grown.incumbent is None:
        found = folding.guard()
        guards += [] if found is None else [found.node()]
    else:
        found = folding.function(_canonical_cost(form, grown))
        functions += [] if found is None else [rounded_up(found.node(), e, granularity)]
    functions += [rounded_up(f, e, granularity) for f in root.functions]
    return _judged(program, rhs, functions, guards, grown)


def _root_duals(search: BranchAndBound, extended: MixedIntegerProgram) -> list[Multipliers]:
    evidence = search.root(extended.exact.rhs).tree.nodes[0].evidence
    return [] if evidence is None else evidence.duals


def _finite(nodes: Sequence[Node], e: Sequence[Fraction]) -> list[Fraction]:
    values = exact_values(nodes, e)
    return [value for value in values if isinstance(value, Fraction)]


def _canonical_cost(form: CanonicalForm, grown: Grown) -> Fraction | None:
    """The cost of the best point in the canonical objective."""
    if grown.incumbent is None:
        return None
    return grown.incumbent.cost - form.sign * (form.offset - form.program.offset)


def _judged(
    program: MixedIntegerProgram,
    rhs: tuple[Fraction, ...],
    functions: Sequence[Node],
    guards: Sequence[Node],
    grown: Grown,
) -> Trial:
    """Whether the functions reach the value of the best point."""
    form = program.canonical()
    e = form.rhs_of(rhs)
    value: Fraction | float = max((exact_value(f, e) for f in functions), default=-math.inf)
    points: tuple[TightPoint, ...] = ()
    if any(exact_value(guard, e) > 0 for guard in guards):
        value, points = math.inf, (TightPoint(rhs, None, None),)
    elif grown.incumbent is not None and value == _canonical_cost(form, grown):
        point = grown.incumbent.point
        points = (TightPoint(rhs, point, program.objective(point)),)
    return Trial(tuple(functions), tuple(guards), value, points, grown.report)
