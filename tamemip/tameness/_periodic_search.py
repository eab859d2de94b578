"""Deciding functions of one variable that repeat near infinity: the search for periods.

A function of one variable that is made of sums, rational multiples, roundings, extremes and
conditions repeats near both ends of the line. It is semilinear just if it is affine there, and
definable in no o-minimal expansion of the real field otherwise; see
`tamemip.certificates._definable_periodic` for the theorem. The search proposes where the ends
begin and how long the periods are; the rules decide.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

from tamemip.certificates import Certificate, Domain, Enclosure, Node, RejectedError
from tamemip.certificates._certificate import Goal
from tamemip.certificates._definable_periodic import (
    PeriodTooShortError,
    is_known,
    is_nowhere_defined,
    straight,
)
from tamemip.certificates._definable_periodic_ends import End, Ending, ending
from tamemip.certificates._definable_periodic_rules import (
    definable_by_ends,
    refuted_by_phases,
    variable_of,
)
from tamemip.certificates._definable_steps import claims_of
from tamemip.certificates._definable_writing import certificate_of_lines, expression_lines
from tamemip.certificates._problem import number_to_json
from tamemip.tameness._expression import Expression, nodes_of

_MOST_NODES = 3_000
_ROUNDS = 64
"""Periods are multiplied so many times."""
_LONG = 400
"""Numbers of more bits are no periods."""
_FAR = 1_000
"""Where to look next, if something is not understood from the first start on."""


def prove_eventually_affine(
    expressions: Sequence[Expression], domain: Domain
) -> Certificate | None:
    """A certificate that functions of one variable are definable, for they end as affine ones.

    None says nothing.

    Parameters
    ----------
    expressions
        One an entry of the map, all in the same variable.
    domain
        With an infinite end for that variable.

    Examples
    --------
    >>> from tamemip.certificates import check
    >>> from tamemip.tameness import domain_of, floor, ceiling, variable
    >>> x = variable("x")
    >>> line = domain_of(None, ["x"])
    >>> proof = prove_eventually_affine([floor(-x) + ceiling(x)], line)
    >>> check(proof).definable.structure, check(proof).definable.pieces
    (<Structure.SEMILINEAR: 'semilinear'>, 1)
    >>> prove_eventually_affine([floor(x)], line) is None
    True
    """
    nodes, roots = nodes_of(expressions)
    ends: dict[str, End] = {}
    for end, found in readable_ends(nodes, domain):
        side = "high" if end.side > 0 else "low"
        if side in ends or not all(is_known(found.germs[k]) for k in roots):
            continue
        if any(_is_bent(found, k, end) for k in roots):
            return None
        ends[side] = end
    try:
        claims = claims_of(definable_by_ends(nodes, roots, domain, list(ends.values())))
    except RejectedError:
        return None
    claim: dict[str, object] = {
        "rule": "definable-eventually-affine",
        "of": [k + 2 for k in roots],
        "on": 1,
        **{side: _json(ends[side]) if side in ends else None for side in ("low", "high")},
        **claims,
    }
    lines = [*expression_lines(nodes, domain), claim]
    return certificate_of_lines(lines, domain, Goal("definable", of=len(lines)))


def refute_by_phases(expressions: Sequence[Expression], domain: Domain) -> Certificate | None:
    """A certificate that a map of one variable is definable in no o-minimal structure.

    None says nothing.

    Examples
    --------
    >>> from tamemip.certificates import check
    >>> from tamemip.tameness import domain_of, floor, piecewise, variable
    >>> x = variable("x")
    >>> f = piecewise([(floor(x) - 2 * floor(x / 2) < 1, x)], default=0 * x)
    >>> check(refute_by_phases([f], domain_of(None, ["x"]))).refuted.kind
    'W1'
    """
    nodes, roots = nodes_of(expressions)
    for end, found in readable_ends(nodes, domain):
        for entry, k in enumerate(roots):
            if not is_known(found.germs[k]) or not _is_bent(found, k, end):
                continue
            try:
                refuted_by_phases(nodes, roots, domain, entry, end)
            except RejectedError:
                continue
            claim: dict[str, object] = {
                "rule": "refuted-phases",
                "of": [j + 2 for j in roots],
                "entry": entry,
                "on": 1,
                "side": end.side,
                "end": _json(end),
            }
            lines = [*expression_lines(nodes, domain), claim]
            return certificate_of_lines(lines, domain, Goal("refuted", of=len(lines)))
    return None


def readable_ends(nodes: Sequence[Node], domain: Domain) -> Iterator[tuple[End, Ending]]:
    """What can be read near the infinite ends of the domain, the nearest starts first."""
    if len(nodes) > _MOST_NODES:
        return
    try:
        place = variable_of(nodes, domain)
    except RejectedError:
        return
    interval = domain.intervals[place]
    for side in (1, -1):
        if not math.isinf(interval.high if side > 0 else interval.low):
            continue
        for far in (0, _FAR):
            start = _first(interval) + side * far
            read = _read(nodes, domain.names[place], End(side, start, _shortest(nodes)))
            if read is None:
                continue
            yield read
            if all(is_known(germ) for germ in read[1].germs):
                break


def _is_bent(found: Ending, root: int, end: End) -> bool:
    germ = found.germs[root]
    return straight(germ, end.period) is None and not is_nowhere_defined(germ)


def _first(interval: Enclosure) -> Fraction:
    """A point of an interval with an infinite end: 0, or the other end, or next to it."""
    if interval.contains(Fraction(0)):
        return Fraction(0)
    if isinstance(interval.low, Fraction):
        return interval.low + (1 if interval.low_open else 0)
    assert isinstance(interval.high, Fraction)
    return interval.high - (1 if interval.high_open else 0)


def _shortest(nodes: Sequence[Node]) -> Fraction:
    """A period of which all that are needed are likely to be multiples."""
    factor = 1
    for node in nodes:
        if node.value:
            factor = math.lcm(factor, abs(node.value.numerator))
            if factor.bit_length() > _LONG:
                return Fraction(1)
    return Fraction(1, factor)


def _read(nodes: Sequence[Node], name: str, end: End) -> tuple[End, Ending] | None:
    """The germs for a multiple of the period, from a later start on."""
    for _ in range(_ROUNDS):
        try:
            found = ending(nodes, name, end)
        except PeriodTooShortError as error:
            period = end.period * error.factor
            if period.numerator.bit_length() > _LONG:
                return None
            end = End(end.side, end.start, period)
        except RejectedError:
            return None
        else:
            if not found.delay:
                return end, found
            late = end.origin + found.delay * end.period
            end = End(end.side, Fraction(end.side * math.ceil(late)), end.period)
    return None


def _json(end: End) -> list[int | str]:
    return [number_to_json(end.start), number_to_json(end.period)]
