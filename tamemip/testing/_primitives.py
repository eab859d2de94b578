"""Checks of what a plugin declares about its function.

Samples prove nothing; each check can only catch a wrong declaration.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Declaration, Enclosure, RejectedError, Structure
from tamemip.tameness import Primitive, certify, variable
from tamemip.testing._growth import grows_too_fast, is_affine_almost_everywhere, oscillates

Point: TypeAlias = tuple[Fraction, ...]

SAMPLES = 60
HALVINGS = 80
"""A gap that is still there after so many halvings is called a jump."""


@final
@dataclass(frozen=True, slots=True)
class Check:
    """One check of one primitive; call it, and it raises AssertionError if it fails.

    Attributes
    ----------
    name
        What is checked; the test's name in ``ids=str``.
    primitive
        What is checked.
    run
        The check itself.
    """

    name: str
    primitive: Primitive
    run: Callable[[Primitive], None]

    def __call__(self) -> None:
        """Run the check."""
        self.run(self.primitive)

    def __str__(self) -> str:
        return f"{self.primitive.name}-{self.name}"


def primitive_checks(primitive: Primitive) -> tuple[Check, ...]:
    """The conformance checks of a primitive, each to be called in a test of its own.

    ``signature`` (name, arity and declaration can be written into a certificate),
    ``citation``, ``deterministic``, ``total``, ``values`` (in the declared enclosure at exact
    points), ``trend``, ``continuous`` (no gap is left after halving;
    of total functions only), ``structure`` (affine
    near almost all points if semilinear, of polynomial growth if semialgebraic or in R_an, and
    no oscillation).

    Parameters
    ----------
    primitive
        The primitive of a plugin.

    Returns
    -------
    tuple of Check
        All of them, also if some fail.

    Examples
    --------
    >>> from tamemip.certificates import Declaration, Enclosure, Structure
    >>> from tamemip.tameness import Primitive
    >>> declared = Declaration(
    ...     Structure.SEMILINEAR, Enclosure.between(0, 1), trend=-1, citation="ours"
    ... )
    >>> ramp = Primitive("ramp", declared, lambda x: min(max(x, 0), 1))
    >>> for check in primitive_checks(ramp):
    ...     try:
    ...         check()
    ...     except AssertionError as error:
    ...         print(check, "failed:", error)
    ramp-trend failed: 'ramp' is declared to be nonincreasing, but it rises from [0, 0] at 0
    to [53/892, 53/892] at 53/892. Correct the declaration, or `evaluate`.
    """
    return tuple(Check(name, primitive, run) for name, run in _CHECKS.items())


def _signature(primitive: Primitive) -> None:
    declared = primitive.declared
    assert primitive.arity >= 1, f"{primitive.name!r} takes no argument; declare a constant."
    assert declared.trend is None or primitive.arity == 1, (
        f"{primitive.name!r} declares a trend, which is for functions of one argument."
    )
    try:
        again = Declaration.from_json(declared.to_json())
    except RejectedError as error:
        raise AssertionError(
            f"the declaration of {primitive.name!r} is malformed: {error}."
        ) from error
    assert again == declared, f"the declaration of {primitive.name!r} is not written exactly."
    names = [f"x{i}" for i in range(primitive.arity)]
    verdict = certify(primitive(*map(variable, names)), dict.fromkeys(names, (0, 1)))
    assert verdict.assumptions, f"{primitive.name!r} is used, but no statement lists it."


def _citation(primitive: Primitive) -> None:
    assert primitive.declared.citation.strip(), (
        f"{primitive.name!r} cites nothing; say where it is proved that it is definable in "
        f"{primitive.declared.structure.value}."
    )


def _deterministic(primitive: Primitive) -> None:
    for point in _points(primitive):
        first, second = _value(primitive, point), _value(primitive, point)
        assert first == second, (
            f"{primitive.name!r} at {_shown(point)} is {first}, and then {second}: "
            "a function has one value."
        )


def _total(primitive: Primitive) -> None:
    if primitive.declared.is_total:
        for point in _points(primitive):
            assert _value(primitive, point) is not None, (
                f"{primitive.name!r} is declared to be total, but has no value at "
                f"{_shown(point)}. {_MEND}"
            )


def _values(primitive: Primitive) -> None:
    declared = primitive.declared.values
    for point in _points(primitive):
        value = _value(primitive, point)
        assert value is None or not value.meet(declared).is_empty, (
            f"{primitive.name!r} is declared to have values in {declared}, but at "
            f"{_shown(point)} it is {value}. {_MEND}"
        )


def _trend(primitive: Primitive) -> None:
    trend = primitive.declared.trend
    if trend is None or primitive.arity != 1:
        return
    known = [(t, v) for (t,), v in _graph(primitive) if v is not None]
    for (s, left), (t, right) in itertools.pairwise(known):
        gap = right.plus(left.negated()).scaled(Fraction(trend))
        word, way = ("nondecreasing", "falls") if trend > 0 else ("nonincreasing", "rises")
        assert not gap.is_negative, (
            f"{primitive.name!r} is declared to be {word}, but it {way} from {left} at {s} to "
            f"{right} at {t}. {_MEND}"
        )


def _continuous(primitive: Primitive) -> None:
    """Halving the interval of the greatest gap makes it shrink, unless there is a jump.

    A function that is undefined somewhere may jump there, so that no gap says anything.
    """
    if not (primitive.declared.is_continuous and primitive.declared.is_total):
        return
    for f in _lines(primitive):
        ends = [Fraction(k, 8) + Fraction(1, 97) for k in range(-40, 41)]
        for s, t in itertools.pairwise(ends):
            place = _jump(f, s, t)
            assert place is None, (
                f"{primitive.name!r} is declared to be continuous, but it seems to jump near "
                f"{float(place):.6g}. {_MEND}"
            )


def _structure(primitive: Primitive) -> None:
    structure = primitive.declared.structure
    for f in _lines(primitive):
        if structure is Structure.SEMILINEAR:
            assert is_affine_almost_everywhere(f), (
                f"{primitive.name!r} is declared to be semilinear, but it bends near most points "
                f"that were tried. {_MEND}"
            )
        if structure.is_polynomially_bounded:
            assert not grows_too_fast(f), (
                f"{primitive.name!r} is declared in {structure.value}, where every function of "
                f"one variable grows like a power, but it grows faster. {_MEND}"
            )
        assert not oscillates(f), (
            f"{primitive.name!r} turns again and again on a long interval; a definable function "
            "is monotone from some point on."
        )


_MEND = "Correct the declaration, or `evaluate`."
_CHECKS: dict[str, Callable[[Primitive], None]] = {
    "signature": _signature,
    "citation": _citation,
    "deterministic": _deterministic,
    "total": _total,
    "values": _values,
    "trend": _trend,
    "continuous": _continuous,
    "structure": _structure,
}


def _value(primitive: Primitive, point: Sequence[Fraction]) -> Enclosure | None:
    try:
        found = primitive.evaluate(*point)
    except Exception as error:  # a plugin's code can raise anything
        raise AssertionError(
            f"{primitive.name!r} at {_shown(point)} raised {type(error).__name__}: {error}; "
            "return None where it is undefined."
        ) from error
    if found is None or isinstance(found, Enclosure):
        return found
    assert isinstance(found, int | Fraction), (
        f"{primitive.name!r} at {_shown(point)} gave the {type(found).__name__} {found!r}; "
        "give a Fraction, an Enclosure, or None."
    )
    return Enclosure.point(found)


def _points(primitive: Primitive) -> Iterator[Point]:
    """Small integers first, where functions of practice break, and then others."""
    chosen = random.Random(20260101)
    corners = [Fraction(k, 2) for k in range(-10, 11)] + [Fraction(s) for s in (-1000, 1000)]
    if primitive.arity == 1:
        yield from ((k,) for k in corners)
    else:
        yield (Fraction(0),) * primitive.arity
    for _ in range(SAMPLES):
        scale = chosen.choice((1, 10, 100))
        yield tuple(
            Fraction(chosen.randint(-1000 * scale, 1000 * scale), chosen.randint(1, 1000))
            if primitive.arity == 1
            else chosen.choice(corners) + Fraction(chosen.randint(-9, 9), 10)
            for _ in range(primitive.arity)
        )


def _graph(primitive: Primitive) -> list[tuple[Point, Enclosure | None]]:
    return [(point, _value(primitive, point)) for point in sorted(set(_points(primitive)))]


def _lines(primitive: Primitive) -> Iterator[Callable[[Fraction], Enclosure | None]]:
    """The function along lines; along the one axis if it has one argument."""
    chosen = random.Random(20260102)
    count = 1 if primitive.arity == 1 else 3
    for _ in range(count):
        start = [Fraction(0 if count == 1 else chosen.randint(-3, 3)) for _ in _axes(primitive)]
        step = [Fraction(1 if count == 1 else chosen.randint(1, 5)) for _ in _axes(primitive)]

        def along(
            t: Fraction, start: Sequence[Fraction] = start, step: Sequence[Fraction] = step
        ) -> Enclosure | None:
            return _value(primitive, [a + t * d for a, d in zip(start, step, strict=True)])

        yield along


def _axes(primitive: Primitive) -> range:
    return range(primitive.arity)


def _jump(f: Callable[[Fraction], Enclosure | None], s: Fraction, t: Fraction) -> Fraction | None:
    """Where a gap between two points does not shrink as they come together."""
    left, right = f(s), f(t)
    if left is None or right is None:
        return None
    first = gap = _gap(left, right)
    for _ in range(HALVINGS):
        middle = (s + t) / 2
        value = f(middle)
        if value is None or gap == 0 or 8 * gap < first:
            return None
        below, above = _gap(left, value), _gap(value, right)
        if below >= above:
            t, right, gap = middle, value, below
        else:
            s, left, gap = middle, value, above
    return s


def _gap(left: Enclosure, right: Enclosure) -> Fraction:
    """The least distance of their values; 0 where they overlap."""
    found = max(right.low - left.high, left.low - right.high, Fraction(0))
    return found if isinstance(found, Fraction) else Fraction(0)


def _shown(point: Sequence[Fraction]) -> str:
    return ", ".join(map(str, point))
