"""Expressions of one variable near an infinite end of the line: the germs of all nodes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import final

from tamemip.certificates._definable_enclosure import Enclosure
from tamemip.certificates._definable_facts import Domain, Facts
from tamemip.certificates._definable_nodes import Node
from tamemip.certificates._definable_periodic import (
    Germ,
    Missing,
    Motion,
    Phase,
    Value,
    fixed,
    is_known,
    joined,
    refined,
)
from tamemip.certificates._definable_periodic_phases import cuts, delay, value_of
from tamemip.certificates._definable_rules import derive
from tamemip.certificates._json import RejectedError

MOST_PHASES = 4_000
"""A function with more phases is not written out."""
MOST_WORK = 120_000
"""So many phases of one expression are written."""

_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@dataclass(frozen=True, slots=True)
class End:
    """The half-line ``side * x >= side * start``, and a period.

    Parameters
    ----------
    side
        1 towards infinity, -1 towards minus infinity.
    start
        Where it begins.
    period
        The length D of a period, positive.
    """

    side: int
    start: Fraction
    period: Fraction

    @property
    def interval(self) -> Enclosure:
        """The half-line."""
        if self.side > 0:
            return Enclosure.between(self.start, math.inf)
        return Enclosure.between(-math.inf, self.start)

    @property
    def origin(self) -> Fraction:
        """Where ``t = side * x`` begins."""
        return self.side * self.start


@final
@dataclass(frozen=True, slots=True)
class Ending:
    """What the nodes of an expression are near an end.

    Attributes
    ----------
    germs
        One a node, in ``t = side * x``.
    facts
        What is derived of them on the half-line.
    delay
        The germs are right from so many periods after the start on.
    """

    germs: tuple[Germ, ...]
    facts: tuple[Facts, ...]
    delay: int


def ending(nodes: Sequence[Node], name: str, end: End) -> Ending:
    """The germs of all nodes.

    Parameters
    ----------
    nodes
        An expression in one variable.
    name
        That variable.
    end
        Where to read it.

    Raises
    ------
    PeriodTooShortError
        If the period must be multiplied.
    RejectedError
        If there are too many phases, or another variable.
    """
    facts = derive(nodes, Domain((name,), (end.interval,)))
    germs: list[Germ] = []
    late = work = 0
    for k, node in enumerate(nodes):
        if node.op == "variable":
            germ, wait = _over(end, Motion(Fraction(end.side), _ZERO, end.side * end.period)), 0
        elif not node.of:
            germ, wait = _over(end, value_of(node, (), end.origin)), 0
        else:
            germ, wait = _applied(node, [germs[j] for j in node.of])
        if not is_known(germ):
            combination = _combination(k, facts, germs, end)
            if combination is not None:
                germ, wait = combination, 0
        late = max(late, wait)
        work += len(germ) * (1 + len(node.of))
        if work > MOST_WORK:
            raise RejectedError("period: the expression has too many phases")
        germs.append(germ)
    return Ending(tuple(germs), facts, late)


def _over(end: End, value: Value) -> Germ:
    start = end.origin
    return Phase(start, start, value), Phase(start, start + end.period, value)


def _applied(node: Node, args: Sequence[Germ]) -> tuple[Germ, int]:
    """The germ of an operation, and the first k for which it is right."""
    phases: list[Phase] = []
    late = 0
    for low, high, values in refined(args):
        at = cuts(node, values, low, high)
        for place, (a, b) in enumerate(pairwise([low, *at, high])):
            if place:
                phases.append(Phase(a, a, value_of(node, values, a)))
            phases.append(Phase(a, b, value_of(node, values, (a + b) / 2)))
        late = max(late, delay(node, values, low, high))
        if len(phases) > MOST_PHASES:
            raise RejectedError("period: a function has too many phases")
    return joined(phases), late


def _combination(k: int, facts: Sequence[Facts], germs: Sequence[Germ], end: End) -> Germ | None:
    """A node that equals a combination of known ones, all of them defined on the half-line."""
    form = facts[k].form
    if not facts[k].is_total or any(j >= k or not facts[j].is_total for j, _ in form.terms):
        return None
    parts = [germs[j] for j, _ in form.terms]
    if not all(is_known(germ) for germ in parts):
        return None
    if not parts:
        return _over(end, fixed(form.constant))
    weights = [w for _, w in form.terms]
    phases = [
        Phase(low, high, _weighted(form.constant, weights, values))
        for low, high, values in refined(parts)
    ]
    return joined(phases)


def _weighted(constant: Fraction, weights: Sequence[Fraction], values: Sequence[Value]) -> Value:
    total = fixed(constant)
    for weight, value in zip(weights, values, strict=True):
        if isinstance(value, Missing):
            return value
        total = total.plus(value, weight)
    return total
