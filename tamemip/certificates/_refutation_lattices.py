"""The rule about value functions of equations with irrational data."""

from __future__ import annotations

import math

from tamemip.certificates._definable_conclusions import Refuted
from tamemip.certificates._definable_facts import Domain
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._problem import Problem
from tamemip.certificates._shared_rules import shared_rule
from tamemip.certificates._statement import Conclusions
from tamemip.certificates._step import Step


@shared_rule("refuted-lattice", "on", "first", "second", "radicand")
def _lattice(step: Step, conclusions: Conclusions, _: Problem) -> Refuted:
    """``min{0: p x1 + q sqrt(r) x2 = b, x in N^2}``: its domain is countable and dense.

    For p and q of opposite signs and an irrational root, ``p N + q sqrt(r) N`` is dense in
    the line (Kronecker): it meets every interval of positive length in infinitely many
    points. It is countable, and a definable set that is infinite contains an interval.
    """
    domain = conclusions.get(step.citation("on"), Domain, "a domain")
    p, q = step.rational("first"), step.rational("second")
    r = step.integer("radicand")
    if p * q >= 0:
        raise RejectedError("first, second: numbers of opposite signs are expected")
    if r < 2 or math.isqrt(r) ** 2 == r:
        raise RejectedError("radicand: a positive integer that is no square is expected")
    if len(domain.names) != 1 or domain.eliminated:
        raise RejectedError("on: a domain of one variable is expected")
    (interval,) = domain.intervals
    if interval.low == interval.high:
        raise RejectedError("on: the domain is one point")
    text = (
        "It is finite on a countable set that is dense, for the square root is irrational: a "
        "definable set of numbers that is infinite contains an interval. On a bounded interval, "
        "too, and in no locally o-minimal structure."
    )
    name = domain.names[0]
    subject = f"{name} -> min{{0: {show(p)} x1 + {show(q)} sqrt({r}) x2 = {name}, x1 and x2 in N}}"
    return Refuted("W3", subject, str(domain), text)
