"""Which cuts a tree is grown with: lists of cuts for one program at one right-hand side."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.duality._branch_and_cut_rows import RowSystem
from tamemip.duality._branch_and_cut_separation import Effort, Separation
from tamemip.duality._coefficients import coefficients
from tamemip.duality._cut_system import CutSystem
from tamemip.duality._rounding_cuts import separate_root
from tamemip.duality._rounding_cuts_strategy import Strategy
from tamemip.duality._target import Target
from tamemip.errors import UnsupportedError

if TYPE_CHECKING:
    from tamemip.duality._reports import Incumbent
    from tamemip.functions import Node
    from tamemip.programs import CanonicalForm, MixedIntegerProgram

#: Rounds of rounding cuts without progress, fewer than where nothing else follows.
_STRATEGY = Strategy(patience=20)


@final
@dataclass(frozen=True, slots=True)
class CutList:
    """Cuts with the value of the relaxation that they give, in canonical costs."""

    cuts: tuple[Node, ...]
    value: float


@final
class CutFinder:
    """Finds lists of cuts, one after the other, the likeliest first.

    Pure integer programs get Chvátal-Gomory cuts, then mixed-integer roundings of
    them and of the rows; all others get mixed-integer roundings.

    Parameters
    ----------
    program, rhs
        The program, and where the cuts shall be strong.
    incumbent
        A good point there: cuts beyond its cost are of no use.
    """

    def __init__(
        self,
        program: MixedIntegerProgram,
        rhs: tuple[Fraction, ...],
        incumbent: Incumbent | None,
    ) -> None:
        self._form = program.canonical()
        self._rhs = self._form.rhs_of(rhs)
        self._value = _canonical_value(self._form, incumbent)
        self._enough = enough_value(program, incumbent)

    def lists(self, *, deadline: float) -> Iterator[CutList]:
        """Lists of cuts."""
        if all(self._form.integer):
            first = self._chvatal(deadline)
            if first is not None:
                yield first
                yield self._roundings(first, deadline)
        yield self._roundings(CutList((), -math.inf), deadline)

    def _chvatal(self, deadline: float) -> CutList | None:
        try:
            system = CutSystem(self._form, self._rhs)
        except UnsupportedError:  # numbers beyond those of a cut system
            return None
        g = system.granularity
        target = None if self._value is None else math.ceil(self._value / g)
        found = separate_root(system, deadline=deadline, target=target, strategy=_STRATEGY)
        cuts = tuple(system.node(i) for i in found.rows if i > system.m)
        return CutList(cuts, float(g) * found.cut_value)

    def _roundings(self, known: CutList, deadline: float) -> CutList:
        system = RowSystem(self._form, self._rhs)
        found = coefficients(self._form, known.cuts)
        for cut in known.cuts:
            system.adopt(cut, found[cut])
        separated = Separation(system, self._enough).run(Effort(), deadline=deadline)
        cuts = tuple(system.cuts[i - system.m].node for i in separated.rows)
        return CutList(cuts, separated.value)


def enough_value(program: MixedIntegerProgram, incumbent: Incumbent | None) -> float:
    """The value of a relaxation, in canonical costs, that closes a leaf; infinite without a point.

    A little more than what does in exact arithmetic.
    """
    value = _canonical_value(program.canonical(), incumbent)
    if value is None:
        return math.inf
    shift = float(value - incumbent.cost) if incumbent is not None else 0.0
    return Target.of(program.exact).threshold(float(value) - shift) + shift


def _canonical_value(form: CanonicalForm, incumbent: Incumbent | None) -> Fraction | None:
    """The cost of a point in the canonical objective."""
    if incumbent is None:
        return None
    return incumbent.cost - form.sign * (form.offset - form.program.offset)
