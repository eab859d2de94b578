"""Root cuts by Chvátal-Gomory rounding: laws on small programs, figures on public models."""

from __future__ import annotations

import csv
import itertools
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.duality._coefficients import coefficients, is_function
from tamemip.duality._cut_system import CutSystem
from tamemip.duality._rounding_cuts import separate_root
from tamemip.duality._rounding_cuts_denominators import common_denominators
from tamemip.duality._rounding_cuts_rows import Rows, rounded
from tamemip.duality._rounding_cuts_strategy import (
    LEXICOGRAPHIC_GOMORY,
    PLAIN_GOMORY,
    Strategy,
)
from tamemip.functions import exact_value
from tests.brute_force import ValueOracle
from tests.duality.laws import calm
from tests.programs_at_random import branching_programs, programs, right_hand_sides

DATA = Path(__file__).parents[3] / "shared" / "data"
STRATEGIES = {
    "default": Strategy(rounds=6),
    "plain Gomory": PLAIN_GOMORY,
    "lexicographic Gomory": LEXICOGRAPHIC_GOMORY,
    "everything": Strategy(
        levels=(("rows", "pairs", "parities", "tableau", "wide tableau"),), rounds=3
    ),
}
pure = st.one_of(programs(max_continuous=1), branching_programs(), branching_programs()).filter(
    lambda p: all(p.exact.integer)
)


def separated(form, rhs, strategy, *, seconds=0.5):
    system = CutSystem(form, rhs)
    root = separate_root(system, deadline=time.monotonic() + seconds, strategy=strategy)
    return system, root


def box(form) -> list[tuple[int, ...]]:
    widths = [int(-form.rhs[i]) for i in range(form.program.n_rows, form.n_rows)]
    return list(itertools.product(*(range(w + 1) for w in widths)))


def anchors(p):
    """Where cuts are looked for: mostly the program's own right-hand side."""
    return st.one_of(st.just(p.exact.rhs), right_hand_sides(p))


@calm(120)
@given(st.data(), st.sampled_from(sorted(STRATEGIES)))
def test_every_cut_holds_for_every_point_at_every_right_hand_side(data, name):
    p = data.draw(pure)
    form = p.canonical()
    assume(all(w <= 0 for w in form.rhs[p.n_rows :]))
    system, _ = separated(form, form.rhs, STRATEGIES[name])
    rhs = [form.rhs_of(data.draw(right_hand_sides(p))) for _ in range(3)]
    points = box(form)[:200]
    for e in (form.rhs, *rhs):
        system.move(e)
        for x in points:
            activity = form.A.times(x)
            if any(
                a < r or (sense == "=" and a != r)
                for a, r, sense in zip(activity, e, form.row_sense, strict=True)
            ):
                continue
            for i in range(system.m + 1, system.n_rows):
                assert int(system.coefficients(i) @ np.array(x)) >= system.rhs(i)


@calm(120)
@given(st.data(), st.sampled_from(sorted(STRATEGIES)))
def test_the_prices_are_a_chvatal_function_below_the_value(data, name):
    p = data.draw(pure)
    form = p.canonical()
    v = ValueOracle(p)
    b = data.draw(anchors(p))
    system, root = separated(form, form.rhs_of(b), STRATEGIES[name])
    node = root.function(system)
    if node is None:
        assert root.bound is None
        return
    assert is_function(form, coefficients(form, [node])[node])
    for d in (b, p.exact.rhs, data.draw(right_hand_sides(p))):
        value = exact_value(node, form.rhs_of(d))
        assert form.sign * (form.sign * value + form.offset) <= form.sign * v(d)
    assert exact_value(node, form.rhs_of(b)) == root.bound * system.granularity


