"""Ctrl-C at an awkward moment: what has been found so far is not lost."""

from __future__ import annotations

import math
from contextlib import contextmanager

import numpy as np
import pytest

import tamemip as tm
from tamemip.duality import _constructors
from tamemip.duality._growth import Growth
from tamemip.duality._search import Search
from tamemip.errors import SolverError
from tamemip.programs import MixedIntegerProgram
from tests.duality.laws import assert_proved
from tests.duality.test_blocks import facility_like

from_arrays = MixedIntegerProgram.from_arrays


def knapsack(n: int = 14) -> MixedIntegerProgram:
    rng = np.random.default_rng(3)
    rows = rng.integers(5, 60, (3, n)).tolist()
    rhs = [sum(row) // 2 for row in rows]
    return from_arrays(rng.integers(5, 60, n).tolist(), rows, "<=", rhs, upper=1, sense="max")


def interrupt_at(monkeypatch, stage: str, glance: int) -> None:
    """Ctrl-C at the given glance at the progress of a stage."""
    count = 0

    @contextmanager
    def watched(wanted):
        def watch(label, progress):
            nonlocal count
            count += label == stage
            if count == glance:
                raise KeyboardInterrupt

        yield watch

    monkeypatch.setattr(_constructors, "progress_line", watched)


def test_a_complete_tree_is_not_lost_while_a_smaller_one_is_looked_for(monkeypatch):
    p = knapsack()
    monkeypatch.setattr("tamemip.duality._growth._TINY_NODES", 0)
    whole = tm.dual_function(p, method="branch-and-bound")
    interrupt_at(monkeypatch, "strong branching", 2)
    F = tm.dual_function(p, method="branch-and-bound")
    assert F.report.stopped == "interrupted"
    assert F.value == whole.value
    assert_proved(F, [p.exact.rhs])


def test_the_long_search_counts_and_not_the_first_look(monkeypatch):
    p = knapsack(18)
    monkeypatch.setattr("tamemip.duality._growth._FIRST_NODES", 3)
    few = tm.dual_function(p, limits=tm.Limits(nodes=3), method="branch-and-bound")
    interrupt_at(monkeypatch, "branch and bound", 15)
    F = tm.dual_function(p, method="branch-and-bound")
    assert F.report.stopped == "interrupted"
    assert F.value < few.value  # a maximisation
    assert_proved(F, [p.exact.rhs])


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_leaves_without_duals_get_those_of_the_relaxation(monkeypatch, calls):
    p = from_arrays([3, 4], [[3, 5]], ">=", [7], integrality=[True, False])
    count = 0
    solve = Search._solve

    def interrupted(self, entry, box):
        nonlocal count
        count += 1
        if count == calls:
            raise KeyboardInterrupt
        return solve(self, entry, box)

    monkeypatch.setattr(Search, "_solve", interrupted)
    F = tm.dual_function(p, method="branch-and-bound")
    if F.report.stopped == "interrupted":
        assert F.value >= math.floor(tm.dual_function(p, method="linear").value)
    assert_proved(F, [p.exact.rhs])


def test_an_interrupt_while_exact_ties_are_branched_on_keeps_the_tree(monkeypatch):
    def interrupted(self, tree, weak):
        raise KeyboardInterrupt

    prove_leaves = Growth._prove_leaves

    def weakened(self, tree, judge):
        return prove_leaves(self, tree, judge) or tree.leaves()[:1]

    monkeypatch.setattr(Growth, "_branch_again", interrupted)
    monkeypatch.setattr(Growth, "_prove_leaves", weakened)
    F = tm.dual_function(knapsack(8), method="branch-and-bound")
    assert F.report.stopped == "interrupted"
    assert math.isfinite(F.value)
    assert_proved(F, [F.program.exact.rhs])


def test_a_refinement_that_is_interrupted_at_once_is_the_function_itself(monkeypatch):
    F = tm.dual_function(knapsack(8), method="branch-and-bound")

    def interrupted(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(Growth, "root_ray", interrupted)
    G = F.refine(at=[10, 10, 10])
    assert G.report.stopped == "interrupted"
    assert G.tight_at == F.tight_at
    assert G.exact([10, 10, 10]) == F.exact([10, 10, 10])


def test_a_solver_that_fails_on_a_block_costs_the_decomposition_only(monkeypatch):
    p = facility_like(6)
    monkeypatch.setattr("tamemip.duality._growth._FIRST_NODES", 2)
    value = tm.dual_function(p, method="branch-and-bound").value

    def failing(program, *, limits=None):
        raise SolverError("out of order", solver="scip")

    monkeypatch.setattr("tamemip.duality._block.solve", failing)
    F = tm.dual_function(p, method="branch-and-bound")
    assert F.value == value
    assert F.is_tight
