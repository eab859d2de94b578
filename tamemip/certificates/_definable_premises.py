"""From what is known of the arguments to the facts of a node: what all rules share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates._definable_enclosure import ZERO, Enclosure, is_long
from tamemip.certificates._definable_facts import ALL, Facts, Form, Obligation
from tamemip.certificates._definable_nodes import Node

MAX_TERMS = 48
"""A longer linear combination is a node of its own."""
MAX_OBLIGATIONS = 4
_MAX_COUNT = 10**12


@final
@dataclass(frozen=True, slots=True)
class Context:
    """A part of the domain: a box, and what conditions say about nodes there.

    Parameters
    ----------
    box
        An interval for every variable, by the order of the domain.
    known
        Nodes whose values lie in an interval.
    nonzero
        Linear combinations without 0 among their values, scaled to the first coefficient 1.
    depth
        How many conditions have been used.
    """

    box: tuple[Enclosure, ...]
    known: Mapping[int, Enclosure] = field(default_factory=dict)
    nonzero: frozenset[Form] = frozenset()
    depth: int = 0


@final
@dataclass(frozen=True, slots=True)
class Premises:
    """A node with the facts of its arguments, and of all that they are made of."""

    index: int
    node: Node
    args: Sequence[Facts]
    context: Context
    facts_of: Callable[[int], Facts]
    rounded_argument: Callable[[int], tuple[int, str] | None]
    is_univariate: bool

    @property
    def of(self) -> tuple[int, ...]:
        """Indices of the arguments."""
        return self.node.of

    @property
    def own_form(self) -> Form:
        """The form of a node that is no linear combination."""
        return Form(Fraction(0), ((self.index, Fraction(1)),))

    @property
    def upset(self) -> int:
        """Where all arguments are definable."""
        return meet(a.upset for a in self.args)

    @property
    def are_local(self) -> bool:
        """Whether all arguments are."""
        return all(a.local for a in self.args)

    @property
    def are_continuous(self) -> bool:
        """Whether all arguments are."""
        return all(a.is_continuous for a in self.args)

    def is_nonzero(self, form: Form, enclosure: Enclosure) -> bool:
        """Whether a linear combination never vanishes, by its values or by a condition."""
        return enclosure.excludes_zero or normal(form) in self.context.nonzero


Rule: TypeAlias = Callable[[Premises], Facts]


@final
@dataclass(frozen=True, slots=True)
class Draft:
    """What a rule says about a node; `conclude` adds what holds for every operation.

    The fields are those of `Facts`. `is_total` is about the operation alone; `guilty` tells
    why the operation has no structure, and what would mend it; `undefined` the same about
    where it is defined.
    """

    enclosure: Enclosure
    upset: int
    local: bool = False
    form: Form | None = None
    is_total: bool = True
    is_continuous: bool = False
    is_integer: bool = False
    values: int | None = None
    pieces: int | None = None
    laps: int | None = None
    trend: int | None = None
    guilty: tuple[str, str] = ("no rule of the table applies", "")
    undefined: tuple[str, str] = ("", "")
    support: int | None = None
    variables: int | None = None
    obligations: tuple[Obligation, ...] | None = None
    args: Sequence[Facts] | None = None


def conclude(p: Premises, draft: Draft) -> Facts:
    """The facts of a node.

    * A function of arguments with finitely many values has finitely many, on sets that
      are definable where the arguments are.
    * With one variable, level sets of a node with finitely many values are finite unions of
      intervals: that is what o-minimal means.
    * A node with one value is constant where it is defined, hence definable where that
      set is, whatever it is made of.
    """
    args = p.args if draft.args is None else draft.args
    base = meet(a.upset for a in args)
    is_total = draft.is_total and all(a.is_total for a in args)
    support = ALL if is_total else meet(a.support for a in args)
    if not draft.is_total:
        support &= base if draft.support is None else draft.support
    upset, values = draft.upset & support, draft.values
    counts = [a.values for a in args]
    if args and None not in counts:
        bound = product(counts)
        values = bound if values is None else _least(values, bound)
        upset |= base & support
    enclosure = draft.enclosure
    known = p.context.known.get(p.index)
    if known is not None and not enclosure.meet(known).is_empty:
        enclosure = enclosure.meet(known)
    form = draft.form or p.own_form
    local = draft.local
    value = enclosure.value
    if value is not None:
        form, values, local = Form(value, ()), 1, local or is_total
    elif not form.terms:
        enclosure, values = Enclosure.point(form.constant), 1
        local = local or is_total
    variables = draft.variables
    if variables is None:
        variables = 0
        for a in args:
            variables |= a.variables
    # A definable set of one variable is a finite union of intervals, hence semilinear.
    is_of_one = variables & (variables - 1) == 0
    if is_of_one and support:
        support = ALL
    if is_of_one and upset and values is not None:
        upset = ALL
    if values == 1:
        upset = support
    is_constant = values == 1
    counted = p.is_univariate and is_total
    pieces = (1 if is_constant else draft.pieces) if counted and upset == ALL else None
    trend = (0 if is_constant else draft.trend) if counted else None
    laps = _least(draft.laps, pieces) if counted else None
    if counted and (trend is not None or is_constant):
        laps = 1
    return Facts(
        upset=upset,
        support=support,
        local=local,
        enclosure=enclosure,
        form=form,
        is_affine=all(p.facts_of(k).is_affine for k, _ in form.terms if k != p.index)
        and (p.node.op == "variable" or all(k != p.index for k, _ in form.terms)),
        is_total=is_total,
        is_continuous=draft.is_continuous or is_constant,
        is_integer=draft.is_integer or (value is not None and value.denominator == 1),
        values=None if values is None or values > _MAX_COUNT else values,
        pieces=None if pieces is None or pieces > _MAX_COUNT else pieces,
        laps=None if laps is None or laps > _MAX_COUNT else laps,
        trend=trend,
        variables=variables,
        obligations=() if upset else _obligations(p, draft, args),
        gap=None if is_total else _gap(p, draft, args),
    )


def linear(p: Premises, parts: Iterable[tuple[Fraction, Facts]], constant: Fraction) -> Facts:
    """The facts of ``constant + sum(weight * argument)``: equal terms are collected first."""
    pairs = list(parts)
    form = combined(pairs, constant)
    shifted = Enclosure.point(constant)
    for weight, a in pairs:
        shifted = shifted.plus(a.enclosure.scaled(weight))
    args = [a for _, a in pairs]
    draft = Draft(
        enclosure=shifted,
        upset=meet(a.upset for a in args),
        local=all(a.local for a in args),
        is_continuous=all(a.is_continuous for a in args),
        is_integer=constant.denominator == 1
        and all(w.denominator == 1 and a.is_integer for w, a in pairs),
        pieces=refined(a.pieces for a in args),
        trend=common_trend((w, a.trend) for w, a in pairs),
    )
    if form is None:
        return conclude(p, draft)
    atoms = [(w, p.facts_of(k)) for k, w in form.terms]
    exact = enclosure_of(form, p.facts_of)
    # Through the atoms: terms that cancel ask for nothing but a set where they are defined.
    return conclude(
        p,
        Draft(
            enclosure=first_nonempty(exact.meet(shifted), exact),
            upset=meet(a.upset for _, a in atoms),
            local=draft.local or (all(a.local for _, a in atoms) and all(a.is_total for a in args)),
            form=form,
            is_continuous=draft.is_continuous or all(a.is_continuous for _, a in atoms),
            is_integer=draft.is_integer
            or (
                form.constant.denominator == 1
                and all(w.denominator == 1 and a.is_integer for w, a in atoms)
            ),
            values=product(a.values for _, a in atoms),
            pieces=_least(draft.pieces, refined(a.pieces for _, a in atoms)),
            trend=common_trend((w, a.trend) for w, a in atoms)
            if draft.trend is None
            else draft.trend,
            obligations=unique(o for _, a in atoms for o in a.obligations),
        ),
    )


def combined(parts: Iterable[tuple[Fraction, Facts]], constant: Fraction) -> Form | None:
    """The sum of forms; None if it is too long, or has a number that is."""
    weights: dict[int, Fraction] = {}
    for factor, a in parts:
        if factor:
            constant += factor * a.form.constant
            for k, w in a.form.terms:
                weights[k] = weights.get(k, Fraction(0)) + factor * w
                if len(weights) > 4 * MAX_TERMS or is_long(weights[k]):
                    return None
            if is_long(constant):
                return None
    terms = tuple(sorted((k, w) for k, w in weights.items() if w))
    return Form(constant, terms) if len(terms) <= MAX_TERMS else None


def enclosure_of(form: Form, facts_of: Callable[[int], Facts]) -> Enclosure:
    """The values of a linear combination, from those of its nodes."""
    result = Enclosure.point(form.constant)
    for k, w in form.terms:
        result = result.plus(facts_of(k).enclosure.scaled(w))
    return result


def normal(form: Form) -> Form:
    """The combination, scaled to the first coefficient 1."""
    if not form.terms:
        return form
    first = form.terms[0][1]
    return Form(form.constant / first, tuple((k, w / first) for k, w in form.terms))


def meet(upsets: Iterable[int]) -> int:
    """The structures that lie in all upsets."""
    result = ALL
    for upset in upsets:
        result &= upset
    return result


def product(counts: Iterable[int | None]) -> int | None:
    """The product of bounds; None if one is missing."""
    result = 1
    for count in counts:
        if count is None:
            return None
        result = min(result * count, _MAX_COUNT + 1)
    return result


def refined(counts: Iterable[int | None]) -> int | None:
    """Intervals of a common refinement: so many disjoint ones each have so many overlaps."""
    result = 1
    for count in counts:
        if count is None:
            return None
        result += count - 1
    return result


def common_trend(parts: Iterable[tuple[Fraction, int | None]]) -> int | None:
    """The trend of a sum of multiples of functions."""
    found = 0
    for weight, trend in parts:
        if trend is None:
            return None
        step = trend if weight > 0 else -trend if weight < 0 else 0
        if step and found and step != found:
            return None
        found = found or step
    return found


def unique(obligations: Iterable[Obligation]) -> tuple[Obligation, ...]:
    """Each once, the smallest nodes first."""
    found = sorted(set(obligations), key=lambda o: o.node)
    return tuple(found[:MAX_OBLIGATIONS])


def first_nonempty(*enclosures: Enclosure) -> Enclosure:
    """The first that is not empty: on an empty part of the domain everything is true."""
    return next((e for e in enclosures if not e.is_empty), ZERO)


def count_integers(enclosure: Enclosure) -> int | None:
    """How many integers lie in an interval with integer ends."""
    if not enclosure.is_bounded:
        return None
    return math.floor(enclosure.high) - math.ceil(enclosure.low) + 1


def _least(a: int | None, b: int | None) -> int | None:
    if a is None or b is None:
        return a if b is None else b
    return min(a, b)


def _obligations(p: Premises, draft: Draft, args: Sequence[Facts]) -> tuple[Obligation, ...]:
    if draft.obligations:
        return draft.obligations
    below = unique(o for a in args for o in a.obligations)
    return below or (Obligation(p.index, *draft.guilty),)


def _gap(p: Premises, draft: Draft, args: Sequence[Facts]) -> Obligation | None:
    below = next((a.gap for a in args if a.gap is not None), None)
    return below or Obligation(p.index, *draft.undefined)
