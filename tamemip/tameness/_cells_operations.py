"""One operation on values that are affine on a region: the parts, and the value on each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeAlias

from tamemip.certificates import Enclosure, Facts, Node
from tamemip.tameness._cells_geometry import Region, constant_form, plus, times
from tamemip.tameness._cells_radicals import Radical
from tamemip.tameness._cells_ratios import (
    MOST_DEGREE,
    Polynomial,
    Ratio,
    product_of,
    reduced,
    sum_of,
)
from tamemip.tameness._cells_splitting import (
    CannotSplitError,
    Number,
    Opaque,
    by_sign,
    rounded,
    value_on,
)
from tamemip.value_functions import AffineForm

Value: TypeAlias = "Number | bool | None"
"""A number, the truth of a condition, or None where the expression is undefined."""
Outcomes: TypeAlias = list[tuple[Region, Value]]
Fractional: TypeAlias = tuple[Polynomial, Polynomial]
Operation: TypeAlias = Callable[["Operands"], Outcomes]

_ONE = Fraction(1)


class Operands:
    """A node with the values of its arguments on a region.

    Attributes
    ----------
    numbers, truths
        The values of arguments that are numbers, and those that are conditions.
    """

    def __init__(
        self, k: int, node: Node, region: Region, args: Sequence[Value], known: Sequence[Facts]
    ) -> None:
        self.k, self.node, self.region, self.facts = k, node, region, known[k]
        self.numbers: list[Number] = [
            value_on(a, region) for a in args if a is not None and not isinstance(a, bool)
        ]
        self.truths = [a for a in args if isinstance(a, bool)]
        self.bounds = [known[j].enclosure for j in node.of]
        self.dimension = region.dimension

    @property
    def opaque(self) -> Opaque:
        """The node as a number of which an interval is known."""
        return Opaque(self.k, self.facts.enclosure)

    def constant(self, value: Fraction | int) -> AffineForm:
        """A constant."""
        return constant_form(Fraction(value), self.dimension)


def apply(p: Operands) -> Outcomes:
    """The parts of the region, and the value of the node on each.

    Raises
    ------
    CannotSplitError
        If the parts have no rational description.
    """
    operation = _OPERATIONS.get(p.node.op)
    if operation is not None:
        return operation(p)
    if not p.facts.is_total:
        raise CannotSplitError("where it is defined is not known")
    return [(p.region, p.opaque)]


# -- arithmetic ----------------------------------------------------------------------------


def linear_combination(
    terms: Sequence[tuple[Number, Fraction]], constant: Fraction, region: Region, unknown: Opaque
) -> Number:
    """``constant + sum(factor * value)``; `unknown` if that is no quotient in one variable."""
    total = constant_form(constant, region.dimension)
    ratios: list[tuple[Ratio, Fraction]] = []
    radicals = [(v, factor) for v, factor in terms if isinstance(v, Radical) and factor]
    for value, factor in terms:
        if isinstance(value, AffineForm):
            total = plus(total, value, factor)
        elif isinstance(value, Ratio):
            ratios.append((value, factor))
        elif isinstance(value, Opaque):
            return unknown
    if radicals:
        (radical, factor), *others = radicals
        is_alone = not (others or ratios or any(total.coefficients))
        return radical.times(factor).plus(total.constant) if is_alone else unknown
    found: Number | None = total
    for ratio, factor in ratios:
        scaled = _made(
            ratio.axis, product_of((factor,), ratio.numerator), ratio.denominator, region
        )
        if found is None or scaled is None:
            return unknown
        found = _quotients(found, scaled, region, _sum)
    return unknown if found is None else found


def _add(p: Operands) -> Outcomes:
    terms = [(a, _ONE) for a in p.numbers]
    return [(p.region, linear_combination(terms, Fraction(0), p.region, p.opaque))]


def _scale(p: Operands) -> Outcomes:
    factor = p.node.value or Fraction(0)
    if not factor:
        return [(p.region, p.constant(0))]
    value = linear_combination([(p.numbers[0], factor)], Fraction(0), p.region, p.opaque)
    return [(p.region, value)]


def _multiply(p: Operands) -> Outcomes:
    product: Number = p.constant(1)
    for a in p.numbers:
        found = _product(product, a, p.region)
        if found is None:
            return [(p.region, p.opaque)]
        product = found
    return [(p.region, product)]


def _product(f: Number, g: Number, region: Region) -> Number | None:
    for a, b in ((f, g), (g, f)):
        if isinstance(a, AffineForm) and not any(a.coefficients):
            if not a.constant:
                return a
            if a.constant == 1:
                return b
            if isinstance(b, AffineForm):
                return times(b, a.constant)
            if isinstance(b, Radical):
                return b.times(a.constant)
    return _quotients(f, g, region, _times)


def _divide(p: Operands) -> Outcomes:
    f, g = p.numbers
    outcomes: Outcomes = []
    for region, sign in by_sign(g, p.region):
        if not sign:
            outcomes.append((region, None))
            continue
        inverse = _inverse(value_on(g, region), region)
        quotient = None if inverse is None else _product(f, inverse, region)
        outcomes.append((region, p.opaque if quotient is None else quotient))
    return outcomes


def _inverse(g: Number, region: Region) -> Number | None:
    found = _as_ratio(g)
    if found is None:
        return None
    axis, numerator, denominator = found
    return _made(axis, denominator, numerator, region)


def _power(p: Operands) -> Outcomes:
    exponent = p.node.value or Fraction(0)
    (base,) = p.numbers
    if exponent.denominator != 1:
        return _fractional_power(p, base, exponent)
    if exponent >= 0:
        return [(p.region, _whole_power(base, int(exponent), p))]
    outcomes: Outcomes = []
    for region, sign in by_sign(base, p.region):
        inverse = _inverse(value_on(base, region), region) if sign else None
        if not sign:
            outcomes.append((region, None))
        elif inverse is None:
            outcomes.append((region, p.opaque))
        else:
            outcomes.append((region, _whole_power(inverse, -int(exponent), p)))
    return outcomes


def _whole_power(base: Number, exponent: int, p: Operands) -> Number:
    if isinstance(base, AffineForm) and not any(base.coefficients) and exponent <= 2**10:
        return p.constant(base.constant**exponent)
    found: Number | None = p.constant(1)
    for _ in range(min(exponent, MOST_DEGREE + 1)):
        found = None if found is None else _product(found, base, p.region)
    return p.opaque if found is None or exponent > MOST_DEGREE else found


def _fractional_power(p: Operands, base: Number, exponent: Fraction) -> Outcomes:
    """A root of a power of what is not negative; where the exponent is, not 0 either."""
    outcomes: Outcomes = []
    for region, sign in by_sign(base, p.region, zero_with=1 if exponent > 0 else -1):
        inner: Number | None = value_on(base, region)
        if sign < 0:
            outcomes.append((region, None))
            continue
        if exponent < 0 and inner is not None:
            inner = _inverse(inner, region)
        power = None if inner is None else _whole_power(inner, abs(exponent.numerator), p)
        outcomes.append((region, _radical(power, exponent.denominator, region, p)))
    return outcomes


def _root(p: Operands) -> Outcomes:
    degree = int(p.node.value or 1)
    if degree % 2 == 0:
        return _fractional_power(p, p.numbers[0], Fraction(1, degree))
    return [(p.region, _radical(p.numbers[0], degree, p.region, p))]


def _radical(base: Number | None, degree: int, region: Region, p: Operands) -> Number:
    """The root of a quotient in one variable; a number if it is one."""
    found = None if base is None else _as_ratio(base)
    if found is None:
        return p.opaque
    radical = Radical(Ratio(*found), degree, _ONE, Fraction(0))
    if found[0] >= 0:
        return value_on(radical, region)
    value = radical.at(Fraction(0))
    return p.opaque if value is None else p.constant(value)


def _as_ratio(f: Number) -> tuple[int, Polynomial, Polynomial] | None:
    """Axis, numerator and denominator of what depends on one coordinate at most; -1 for none."""
    if isinstance(f, Ratio):
        return f.axis, f.numerator, f.denominator
    if isinstance(f, Opaque | Radical):
        return None
    axes = [i for i, w in enumerate(f.coefficients) if w]
    if len(axes) > 1:
        return None
    axis = axes[0] if axes else -1
    slope = (f.coefficients[axis],) if axes else ()
    constant = (f.constant, *slope)
    return axis, constant if any(constant) else (), (_ONE,)


def _quotients(
    f: Number,
    g: Number,
    region: Region,
    combine: Callable[[Polynomial, Polynomial, Polynomial, Polynomial], Fractional],
) -> Number | None:
    left, right = _as_ratio(f), _as_ratio(g)
    if left is None or right is None or (left[0] != right[0] and -1 not in (left[0], right[0])):
        return None
    numerator, denominator = combine(left[1], left[2], right[1], right[2])
    return _made(max(left[0], right[0]), numerator, denominator, region)


def _sum(a: Polynomial, b: Polynomial, c: Polynomial, d: Polynomial) -> Fractional:
    return sum_of(product_of(a, d), product_of(c, b)), product_of(b, d)


def _times(a: Polynomial, b: Polynomial, c: Polynomial, d: Polynomial) -> Fractional:
    return product_of(a, c), product_of(b, d)


def _made(
    axis: int, numerator: Polynomial, denominator: Polynomial, region: Region
) -> Number | None:
    """The quotient, as an affine form if it is one."""
    ratio = reduced(axis, numerator, denominator)
    if len(ratio.denominator) == 1 and len(ratio.numerator) <= 2:
        constant, slope = (*ratio.numerator, Fraction(0), Fraction(0))[:2]
        form = constant_form(constant, region.dimension)
        if not slope:
            return form
        weights = [Fraction(0)] * region.dimension
        weights[axis] = slope
        return AffineForm(constant, tuple(weights))
    return None if max(len(ratio.numerator), len(ratio.denominator)) > MOST_DEGREE else ratio


# -- order ---------------------------------------------------------------------------------


def _difference(p: Operands) -> Number:
    (f, g), (left, right) = p.numbers, p.bounds
    return _less_by(f, left, g, right, p.region, p.k)


def _less_by(
    f: Number, left: Enclosure, g: Number, right: Enclosure, region: Region, k: int
) -> Number:
    """``f - g``; an interval of its values if that is all that is known."""
    unknown = Opaque(k, _enclosure(f, left).plus(_enclosure(g, right).negated()))
    return linear_combination([(f, _ONE), (g, -_ONE)], Fraction(0), region, unknown)


def _enclosure(value: Number, bounds: Enclosure) -> Enclosure:
    if isinstance(value, AffineForm) and not any(value.coefficients):
        return Enclosure.point(value.constant)
    return value.enclosure if isinstance(value, Opaque) else bounds


def _abs(p: Operands) -> Outcomes:
    (f,) = p.numbers
    signs = by_sign(f, p.region, zero_with=1)
    return [(r, linear_combination([(f, Fraction(s))], Fraction(0), r, p.opaque)) for r, s in signs]


def _extreme(p: Operands) -> Outcomes:
    side = 1 if p.node.op == "maximum" else -1
    best: list[tuple[Region, Number, Enclosure]] = [(p.region, p.numbers[0], p.bounds[0])]
    for g, bounds in zip(p.numbers[1:], p.bounds[1:], strict=True):
        grown = []
        for region, f, own in best:
            difference = _less_by(f, own, g, bounds, region, p.k)
            for part, sign in by_sign(difference, region, zero_with=side):
                grown.append((part, f, own) if sign == side else (part, g, bounds))
        best = grown
    return [(region, value) for region, value, _ in best]


def _sign(p: Operands) -> Outcomes:
    return [(r, p.constant(s)) for r, s in by_sign(p.numbers[0], p.region)]


def _heaviside(p: Operands) -> Outcomes:
    steps = {-1: Fraction(0), 0: p.node.value or Fraction(0), 1: _ONE}
    zero_with = -1 if not steps[0] else 1 if steps[0] == 1 else 0
    signs = by_sign(p.numbers[0], p.region, zero_with=zero_with)
    return [(r, p.constant(steps[s])) for r, s in signs]


def _round(p: Operands) -> Outcomes:
    (f,), bounds = p.numbers, _enclosure(p.numbers[0], p.bounds[0])
    steps = rounded(f, p.region, bounds, is_floor=p.node.op == "floor")
    return [(r, p.constant(k)) for r, k in steps]


def _modulo(p: Operands) -> Outcomes:
    f, g = p.numbers
    outcomes: Outcomes = []
    for region, sign in by_sign(g, p.region):
        if not sign:
            outcomes.append((region, None))
            continue
        inverse = _inverse(value_on(g, region), region)
        quotient = None if inverse is None else _product(f, inverse, region)
        left, right = _enclosure(f, p.bounds[0]), _enclosure(g, p.bounds[1])
        bounds = left.times(right.reciprocal())
        value = Opaque(p.k, bounds) if quotient is None else quotient
        for part, k in rounded(value, region, bounds, is_floor=True):
            rest = linear_combination([(f, _ONE), (g, -k)], Fraction(0), part, p.opaque)
            outcomes.append((part, rest))
    return outcomes


def _less(p: Operands) -> Outcomes:
    return [(r, s < 0) for r, s in by_sign(_difference(p), p.region, zero_with=1)]


def _less_equal(p: Operands) -> Outcomes:
    return [(r, s < 0) for r, s in by_sign(_difference(p), p.region, zero_with=-1)]


def _equal(p: Operands) -> Outcomes:
    return [(r, s == 0) for r, s in by_sign(_difference(p), p.region)]


_OPERATIONS: dict[str, Operation] = {
    "const": lambda p: [(p.region, p.constant(p.node.value or Fraction(0)))],
    "add": _add,
    "scale": _scale,
    "multiply": _multiply,
    "divide": _divide,
    "power": _power,
    "root": _root,
    "abs": _abs,
    "maximum": _extreme,
    "minimum": _extreme,
    "sign": _sign,
    "heaviside": _heaviside,
    "floor": _round,
    "ceiling": _round,
    "modulo": _modulo,
    "less": _less,
    "less-equal": _less_equal,
    "equal": _equal,
    "and": lambda p: [(p.region, all(p.truths))],
    "or": lambda p: [(p.region, any(p.truths))],
    "not": lambda p: [(p.region, not p.truths[0])],
    "indicator": lambda p: [(p.region, p.constant(int(p.truths[0])))],
}
