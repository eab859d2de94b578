"""Limits, interruptions and the parts of the search."""

from __future__ import annotations

import math
from contextlib import contextmanager
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import CertificateBuilder
from tamemip.duality import _branching, _constructors, _refining
from tamemip.duality._resolution import resolve
from tamemip.duality._target import Target
from tamemip.duality._tree import Evidence, Tree
from tamemip.errors import InvalidInputError, SolverError
from tamemip.functions import AffineFunction, Leaf, LeafMinimum
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine
from tests.brute_force import ValueOracle
from tests.duality.laws import assert_nowhere_worse, assert_proved, assert_valid, calm
from tests.programs_at_random import branching_programs, right_hand_sides

from_arrays = MixedIntegerProgram.from_arrays


def parity(n: int, *, sense: str = "min") -> MixedIntegerProgram:
    """``2 sum(x) + y = n`` with odd ``n``: hundreds of nodes, as Jeroslow (1974) showed."""
    sign = 1 if sense == "min" else -1
    return from_arrays(
        [0] * n + [sign], [[2] * n + [1]], ["="], [n], upper=[1] * n + [n], sense=sense
    )


PROBES = [(Fraction(k, 2),) for k in range(-4, 32, 3)]


# -- limits and interruptions ------------------------------------------------------------------


@pytest.mark.parametrize("sense", ["min", "max"])
@pytest.mark.parametrize(
    "limits",
    [tm.Limits(seconds=0), tm.Limits(nodes=0), tm.Limits(nodes=1), tm.Limits(nodes=7)],
    ids=str,
)
def test_at_a_limit_the_bound_is_valid_and_proved_but_not_tight(limits, sense):
    p = parity(7, sense=sense)
    F, v = tm.dual_function(p, limits=limits, method="branch-and-bound"), ValueOracle(p)
    assert not F.is_tight
    assert F.tight_at == ()
    assert F.report.stopped == ("seconds" if limits.nodes is None else "nodes")
    assert math.isfinite(F.value)
    assert_valid(F, v, PROBES)
    assert_proved(F, PROBES)
    G = F.refine(at=p.exact.rhs)
    assert G.is_tight
    assert_nowhere_worse(G, F, PROBES)
    assert_proved(G, PROBES)


@given(st.data())
@calm(30)
def test_any_number_of_nodes_gives_a_valid_bound(data):
    p = data.draw(branching_programs())
    F = tm.dual_function(
        p, limits=tm.Limits(nodes=data.draw(st.integers(0, 6))), method="branch-and-bound"
    )
    points = data.draw(st.lists(right_hand_sides(p), min_size=4, max_size=4))
    assert_valid(F, ValueOracle(p), [p.exact.rhs, *points])
    assert_proved(F, points)


def interrupting(monkeypatch, after: int):
    """Ctrl-C at the given glance at the progress."""
    seen = []

    @contextmanager
    def watched(wanted):
        def watch(stage, progress):
            seen.append((stage, progress))
            if len(seen) == after:
                raise KeyboardInterrupt

        yield watch

    for door in (_constructors, _refining):
        monkeypatch.setattr(door, "progress_line", watched)
    return seen


@pytest.mark.parametrize("after", [1, 2, 10])
def test_after_an_interrupt_the_bound_is_valid_and_proved(monkeypatch, after):
    p = parity(7)
    seen = interrupting(monkeypatch, after)
    F = tm.dual_function(p, method="branch-and-bound")
    assert len(seen) == after
    assert F.report.stopped == "interrupted"
    assert not F.is_tight
    assert_valid(F, ValueOracle(p), PROBES)
    assert_proved(F, PROBES)


@pytest.mark.parametrize("after", [1, 5])
def test_an_interrupted_refinement_keeps_what_was_known(monkeypatch, after):
    F = tm.dual_function(parity(7), method="branch-and-bound")
    interrupting(monkeypatch, after)
    G = F.refine(at=[5])
    assert G.report.stopped == "interrupted"
    assert G.tight_at == F.tight_at
    assert_nowhere_worse(G, F, PROBES)
    assert_proved(G, PROBES)


