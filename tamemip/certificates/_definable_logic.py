"""Facts of conditions, projections and declared functions; `piecewise` is with the contexts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

from tamemip.certificates._definable_enclosure import ONE, UNIT, ZERO, Enclosure
from tamemip.certificates._definable_facts import UPSETS, Facts, Form
from tamemip.certificates._definable_premises import (
    Draft,
    Premises,
    Rule,
    combined,
    conclude,
    enclosure_of,
    first_nonempty,
    linear,
    meet,
    refined,
)

LOGIC: dict[str, Rule] = {}
_ONE = Fraction(1)


def _rule(name: str) -> Callable[[Rule], Rule]:
    def register(infer: Rule) -> Rule:
        LOGIC[name] = infer
        return infer

    return register


@_rule("less")
def _less(p: Premises) -> Facts:
    form, e = _difference(p)
    never = e.low >= 0
    return _comparison(p, form, always=e.is_negative, never=never, cuts=2)


@_rule("less-equal")
def _less_equal(p: Premises) -> Facts:
    form, e = _difference(p)
    always = e.high <= 0
    return _comparison(p, form, always=always, never=e.is_positive, cuts=2)


@_rule("equal")
def _equal(p: Premises) -> Facts:
    form, e = _difference(p)
    never = not e.contains(0) or (form is not None and p.is_nonzero(form, e))
    return _comparison(p, form, always=e.value == 0, never=never, cuts=3)


def _difference(p: Premises) -> tuple[Form | None, Enclosure]:
    left, right = p.args
    e = left.enclosure.plus(right.enclosure.negated())
    form = combined([(_ONE, left), (-_ONE, right)], Fraction(0))
    if form is not None:
        exact = enclosure_of(form, p.facts_of)
        e = first_nonempty(exact.meet(e), exact)
    return form, e


def _comparison(p: Premises, form: Form | None, *, always: bool, never: bool, cuts: int) -> Facts:
    """0 or 1; the same number if the values of the difference decide it."""
    atoms = p.args if form is None else [p.facts_of(k) for k, _ in form.terms]
    pieces = refined(a.pieces for a in atoms)
    enclosure = ONE if always else ZERO if never else UNIT
    return conclude(
        p,
        Draft(
            enclosure,
            p.upset | meet(a.upset for a in atoms),
            local=p.are_local
            or (all(a.local for a in [*atoms]) and all(a.is_total for a in p.args)),
            is_integer=True,
            values=1 if always or never else 2,
            pieces=None if pieces is None else cuts * pieces,
        ),
    )


@_rule("and")
def _and(p: Premises) -> Facts:
    return _junction(p, ZERO)


@_rule("or")
def _or(p: Premises) -> Facts:
    return _junction(p, ONE)


def _junction(p: Premises, decisive: Enclosure) -> Facts:
    """One condition that always decides makes the others ask for nothing."""
    if any(a.enclosure == decisive for a in p.args):
        return conclude(p, Draft(decisive, p.upset))
    live = [a for a in p.args if a.enclosure.value is None]
    enclosure = UNIT if live else (ONE if decisive == ZERO else ZERO)
    return conclude(p, _boolean(enclosure, live, p))


@_rule("not")
def _not(p: Premises) -> Facts:
    (f,) = p.args
    enclosure = ONE.plus(f.enclosure.negated())
    return conclude(p, _boolean(enclosure, [f], p))


@_rule("indicator")
def _indicator(p: Premises) -> Facts:
    (f,) = p.args
    return conclude(p, _boolean(f.enclosure, [f], p))


def _boolean(enclosure: Enclosure, live: Sequence[Facts], p: Premises) -> Draft:
    return Draft(
        enclosure,
        meet(a.upset for a in live),
        local=all(a.local for a in live) and all(a.is_total for a in p.args),
        is_continuous=all(a.is_continuous for a in live),
        is_integer=True,
        values=2,
        pieces=refined(a.pieces for a in live),
    )


def extremum(p: Premises, place: int, interval: Enclosure) -> Facts:
    """The infimum or supremum of the argument over one variable, or where it is attained.

    The graph is a first-order formula in that of the body. Over a compact interval a
    continuous body attains its extremum, which is continuous in the rest (Berge 1963).
    """
    (f,) = p.args
    is_compact = interval.is_bounded and not (interval.low_open or interval.high_open)
    is_attained = f.is_continuous and f.is_total and is_compact
    kind = p.node.op
    if kind in ("argmin", "argmax"):
        enclosure, is_total, is_continuous = interval, is_attained, False
    else:
        is_low = kind == "infimum"
        end = f.enclosure.low if is_low else f.enclosure.high
        is_total = f.is_total and not math.isinf(end)
        is_continuous = is_attained
        e = f.enclosure
        enclosure = Enclosure.between(
            e.low, e.high, low_open=e.low_open and not is_low, high_open=e.high_open and is_low
        )
    is_definable = f.upset & f.support
    facts = conclude(
        p,
        Draft(
            enclosure,
            is_definable,
            local=f.local,
            is_total=is_total,
            is_continuous=is_continuous,
            is_integer=f.is_integer and kind in ("infimum", "supremum"),
            values=f.values if kind in ("infimum", "supremum") else None,
            variables=f.variables & ~(1 << place),
            undefined=(
                f"the {kind} over {p.node.name} may not be attained or finite",
                "let the variable range over a compact interval, and the body be continuous",
            ),
            support=is_definable,
            args=[_without_count(f)],
        ),
    )
    return facts


def _without_count(f: Facts) -> Facts:
    """A projection has finitely many values if the body has; its arguments say no more."""
    from dataclasses import replace

    return (
        replace(f, values=None, is_total=True, gap=None)
        if not f.is_total
        else replace(f, values=None)
    )


@_rule("primitive")
def _primitive(p: Premises) -> Facts:
    """As declared; the statement lists the declaration as an assumption."""
    declared = p.node.declared
    assert declared is not None
    single = p.args[0] if len(p.args) == 1 else None
    trend = None
    if single is not None and single.trend is not None and declared.trend is not None:
        trend = single.trend * declared.trend
    return conclude(
        p,
        Draft(
            declared.values,
            p.upset & UPSETS[declared.structure],
            is_total=declared.is_total,
            is_continuous=declared.is_continuous and p.are_continuous,
            laps=single.laps if single is not None and declared.trend is not None else None,
            trend=trend,
            undefined=(f"{p.node.name} is declared to be undefined somewhere", ""),
        ),
    )


def same(p: Premises, chosen: Facts) -> Facts:
    """The facts of a node that equals one of its arguments wherever it is defined."""
    return linear(p, [(_ONE, chosen)], Fraction(0))
