"""What every dual function has to obey, with brute force as the referee."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from hypothesis import HealthCheck, settings

from tamemip.certificates import check, check_fast
from tamemip.duality import DualFunction
from tests.brute_force import ValueOracle

CHECKERS = (check, check_fast)

Rhs = tuple[Fraction, ...]


def calm(max_examples: int) -> settings:
    """Reproducible runs without a clock."""
    return settings(
        max_examples=max_examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def sign_of(F: DualFunction) -> int:
    return 1 if F.program.sense == "min" else -1


def assert_valid(F: DualFunction, v: ValueOracle, points: Sequence[Rhs]) -> None:
    """A bound on the value at each point; equal to it where that is claimed."""
    sign = sign_of(F)
    for b in points:
        assert sign * F.exact(b) <= sign * v(b), f"F({b}) = {F.exact(b)}, but v = {v(b)}"
    for b in F.tight_at:
        if v.is_complete:
            assert F.exact(b) == v(b)
        else:  # brute force saw a restriction only
            assert sign * F.exact(b) <= sign * v(b)


def assert_nowhere_worse(F: DualFunction, earlier: DualFunction, points: Sequence[Rhs]) -> None:
    sign = sign_of(F)
    for b in (*points, *earlier.tight_at):
        assert sign * F.exact(b) >= sign * earlier.exact(b)
    assert set(earlier.tight_at) <= set(F.tight_at)


def assert_proved(F: DualFunction, points: Sequence[Rhs]) -> None:
    """Both checkers accept the certificate, and what it proves is the function itself."""
    for checker in CHECKERS:
        statement = checker(F.certificate, program=F.program)
        assert statement.tight_at == tuple((b, F.exact(b)) for b in F.tight_at)
        for b in (*points, *F.tight_at):
            assert statement.bound(b) == F.exact(b)


def assert_same(F: DualFunction, G: DualFunction, points: Sequence[Rhs]) -> None:
    assert F.tight_points == G.tight_points
    assert F.certificate.lines == G.certificate.lines
    assert [F.exact(b) for b in points] == [G.exact(b) for b in points]


def infinity_of_infeasibility(F: DualFunction) -> float:
    return sign_of(F) * math.inf
