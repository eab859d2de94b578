"""Adversaries: deep, shared, wide and long expressions get an answer in time."""

from __future__ import annotations

import time

import pytest
import sympy as sp

import tamemip as tm
from tamemip.tameness import (
    absolute,
    certify,
    exp,
    floor,
    infimum,
    maximum,
    multiply,
    power,
    unary,
    variable,
)

X, Y = variable("x"), variable("y")
LIN, ALG = tm.Structure.SEMILINEAR, tm.Structure.SEMIALGEBRAIC


def repeated(step, times, start=X):
    e = start
    for _ in range(times):
        e = step(e)
    return e


DEEP = {
    "floors": (lambda e: floor(e / 2 + "1/3"), 800, LIN),
    "maxima": (lambda e: maximum(e - 1, -e), 300, LIN),
    "absolute values": (lambda e: absolute(e) - "1/7", 500, LIN),
    "exponentials": (lambda e: exp(-e), 1_000, tm.Structure.R_AN),
    "sines": (lambda e: unary("sin", e), 300, tm.Structure.R_AN),
    "tanh": (lambda e: unary("tanh", 2 * e), 300, tm.Structure.R_AN),
    "cubes": (lambda e: power(e, 3) / 2, 60, ALG),
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_expressions_on_an_interval(name):
    step, times, structure = DEEP[name]
    verdict = within(20, repeated(step, times), "x in [0, 1]")
    assert verdict.status is tm.CERTIFIED
    assert all(claimed >= LIN for claimed in verdict.structures)
    assert verdict.structure is LIN or structure in (LIN, *verdict.structures)


SHARED = {
    "maximum of two shifts": lambda e: maximum(e, Y - e),
    "product": lambda e: multiply(e, e + 1),
    "a rounded sum": lambda e: floor(e + absolute(e)) / 4,
    "exponential": lambda e: exp(-e) + exp(e) / (1 + exp(e)),
}


@pytest.mark.parametrize("name", SHARED)
def test_sixty_doublings_are_not_unfolded(name):
    domain = "x in [0, 1], y in [0, 1]" if "shifts" in name else "x in [0, 1]"
    verdict = within(20, repeated(SHARED[name], 60), domain)
    assert verdict.status is tm.CERTIFIED


def test_an_unbounded_floor_below_a_deep_graph_is_no_certificate():
    e = repeated(lambda e: maximum(e, Y - e), 60, start=floor(X))
    assert within(30, e, None).status is not tm.CERTIFIED


def test_many_infima():
    e = repeated(lambda e: infimum(absolute(e) + Y, "y"), 50)
    assert within(20, e, "x in [0, 1], y in [0, 1]").structure is LIN


def test_long_numbers():
    e = X * 10**3_000 + floor(X / 10**3_000)
    assert within(20, e, "x in [0, 1]").structure is LIN
    assert within(20, floor(X * 10**3_000), "x in [0, 1]").structure is LIN


def test_a_wide_sum_of_roundings():
    text = "+".join(f"floor({k}*x)" for k in range(1, 40))
    assert within(30, text, "x in [0, 1]").structure is LIN
    assert within(30, text, None).status is tm.REFUTED


def test_a_shared_graph_of_sympy():
    x = sp.Symbol("x")
    e = x
    for _ in range(36):  # low enough to be printed, if it were no more than a tree
        e = sp.erf2(e, e, evaluate=False)
    assert within(20, e, "x in [0, 1]").structure is LIN


def within(seconds, function, domain):
    """The answer, checked, in less CPU time than an expression that is unfolded could take."""
    start = time.process_time()
    verdict = certify(function, domain)
    assert time.process_time() - start < seconds
    return verdict
