"""Expressions restricted to a half-line or a segment of their domain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates._definable_enclosure import Enclosure
from tamemip.certificates._definable_facts import UPSETS, Domain, Facts, Structure
from tamemip.certificates._definable_nodes import Node
from tamemip.certificates._definable_rules import derive
from tamemip.certificates._json import RejectedError, show, show_vector

PROJECTIONS = frozenset({"infimum", "supremum", "argmin", "argmax"})
LINE_VARIABLE = "t"
PeriodPair: TypeAlias = tuple[Fraction, Fraction]


@final
@dataclass(frozen=True, slots=True)
class Line:
    """The points ``base + t direction``, for ``t >= start`` or for ``0 < t <= start``.

    Parameters
    ----------
    base, direction
        One number a variable of the domain.
    start
        Where t starts, positive if it goes to 0.
    to_zero
        Whether t falls to 0, rather than rise to infinity.
    """

    base: tuple[Fraction, ...]
    direction: tuple[Fraction, ...]
    start: Fraction
    to_zero: bool

    @property
    def interval(self) -> Enclosure:
        """The values of t."""
        if self.to_zero:
            return Enclosure.between(0, self.start, low_open=True)
        return Enclosure.between(self.start, math.inf)

    @property
    def domain(self) -> Domain:
        """The values of t as a domain of one variable."""
        return Domain((LINE_VARIABLE,), (self.interval,))

    def __str__(self) -> str:
        where = f"0 < t <= {show(self.start)}" if self.to_zero else f"t >= {show(self.start)}"
        return f"{show_vector(self.base)} + t {show_vector(self.direction)}, {where}"


@final
@dataclass(frozen=True, slots=True)
class Restriction:
    """An expression as one of t, without the semialgebraic summands it is defined with.

    Attributes
    ----------
    nodes, facts
        The expression in t, and what holds on the line.
    root
        What is left of it: at first the sum of the summands that are not known to be
        semialgebraic.
    what
        The beginning of a sentence about the root.
    faded
        Summands that are gone, and have to fade under shifts by a period.
    grown
        The product of the root and an exponential that is gone: the root must have a period.
    has_limit_only
        Whether the root has a limit if the function is definable, and no more is known.
    """

    nodes: tuple[Node, ...]
    facts: tuple[Facts, ...]
    root: int
    what: str = "it is, up to semialgebraic summands,"
    faded: tuple[int, ...] = ()
    grown: int | None = None
    has_limit_only: bool = False


def require_inside(line: Line, domain: Domain) -> None:
    """Refuse a line that does not lie in the domain.

    Raises
    ------
    RejectedError
        If some point is outside, or all points are the same.
    """
    if not any(line.direction):
        raise RejectedError("direction: it is 0")
    if line.to_zero and line.start <= 0:
        raise RejectedError("start: t falls to 0, from a positive number")
    rows = zip(domain.names, domain.intervals, line.base, line.direction, strict=True)
    for name, interval, c, d in rows:
        is_inside = interval.contains(c + line.start * d)
        if line.to_zero:
            # A segment from a point of the closure to one of the interval stays inside.
            is_inside = is_inside and interval.low <= c <= interval.high
        else:
            is_inside = is_inside and (d <= 0 or interval.high == math.inf)
            is_inside = is_inside and (d >= 0 or interval.low == -math.inf)
        if not is_inside:
            raise RejectedError(f"the line leaves the interval of {show(name)}")


def restrict(nodes: Sequence[Node], root: int, domain: Domain, line: Line) -> Restriction:
    """The expression along a line inside the domain, less its semialgebraic summands.

    In an o-minimal expansion of the real field the line and these summands are definable:
    if the function is, then so is what is left.

    Raises
    ------
    RejectedError
        If the line leaves the domain, the function is not known to be defined along it, an
        infimum is used, or nothing is left.
    """
    require_inside(line, domain)
    made, root = _substituted(nodes, root, domain, line)
    facts = derive(made, line.domain)
    if not facts[root].is_total:
        raise RejectedError("the function may be undefined somewhere on the line")
    semialgebraic = UPSETS[Structure.SEMIALGEBRAIC]
    wild = []
    for k, weight in facts[root].form.terms:
        if not facts[k].is_total:
            raise RejectedError("a summand may be undefined somewhere on the line")
        if facts[k].upset & semialgebraic != semialgebraic:
            wild.append((k, weight))
    if not wild:
        raise RejectedError("the function is semialgebraic on the line")
    if len(wild) == 1:
        return Restriction(tuple(made), facts, wild[0][0])
    first = len(made)
    made += [Node("scale", (k,), value=weight) for k, weight in wild]
    made.append(Node("add", tuple(range(first, first + len(wild)))))
    return Restriction(tuple(made), derive(made, line.domain), len(made) - 1)


def _substituted(
    nodes: Sequence[Node], root: int, domain: Domain, line: Line
) -> tuple[list[Node], int]:
    """``base + t direction`` in place of the variables, in the nodes below one of them."""
    needed = {root}
    for k in range(root, -1, -1):
        if k in needed:
            needed.update(nodes[k].of)
    made = [Node("variable", name=LINE_VARIABLE)]
    place: dict[int, int] = {}
    for k in sorted(needed):
        node = nodes[k]
        if node.op in PROJECTIONS:
            raise RejectedError(f"there is no rule for the {node.op} along a line")
        if node.op != "variable":
            made.append(replace(node, of=tuple(place[j] for j in node.of)))
        else:
            if node.name not in domain.names:
                raise RejectedError(f"the domain has no variable {show(node.name)}")
            i = domain.names.index(node.name)
            made.append(Node("const", value=line.base[i]))
            made.append(Node("scale", (0,), value=line.direction[i]))
            made.append(Node("add", (len(made) - 2, len(made) - 1)))
        place[k] = len(made) - 1
    return made, place[root]
