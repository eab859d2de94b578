"""Values by enumeration and exact linear programs, and how they change; nothing else is trusted."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from tamemip.certificates import ExactMatrix
from tamemip.duality import solve_exactly
from tamemip.programs import MixedIntegerProgram

_ZERO = Fraction(0)
#: Smaller than every distance between the data of a test and a breakpoint that they are not on.
STEP = Fraction(1, 10**9)


def value(p: MixedIntegerProgram) -> Fraction | float:
    """The optimal value: every integer part in turn, each by the exact simplex method."""
    sign = 1 if p.sense == "min" else -1
    costs = [fibre_value(p, part) for part in _parts(p)]
    best = min((sign * v for v in costs if v is not None), default=math.inf)
    return sign * best


def fibre_value(p: MixedIntegerProgram, part: tuple[int, ...]) -> Fraction | float | None:
    """The value for fixed integers; None if there is no point."""
    exact = p.exact
    sign = 1 if exact.sense == "min" else -1
    fixed = dict(zip(integers(p), part, strict=True))
    loose = [j for j in range(p.n_cols) if j not in fixed]
    place = {j: k for k, j in enumerate(loose)}
    rows, rest = [], []
    for row, b in zip(exact.A.rows, exact.rhs, strict=True):
        rows.append({place[j]: a for j, a in row if j in place})
        rest.append(b - sum((a * fixed[j] for j, a in row if j in fixed), _ZERO))
    if not loose and not all(
        {"<=": b >= 0, "=": b == 0, ">=": b <= 0}[s]
        for b, s in zip(rest, exact.row_sense, strict=True)
    ):
        return None
    cost = exact.offset + sum((exact.c[j] * v for j, v in fixed.items()), _ZERO)
    if not loose:
        return cost
    if any(exact.lower[j] > exact.upper[j] for j in loose):
        return None
    found = solve_exactly(
        rows,
        exact.row_sense,
        rest,
        costs=[sign * exact.c[j] for j in loose],
        lower=[exact.lower[j] for j in loose],
        upper=[exact.upper[j] for j in loose],
    )
    if found is None:
        return -sign * math.inf
    if found.point is None:
        return None
    return cost + sum((exact.c[j] * v for j, v in zip(loose, found.point, strict=True)), _ZERO)


def integers(p: MixedIntegerProgram) -> list[int]:
    """The integer columns."""
    return [j for j, flag in enumerate(p.exact.integer) if flag]


def _parts(p: MixedIntegerProgram):
    ends = [(p.exact.lower[j], p.exact.upper[j]) for j in integers(p)]
    return itertools.product(*(range(math.ceil(a), math.floor(b) + 1) for a, b in ends))


def moved(p: MixedIntegerProgram, slots: dict[str, object], step: Fraction) -> MixedIntegerProgram:
    """The program with ``step`` times a direction added to some of its data."""
    changed: dict[str, object] = {}
    for slot, direction in slots.items():
        old = getattr(p.exact, slot)
        if slot == "A":
            rows = []
            for row, way in zip(old.rows, direction, strict=True):
                dense = dict(row)
                new = ((j, dense.get(j, _ZERO) + step * v) for j, v in enumerate(way))
                rows.append(tuple((j, v) for j, v in new if v))
            changed["A"] = ExactMatrix(tuple(rows), p.n_cols)
        else:
            changed[slot] = tuple(a + step * v for a, v in zip(old, direction, strict=True))
    return MixedIntegerProgram(replace(p.exact, **changed), p.row_names, p.col_names, p.name)


def short(v: Fraction) -> Fraction:
    """The rational of small denominator that a rate along a curve is near to."""
    near = v.limit_denominator(10**3)
    assert abs(v - near) < Fraction(1, 10**5), f"{v} is near no short rational"
    return near


# -- programs ------------------------------------------------------------------------------

small = st.integers(-2, 2)
_BOUNDS = [(0, 1), (0, 2), (-1, 1), (0, math.inf), (0, math.inf), (-math.inf, math.inf)]


@st.composite
def tight_programs(
    draw, *, max_rows=2, max_integers=3, max_continuous=2, bounded=False, elastic=None
):
    """Small programs whose right-hand side is tight at a grid point: jumps, ties and kinks."""
    kinds = [True] * draw(st.integers(0, max_integers))
    kinds += [False] * draw(st.integers(0 if kinds else 1, max_continuous))
    m = draw(st.integers(1, max_rows))
    pairs = [draw(st.sampled_from(_BOUNDS[:3] if flag or bounded else _BOUNDS)) for flag in kinds]
    A = [[draw(small) for _ in kinds] for _ in range(m)]
    senses = [draw(st.sampled_from(["<=", "=", ">="])) for _ in range(m)]
    x = [draw(st.integers(0, 1)) for _ in kinds]
    gap = st.sampled_from([0, 0, 0, Fraction(1, 2), 1])
    toward = {"<=": 1, "=": 0, ">=": -1}
    rhs = [
        sum(a * v for a, v in zip(row, x, strict=True)) + toward[s] * draw(gap)
        for row, s in zip(A, senses, strict=True)
    ]
    rhs[0] += draw(st.sampled_from([0, 0, 0, Fraction(1, 2)]))
    c = [draw(st.sampled_from([0, 0, 1, 1, 2, -1])) for _ in kinds]
    sense = draw(st.sampled_from(["min", "max"]))
    if draw(st.booleans()) if elastic is None else elastic:
        price = draw(st.sampled_from([1, 2, 3])) * (1 if sense == "min" else -1)
        A = [[*row, *(s * (i == k) for k in range(m) for s in (1, -1))] for i, row in enumerate(A)]
        c += [price] * (2 * m)
        pairs += [(0, 6 if bounded else math.inf)] * (2 * m)
        kinds += [False] * (2 * m)
    return MixedIntegerProgram.from_arrays(
        c,
        A,
        senses,
        rhs,
        lower=[low for low, _ in pairs],
        upper=[up for _, up in pairs],
        integrality=kinds,
        sense=sense,
        offset=draw(st.sampled_from([0, Fraction(1, 3)])),
    )


def directions(size: int, count: int):
    """Directions on a coarse grid: they hit the faces of cones."""
    return st.lists(
        st.lists(st.integers(-2, 2).map(Fraction), min_size=size, max_size=size).map(tuple),
        min_size=count,
        max_size=count,
    )
