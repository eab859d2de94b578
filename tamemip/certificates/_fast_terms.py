"""The second checker's valid inequalities: integer coefficients, and values as quotients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol, TypeAlias, final

from tamemip.certificates._canonical import CanonicalProblem
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._problem import Bound
from tamemip.certificates._step import ScaledVector

Kind: TypeAlias = Literal["combine", "literal", "ceil", "rounding", "maximum", "threshold", "table"]
Point: TypeAlias = "tuple[int, Sequence[int]]"
"""A denominator and numerators: a canonical right-hand side, maybe with -t behind."""


class Table(Protocol):
    """A function of integers, which needs an integer program of its own."""

    def value(self, integers: Sequence[int], /) -> Bound:
        """Its value."""
        ...


@final
@dataclass(frozen=True, eq=False, slots=True)
class Inequality:
    """``sum(a x') / denominator >= value(e)`` over canonical columns, in the box of `bounds`.

    `data` are the numbers that its kind needs for the value, `of` the steps; `bounds`
    has the keys of the fast covers.
    """

    kind: Kind
    denominator: int
    a: Mapping[int, int]
    of: tuple[int, ...]
    linear: ScaledVector
    weights: tuple[Fraction, ...]
    number: Fraction
    bounds: Mapping[int, int]
    reads_objective: bool
    is_homogeneous: bool
    is_finite: bool
    table: Table | None = None


Lookup: TypeAlias = Callable[[int], Inequality]
EMPTY = ScaledVector(1, (), ())


def lowest(denominator: int, a: Mapping[int, int]) -> tuple[int, dict[int, int]]:
    """The same coefficients without zeros, in lowest terms."""
    divisor = math.gcd(denominator, *a.values())
    return denominator // divisor, {j: v // divisor for j, v in a.items() if v}


def combined(
    linear: ScaledVector,
    weights: tuple[Fraction, ...],
    parts: Sequence[Inequality],
    form: CanonicalProblem,
) -> tuple[int, dict[int, int]]:
    """The coefficients of a combination of rows and inequalities."""
    entries: list[tuple[Fraction, Iterable[tuple[int, int]]]] = []
    for i, v in zip(linear.indices, linear.values, strict=True):
        row = list(form.row(i))
        scale = math.lcm(*(b.denominator for _, b in row))
        numbers = [(j, b.numerator * (scale // b.denominator)) for j, b in row]
        entries.append((Fraction(v, linear.denominator * scale), numbers))
    for w, part in zip(weights, parts, strict=True):
        entries.append((w / part.denominator, part.a.items()))
    common = math.lcm(*(w.denominator for w, _ in entries))
    total: dict[int, int] = {}
    for w, items in entries:
        factor = w.numerator * (common // w.denominator)
        for j, v in items:
            total[j] = total.get(j, 0) + factor * v
    return lowest(common, total)


def rounded_coefficients(
    f: Inequality, g: Inequality | None, r: Fraction, integer: Sequence[bool]
) -> tuple[int, dict[int, int]]:
    """``G(f - g) + g / r`` on integer columns, ``max(f, g) / r`` on the others."""
    d = f.denominator if g is None else math.lcm(f.denominator, g.denominator)
    scale = d // f.denominator
    p, q = r.numerator, r.denominator
    columns = f.a.keys() if g is None else f.a.keys() | g.a.keys()
    total: dict[int, int] = {}  # over d * p
    for j in columns:
        a = f.a.get(j, 0) * scale
        b = 0 if g is None else g.a.get(j, 0) * (d // g.denominator)
        if integer[j]:
            whole, rest = divmod(a - b, d)
            total[j] = whole * d * p + min(rest * q, d * p) + b * q
        else:
            total[j] = max(a, b) * q
    return lowest(d * p, total)


# -- values -----------------------------------------------------------------------------


def order_below(tops: Iterable[int], lookup: Lookup) -> list[int]:
    """Some steps with all that their values need, in rising order."""
    return sorted(_below(tops, lookup, inside=False))


def inequalities_below(tops: Iterable[int], lookup: Lookup) -> dict[int, Inequality]:
    """Some steps with all that they are made of, the insides of thresholds included."""
    return {k: lookup(k) for k in sorted(_below(tops, lookup, inside=True))}


def _below(tops: Iterable[int], lookup: Lookup, *, inside: bool) -> set[int]:
    found: set[int] = set()
    pending = list(tops)
    while pending:
        k = pending.pop()
        if k not in found:
            found.add(k)
            inequality = lookup(k)
            if inside or inequality.kind != "threshold":
                pending.extend(inequality.of)
    return found


def values_at(tops: Iterable[int], lookup: Lookup, e: Sequence[Fraction]) -> dict[int, Bound]:
    """The values of some steps and of all that they need."""
    return _values(order_below(tops, lookup), lookup, e)


def _values(order: Iterable[int], lookup: Lookup, e: Sequence[Fraction]) -> dict[int, Bound]:
    scale = math.lcm(*(v.denominator for v in e)) if e else 1
    point = (scale, [v.numerator * (scale // v.denominator) for v in e])
    values: dict[int, Bound] = {}
    for k in order:
        values[k] = _value(lookup(k), values, point, lookup)
    return values


def _value(
    inequality: Inequality, values: Mapping[int, Bound], point: Point, lookup: Lookup
) -> Bound:
    of = [values[k] for k in inequality.of] if inequality.kind != "threshold" else []
    match inequality.kind:
        case "combine":
            return _combination(inequality, of, point)
        case "literal":
            return inequality.number
        case "ceil":
            return Fraction(-(-of[0] // 1)) if isinstance(of[0], Fraction) else of[0]
        case "rounding":
            return _rounding(of, inequality.number)
        case "maximum":
            return max(of)
        case "threshold":
            return _threshold(inequality, point, lookup)
        case "table":
            return _at_integers(inequality.table, of)


def _combination(inequality: Inequality, of: Sequence[Bound], point: Point) -> Bound:
    scale, entries = point
    linear = inequality.linear
    own = sum(v * entries[i] for i, v in zip(linear.indices, linear.values, strict=True))
    if math.inf in of:
        return math.inf
    if -math.inf in of:
        return -math.inf
    pairs = [(w, v) for w, v in zip(inequality.weights, of, strict=True) if isinstance(v, Fraction)]
    common = math.lcm(
        scale * linear.denominator, *(w.denominator * v.denominator for w, v in pairs)
    )
    total = own * (common // (scale * linear.denominator))
    for w, v in pairs:
        total += w.numerator * v.numerator * (common // (w.denominator * v.denominator))
    return Fraction(total, common)


def _at_integers(table: Table | None, of: Sequence[Bound]) -> Bound:
    whole = [v.numerator for v in of if isinstance(v, Fraction) and v.denominator == 1]
    if table is None or len(whole) < len(of):
        return math.inf
    return table.value(whole)


def _rounding(of: Sequence[Bound], r: Fraction) -> Bound:
    for value in of:
        if not isinstance(value, Fraction):
            return value
    f = of[0]
    g = of[1] if len(of) == 2 else Fraction(0)
    assert isinstance(f, Fraction)
    assert isinstance(g, Fraction)
    whole, rest = divmod(f - g, 1)
    return whole + (rest / r if rest < r else 1) + g / r


def _threshold(inequality: Inequality, point: Point, lookup: Lookup) -> Bound:
    g, (inner,) = inequality.number, inequality.of
    scale, entries = point
    e = [Fraction(v, scale) for v in entries]
    order = order_below([inner], lookup)
    known: dict[int, bool] = {}

    def refutes(k: int) -> bool:
        if k not in known:
            value = _values(order, lookup, [*e, -k * g])[inner]
            known[k] = value > 0
        return known[k]

    # Doubling steps away from 0 until both sides are met, then halving.
    reach = 1
    while not refutes(-reach) or refutes(reach):
        reach *= 2
    low, high = -reach, reach
    while low + 1 < high:
        k = (low + high) >> 1
        low, high = (k, high) if refutes(k) else (low, k)
    return high * g


def falls_with_objective(top: int, lookup: Lookup) -> tuple[bool, bool]:
    """Whether a linear function lies below a step, and whether the objective row is in it.

    All weights are positive, so that it is in it if some step below reads that row.
    """
    is_linear, reads = True, lookup(top).reads_objective
    for k in order_below([top], lookup):
        is_linear = is_linear and lookup(k).kind in ("combine", "ceil", "rounding", "threshold")
    return is_linear, reads


# -- dual functions in closed form, and cuts ------------------------------------------------


@final
@dataclass(frozen=True, eq=False, slots=True)
class Closed:
    """The greatest of some terms, +inf where a guard is positive.

    `inequalities` holds the steps of both with all that they need.
    """

    functions: tuple[int, ...]
    guards: tuple[int, ...]
    inequalities: Mapping[int, Inequality]
    form: CanonicalProblem
    is_subadditive: bool

    @property
    def n_terms(self) -> int:
        """How many terms it is made of, those inside thresholds included."""
        return len(self.inequalities)

    def at(self, d: Sequence[Fraction]) -> Bound:
        """Its value."""
        tops = (*self.functions, *self.guards)
        values = values_at(tops, self.inequalities.__getitem__, self.form.rhs(d))
        if any(values[k] > 0 for k in self.guards):
            return math.inf
        best = max((values[k] for k in self.functions), default=-math.inf)
        return best + self.form.constant if isinstance(best, Fraction) else best


@final
@dataclass(frozen=True, eq=False, slots=True)
class IntegerCut:
    """``a x / denominator >= value(e) + shift`` over the columns of the problem."""

    denominator: int
    a: Mapping[int, int]
    shift: Fraction
    bounds: Mapping[int, int]


def cut_of(k: int, inequality: Inequality, form: CanonicalProblem) -> IntegerCut:
    """An inequality over the columns of the problem."""
    if inequality.reads_objective:
        raise RejectedError(f"step {show(k)} reads the objective outside a threshold")
    if not inequality.is_finite:
        raise RejectedError(f"step {show(k)} may be infinite, and so it is no row of a tree")
    found: dict[int, int] = {}
    shift = Fraction(0)
    for column, a in inequality.a.items():
        source, sign, base = (
            form.columns[column].source,
            form.columns[column].sign,
            form.columns[column].base,
        )
        pair = form.of_source(source)
        if len(pair) == 2 and any(inequality.a.get(c, 0) != s * sign * a for c, s in pair):
            raise RejectedError(f"step {show(k)} is not linear in a free column")
        found[source] = a * sign
        shift += Fraction(a * sign, inequality.denominator) * base
    return IntegerCut(inequality.denominator, found, shift, inequality.bounds)
