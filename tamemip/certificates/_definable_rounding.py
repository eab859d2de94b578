"""Facts of absolute values, extremes, signs and roundings."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction

from tamemip.certificates._definable_enclosure import (
    EVERYTHING,
    Enclosure,
    greatest,
    least,
)
from tamemip.certificates._definable_facts import Facts
from tamemip.certificates._definable_premises import (
    Draft,
    Premises,
    Rule,
    conclude,
    count_integers,
    linear,
    meet,
    refined,
    unique,
)

_ONE = Fraction(1)
_ROUNDING = "rounding needs a bounded argument, and this one is enclosed in {} only"
_BOUND_IT = "bound the argument, for example by finite ends of the domain"

ROUNDING: dict[str, Rule] = {}


def _rule(name: str) -> Callable[[Rule], Rule]:
    def register(infer: Rule) -> Rule:
        ROUNDING[name] = infer
        return infer

    return register


@_rule("abs")
def _abs(p: Premises) -> Facts:
    (f,) = p.args
    if f.enclosure.low >= 0 or f.enclosure.high <= 0:
        return linear(p, [(_ONE if f.enclosure.low >= 0 else -_ONE, f)], Fraction(0))
    return conclude(
        p,
        Draft(
            f.enclosure.absolute(),
            p.upset,
            local=f.local,
            is_continuous=f.is_continuous,
            is_integer=f.is_integer,
            values=f.values,
            pieces=None if f.pieces is None else 2 * f.pieces,
            laps=None if f.laps is None else 2 * f.laps,
        ),
    )


@_rule("maximum")
def _maximum(p: Premises) -> Facts:
    return _extreme(p, 1)


@_rule("minimum")
def _minimum(p: Premises) -> Facts:
    return _extreme(p, -1)


def _extreme(p: Premises, side: int) -> Facts:
    """An argument that never wins asks for nothing but a set where it is defined."""
    by_form = {a.form: a for a in p.args}
    turned = [(a, a.enclosure if side > 0 else a.enclosure.negated()) for a in by_form.values()]
    floor = max(e.low for _, e in turned)
    best = next(a for a, e in turned if e.low == floor)
    live = [a for a, e in turned if a is best or e.high > floor]
    if len(live) == 1:
        others = [(Fraction(0), a) for a in p.args if a is not live[0]]
        return linear(p, [(_ONE, live[0]), *others], Fraction(0))
    join = greatest if side > 0 else least
    count = refined(a.pieces for a in live)
    trends = {a.trend for a in live} - {0}
    return conclude(
        p,
        Draft(
            join([a.enclosure for a in live]),
            meet(a.upset for a in live),
            local=all(a.local for a in live) and all(a.is_total for a in p.args),
            is_continuous=all(a.is_continuous for a in live),
            is_integer=all(a.is_integer for a in live),
            values=_sum_of(a.values for a in live),
            pieces=None if count is None else count * len(live),
            trend=None if len(trends) > 1 else next(iter(trends), 0),
            obligations=unique(o for a in live for o in a.obligations),
        ),
    )


def _sum_of(counts: Iterable[int | None]) -> int | None:
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return total


@_rule("sign")
def _sign(p: Premises) -> Facts:
    return _signed(p, Fraction(-1), Fraction(0))


@_rule("heaviside")
def _heaviside(p: Premises) -> Facts:
    return _signed(p, Fraction(0), p.node.value or Fraction(0))


def _signed(p: Premises, below: Fraction, at: Fraction) -> Facts:
    """One value below 0, one at 0, and 1 above."""
    (f,) = p.args
    e, values = f.enclosure, []
    if e.low < 0:
        values.append(below)
    if e.contains(0) and not p.is_nonzero(f.form, e):
        values.append(at)
    if e.high > 0:
        values.append(_ONE)
    values = values or [at]
    is_rising = below <= at <= 1
    count = len(values)
    trend = f.trend if is_rising else None
    return conclude(
        p,
        Draft(
            Enclosure.between(min(values), max(values)),
            p.upset,
            local=f.local,
            is_continuous=count == 1 and f.is_continuous,
            is_integer=at.denominator == 1,
            values=count,
            pieces=None if f.laps is None else f.laps * count,
            laps=f.laps if is_rising else None,
            trend=trend,
        ),
    )


@_rule("floor")
def _floor(p: Premises) -> Facts:
    return _round(p, p.args[0].enclosure.floor())


@_rule("ceiling")
def _ceiling(p: Premises) -> Facts:
    return _round(p, p.args[0].enclosure.ceiling())


def _round(p: Premises, steps: Enclosure) -> Facts:
    """Finitely many steps if the argument is bounded; integers are not rounded."""
    (f,) = p.args
    if f.is_integer:
        return linear(p, [(_ONE, f)], Fraction(0))
    count = count_integers(steps)
    return conclude(
        p,
        Draft(
            steps,
            p.upset if count is not None else 0,
            local=f.local,
            is_integer=True,
            values=count,
            pieces=None if count is None or f.laps is None else f.laps * count,
            laps=f.laps,
            trend=f.trend,
            guilty=(_ROUNDING.format(f.enclosure), _BOUND_IT),
        ),
    )


@_rule("modulo")
def _modulo(p: Premises) -> Facts:
    f, g = p.args
    m = g.enclosure.value
    e = g.enclosure
    low, high = (e.low if e.low < 0 else Fraction(0)), (e.high if e.high > 0 else Fraction(0))
    remainder = Enclosure.between(low, high, low_open=low < 0, high_open=high > 0)
    is_total = p.is_nonzero(g.form, e)
    if is_total and f.enclosure.is_within(remainder) and m is not None:
        return linear(p, [(_ONE, f), (Fraction(0), g)], Fraction(0))
    quotient = f.enclosure.times(e.reciprocal()) if is_total else EVERYTHING
    count = count_integers(quotient.floor())
    if count == 1 and m is not None:
        turns = Fraction(quotient.floor().low)
        return linear(p, [(_ONE, f), (Fraction(0), g)], -m * turns)
    is_divided = m is not None and f.is_integer and g.is_integer
    steps = None if count is None or f.laps is None or m is None else f.laps * count
    return conclude(
        p,
        Draft(
            remainder,
            p.upset if count is not None else 0,
            local=p.are_local and m is not None and is_total,
            is_total=is_total,
            is_continuous=count == 1 and p.are_continuous,
            is_integer=f.is_integer and g.is_integer,
            values=math.ceil(abs(m)) if is_divided and m is not None else None,
            pieces=refined([f.pieces, steps]),
            guilty=(_ROUNDING.format(quotient) + " (the quotient)", _BOUND_IT),
            undefined=("the modulus may be 0", "keep the modulus off 0"),
        ),
    )
