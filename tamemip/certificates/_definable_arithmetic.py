"""Facts of sums, products, quotients and powers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from tamemip.certificates._definable_enclosure import (
    NONNEGATIVE,
    ONE,
    POSITIVE,
    Enclosure,
    is_long,
    rounded,
)
from tamemip.certificates._definable_facts import ALL, UPSETS, Facts, Form, Structure
from tamemip.certificates._definable_premises import (
    Draft,
    Premises,
    Rule,
    combined,
    conclude,
    first_nonempty,
    linear,
    meet,
    product,
    refined,
)
from tamemip.certificates._enclosures import root_between

ALGEBRAIC = UPSETS[Structure.SEMIALGEBRAIC]
_ONE = Fraction(1)
MAX_DEGREE = 512
"""Roots of a higher degree are enclosed crudely."""

ARITHMETIC: dict[str, Rule] = {}


def _rule(name: str) -> Callable[[Rule], Rule]:
    def register(infer: Rule) -> Rule:
        ARITHMETIC[name] = infer
        return infer

    return register


@_rule("const")
def _const(p: Premises) -> Facts:
    value = p.node.value or Fraction(0)
    return conclude(p, Draft(Enclosure.point(value), ALL, local=True, pieces=1, trend=0))


@_rule("add")
def _add(p: Premises) -> Facts:
    return _with_fractional_parts(p, linear(p, [(_ONE, a) for a in p.args], Fraction(0)))


@_rule("scale")
def _scale(p: Premises) -> Facts:
    return linear(p, [(p.node.value or Fraction(0), p.args[0])], Fraction(0))


def _with_fractional_parts(p: Premises, facts: Facts) -> Facts:
    """``c (t - floor(t))`` lies in ``c [0, 1)``, though neither term is bounded."""
    enclosure = facts.enclosure
    if facts.form == p.own_form:
        # A sum too long to be kept as a form stands for itself: its facts are being made.
        return facts
    for k, w in facts.form.terms:
        part = p.facts_of(k)
        argument = _rounded_argument(p, k)
        if argument is None or enclosure.is_bounded:
            continue
        whole = Enclosure.between(0, 1, high_open=True)
        if argument[1] == "ceiling":
            whole = whole.negated()
        # form = rest - w (t - floor(t)), with rest = form - w floor(t) + w t.
        rest = combined([(_ONE, facts), (-w, part), (w, argument[0])], Fraction(0))
        if rest is None or k in dict(rest.terms):
            continue
        other = Enclosure.point(rest.constant)
        for j, v in rest.terms:
            other = other.plus(p.facts_of(j).enclosure.scaled(v))
        enclosure = first_nonempty(enclosure.meet(other.plus(whole.scaled(-w))), enclosure)
    if enclosure == facts.enclosure:
        return facts
    return _tightened(p, facts, enclosure)


def _rounded_argument(p: Premises, k: int) -> tuple[Facts, str] | None:
    found = p.rounded_argument(k)
    return None if found is None else (p.facts_of(found[0]), found[1])


def _tightened(p: Premises, facts: Facts, enclosure: Enclosure) -> Facts:
    draft = Draft(
        enclosure,
        facts.upset,
        local=facts.local,
        form=facts.form,
        is_continuous=facts.is_continuous,
        is_integer=facts.is_integer,
        values=facts.values,
        pieces=facts.pieces,
        laps=facts.laps,
        trend=facts.trend,
        obligations=facts.obligations,
    )
    return conclude(p, draft)


@_rule("multiply")
def _multiply(p: Premises) -> Facts:
    factor, rest = _ONE, []
    for k, a in zip(p.of, p.args, strict=True):
        value = None if a.form.terms else a.enclosure.value
        if value is not None and not is_long(factor * value):
            factor *= value
        else:
            rest.append((k, a))
    if len(rest) <= 1 or factor == 0:
        return _multiple(p, factor, [a for _, a in rest])
    args = [a for _, a in rest]
    enclosure = Enclosure.point(factor)
    powers: dict[Form, tuple[int, Facts]] = {}
    for _, a in rest:
        powers[a.form] = (powers.get(a.form, (0, a))[0] + 1, a)
    for count, a in powers.values():
        enclosure = enclosure.times(a.enclosure.power(count))
    return conclude(
        p,
        Draft(
            enclosure,
            _of_products(p.args),
            local=p.are_local and sum(a.values is None for a in args) <= 1,
            is_continuous=p.are_continuous,
            is_integer=all(a.is_integer for a in p.args),
            values=product(a.values for a in args),
            pieces=_pieces_of_products(args),
            trend=_trend_of_products(factor, [(a.enclosure, a.trend) for a in args]),
        ),
    )


def _multiple(p: Premises, factor: Fraction, args: Sequence[Facts]) -> Facts:
    """A multiple of one argument at most; all are asked where they are defined."""
    if factor == 0:
        return conclude(p, Draft(Enclosure.point(0), p.upset, form=Form(Fraction(0), ())))
    if not args:
        return conclude(p, Draft(Enclosure.point(factor), p.upset))
    pairs = [(factor, args[0])] + [(Fraction(0), a) for a in p.args if a is not args[0]]
    return linear(p, pairs, Fraction(0))


def _of_products(args: Sequence[Facts]) -> int:
    """Semilinear, too, if all factors but one have finitely many values."""
    infinite = sum(a.values is None for a in args)
    return meet(a.upset for a in args) & (ALL if infinite <= 1 else ALGEBRAIC)


def _pieces_of_products(args: Sequence[Facts]) -> int | None:
    return refined(a.pieces for a in args) if sum(a.values is None for a in args) <= 1 else None


def _trend_of_products(
    factor: Fraction, parts: Iterable[tuple[Enclosure, int | None]]
) -> int | None:
    """Absolute values of one trend make a product of that trend."""
    sign, found = (1 if factor > 0 else -1), 0
    for enclosure, trend in parts:
        if trend is None or (enclosure.low < 0 < enclosure.high):
            return None
        is_negative = enclosure.low < 0
        step = -trend if is_negative else trend
        sign = -sign if is_negative else sign
        if step and found and step != found:
            return None
        found = found or step
    return sign * found


@_rule("divide")
def _divide(p: Premises) -> Facts:
    f, g = p.args
    is_total = p.is_nonzero(g.form, g.enclosure)
    undefined = (
        f"the denominator may vanish: it is enclosed in {g.enclosure}",
        "keep the denominator off 0, for example by a smaller domain",
    )
    if f.form == g.form:
        draft = Draft(ONE, p.upset, is_total=is_total, undefined=undefined)
        return conclude(p, draft)
    value = g.enclosure.value
    if value:
        return linear(p, [(1 / value, f), (Fraction(0), g)], Fraction(0))
    inverse = g.enclosure.reciprocal()
    trend = None if g.trend is None or not g.enclosure.excludes_zero else -g.trend
    upset = p.upset & (ALL if g.values is not None else ALGEBRAIC)
    return conclude(
        p,
        Draft(
            f.enclosure.times(inverse),
            upset,
            local=p.are_local and g.values is not None and is_total,
            is_total=is_total,
            is_continuous=p.are_continuous,
            pieces=_pieces_of_products([f, g]) if g.values is not None else None,
            trend=_trend_of_products(_ONE, [(f.enclosure, f.trend), (inverse, trend)]),
            undefined=undefined,
        ),
    )


@_rule("power")
def _power(p: Premises) -> Facts:
    (f,) = p.args
    r = p.node.value or Fraction(0)
    if r == 0:
        return conclude(p, Draft(ONE, p.upset))
    if r == 1:
        return linear(p, [(_ONE, f)], Fraction(0))
    if r.denominator == 1:
        return _integer_power(p, f, r.numerator)
    base = f.enclosure.meet(NONNEGATIVE if r > 0 else POSITIVE)
    is_total = f.enclosure.is_within(NONNEGATIVE if r > 0 else POSITIVE)
    is_total = is_total or (
        f.enclosure.is_within(NONNEGATIVE) and p.is_nonzero(f.form, f.enclosure)
    )
    base = first_nonempty(base, POSITIVE)
    enclosure = _rooted(base.power(abs(r.numerator)), r.denominator)
    if r < 0:
        enclosure = enclosure.reciprocal()
    return conclude(
        p,
        Draft(
            enclosure,
            p.upset & ALGEBRAIC,
            is_total=is_total,
            is_continuous=f.is_continuous,
            laps=f.laps,
            trend=None if f.trend is None else (f.trend if r > 0 else -f.trend),
            undefined=(
                f"the power {r} needs a base {'>= 0' if r > 0 else '> 0'}, "
                f"and this one is enclosed in {f.enclosure}",
                "restrict the domain to where the base is positive",
            ),
        ),
    )


def _integer_power(p: Premises, f: Facts, r: int) -> Facts:
    enclosure = f.enclosure.power(abs(r))
    crosses = f.enclosure.low < 0 < f.enclosure.high
    is_total = r > 0 or p.is_nonzero(f.form, f.enclosure)
    if r < 0:
        enclosure = enclosure.reciprocal()
    trend = f.trend
    if trend is not None and (crosses and (r % 2 == 0 or r < 0)):
        trend = None
    elif trend is not None:
        trend *= (-1 if r % 2 == 0 and f.enclosure.low < 0 else 1) * (1 if r > 0 else -1)
    return conclude(
        p,
        Draft(
            enclosure,
            p.upset & ALGEBRAIC,
            is_total=is_total,
            is_continuous=f.is_continuous,
            is_integer=f.is_integer and r > 0,
            laps=None if f.laps is None else f.laps * (2 if crosses else 1),
            trend=trend,
            undefined=(
                f"the base of a negative power may vanish: it is enclosed in {f.enclosure}",
                "keep the base off 0",
            ),
        ),
    )


@_rule("root")
def _root(p: Premises) -> Facts:
    (f,) = p.args
    n = int(p.node.value or 1)
    is_odd = n % 2 == 1
    base = f.enclosure if is_odd else first_nonempty(f.enclosure.meet(NONNEGATIVE), POSITIVE)
    return conclude(
        p,
        Draft(
            _rooted(base, n),
            p.upset & ALGEBRAIC,
            is_total=is_odd or f.enclosure.is_within(NONNEGATIVE),
            is_continuous=f.is_continuous,
            laps=f.laps,
            trend=f.trend,
            undefined=(
                f"an even root needs an argument >= 0, and this one is in {f.enclosure}",
                "restrict the domain to where the argument is positive",
            ),
        ),
    )


def _rooted(base: Enclosure, n: int) -> Enclosure:
    if n > MAX_DEGREE:
        # A root moves a number towards 1, or towards -1.
        far = base.hull(Enclosure.between(-1 if base.low < 0 else 0, 1))
        return Enclosure.between(far.low, far.high)
    low = root_between(base.low, n)[0] if isinstance(base.low, Fraction) else base.low
    high = root_between(base.high, n)[1] if isinstance(base.high, Fraction) else base.high
    return rounded(low, high, low_open=base.low_open, high_open=base.high_open)
