"""Searching for a proof that a value function is definable in no o-minimal structure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import Certificate, Domain, Problem, RejectedError, Varying
from tamemip.certificates._certificate import VERSION, Goal
from tamemip.certificates._definable_writing import certificate_of_lines, expression_lines
from tamemip.certificates._problem import number_to_json
from tamemip.certificates._refutation_programs import program_refuted, require_ray
from tamemip.certificates._writing import json_line
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine, LPStatus, basic_duals
from tamemip.tameness._domain import DomainLike, domain_of

_MOST_COLUMNS = 40
_STEPS = (1, 1000)
"""So many times a column is added to the right-hand side, to make it basic."""


def refute_program(
    program: MixedIntegerProgram, varying: Varying | None = None
) -> Certificate | None:
    """A certificate that the value function over all right-hand sides is not definable.

    The value is compared with the bound of a dual vector y along ``b(t) = A x + t A_j``, for
    an integer column j without an upper bound: it meets the bound at all integers t, and
    nowhere half-way between the integers in a finer grid. None says nothing: no such column
    and dual vector were found; where the value is that of the linear relaxation, there is none.

    Parameters
    ----------
    program
        Rational, with integer columns.
    varying
        A box of right-hand sides in place of all.

    References
    ----------
    .. [1] R. R. Meyer, "On the existence of optimal solutions to integer and mixed-integer
       programming problems", Mathematical Programming 7 (1974), 223-235.

    Examples
    --------
    ``min{x: x >= b, x integer}`` is the ceiling of b:

    >>> from tamemip.certificates import check
    >>> from tamemip.programs import MixedIntegerProgram
    >>> p = MixedIntegerProgram.from_arrays([1], [[1]], [">="], [0])
    >>> check(refute_program(p)).refuted.kind
    'W1'
    """
    problem = program.exact
    candidates = [
        j
        for j, is_integer in enumerate(problem.integer)
        if is_integer and problem.upper[j] == math.inf and problem.A.columns[j]
    ]
    if not candidates:
        return None
    for j, y in _priced(program, varying, candidates[:_MOST_COLUMNS]):
        witness = _witness(problem, j, y)
        if witness is None:
            continue
        x, u = witness
        x = x if varying is None else _moved(problem, varying, j, x)
        try:
            program_refuted(problem, j, x, y, u)
            if varying is not None:
                require_ray(problem, varying, j, x, y)
        except RejectedError:
            continue
        return _certificate(problem, varying, j, x, y, u)
    return None


def refute_irrational_equation(
    radicand: int,
    *,
    first: Number = 1,
    second: Number = -1,
    domain: DomainLike = None,
) -> Certificate:
    """The certificate that ``min{0: p x1 + q sqrt(r) x2 = b, x in N^2}`` is not definable.

    Programs have rational data, so this one is stated by its numbers. Its domain is
    countable and dense: it is definable in no o-minimal structure, on no interval.

    Parameters
    ----------
    radicand
        r, a positive integer that is no square.
    first, second
        p and q, of opposite signs.
    domain
        Of b; all reals by default.

    Raises
    ------
    InvalidInputError
        If the root is rational, the signs agree, or the domain is one point.

    Examples
    --------
    >>> from tamemip.certificates import check
    >>> print(check(refute_irrational_equation(2, domain="b in [0, 1]")).refuted.subject)
    b -> min{0: 1 x1 + -1 sqrt(2) x2 = b, x1 and x2 in N}
    """
    p, q = rationalize(first), rationalize(second)
    where: Domain = domain_of(domain, ["b"])
    if type(radicand) is not int or radicand < 2 or math.isqrt(radicand) ** 2 == radicand:
        raise InvalidInputError(
            f"`radicand` is {radicand}; a positive integer that is no square is expected."
        )
    if p * q >= 0:
        raise InvalidInputError(f"`first` is {p} and `second` {q}; opposite signs are expected.")
    if len(where.names) != 1 or where.intervals[0].low == where.intervals[0].high:
        raise InvalidInputError(f"the domain is {where}; an interval of b is expected.")
    claim: dict[str, object] = {
        "rule": "refuted-lattice",
        "on": 1,
        "first": number_to_json(p),
        "second": number_to_json(q),
        "radicand": radicand,
    }
    lines = [*expression_lines([], where), claim]
    return certificate_of_lines(lines, where, Goal("refuted", of=len(lines)))


def _priced(
    program: MixedIntegerProgram, varying: Varying | None, candidates: Sequence[int]
) -> Iterator[tuple[int, tuple[Fraction, ...]]]:
    """Dual vectors of bases at right-hand sides that a column pays for, with that column."""
    problem = program.exact
    sign = 1 if problem.sense == "min" else -1
    cost = [sign * v for v in problem.c]
    relaxed = replace(problem, integer=(False,) * len(problem.c))
    engine = LPEngine(replace(program, exact=relaxed))
    at_rest = [_resting_value(problem, k, 0) for k in range(len(cost))]
    base = _activity(problem, at_rest)
    if varying is not None:
        ends = [varying.rhs_range(problem, i) for i in range(len(base))]
        base = [Fraction(min(max(b, low), high)) for b, (low, high) in zip(base, ends, strict=True)]
    for j in candidates:
        for steps in _STEPS:
            rhs = list(base)
            for i, a in problem.A.columns[j]:
                rhs[i] += steps * a
            engine.set_rhs(np.array([float(v) for v in rhs]))
            if engine.solve() is not LPStatus.OPTIMAL:
                continue
            duals = basic_duals(relaxed, engine.basis(), cost)
            if duals is not None:
                yield j, tuple(duals.get(i, Fraction(0)) for i in range(len(rhs)))


def _witness(
    problem: Problem, column: int, y: Sequence[Fraction]
) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]] | None:
    """A point at the bounds that the reduced costs name, and weights of the rows."""
    sign = 1 if problem.sense == "min" else -1
    reduced = []
    for k, c in enumerate(problem.c):
        price = sum((y[i] * a for i, a in problem.A.columns[k]), Fraction(0))
        reduced.append(sign * c - price)
    if reduced[column]:
        return None
    x = tuple(_resting_value(problem, k, r) for k, r in enumerate(reduced))
    rows = [i for i, sense in enumerate(problem.row_sense) if y[i] or sense == "="]
    free = [k for k, r in enumerate(reduced) if r == 0]
    still = [k for k in free if not problem.integer[k]]
    found = _weights(problem, rows, still, column)
    if found is None:
        return None
    shares = [
        sum((found.get(i, Fraction(0)) * a for i, a in problem.A.columns[k]), Fraction(0))
        for k in free
        if problem.integer[k]
    ]
    scale = math.lcm(*(v.denominator for v in shares))
    return x, tuple(found.get(i, Fraction(0)) * scale for i in range(len(problem.rhs)))


def _moved(
    problem: Problem, varying: Varying, column: int, x: tuple[Fraction, ...]
) -> tuple[Fraction, ...]:
    """The first point ``x + k e_column`` whose right-hand sides have reached the box."""
    times = 0
    for i, value in enumerate(_activity(problem, x)):
        step = problem.A[i, column]
        end = varying.rhs_range(problem, i)[0 if step > 0 else 1]
        if step and isinstance(end, Fraction) and (end - value) / step > times:
            times = math.ceil((end - value) / step)
    return (*x[:column], x[column] + times, *x[column + 1 :])


def _resting_value(problem: Problem, k: int, reduced: Fraction | int) -> Fraction:
    """The bound where a reduced cost pushes a column; an integer of a column that is free."""
    low, up = problem.lower[k], problem.upper[k]
    if isinstance(up, Fraction) and (reduced < 0 or not isinstance(low, Fraction)):
        return Fraction(math.floor(up)) if problem.integer[k] else up
    if isinstance(low, Fraction):
        return Fraction(math.ceil(low)) if problem.integer[k] else low
    return Fraction(0)


def _activity(problem: Problem, x: Sequence[Fraction]) -> list[Fraction]:
    return [sum((a * x[k] for k, a in row), Fraction(0)) for row in problem.A.rows]


def _weights(
    problem: Problem, rows: Sequence[int], still: Sequence[int], column: int
) -> dict[int, Fraction] | None:
    """Weights u of some rows with ``u A_k = 0`` for the columns `still` and ``u A_column = 1``."""
    place = {i: p for p, i in enumerate(rows)}
    solved: dict[int, tuple[list[Fraction], Fraction]] = {}
    for k in [*still, column]:
        line = [Fraction(0)] * len(rows)
        for i, a in problem.A.columns[k]:
            if i in place:
                line[place[i]] = a
        value = Fraction(int(k == column))
        for p, (other, b) in solved.items():
            line, value = _without(line, value, line[p], other, b)
        pivot = next((p for p, a in enumerate(line) if a), None)
        if pivot is None:
            if value:
                return None
            continue
        line, value = [a / line[pivot] for a in line], value / line[pivot]
        for p, (other, b) in list(solved.items()):
            solved[p] = _without(other, b, other[pivot], line, value)
        solved[pivot] = (line, value)
    return {rows[p]: value for p, (_, value) in solved.items() if value}


def _without(
    line: list[Fraction], value: Fraction, times: Fraction, other: list[Fraction], less: Fraction
) -> tuple[list[Fraction], Fraction]:
    """An equation less a multiple of another."""
    return [a - times * b for a, b in zip(line, other, strict=True)], value - times * less


def _certificate(
    problem: Problem,
    varying: Varying | None,
    column: int,
    x: Sequence[Fraction],
    y: Sequence[Fraction],
    u: Sequence[Fraction],
) -> Certificate:
    header = {
        "tamemip": "certificate",
        "version": VERSION,
        "problem": problem.digest,
        "statement": Goal("refuted", of=1 if varying is None else 2).to_json(),
    }
    lines: list[dict[str, object]] = []
    claim: dict[str, object] = {
        "rule": "refuted-program",
        "column": column,
        "x": [number_to_json(v) for v in x],
        "y": [number_to_json(v) for v in y],
        "u": [number_to_json(v) for v in u],
    }
    if varying is not None:
        lines.append({"rule": "varying", **varying.to_json()})
        claim["over"] = 1
    lines.append(claim)
    steps = (json_line({"step": k, **line}) for k, line in enumerate(lines, start=1))
    return Certificate((json_line(header), json_line({"problem": problem.to_json()}), *steps))