@calm(100)
@given(st.data())
def test_rounding_many_rows_at_once_is_rounding_each(data):
    n = data.draw(st.integers(1, 4))
    entries = st.integers(-40, 40)
    matrix = np.array(
        data.draw(st.lists(st.lists(entries, min_size=n, max_size=n), min_size=1, max_size=4))
    )
    rows = Rows(_sparse(matrix), np.array([data.draw(entries) for _ in matrix], dtype=np.int64))
    q = np.array([data.draw(st.integers(1, 50)) for _ in matrix], dtype=np.int64)
    upper = np.array([data.draw(st.sampled_from([1.0, 3.0, np.inf])) for _ in range(n)])
    point = np.array([data.draw(st.sampled_from([0.0, 0.25, 0.5, 1.0])) for _ in range(n)])
    made = rounded(rows, q, point, upper)
    added = made.bound_weights.toarray()
    assert (added >= 0).all()
    assert not added[:, np.isinf(upper)].any()
    moved = rows.rhs - (added * np.where(np.isinf(upper), 0, upper)).sum(axis=1).astype(int)
    assert (made.rows.matrix.toarray() == -(-(matrix - added) // q[:, None])).all()
    assert (made.rows.rhs == -(-moved // q)).all()


def _sparse(matrix):
    from scipy import sparse

    return sparse.csr_array(matrix.astype(np.int64))


@calm(100)
@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 30)), min_size=1, max_size=5))
def test_common_denominators_of_short_rationals_are_found(pairs):
    values = [Fraction(p, q) for p, q in pairs]
    least = np.lcm.reduce([v.denominator for v in values])
    found = common_denominators(np.array([[float(v) for v in values]]))
    assert found[0] == (least if least <= 100_000 else 0)


def test_theory_t4_is_closed_by_each_strategy():
    p = tm.MixedIntegerProgram.from_arrays(
        [7, 2], [[-1, 2], [5, 1], [-2, -2]], "<=", [4, 20, -7], sense="max"
    )
    form = p.canonical()
    for strategy in STRATEGIES.values():
        system, root = separated(form, form.rhs, strategy)
        assert form.sign * root.bound * system.granularity + form.offset == 28


def test_fractional_right_hand_sides_are_rounded_first():
    p = tm.MixedIntegerProgram.from_arrays([1, 1], [[2, 2], [1, -1]], [">=", "="], ["5/2", 0])
    form = p.canonical()
    _, root = separated(form, form.rhs, Strategy())
    assert root.bound == 2
    _, root = separated(form, form.rhs_of(["5/2", "1/2"]), Strategy())
    assert root.stopped == "relaxation"  # the equation has no integer point
    assert root.bound is None


def test_huge_right_hand_sides_and_empty_programs_pass():
    p = tm.MixedIntegerProgram.from_arrays([1], [[3]], ">=", [10**30])
    _, root = separated(p.canonical(), p.canonical().rhs, Strategy())
    assert root.bound == 0
    p = tm.MixedIntegerProgram.from_arrays([-2, 1], [], [], [], upper=[3, 4])
    _, root = separated(p.canonical(), p.canonical().rhs, Strategy())
    assert root.bound == -6


def test_unbounded_relaxations_have_no_prices():
    p = tm.MixedIntegerProgram.from_arrays([-1, 1], [[1, -2]], ">=", [-1])
    _, root = separated(p.canonical(), p.canonical().rhs, Strategy())
    assert root.bound is None
    assert root.stopped == "relaxation"


MODELS = [
    ("p0033", Strategy(rounds=40), 100),
    ("pipex", Strategy(rounds=40), 75),
    ("p0282", Strategy(rounds=30), 80),
    ("p0548", Strategy(rounds=100), 50),
    ("p0040", PLAIN_GOMORY, 100),
    ("stein09", LEXICOGRAPHIC_GOMORY, 100),
]


@pytest.mark.skipif(not (DATA / "optimum.csv").is_file(), reason="../shared/data is not there")
@pytest.mark.parametrize(("name", "strategy", "share"), MODELS, ids=[m[0] for m in MODELS])
def test_public_models_close_so_much_of_the_gap(name, strategy, share):
    path = DATA / "miplib2_classic" / f"{name}.mps"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in ../shared/data")
    with (DATA / "optimum.csv").open() as file:
        row = next(r for r in csv.DictReader(file) if Path(r["file"]).stem == name)
    form = tm.read(path).canonical()
    system = CutSystem(form, form.rhs)
    optimum = form.sign * (Fraction(row["optimum"]) - form.offset) / system.granularity
    deadline = time.monotonic() + 30
    root = separate_root(system, deadline=deadline, target=round(optimum), strategy=strategy)
    closed = (root.bound - root.relaxation_value) / (float(optimum) - root.relaxation_value)
    assert 100 * closed >= share
    assert root.bound <= optimum
    node = root.function(system)
    assert node is not None
    assert is_function(form, coefficients(form, [node])[node])
    assert exact_value(node, form.rhs) == root.bound * system.granularity
