"""Searching for a proof that a function is definable in no o-minimal structure.

The search proposes lines, periods and points; the rules of `tamemip.certificates` decide.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Certificate, Domain, Enclosure, Facts, Node, RejectedError, derive
from tamemip.certificates._certificate import Goal
from tamemip.certificates._definable_writing import certificate_of_lines, expression_lines
from tamemip.certificates._problem import number_to_json
from tamemip.certificates._refutation_limits import limits
from tamemip.certificates._refutation_lines import (
    PROJECTIONS,
    Line,
    PeriodPair,
    Restriction,
    restrict,
)
from tamemip.certificates._refutation_periods import pair_enclosure, shifts, value_at
from tamemip.certificates._refutation_rules import (
    outer_function,
    period_refuted,
    values_refuted,
    waves_refuted,
)
from tamemip.certificates._refutation_traces import TRACES, traced
from tamemip.tameness._expression import Expression, nodes_of
from tamemip.tameness._refutation_places import lines_inside

_MOST_NODES = 40_000
"""The facts of so many nodes are derived in all."""
_SHARES = tuple(Fraction(k, 24) for k in (0, 11, 7, 18, 3, 12, 22, 15, 5))
"""Points to look at, as shares of a period."""
_MOST_STEPS = 6
_LONG = 500
"""Periods grow by factors of at most so many bits."""
_ROUNDS = 6
_MOST_INNER = 12

Proof: TypeAlias = dict[str, object]


@final
class _SpentError(Exception):
    """The search has derived as much as it may."""


@final
@dataclass(slots=True)
class _Budget:
    """Facts that may still be derived, and the half-lines on which traces have been tried."""

    nodes: int = _MOST_NODES
    tried: set[tuple[object, ...]] = field(default_factory=set)

    def spend(self, nodes: int) -> None:
        """Take off one derivation.

        Raises
        ------
        _SpentError
            If there is not so much left.
        """
        self.nodes -= nodes
        if self.nodes < 0:
            raise _SpentError

    def is_new(self, line: Line) -> bool:
        """Whether no line with the same end has been asked yet."""
        key = (line.base, line.direction, line.to_zero)
        is_new = key not in self.tried
        self.tried.add(key)
        return is_new


def refute(expressions: Sequence[Expression], domain: Domain) -> Certificate | None:
    """A certificate that a map is definable in no o-minimal expansion of the real field.

    None says nothing: no witness was found.

    Parameters
    ----------
    expressions
        One an entry of the map.
    domain
        Of all their variables.

    Examples
    --------
    >>> from tamemip.certificates import check
    >>> from tamemip.tameness import ceiling, domain_of, variable
    >>> a = variable("a")
    >>> check(refute([ceiling(1 / a)], domain_of("a in (0, 1]", ["a"]))).refuted.kind
    'W2'
    >>> refute([ceiling(1 / a)], domain_of("a in [1/8, 1]", ["a"])) is None
    True
    """
    nodes, roots = nodes_of(expressions)
    facts = derive(nodes, domain)
    if len(roots) > 1 and not all(facts[k].is_total for k in roots):
        return None
    entries = [e for e, root in enumerate(roots) if not facts[root].upset]
    budget = _Budget()
    try:
        for entry in entries:
            budget.tried.clear()
            for line in lines_inside(nodes, facts, domain):
                proof = _proof_along(nodes, roots[entry], domain, line, budget)
                if proof is not None:
                    return _certificate(nodes, roots, domain, entry, line, proof)
    except _SpentError:
        return None
    return None


def _proof_along(
    nodes: Sequence[Node], root: int, domain: Domain, line: Line, budget: _Budget
) -> Proof | None:
    """Traces look at the end of a line: they are tried from the first start only."""
    budget.spend(len(nodes))
    try:
        restriction = restrict(nodes, root, domain, line)
    except RejectedError:
        return None
    proof = _proof_about(restriction, line, budget)
    if proof is not None or not budget.is_new(line):
        return proof
    size = len(restriction.nodes)
    asked = {(size, restriction.root)}
    for trace in TRACES:
        try:
            left = traced(restriction, line, trace)
        except RejectedError:
            continue
        if len(left.nodes) > size:
            budget.spend(len(left.nodes))
        is_same = (len(left.nodes), left.root) in asked and not left.faded and left.grown is None
        if len(left.nodes) == size and is_same:
            continue
        found = _proof_about(left, line, budget)
        if found is not None:
            return {**found, "trace": trace}
        if not left.has_limit_only:
            asked.add((len(left.nodes), left.root))
    return None


def _proof_about(restriction: Restriction, line: Line, budget: _Budget) -> Proof | None:
    try:
        values_refuted(restriction, line)
    except RejectedError:
        pass
    else:
        return {"rule": "refuted-values"}
    if not line.to_zero:
        proof = _by_period(restriction, line, budget)
        if proof is not None:
            return proof
    return _by_waves(restriction, line, budget)


def _by_period(restriction: Restriction, line: Line, budget: _Budget) -> Proof | None:
    parts = restriction.nodes, restriction.facts, restriction.root
    for period in _periods(*parts):
        kappa = shifts(restriction.nodes, restriction.facts, period)[restriction.root]
        if kappa is None:
            continue
        points = _bent_points(*parts, line.start, kappa, period, budget)
        if points is None:
            continue
        try:
            period_refuted(restriction, line, period, points)
        except RejectedError:
            continue
        return {"rule": "refuted-period", "period": _json(period), "points": _json(points)}
    return None


def _by_waves(restriction: Restriction, line: Line, budget: _Budget) -> Proof | None:
    """Nodes through which alone the function depends on t, the earliest first."""
    ends = limits(restriction.nodes, restriction.facts, to_zero=line.to_zero)
    below = _below(restriction.nodes, restriction.root)
    inner = [
        (k, limit)
        for k, limit in enumerate(ends)
        if limit is not None and isinstance(limit.value, float) and k in below
        if k > 0 and restriction.facts[k].is_continuous and restriction.facts[k].is_total
        # A function of an affine one with a period has a period itself.
        if line.to_zero or restriction.facts[k].affine is None
    ]
    start = Fraction(1)
    for k, limit in inner[:_MOST_INNER]:
        budget.spend(len(below))
        try:
            nodes, facts, root = outer_function(restriction, k, start, is_rising=limit.value > 0)
        except RejectedError:
            continue
        for period in _periods(nodes, facts, root):
            still = (Fraction(0), Fraction(0))
            if shifts(nodes, facts, period)[root] != still:
                continue
            points = _bent_points(nodes, facts, root, start, still, period, budget)
            if points is None:
                continue
            try:
                waves_refuted(restriction, line, k, start, period, points)
            except RejectedError:
                continue
            return {
                "rule": "refuted-waves",
                "inner": k,
                "from": number_to_json(start),
                "period": _json(period),
                "points": _json(points),
            }
    return None


def _below(nodes: Sequence[Node], root: int) -> set[int]:
    needed = {root}
    for k in range(root, -1, -1):
        if k in needed:
            needed.update(nodes[k].of)
    return needed


def _periods(nodes: Sequence[Node], facts: Sequence[Facts], root: int) -> Iterator[PeriodPair]:
    """1 and 2 pi, each multiplied until the roundings and waves below the root repeat."""
    below = _below(nodes, root)
    if any(nodes[k].op in PROJECTIONS for k in below):
        return
    for p, q in ((1, 0), (0, 2)):
        times = 1
        for _ in range(_ROUNDS):
            period = Fraction(p * times), Fraction(q * times)
            found = shifts(nodes, facts, period)
            if found[root] is not None:
                yield period
                break
            factor = _missing_factor(nodes, found, below)
            if factor == 1 or factor.bit_length() > _LONG:
                break
            times *= factor


def _missing_factor(
    nodes: Sequence[Node], found: Sequence[PeriodPair | None], below: set[int]
) -> int:
    """What makes the shifts of all roundings and waves whole multiples of their periods."""
    factor = 1
    for k in below:
        node = nodes[k]
        if found[k] is not None or not node.of:
            continue
        shift = found[node.of[0]]
        if shift is None:
            continue
        p, q = shift
        match node.op:
            case "floor" | "ceiling":
                factor = math.lcm(factor, p.denominator)
            case "modulo" if nodes[node.of[1]].op == "const" and nodes[node.of[1]].value:
                factor = math.lcm(factor, (p / (nodes[node.of[1]].value or 1)).denominator)
            case "sin" | "cos":
                factor = math.lcm(factor, (q / 2).denominator)
            case "tan":
                factor = math.lcm(factor, q.denominator)
    return factor


def _bent_points(
    nodes: Sequence[Node],
    facts: Sequence[Facts],
    root: int,
    start: Fraction,
    kappa: PeriodPair,
    period: PeriodPair,
    budget: _Budget,
) -> tuple[Fraction, Fraction] | None:
    """Two points between which the slope is not kappa/D, among some of one period."""
    below = sorted(_below(nodes, root))
    place = {k: i for i, k in enumerate(below)}
    short = [replace(nodes[k], of=tuple(place[j] for j in nodes[k].of)) for k in below]
    length, slope = pair_enclosure(period), pair_enclosure(kappa)
    width = Fraction(length.low).limit_denominator(64)
    points = [start + width * share for share in _SHARES]
    points += _steps([facts[k] for j in below for k in _rounded(nodes[j])], start)
    seen: list[tuple[Fraction, Enclosure]] = []
    for t in points:
        budget.spend(len(short))
        try:
            value = value_at(short, place[root], t)
        except RejectedError:
            continue
        for first, earlier in seen:
            rise = value.plus(earlier.negated()).times(length)
            if rise.plus(slope.scaled(first - t)).excludes_zero:
                return first, t
        seen.append((t, value))
    return None


def _rounded(node: Node) -> tuple[int, ...]:
    return node.of[:1] if node.op in ("floor", "ceiling") else ()


def _steps(arguments: Sequence[Facts], start: Fraction) -> list[Fraction]:
    """Where affine arguments of roundings are integers: some functions differ there only."""
    found: dict[Fraction, None] = {}
    for facts in arguments[:_MOST_STEPS]:
        form = facts.affine
        if form is not None and len(form.terms) == 1:
            ((_, slope),) = form.terms
            level = math.ceil if slope > 0 else math.floor
            found[(level(form.constant + slope * start) - form.constant) / slope] = None
    return list(found)


def _json(numbers: Sequence[Fraction]) -> list[int | str]:
    return [number_to_json(v) for v in numbers]


def _certificate(
    nodes: Sequence[Node],
    roots: Sequence[int],
    domain: Domain,
    entry: int,
    line: Line,
    proof: Proof,
) -> Certificate:
    claim: Proof = {
        **proof,
        "of": [k + 2 for k in roots],
        "entry": entry,
        "on": 1,
        "base": _json(line.base),
        "direction": _json(line.direction),
        "start": number_to_json(line.start),
        "to-zero": line.to_zero,
    }
    lines = [*expression_lines(nodes, domain), claim]
    return certificate_of_lines(lines, domain, Goal("refuted", of=len(lines)))
