"""The rules that conclude a `Refuted`; registered with `shared_rule`, for both checkers.

A rule restricts a function to a rational line inside its domain, and drops semialgebraic
summands. In an o-minimal expansion of the real field, if the function is definable, so is
what is left, near the end of the line; and so is what the named trace then leaves of it, see
`_refutation_traces`. Each rule then names a definable set that is no finite union of points and
intervals:

* `refuted-values`: the image. It is countable and infinite.
* `refuted-period`: where ``f(t) = f(t1) + s (t - t1)``, for ``f(t + D) = f(t) + s D``. It
  holds t1, t1 + D, t1 + 2D, ... and none of t2, t2 + D, ... For an irrational slope s:
  multiplication is definable in an expansion of the field.
* `refuted-waves`: where ``F(g) = F(u1)``, for a periodic F and a continuous g that tends to
  infinity. By the intermediate value theorem g passes u1 + kD and u2 + kD in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import final

from tamemip.certificates import _refutation_coefficients as _coefficients  # noqa: F401  # registers
from tamemip.certificates import _refutation_lattices as _lattices  # noqa: F401  # registers
from tamemip.certificates import _refutation_programs as _programs  # noqa: F401  # registers
from tamemip.certificates._definable_conclusions import Refuted
from tamemip.certificates._definable_enclosure import Enclosure
from tamemip.certificates._definable_facts import Domain, Facts
from tamemip.certificates._definable_nodes import Node, as_flag
from tamemip.certificates._definable_rules import derive
from tamemip.certificates._definable_steps import NodeStep, _below, assumptions_of, digest_of
from tamemip.certificates._json import RejectedError, as_integer, as_rationals, as_text, show
from tamemip.certificates._problem import Problem
from tamemip.certificates._refutation_limits import countable, limits
from tamemip.certificates._refutation_lines import (
    LINE_VARIABLE,
    Line,
    PeriodPair,
    Restriction,
    restrict,
)
from tamemip.certificates._refutation_periods import (
    has_waves,
    pair_enclosure,
    require_bent,
    shifts,
)
from tamemip.certificates._refutation_traces import require_fading, traced
from tamemip.certificates._shared_rules import shared_rule
from tamemip.certificates._statement import Conclusions
from tamemip.certificates._step import Step

_FIELDS = ("of", "entry", "on", "base", "direction", "start", "to-zero")
_OPTIONAL = ("trace",)
_ZERO_SHIFT = (Fraction(0), Fraction(0))


@final
@dataclass(frozen=True, slots=True)
class _Target:
    """What a step is about: the restriction of an entry of a map to a line."""

    restriction: Restriction
    line: Line
    subject: str
    domain: str
    assumptions: tuple[str, ...]
    digest: str

    def refuted(self, kind: str, text: str) -> Refuted:
        """The conclusion about it."""
        return Refuted(kind, self.subject, self.domain, text, self.assumptions, self.digest)


@shared_rule("refuted-values", *_FIELDS, optional=_OPTIONAL)
def _values(step: Step, conclusions: Conclusions, _: Problem) -> Refuted:
    """Countably many values, and infinitely many: they tend to a limit that is none of them."""
    target = _target(step, conclusions)
    kind, text = values_refuted(target.restriction, target.line)
    return target.refuted(kind, text)


@shared_rule("refuted-period", *_FIELDS, "period", "points", optional=_OPTIONAL)
def _period(step: Step, conclusions: Conclusions, _: Problem) -> Refuted:
    """A shift by the period adds a constant, and the function is not affine."""
    target = _target(step, conclusions)
    kind, text = period_refuted(
        target.restriction, target.line, _pair(step), step.rationals("points", size=2)
    )
    return target.refuted(kind, text)


@shared_rule("refuted-waves", *_FIELDS, "inner", "from", "period", "points", optional=_OPTIONAL)
def _waves(step: Step, conclusions: Conclusions, _: Problem) -> Refuted:
    """A periodic function, not constant, of a continuous one that tends to infinity."""
    target = _target(step, conclusions)
    inner = as_integer(step.fields["inner"], "inner")
    kind, text = waves_refuted(
        target.restriction,
        target.line,
        inner,
        step.rational("from"),
        _pair(step),
        step.rationals("points", size=2),
    )
    return target.refuted(kind, text)


def values_refuted(restriction: Restriction, line: Line) -> tuple[str, str]:
    """The kind of the witness and its text, or `RejectedError`."""
    nodes, facts, root = restriction.nodes, restriction.facts, restriction.root
    if restriction.has_limit_only or restriction.faded or restriction.grown is not None:
        raise RejectedError("trace: it says nothing about values")
    if not countable(nodes, facts)[root]:
        raise RejectedError("the values are not seen to be countable")
    limit = limits(nodes, facts, to_zero=line.to_zero)[root]
    if limit is None or not limit.needs_infinitely_many_values:
        raise RejectedError("the values are not seen to be infinitely many")
    kind, end = ("W2", "t falls to 0") if line.to_zero else ("W1", "t grows")
    return kind, (
        f"Along {line} {restriction.what} a function with countably many values, and tends to "
        f"{show(limit.value)} as {end}: they are infinitely many. A definable set of numbers "
        "that is infinite contains an interval."
    )


def period_refuted(
    restriction: Restriction, line: Line, period: PeriodPair, points: Sequence[Fraction]
) -> tuple[str, str]:
    """The kind of the witness and its text, or `RejectedError`."""
    nodes, facts, root = restriction.nodes, restriction.facts, restriction.root
    if line.to_zero:
        raise RejectedError("to-zero: a period needs a half-line")
    if min(points) < line.start:
        raise RejectedError("points: they lie before the start")
    found = shifts(nodes, facts, period)
    kappa = found[root]
    if kappa is None:
        raise RejectedError("a shift by the period is not seen to add a constant")
    require_fading(restriction, found, kappa)
    require_bent(nodes, root, kappa, period, points)
    kind = "W4" if has_waves(nodes, found, root) else "W1"
    a, b = (show(t) for t in points)
    return kind, (
        f"Along {line} {restriction.what} quasi-periodic: a step of "
        f"{_shown(period)} adds {_shown(kappa)} for all t, and it is not affine on a period, "
        f"as t = {a} and t = {b} show."
    )


def waves_refuted(
    restriction: Restriction,
    line: Line,
    inner: int,
    start: Fraction,
    period: PeriodPair,
    points: Sequence[Fraction],
) -> tuple[str, str]:
    """The kind of the witness and its text, or `RejectedError`."""
    facts = restriction.facts
    if restriction.faded or restriction.grown is not None:
        raise RejectedError("trace: it is one for a period of the line itself")
    if not 0 <= inner < len(facts) or not (facts[inner].is_continuous and facts[inner].is_total):
        raise RejectedError("inner: it names no node that is seen to be continuous")
    limit = limits(restriction.nodes, facts, to_zero=line.to_zero)[inner]
    if limit is None or not isinstance(limit.value, float):
        raise RejectedError("inner: the node is not seen to tend to infinity")
    nodes, outer, root = outer_function(restriction, inner, start, is_rising=limit.value > 0)
    if min(points) < start:
        raise RejectedError("points: they lie before the start")
    if not outer[root].is_total:
        raise RejectedError("the outer function may be undefined somewhere")
    found = shifts(nodes, outer, period)
    if found[root] != _ZERO_SHIFT:
        raise RejectedError("the outer function is not seen to be periodic")
    require_bent(nodes, root, _ZERO_SHIFT, period, points)
    kind = "W4" if has_waves(nodes, found, root) else "W2"
    a, b = (show(u) for u in points)
    return kind, (
        f"Along {line} {restriction.what} a function with the period "
        f"{_shown(period)} of one that is continuous and tends to {show(limit.value)}, and "
        f"takes different values where that one is {a} and {b}, up to its sign and the period: "
        "it takes each of them again and again, in turn."
    )


def outer_function(
    restriction: Restriction, inner: int, start: Fraction, *, is_rising: bool
) -> tuple[list[Node], tuple[Facts, ...], int]:
    """The function of the inner node, or of its negative, from `start` on.

    Raises
    ------
    RejectedError
        If it depends on the line in another way, too.
    """
    nodes = [Node("variable", name=LINE_VARIABLE), Node("scale", (0,), value=Fraction(-1))]
    place = {inner: 0 if is_rising else 1}
    needed = {restriction.root}
    for k in range(restriction.root, -1, -1):
        if k in needed and k != inner:
            needed.update(restriction.nodes[k].of)
    for k in sorted(needed - {inner}):
        node = restriction.nodes[k]
        if node.op == "variable":
            raise RejectedError("inner: the function depends on more than this node")
        nodes.append(replace(node, of=tuple(place[j] for j in node.of)))
        place[k] = len(nodes) - 1
    domain = Domain((LINE_VARIABLE,), (Enclosure.between(start, float("inf")),))
    return nodes, derive(nodes, domain), place[restriction.root]


def _target(step: Step, conclusions: Conclusions) -> _Target:
    domain = conclusions.get(step.citation("on"), Domain, "a domain")
    roots = step.citations("of")
    entry = step.index("entry", size=len(roots))
    if any(conclusions.get(k, NodeStep, "a node").kind == "condition" for k in roots):
        raise RejectedError("of: a condition is no function")
    nodes, places = _below(roots, conclusions)
    n = len(domain.names)
    line = Line(
        as_rationals(step.fields["base"], "base", size=n),
        as_rationals(step.fields["direction"], "direction", size=n),
        step.rational("start"),
        as_flag(step.fields["to-zero"], "to-zero"),
    )
    if len(roots) > 1:
        # A map is defined where all entries are: the others must not hide the witness.
        facts = derive(nodes, domain)
        if not all(facts[k].is_total for k in places):
            raise RejectedError("of: an entry may be undefined somewhere")
    subject = f"an expression of {len(nodes)} nodes"
    if len(roots) > 1:
        subject = f"entry {entry} of a map with {len(roots)} entries"
    restriction = restrict(nodes, places[entry], domain, line)
    if "trace" in step.fields:
        restriction = traced(restriction, line, as_text(step.fields["trace"], "trace"))
    digest = digest_of(nodes, places, domain)
    return _Target(restriction, line, subject, str(domain), assumptions_of(nodes), digest)


def _pair(step: Step) -> PeriodPair:
    """The period ``p + q pi``, positive."""
    p, q = step.rationals("period", size=2)
    if not pair_enclosure((p, q)).is_positive:
        raise RejectedError("period: it is not seen to be positive")
    return p, q


def _shown(pair: PeriodPair) -> str:
    p, q = pair
    if q == 0:
        return show(p)
    times_pi = "pi" if q == 1 else f"{show(q)} pi"
    return times_pi if p == 0 else f"{show(p)} + {times_pi}"
