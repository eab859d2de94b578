"""The rules about functions of one variable that repeat at an infinite end of the line.

* `definable-eventually-affine`: at each end that the step names all functions are affine, or
  nowhere defined. What is left of the line is read by the ordinary derivation: there the
  roundings of bounded arguments have finitely many steps. A function that is definable on
  finitely many intervals that cover the line is definable.
* `refuted-phases`: at one end a function repeats, and is neither affine nor nowhere defined.

Both rest on the theorem of `_definable_periodic`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from tamemip.certificates._definable_conclusions import Definable, Refuted
from tamemip.certificates._definable_enclosure import Enclosure
from tamemip.certificates._definable_facts import Domain, Facts, Structure
from tamemip.certificates._definable_lines import Cell, Shape, lines_of, shape_of
from tamemip.certificates._definable_nodes import Node
from tamemip.certificates._definable_periodic import (
    Motion,
    is_defined,
    is_known,
    is_nowhere_defined,
    straight,
)
from tamemip.certificates._definable_periodic_ends import End, Ending, ending
from tamemip.certificates._definable_rules import derive
from tamemip.certificates._definable_steps import (
    NodeStep,
    _below,
    assumptions_of,
    claims_of,
    conclusion_about,
    digest_of,
)
from tamemip.certificates._json import RejectedError, as_rationals, show
from tamemip.certificates._problem import Problem
from tamemip.certificates._shared_rules import shared_rule
from tamemip.certificates._statement import Conclusions
from tamemip.certificates._step import Step

_CLAIMS = ("digest", "structures", "local", "total", "continuous", "pieces")


@shared_rule("definable-eventually-affine", "of", "on", "low", "high", *_CLAIMS)
def _eventually_affine(step: Step, conclusions: Conclusions, _: Problem) -> Definable:
    """What holds near the ends and between them is what the step claims."""
    nodes, places, domain = _expression(step, conclusions)
    ends = [
        _end(step, name, side)
        for name, side in (("low", -1), ("high", 1))
        if step.fields[name] is not None
    ]
    found = definable_by_ends(nodes, places, domain, ends)
    for field, value in claims_of(found).items():
        if step.fields[field] != value or type(step.fields[field]) is not type(value):
            raise RejectedError(
                f"{field}: {show(step.fields[field])} is claimed, {show(value)} is derived"
            )
    return found


@shared_rule("refuted-phases", "of", "entry", "on", "side", "end")
def _phases(step: Step, conclusions: Conclusions, _: Problem) -> Refuted:
    """A function repeats near an end, and is neither affine nor nowhere defined there."""
    nodes, places, domain = _expression(step, conclusions)
    entry = step.index("entry", size=len(places))
    side = step.integer("side")
    if side not in (-1, 1):
        raise RejectedError("side: 1 or -1 is expected")
    return refuted_by_phases(nodes, places, domain, entry, _end(step, "end", side))


def definable_by_ends(
    nodes: Sequence[Node], roots: Sequence[int], domain: Domain, ends: Sequence[End]
) -> Definable:
    """What is proved about some functions of one variable, jointly.

    Parameters
    ----------
    nodes, roots, domain
        As for `definable_certificate`.
    ends
        One at least, and one a side at most.

    Raises
    ------
    RejectedError
        If a function is not seen to be affine, or nowhere defined, near an end, or the rest is
        definable in no structure.
    """
    place = variable_of(nodes, domain)
    if not ends or len({end.side for end in ends}) < len(ends):
        raise RejectedError("low, high: an end is expected, and each once")
    tails = [_tails(nodes, roots, domain, place, end) for end in ends]
    middle = _between(domain.intervals[place], ends)
    rest = Domain((domain.names[place],), (middle,))
    facts = derive(nodes, rest)
    found = conclusion_about(nodes, roots, facts, rest)
    if not found.structures:
        raise RejectedError("low, high: between the ends no structure is derived")
    pieces, is_continuous = None, found.is_continuous
    if found.pieces is not None and all(tail[0] is not None for tail in tails):
        shape = _shape(nodes, roots[0], middle, facts, ends, [tail[0] for tail in tails])
        pieces = found.pieces + len(ends) if shape is None else shape.pieces
        is_continuous = is_continuous or (shape is not None and shape.is_continuous)
    return replace(
        found,
        domain=str(domain),
        digest=digest_of(nodes, roots, domain),
        is_total=found.is_total and all(None not in tail for tail in tails),
        is_continuous=is_continuous,
        pieces=pieces if len(domain.names) == 1 else None,
    )


def refuted_by_phases(
    nodes: Sequence[Node], roots: Sequence[int], domain: Domain, entry: int, end: End
) -> Refuted:
    """The refutation of an entry of a map of one variable.

    Raises
    ------
    RejectedError
        If the entry is not seen to repeat, or is affine or nowhere defined; or if another
        entry, which might hide that, is not seen to be defined.
    """
    place = variable_of(nodes, domain)
    found = _read(nodes, domain, place, end)
    for k in roots:
        if k != roots[entry] and not (is_defined(found.germs[k]) or found.facts[k].is_total):
            raise RejectedError("of: another entry may be undefined near the end")
    germ = found.germs[roots[entry]]
    if not is_known(germ):
        raise RejectedError("end: the function is not known there")
    if is_nowhere_defined(germ) or straight(germ, end.period) is not None:
        raise RejectedError("end: the function is affine there, or nowhere defined")
    subject = f"an expression of {len(nodes)} nodes"
    if len(roots) > 1:
        subject = f"entry {entry} of a map with {len(roots)} entries"
    relation, far = (">=", "") if end.side > 0 else ("<=", "-")
    step = show(end.side * end.period)
    text = (
        f"For {domain.names[place]} {relation} {show(end.start)} it is piecewise affine and "
        f"quasi-periodic: k steps of {step} add k r, where r is constant on each of "
        f"{len(germ)} points and intervals of a period. It is neither affine nor nowhere defined "
        f"near {far}inf: its slopes, its jumps or its gaps return again and again."
    )
    digest = digest_of(nodes, roots, domain)
    return Refuted("W1", subject, str(domain), text, assumptions_of(nodes), digest)


def variable_of(nodes: Sequence[Node], domain: Domain) -> int:
    """The place in the domain of the one variable of an expression.

    Raises
    ------
    RejectedError
        If there are more of them, or none, or it is eliminated.
    """
    names = {node.name for node in nodes if node.op == "variable"}
    if len(names) != 1:
        raise RejectedError("of: an expression in one variable is expected")
    (name,) = names
    if name not in domain.names or name in domain.eliminated:
        raise RejectedError(f"the domain has no variable {show(name)}")
    return domain.names.index(name)


Tail: TypeAlias = tuple[Motion | None, ...]
"""The affine functions near an end, one a root; None where it is nowhere defined."""


def _expression(step: Step, conclusions: Conclusions) -> tuple[list[Node], tuple[int, ...], Domain]:
    domain = conclusions.get(step.citation("on"), Domain, "a domain")
    roots = step.citations("of")
    if not roots:
        raise RejectedError("of: no node is named")
    if any(conclusions.get(k, NodeStep, "a node").kind == "condition" for k in roots):
        raise RejectedError("of: a condition is no function")
    nodes, places = _below(roots, conclusions)
    return nodes, places, domain


def _end(step: Step, name: str, side: int) -> End:
    start, period = as_rationals(step.fields[name], name, size=2)
    return End(side, start, period)


def _read(nodes: Sequence[Node], domain: Domain, place: int, end: End) -> Ending:
    """The germs near an end of the domain, right from its start on."""
    interval = domain.intervals[place]
    far = interval.high if end.side > 0 else interval.low
    if not math.isinf(far) or not interval.contains(end.start):
        raise RejectedError("low, high: the half-line does not lie in the domain")
    if end.period <= 0:
        raise RejectedError("low, high: a period is positive")
    found = ending(nodes, domain.names[place], end)
    if found.delay:
        raise RejectedError("low, high: a comparison turns after the start")
    return found


def _tails(
    nodes: Sequence[Node], roots: Sequence[int], domain: Domain, place: int, end: End
) -> Tail:
    found = _read(nodes, domain, place, end)
    tail: list[Motion | None] = []
    for k in roots:
        germ = found.germs[k]
        motion = straight(germ, end.period)
        if motion is None and not is_nowhere_defined(germ):
            raise RejectedError("low, high: a function is not seen to be affine there")
        tail.append(motion)
    return tuple(tail)


def _between(interval: Enclosure, ends: Sequence[End]) -> Enclosure:
    """The domain up to the ends, with their first points."""
    low, high = interval.low, interval.high
    low_open, high_open = interval.low_open, interval.high_open
    for end in ends:
        if end.side > 0:
            high, high_open = end.start, False
        else:
            low, low_open = end.start, False
    middle = Enclosure.between(low, high, low_open=low_open, high_open=high_open)
    if middle.is_empty:
        raise RejectedError("low, high: the ends overlap")
    return middle


def _shape(
    nodes: Sequence[Node],
    root: int,
    middle: Enclosure,
    facts: Sequence[Facts],
    ends: Sequence[End],
    motions: Sequence[Motion | None],
) -> Shape | None:
    """The shape of the whole function, if the part between the ends is written out."""
    line = lines_of(nodes, middle)[root]
    if (
        line is None
        or not facts[root].is_total
        or Structure.SEMILINEAR not in facts[root].structures
    ):
        return None
    for end, motion in zip(ends, motions, strict=True):
        if motion is None:
            return None
        slope = end.side * motion.slope
        if end.side > 0:
            line = (*line, Cell(end.start, math.inf, slope, motion.constant))
        else:
            line = (Cell(-math.inf, end.start, slope, motion.constant), *line)
    return shape_of(line)