def test_an_interrupt_inside_a_relaxation_leaves_the_node_open(monkeypatch):
    p = parity(7)
    solve, calls = LPEngine.solve, []

    def interrupted(self, *, iterations=None):
        calls.append(iterations)
        if len(calls) == 25:
            raise KeyboardInterrupt
        return solve(self, iterations=iterations)

    monkeypatch.setattr(LPEngine, "solve", interrupted)
    F = tm.dual_function(p, method="branch-and-bound")
    assert F.report.stopped == "interrupted"
    assert_valid(F, ValueOracle(p), PROBES)
    assert_proved(F, PROBES)


def test_the_progress_is_a_bound_below_the_value(monkeypatch):
    seen = interrupting(monkeypatch, -1)
    assert tm.dual_function(parity(7), method="branch-and-bound").value == 1
    assert {stage for stage, _ in seen} == {"first look", "strong branching"}
    assert all(now.bound <= now.value for _, now in seen)
    assert all(now.nodes > 0 and now.open >= 0 and now.seconds >= 0 for _, now in seen)


def test_a_solver_that_fails_costs_the_incumbent_only(monkeypatch):
    asked = []

    def failing(program, **_):
        asked.append(program.exact.rhs)
        raise SolverError("out of order", solver="scip")

    monkeypatch.setattr("tamemip.duality._growth._TINY_NODES", 0)
    monkeypatch.setattr("tamemip.duality._growth._FIRST_NODES", 1)
    monkeypatch.setattr("tamemip.duality._incumbents.solve", failing)
    F = tm.dual_function(parity(5), method="branch-and-bound").refine(at=[4])
    assert asked
    assert F.tight_at == ((5,), (4,))
    assert_proved(F, PROBES)


# -- granularity -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("costs", "integrality", "expected"),
    [
        ([4, 6], True, Fraction(2)),
        (["2/3", "1/2"], True, Fraction(1, 6)),
        (["0.9", "-0.6"], True, Fraction(3, 10)),
        ([4, 0], [True, False], Fraction(4)),
        ([4, 6], [True, False], None),
        ([0, 0], True, None),
    ],
    ids=str,
)
def test_objectives_are_multiples_of_the_granularity(costs, integrality, expected):
    p = from_arrays(costs, [[1, 1]], [">="], [1], integrality=integrality)
    assert Target.of(p.exact).granularity == expected


def test_values_are_rounded_up_to_the_granularity_beside_the_constant():
    p = from_arrays(["2/3", "1/2"], [[3, 2]], [">="], [7], upper=9, offset="1/10")
    F, v = tm.dual_function(p, method="branch-and-bound"), ValueOracle(p)
    for k in range(40):
        d = [Fraction(k, 3)]
        assert F.exact(d) <= v(d)
        assert ((F.exact(d) - p.offset) * 6).denominator == 1
    assert F.value == v([7])
    assert_proved(F, [(Fraction(k, 3),) for k in range(40)])


@given(st.fractions(min_value=-9, max_value=9, max_denominator=60), st.integers(-5, 5))
@calm(60)
def test_a_bound_reaches_a_value_if_nothing_attainable_lies_between(bound, k):
    target = Target(Fraction(2, 3))
    value = k * Fraction(2, 3)
    constant = Leaf((AffineFunction((), bound),), ())
    rounded = LeafMinimum((constant,), 0, target.granularity).exact(())
    assert target.is_reached(bound, value) == (rounded >= value)
    assert Target(None).is_reached(bound, value) == (bound >= value)
    assert LeafMinimum((constant,), 0).exact(()) == bound


@pytest.mark.parametrize("target", [Target(None), Target(Fraction(1, 2))], ids=str)
def test_thresholds_lie_below_the_value_and_keep_infinity(target):
    assert target.threshold(math.inf) == math.inf
    assert target.threshold(10.0) < 10.0


# -- trees and resolution -----------------------------------------------------------------------


