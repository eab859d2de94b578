"""Tiny programs, solved by brute force, and certificates made by hand for them."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from hypothesis import strategies as st

from tamemip.certificates import (
    Bound,
    Certificate,
    CertificateBuilder,
    ExactMatrix,
    Problem,
    Statement,
    check,
    check_fast,
)
from tamemip.errors import CertificateError

CHECKERS = [check, check_fast]


def program(sense, c, A, row_sense, rhs, *, lower, upper, integer, offset=0) -> Problem:
    """A problem from nested lists; None is an absent bound."""
    rows = tuple(
        tuple((j, Fraction(v)) for j, v in enumerate(row) if Fraction(v) != 0) for row in A
    )
    return Problem(
        sense=sense,
        c=tuple(map(Fraction, c)),
        A=ExactMatrix(rows, len(c)),
        row_sense=tuple(row_sense),
        rhs=tuple(map(Fraction, rhs)),
        lower=tuple(-math.inf if v is None else Fraction(v) for v in lower),
        upper=tuple(math.inf if v is None else Fraction(v) for v in upper),
        integer=tuple(integer),
        offset=Fraction(offset),
    )


def integer_parts(p: Problem) -> Iterator[dict[int, Fraction]]:
    columns = [j for j, flag in enumerate(p.integer) if flag]
    ranges = [range(math.ceil(p.lower[j]), math.floor(p.upper[j]) + 1) for j in columns]
    for part in itertools.product(*ranges):
        yield dict(zip(columns, map(Fraction, part), strict=True))


def optimum(p: Problem, d: Sequence[Fraction]) -> tuple[Bound, dict[int, Fraction] | None]:
    """The value at d and a point; bounded integers and at most one (bounded) continuous column."""
    continuous = [j for j, flag in enumerate(p.integer) if not flag]
    assert len(continuous) <= 1
    sign = -1 if p.sense == "max" else 1
    best: Bound = math.inf
    best_point = None
    for part in integer_parts(p):
        for point in _completed(p, part, continuous, d):
            cost = sign * (sum((p.c[j] * x for j, x in point.items()), p.offset))
            if cost < best:
                best, best_point = cost, point
    return sign * best, best_point


def _completed(p, part, continuous, d):
    low: Bound = -math.inf
    up: Bound = math.inf
    for j in continuous:
        low, up = p.lower[j], p.upper[j]
    for row, sense, rhs in zip(p.A.rows, p.row_sense, d, strict=True):
        left = rhs - sum((v * part[j] for j, v in row if j in part), Fraction(0))
        slope = sum((v for j, v in row if j in continuous), Fraction(0))
        if slope == 0:
            if (sense != ">=" and left < 0) or (sense != "<=" and left > 0):
                return
            continue
        if sense == "=" or (sense == "<=") == (slope > 0):
            up = min(up, left / slope)
        if sense == "=" or (sense == ">=") == (slope > 0):
            low = max(low, left / slope)
    if low > up:
        return
    if not continuous:
        yield part
    for j in continuous:
        yield part | {j: low}
        yield part | {j: up}


def is_true(statement: Statement, right_hand_sides: Sequence[Sequence[Fraction]]) -> bool:
    """Whether brute force confirms a statement at the given points and at its own."""
    p = statement.problem
    for d in [*right_hand_sides, *(rhs for rhs, _ in statement.tight_at)]:
        value, _ = optimum(p, d)
        bound = statement.bound(d)
        if bound > value if p.sense == "min" else bound < value:
            return False
    return all(optimum(p, rhs)[0] == value for rhs, value in statement.tight_at)


def verdict(checker, certificate_or_path) -> Statement | tuple[int, str]:
    """The statement, or the step and the rule that were rejected."""
    try:
        return checker(certificate_or_path)
    except CertificateError as error:
        return error.step, error.rule


def verdict_of_lines(checker, lines: Sequence[str]) -> Statement | tuple[int, str]:
    try:
        return checker(Certificate(tuple(lines)))
    except CertificateError as error:
        return error.step, error.rule


def grow(builder: CertificateBuilder, tree) -> int:
    """Write a tree: ("split", column, at, below, above) or ("leaf", bounds, duals, rays)."""
    if tree[0] == "leaf":
        _, bounds, duals, rays = tree
        return builder.leaf(
            bounds, [builder.dual(y) for y in duals], [builder.ray(y) for y in rays]
        )
    _, column, at, below, above = tree
    return builder.branch(
        below=grow(builder, below), above=grow(builder, above), column=column, at=at
    )


def edited(line: str, path: Sequence[str | int], value: object) -> str:
    """The line with one entry replaced."""
    data = json.loads(line)
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return json.dumps(data, separators=(",", ":"))


def numbers_in(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all numbers in a JSON value, rationals in strings included."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers_in(inner, (*path, key))
    elif isinstance(value, list):
        for k, inner in enumerate(value):
            yield from numbers_in(inner, (*path, k))
    elif isinstance(value, int) or (
        isinstance(value, str) and value.replace("-", "").replace("/", "").isdecimal()
    ):
        yield path


fractions = st.builds(Fraction, st.integers(-4, 4), st.sampled_from([1, 1, 2, 3]))


@st.composite
def programs(draw) -> Problem:
    n, m = draw(st.integers(1, 3)), draw(st.integers(0, 2))
    lower = draw(
        st.lists(st.builds(Fraction, st.integers(-4, 1), st.just(2)), min_size=n, max_size=n)
    )
    width = draw(
        st.lists(st.builds(Fraction, st.integers(0, 5), st.just(2)), min_size=n, max_size=n)
    )
    integer = [True] * n
    if draw(st.booleans()):
        integer[-1] = False
    return program(
        draw(st.sampled_from(["min", "max"])),
        draw(st.lists(fractions, min_size=n, max_size=n)),
        draw(st.lists(st.lists(fractions, min_size=n, max_size=n), min_size=m, max_size=m)),
        draw(st.lists(st.sampled_from(["<=", "=", ">="]), min_size=m, max_size=m)),
        draw(st.lists(fractions, min_size=m, max_size=m)),
        lower=lower,
        upper=[low + w for low, w in zip(lower, width, strict=True)],
        integer=integer,
        offset=draw(fractions),
    )


@st.composite
def signed_vectors(draw, p: Problem) -> Mapping[int, Fraction]:
    y = {i: draw(fractions) for i in range(len(p.row_sense))}
    sign = {">=": abs, "<=": lambda v: -abs(v), "=": lambda v: v}
    return {i: sign[p.row_sense[i]](v) for i, v in y.items() if v}


@st.composite
def trees(draw, p: Problem, bounds=(), depth=0):
    columns = [j for j, flag in enumerate(p.integer) if flag]
    if depth < 3 and columns and draw(st.integers(0, 3)) > depth:
        j = draw(st.sampled_from(columns))
        low = max([v for k, side, v in bounds if (k, side) == (j, ">=")], default=-3)
        up = min([v for k, side, v in bounds if (k, side) == (j, "<=")], default=3)
        if low < up:
            at = draw(st.integers(low, up - 1))
            below = draw(trees(p, (*bounds, (j, "<=", at)), depth + 1))
            above = draw(trees(p, (*bounds, (j, ">=", at + 1)), depth + 1))
            return ("split", j, at, below, above)
    kept = [b for b in bounds if draw(st.integers(0, 9)) > 0]
    duals = draw(st.lists(signed_vectors(p), max_size=2))
    rays = draw(st.lists(signed_vectors(p), max_size=2))
    return ("leaf", kept, duals, rays)


def right_hand_sides(p: Problem):
    m = len(p.row_sense)
    return st.lists(st.tuples(*[fractions] * m), min_size=1, max_size=4)


@st.composite
def certificates(draw) -> tuple[Certificate, list[tuple[Fraction, ...]]]:
    """A certificate with all the facts that brute force can add to it, and where to test it."""
    p = draw(programs())
    points = draw(right_hand_sides(p))
    builder = CertificateBuilder(p)
    k = builder.close(grow(builder, draw(trees(p))))
    if draw(st.booleans()):
        k = builder.best([k, builder.close(grow(builder, draw(trees(p))))])
    costs = [v for v in p.c if v]
    if all(p.integer[j] for j, v in enumerate(p.c) if v) and draw(st.booleans()):
        numerators = math.gcd(*[v.numerator for v in costs]) or 1
        k = builder.round(k, Fraction(numerators, math.lcm(*[v.denominator for v in costs])))
    bound = check(builder.finish({"kind": "dual-function", "of": k})).bound
    tight = []
    for d in points:
        value, point = optimum(p, d)
        if value == bound(d):
            if point is None:
                tight.append(builder.infeasible(k, d))
            else:
                tight.append(builder.tight(k, d, point, value))
    return builder.finish({"kind": "dual-function", "of": k, "tight": tight}), points
