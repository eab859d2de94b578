"""Chvátal dual functions of the literature's programs, and what is refused or cut short."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import pytest

from tamemip.certificates import check, check_fast
from tamemip.duality import _chvatal
from tamemip.duality._chvatal import build_chvatal
from tamemip.duality._chvatal_tree import TreeCompiler
from tamemip.errors import UnsupportedError
from tamemip.functions import Ceil, Threshold, topological
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits

make = MixedIntegerProgram.from_arrays


def built(program, rhs=None, *, limits=None, **options):
    rhs = program.exact.rhs if rhs is None else program.exact_rhs(rhs)
    return build_chvatal(program, rhs, limits=limits or Limits(), watch=None, **options)


def n_cuts(F):
    return sum(isinstance(node, Ceil) for node in topological(*F.closed_forms, *F.guards))


def nemhauser_wolsey():
    return make([7, 2], [[-1, 2], [5, 1], [-2, -2]], "<=", [4, 20, -7], sense="max")


def triangle(d=(1, 1, 1)):
    rows = [[1, 1, 0], [1, 0, 1], [0, 1, 1]]
    return make([1, 1, 1], rows, "<=", d, upper=4, sense="max")


def steiner_nine():
    """The lines of the affine plane over three elements are to be met (Fulkerson et al. 1974)."""
    points = list(product(range(3), repeat=2))
    place = {p: k for k, p in enumerate(points)}
    lines = {
        frozenset(place[((x + t * dx) % 3, (y + t * dy) % 3)] for t in range(3))
        for x, y in points
        for dx, dy in [(1, 0), (0, 1), (1, 1), (1, 2)]
    }
    rows = [[int(k in line) for k in range(9)] for line in sorted(lines, key=sorted)]
    return make([1] * 9, rows, ">=", [1] * len(rows), upper=1)


@pytest.mark.parametrize("form", ["implicit", "explicit"])
def test_nemhauser_wolsey_closes(form):
    F = built(nemhauser_wolsey(), form=form)
    assert F.value == 28
    assert F.is_tight
    assert F.exact([4, 19, -7]) >= 27
    assert F.exact([8, 20, -7]) >= 31


def test_the_triangle_needs_a_rounded_sum():
    F = built(triangle())
    assert F.value == 1
    for d in product(range(5), repeat=3):
        assert F.exact(d) >= min(sum(d) // 2, d[0] + d[1], d[0] + d[2], d[1] + d[2])


def test_fractional_right_hand_sides_are_rounded_by_a_cut():
    program = triangle((0, "1/2", "3/2"))
    F = built(program)
    assert F.value == 0
    assert F.is_tight


@pytest.mark.parametrize("form", ["implicit", "explicit"])
@pytest.mark.parametrize("b", [3, "10/3", 7, 19, "59/2"])
def test_a_covering_row_with_columns_that_have_no_bound(form, b):
    program = make([2, 3], [[3, 5]], [">="], [b])
    d = Fraction(b)
    F = built(program, form=form)
    assert F.value == max(math.ceil(Fraction(3, 5) * math.ceil(d)), 2 * math.ceil(d / 5))


def test_jeroslows_parity_is_refuted_by_two_cuts():
    """A tree needs 2^11 nodes (Jeroslow 1974); the row and its negative are rounded."""
    program = make([1] * 21, [[2] * 21], ["="], [21], upper=1)
    F = built(program)
    assert F.value == math.inf
    assert sum(isinstance(node, Ceil) for node in topological(*F.guards)) <= 2
    assert math.isfinite(F.exact([20]))


def test_an_infeasible_market_split_has_a_guard():
    rows = [[13, 27, 41, 8, 33, 19], [22, 9, 31, 17, 5, 38]]
    program = make([0] * 6, rows, ["=", "="], [70, 61], upper=1)
    sums = {
        tuple(sum(r[j] * x[j] for j in range(6)) for r in rows) for x in product((0, 1), repeat=6)
    }
    assert (70, 61) not in sums
    F = built(program)
    assert F.value == math.inf
    for d in sums:
        assert F.exact(d) <= 0


@pytest.mark.parametrize("k", [2, 5])
def test_wide_integers_climb_as_long_as_they_have_to(k):
    """Chvátal rank at least k (Chvátal, Cook and Hartmann 1989)."""
    program = make([1, 0], [[1, -2 * k], [1, 2 * k]], "<=", [0, 2 * k], upper=[100, 1], sense="max")
    F = built(program)
    assert F.value == 0
    assert F.is_tight
    assert F.exact([2 * k, 2 * k]) >= 2 * k


def test_wide_integers_that_the_relaxation_bounds_cost_few_cuts():
    program = make([3, 5], [[1000, 1], [1, -1]], [">=", ">="], [7500, -2], upper=10_000)
    F = built(program)
    assert F.is_tight
    assert n_cuts(F) <= 4


def test_steiner_nine_in_both_forms():
    for form in ("implicit", "explicit"):
        F = built(steiner_nine(), form=form)
        assert F.value == 5
        for checker in (check, check_fast):
            statement = checker(F.certificate, program=F.program)
            assert statement.tight_at == ((F.program.exact.rhs, 5),)
        assert any(isinstance(node, Threshold) for node in F.closed_forms) is (form == "implicit")


def test_a_zero_objective_costs_no_tree():
    F = built(make([0, 0], [[6, -10]], ["="], [2], upper=9))
    assert F.value == 0
    assert F.report.nodes == 0


def test_bounds_that_cross_are_a_guard():
    F = built(make([1], [[1]], [">="], [0], lower="1/3", upper="1/2"))
    assert F.value == math.inf
    assert check(F.certificate, program=F.program).bound([0]) == math.inf


# -- refused ---------------------------------------------------------------------------------


def test_continuous_columns_are_refused_by_name():
    program = make([1, 1], [[1, 1]], [">="], [1], integrality=[True, False], upper=1)
    with pytest.raises(UnsupportedError, match="x1"):
        built(program)


def test_an_unbounded_relaxation_is_refused():
    with pytest.raises(UnsupportedError, match="unbounded"):
        built(make([-1], [[1]], [">="], [2]))


# -- cut short -------------------------------------------------------------------------------


def test_a_solver_that_is_wrong_does_no_harm(monkeypatch):
    monkeypatch.setattr(_chvatal, "optimum", lambda *_: None)
    F = built(steiner_nine())
    assert F.value == 5
    assert F.is_tight


def test_at_a_node_limit_the_best_bound_is_returned():
    F = built(steiner_nine(), limits=Limits(nodes=2))
    assert 3 <= F.value <= 5
    assert F.report.stopped == "nodes"
    assert not F.is_tight


def test_without_time_the_dual_of_the_relaxation_is_left():
    F = built(steiner_nine(), limits=Limits(seconds=0))
    assert F.value <= 5
    assert F.report.stopped == "seconds"


def test_an_interrupt_keeps_what_was_proved(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(TreeCompiler, "refute", interrupted)
    F = built(steiner_nine())
    assert 3 <= F.value <= 5
    assert F.report.stopped == "interrupted"


def test_an_interrupt_while_others_try_to_be_smaller_keeps_the_proof(monkeypatch):
    calls = []
    refute = TreeCompiler.refute

    def interrupted_later(self, **options):
        calls.append(self)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return refute(self, **options)

    monkeypatch.setattr(TreeCompiler, "refute", interrupted_later)
    F = built(steiner_nine(), anchors=[steiner_nine().exact_rhs([0] * 12)])
    assert len(calls) == 2
    assert F.value == 5
    assert F.is_tight
    assert F.report.stopped == "interrupted"