def two_columns() -> Tree:
    """Leaves: x0 <= 0; x0 >= 1 with x1 <= 4; x0 >= 1 with x1 >= 5."""
    tree = Tree()
    _, above = tree.branch(0, 0, 0)
    tree.branch(above, 1, 4)
    for k in tree.leaves():
        tree.nodes[k].evidence = Evidence()
    return tree


def test_leaves_come_from_left_to_right_with_their_tightest_literals():
    tree = two_columns()
    assert [tree.literals(k) for k in tree.leaves()] == [
        {(0, "<="): 0},
        {(0, ">="): 1, (1, "<="): 4},
        {(0, ">="): 1, (1, ">="): 5},
    ]
    deeper, _ = tree.branch(tree.leaves()[1], 1, 2)
    assert tree.literals(deeper) == {(0, ">="): 1, (1, "<="): 2}
    low, up = tree.box(deeper, np.zeros(2), np.full(2, 9.0))
    assert (low.tolist(), up.tolist()) == ([1, 0], [9, 2])


def test_a_copy_of_a_tree_is_independent():
    tree = two_columns()
    other = tree.copy()
    other.branch(other.leaves()[0], 1, 3)
    assert len(tree.leaves()) == 3
    assert len(other.leaves()) == 4


@pytest.mark.parametrize(
    ("needed", "leaves"),
    [
        ({(0, "<="), (0, ">="), (1, "<="), (1, ">=")}, 3),
        ({(0, "<="), (0, ">="), (1, "<=")}, 2),
        ({(0, "<="), (1, "<="), (1, ">=")}, 2),
        ({(0, ">="), (1, "<="), (1, ">=")}, 1),
        (set(), 1),
    ],
    ids=["all", "no x1 >=", "no x0 >=", "no x0 <=", "none"],
)
def test_a_branch_that_no_proof_needs_is_dropped(needed, leaves):
    tree = two_columns()
    wanted = {k: set(tree.literals(k)) & needed for k in tree.leaves()}
    proofs = {id(tree.nodes[k].evidence): wanted[k] for k in tree.leaves()}
    resolved = resolve(tree, lambda evidence, literals: proofs[id(evidence)] <= set(literals))
    assert len(resolved.leaves()) == leaves
    for k in resolved.leaves():
        assert proofs[id(resolved.nodes[k].evidence)] <= set(resolved.literals(k))


# -- branching -----------------------------------------------------------------------------------


def test_pseudocosts_average_gains_per_unit():
    costs = _branching.Pseudocosts(3)
    columns = np.array([0, 1])
    below, above = costs.estimates(columns, np.array([0.5, 0.25]))
    assert (below.tolist(), above.tolist()) == ([0.5, 0.25], [0.5, 0.75])
    costs.learn(0, 0, 3.0, 0.5)
    costs.learn(0, 0, 1.0, 0.5)
    below, _ = costs.estimates(columns, np.array([0.5, 0.5]))
    assert below.tolist() == [2.0, 2.0]  # a column never seen takes the average


def test_the_score_caps_gains_at_what_is_needed():
    assert _branching.product_score(5.0, 100.0, 10.0) == 50.0
    assert 0 < _branching.product_score(0.0, 1.0, math.inf) < 1e-5


def test_a_sound_proof_of_something_else_is_not_loaded_as_a_function(tmp_path):
    p = from_arrays([1], [[2]], [">="], [1], upper=1)
    path = tmp_path / "F.jsonl"
    tm.dual_function(p, method="branch-and-bound").save(path)
    header = path.read_text().splitlines()[0]
    builder = CertificateBuilder(p.exact)
    ray = builder.ray({0: Fraction(1)})
    empty = builder.close(builder.leaf([], duals=[], rays=[ray]))
    proof = builder.finish({"kind": "infeasible", "of": builder.infeasible(empty, [3])})
    assert tm.check(proof).kind == "infeasible"
    path.write_text("\n".join((header, *proof.lines)) + "\n")
    with pytest.raises(InvalidInputError):
        tm.load(path)
