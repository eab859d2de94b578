"""Strategies for terms and arguments; arguments sit on jumps as often as not."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from tamemip.functions import (
    ceil,
    combination,
    guarded,
    maximum,
    minimum,
    mixed_integer_rounding,
    threshold,
)

# Drawing from lists is several times faster than drawing fractions.
_SIZES = [Fraction(1), Fraction(2), Fraction(1, 2), Fraction(1, 3), Fraction(5, 6), Fraction(7, 4)]
positive = st.sampled_from(_SIZES)
weights = st.sampled_from([*_SIZES, Fraction(0), *(-w for w in _SIZES)])
fractions_below_1 = st.sampled_from(
    [Fraction(1, 2), Fraction(1, 3), Fraction(3, 4), Fraction(2, 7)]
)
granularities = st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(3)])


@st.composite
def arguments(draw, n_rows: int) -> tuple[Fraction, ...]:
    entry = st.one_of(
        st.integers(-6, 6).map(Fraction),
        st.integers(-72, 72).map(lambda k: Fraction(k, 12)),
        st.integers(-(10**9), 10**9).map(Fraction),
    )
    return tuple(draw(entry) for _ in range(n_rows))


@st.composite
def small_arguments(draw, n_rows: int) -> tuple[Fraction, ...]:
    entry = st.one_of(
        st.integers(-4, 4).map(Fraction),
        st.integers(-24, 24).map(lambda k: Fraction(k, 6)),
    )
    return tuple(draw(entry) for _ in range(n_rows))


@st.composite
def terms(draw, kinds: str, *, n_rows: int = 2, size: int = 6):
    """A term made of `size` parts at most, of the kinds whose letters are given.

    c ceiling, r mixed-integer rounding, x maximum, n minimum, g guard, t threshold,
    a constants in combinations, s negative weights on parts.
    """
    made = [_linear(draw, n_rows, "a" in kinds) for _ in range(2)]
    steps = [k for k in kinds if k in "crxngt"] + ["+", "+"]
    for _ in range(draw(st.integers(1, size))):
        made.append(_step(draw, draw(st.sampled_from(steps)), made, kinds, n_rows))
    return made[-1]


def _linear(draw, n_rows, has_constant):
    row = {i: draw(weights) for i in range(n_rows)}
    return combination(row, constant=draw(weights) if has_constant else 0)


def _step(draw, kind, made, kinds, n_rows):
    some = st.sampled_from(made)
    several = st.lists(some, min_size=2, max_size=3)
    match kind:
        case "c":
            return ceil(combination((), [(draw(positive), draw(some))]))
        case "r":
            minus = draw(st.one_of(st.none(), some))
            return mixed_integer_rounding(draw(some), draw(fractions_below_1), minus=minus)
        case "x":
            return maximum(draw(several))
        case "n":
            return minimum(draw(several))
        case "g":
            of = draw(st.one_of(some, some, some, st.none())) if "n" in kinds else draw(some)
            return guarded(of, [draw(some)])
        case "t":
            return _threshold(draw, n_rows)
        case _:
            any_weight = st.one_of(positive, weights) if "s" in kinds else positive
            parts = [(draw(any_weight), part) for part in draw(several)]
            row = {i: draw(weights) for i in range(n_rows)}
            return combination(row, parts, constant=draw(weights) if "a" in kinds else 0)


def _threshold(draw, n_rows):
    """Ceilings and sums only may stand inside; the own coordinate rises."""
    inner = [
        combination(
            {i: draw(weights) for i in range(n_rows)} | {n_rows: draw(positive)},
        )
        for _ in range(2)
    ]
    rounded = [ceil(part) for part in inner]
    of = combination((), [(draw(positive), part) for part in [*inner, *rounded]])
    return threshold(of, draw(granularities), n_rows)
