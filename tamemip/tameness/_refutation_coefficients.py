"""Searching for an entry of the matrix near whose zero the optimal value jumps for ever."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from tamemip.certificates import Certificate, Problem, RejectedError, Varying, check
from tamemip.certificates._certificate import VERSION, Goal
from tamemip.certificates._problem import number_to_json
from tamemip.certificates._refutation_coefficients import coefficient_refuted
from tamemip.certificates._writing import json_line
from tamemip.programs import MixedIntegerProgram
from tamemip.tameness._refutation_programs import refute_program
from tamemip.tameness._verdict import REFUTED, UNKNOWN, Verdict, Witness

_MOST_ENTRIES = 200


def refute_coefficient(program: MixedIntegerProgram, varying: Varying) -> Certificate | None:
    """A certificate that the value is not definable, as a function of a box with matrix entries.

    It is about one entry that tends to 0 within the box: an integer column that alone can
    satisfy its row has to grow without end. None says nothing: no such entry was found.

    Parameters
    ----------
    program
        Its own data must lie in the box, but for the entry.
    varying
        The box.

    Examples
    --------
    ``min{x: a x >= 1, x integer}`` is the ceiling of ``1/a``:

    >>> from tamemip.certificates import check
    >>> from tamemip.programs import MixedIntegerProgram
    >>> p = MixedIntegerProgram.from_arrays([1], [[1]], [">="], [1])
    >>> box = Varying({}, {}, {(0, 0): (Fraction(0), Fraction(1))})
    >>> check(refute_coefficient(p, box)).refuted.kind
    'W2'
    """
    problem = program.exact
    for row, column in _entries(problem, varying):
        for side in (1, -1):
            x = _start(problem, row, column, side)
            try:
                coefficient_refuted(problem, varying, row, column, x, side)
            except RejectedError:
                continue
            claim: dict[str, object] = {
                "rule": "refuted-coefficient",
                "over": 1,
                "row": row,
                "column": column,
                "x": [number_to_json(v) for v in x],
                "side": side,
            }
            return _certificate(problem, varying, claim)
    return None


def refuted_by_entry(program: MixedIntegerProgram, varying: Varying, found: Verdict) -> Verdict:
    """The verdict that was found, or a refutation in its place if it is open.

    Entries of the matrix are looked at first, then rays of right-hand sides.

    Not for data that are affine in parameters: a box that holds them says nothing about them.

    Parameters
    ----------
    program, varying
        As for `refute_coefficient`.
    found
        What is known about the value on this box.
    """
    if found.status is not UNKNOWN:
        return found
    certificate = refute_coefficient(program, varying) or refute_program(program, varying)
    if certificate is None:
        return found
    proved = check(certificate).refuted
    assert proved is not None
    return replace(
        found,
        status=REFUTED,
        obligation=None,
        certificate=certificate,
        witness=Witness(proved.kind, proved.text, proved),
    )


def _entries(problem: Problem, varying: Varying) -> Iterator[tuple[int, int]]:
    """Entries on integer columns that move, and may be 0."""
    found = [key for key, (low, high) in varying.A.items() if low <= 0 <= high and low < high]
    for j in range(len(problem.c)):
        if varying.is_free(problem, j):
            found += [(i, j) for i in range(len(problem.rhs))]
    yield from [(i, j) for i, j in found if problem.integer[j]][:_MOST_ENTRIES]


def _start(problem: Problem, row: int, column: int, side: int) -> tuple[Fraction, ...]:
    """The bounds that are nearest to 0, and enough of the column for all other rows."""
    x = []
    for is_integer, low, high in zip(problem.integer, problem.lower, problem.upper, strict=True):
        value = Fraction(0)
        if isinstance(low, Fraction) and low > 0:
            value = Fraction(math.ceil(low)) if is_integer else low
        elif isinstance(high, Fraction) and high < 0:
            value = Fraction(math.floor(high)) if is_integer else high
        x.append(value)
    for i, entries in enumerate(problem.A.rows):
        step = problem.A[i, column]
        if i == row or not step:
            continue
        missing = (problem.rhs[i] - sum((a * x[k] for k, a in entries), Fraction(0))) / step
        if missing * side > 0:
            x[column] += side * math.ceil(missing * side)
    return tuple(x)


def _certificate(problem: Problem, varying: Varying, claim: dict[str, object]) -> Certificate:
    header = {
        "tamemip": "certificate",
        "version": VERSION,
        "problem": problem.digest,
        "statement": Goal("refuted", of=2).to_json(),
    }
    lines = [{"step": 1, "rule": "varying", **varying.to_json()}, {"step": 2, **claim}]
    return Certificate(
        (
            json_line(header),
            json_line({"problem": problem.to_json()}),
            *(json_line(line) for line in lines),
        )
    )
