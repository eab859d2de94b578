"""The loss on a pool of solutions: its formula, its gradient, its bounds, and what it solves."""

from __future__ import annotations

import math
import pickle
from itertools import product

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

import tamemip as tm  # noqa: E402
from tamemip.errors import InvalidInputError, NotAllowedError  # noqa: E402
from tamemip.layers.torch import SolutionPool, SolutionPoolLoss, decision_loss  # noqa: E402
from tests.layers.cases import knapsack  # noqa: E402

pytestmark = pytest.mark.extras

FORMS = ("spo+", "value", "regret")
N = 4
costs = st.lists(st.integers(-20, 40).map(lambda k: k / 4), min_size=N, max_size=N)
senses = st.sampled_from(["min", "max"])


def cube(sense="min"):
    """All 0-1 points with two or three ones: ten of them."""
    rows = [[1] * N, [1] * N]
    return tm.MixedIntegerProgram.from_arrays(
        [1] * N, rows, [">=", "<="], [2, 3], upper=1, sense=sense, offset=7
    )


def feasible():
    return np.array([x for x in product([0.0, 1.0], repeat=N) if 2 <= sum(x) <= 3])


def full(sense="min"):
    """A pool of all feasible points, which needs no solver."""

    def listed(rows):
        sign = 1 if sense == "min" else -1
        return feasible()[(sign * rows @ feasible().T).argmin(axis=1)]

    pool = SolutionPool(cube(sense), oracle=listed)
    pool.add(feasible(), feasible() * 0)
    return pool


def brute(form, guess, true, sense, *, T, L):
    """The formulas of the docstring, in plain floats, for a minimum or the mirrored maximum."""
    sign = 1 if sense == "min" else -1
    g, c = ([sign * float(a @ x) for x in feasible()] for a in (np.array(guess), np.array(true)))
    best = min(range(len(c)), key=c.__getitem__)

    def value(costs):
        least = min(costs)
        return least - T * math.log(sum(math.exp((least - t) / T) for t in costs))

    if form == "spo+":
        return 2 * g[best] - c[best] - value([2 * a - b for a, b in zip(g, c, strict=True)])
    if form == "value":
        mixed = value([b + L * a for a, b in zip(g, c, strict=True)])
        return mixed - value([L * a for a in g]) - c[best]
    weights = [math.exp((min(g) - a) / T) for a in g]
    return sum(w * b for w, b in zip(weights, c, strict=True)) / sum(weights) - c[best]


@settings(max_examples=25, deadline=None)
@given(costs, costs, senses, st.sampled_from(FORMS), st.sampled_from([0.25, 2.0]))
def test_the_loss_is_its_formula_on_an_enumerated_set(guess, true, sense, form, L):
    loss = SolutionPoolLoss(full(sense), form=form, temperature=0.5, scale=3.0, penalty=L)
    found = loss(torch.tensor(guess).double(), torch.tensor(true).double())
    wanted = brute(form, guess, true, sense, T=1.5, L=L)
    assert found.item() == pytest.approx(wanted, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(costs, costs, senses)
def test_bounds_of_the_regret(guess, true, sense):
    pool = full(sense)
    guess, true = torch.tensor([guess]).double(), torch.tensor([true]).double()
    spo, value, regret = (
        SolutionPoolLoss(pool, form=form, scale=2.0)(guess, true).item() for form in FORMS
    )
    sign = 1 if sense == "min" else -1
    best, chosen = (torch.as_tensor(pool.grow(c.numpy())) for c in (true, guess))
    assert sign * (true * (chosen - best)).sum().item() <= spo + 1e-9
    assert -1e-9 <= value <= regret + 1e-9


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("sense", "scale"), [("min", None), ("max", 2.0)])
def test_the_gradient_is_that_of_the_formula(form, sense, scale):
    loss = SolutionPoolLoss(
        cube(sense), form=form, temperature=0.7, scale=scale, reduction="none", draws=5
    )
    guess = torch.tensor([[1.0, 2, -1, 3], [0.5, 0.25, 2, 1]]).double().requires_grad_()
    true = torch.tensor([[2.0, 1, 1, 3], [-1.0, 4, 2, 1]]).double()
    loss(guess, true)
    assert len(loss.pool) > 2
    assert torch.autograd.gradcheck(lambda g: loss(g, true), guess)


def test_the_scale_makes_the_loss_homogeneous():
    true = torch.tensor([[2.0, 1, 1, 3], [-1.0, 4, 2, 1]]).double()
    guess = true.flip(1)
    pool = full()
    for form in FORMS:
        loss = SolutionPoolLoss(pool, form=form)
        assert loss(8 * guess, 8 * true).item() == pytest.approx(8 * loss(guess, true).item())


def test_the_true_optimum_is_in_the_pool_and_a_new_instance_costs_two_solves_and_the_draws():
    loss = decision_loss("pool", knapsack(n=5), draws=2)
    true = torch.tensor([[4.0, 7, 5, 8, 6], [6.0, 7, 5, 8, 4]])
    first = loss(true.flip(1), true)
    assert loss.n_solves == 2 * (2 + 2)
    assert loss(true.flip(1), true) == first
    loss(true * 1.7, true.double())
    assert loss.n_solves == 8
    loss.eval()(true, true + 1)
    assert loss.n_solves == 10
    spo = decision_loss("spo+", knapsack(n=5))
    best = torch.tensor(loss.pool.points) @ true.double().T
    assert best.max(0).values.tolist() == (-spo.least(true)).tolist()


def test_the_pool_grows_by_what_is_solved_and_keeps_what_is_distinct():
    pool = SolutionPool(cube())
    loss = SolutionPoolLoss(pool, solve_ratio=1.0, draws=0)
    true = torch.tensor([[1.0, 2, 3, 4]])
    loss(true, true)
    assert (len(pool), pool.n_solves) == (1, 2)
    loss(true.flip(1), true)
    assert pool.points.tolist() == [[1, 1, 0, 0], [0, 0, 1, 1]]
    assert pool.n_solves == 3
    assert pool.grow(np.array([[-1.0, 2, -3, 4]])).tolist() == [[1, 0, 1, 0]]
    assert (len(pool), loss.n_solves) == (3, 4)


def test_an_oracle_is_asked_instead_of_a_solver_and_counted_a_row():
    asked = []

    def oracle(rows):
        asked.extend(rows.tolist())
        return np.ones_like(rows) * [1, 1, 0, 0]

    loss = decision_loss("pool", cube(), oracle=oracle, draws=1)
    guess, true = torch.tensor([[1.0, 2, 3, 4], [2, 2, 3, 4]]), torch.ones(2, N)
    true[0, 0] = 0.5
    assert loss(guess, true).item() == pytest.approx(0, abs=1e-5)
    assert asked[:4] == [*true.tolist(), *guess.tolist()]
    assert loss.n_solves == len(asked) == 6


def test_equal_seeds_give_equal_losses():
    true = torch.tensor([[3.0, 1, 2, 5], [1.0, 4, 2, 2]])

    def run(seed):
        loss = decision_loss("pool", cube(), seed=seed, draws=4, solve_ratio=0.5)
        return [loss(true.flip(1) * k, true).item() for k in (1, -1, 2)], loss.n_solves

    assert run(3) == run(3)
    assert len({run(seed)[1] for seed in range(4)}) > 1


def test_costs_that_only_round_to_known_ones_are_not_known():
    pool = SolutionPool(cube())
    pool.add(feasible()[:2], [[1e39, 1, 1, 1], [0.1, 1, 1, 1]])
    near = [[1e39, 1, 1, 1], [2e39, 1, 1, 1], [0.1, 1, 1, 1], [0.1 + 1e-12, 1, 1, 1]]
    assert pool.knows(near) == [True, False, True, False]
    assert pool.knows(np.float32(near[2:3])) == [True]


def test_a_copy_goes_its_own_way():
    loss = decision_loss("pool", cube())
    other = pickle.loads(pickle.dumps(loss))
    true = torch.tensor([[1.0, 2, 3, 4]])
    assert other(true.flip(1), true) == decision_loss("pool", cube())(true.flip(1), true)
    assert (len(loss.pool), loss.n_solves) == (0, 0)


def test_known_solutions_are_not_solved_for():
    loss = decision_loss("pool", cube(), draws=0)
    true = torch.tensor([[1.0, 2, 3, 4]])
    loss(true, true, torch.tensor([[1.0, 1, 0, 0]]))
    assert loss.n_solves == 1


def test_reductions_and_one_item_without_a_batch_axis():
    pool = full()
    guess, true = torch.tensor([[1.0, 2, 3, 4], [4.0, 2, 3, 4]]), torch.tensor([[4.0, 3, 2, 1]] * 2)
    each, total, mean = (
        SolutionPoolLoss(pool, scale=1.0, reduction=r)(guess, true) for r in ("none", "sum", "mean")
    )
    assert each.shape == (2,)
    assert (total, mean) == (each.sum(), each.mean())
    assert SolutionPoolLoss(pool, scale=1.0)(guess[0], true[0]) == each[0]


@pytest.mark.parametrize(
    "options",
    [
        {"form": "no"},
        {"reduction": "no"},
        {"temperature": 0},
        {"scale": -1.0},
        {"penalty": 0},
        {"draws": -1},
        {"solve_ratio": 1.5},
    ],
)
def test_options_that_do_not_fit_are_refused(options):
    with pytest.raises(InvalidInputError, match=next(iter(options))):
        decision_loss("pool", cube(), **options)


def test_data_that_do_not_fit_are_refused():
    loss, ones = decision_loss("pool", cube()), torch.ones(2, N)
    for guess, true, found in (
        (ones[:1], ones, "agree"),
        (ones[:, :2], ones, "shape"),
        (ones * math.nan, ones, "not finite"),
        (ones, ones.tolist(), "tensor"),
        (ones[:0], ones[:0], "empty"),
    ):
        with pytest.raises(InvalidInputError, match=found):
            loss(guess, true)
    assert loss.n_solves == 0
    with pytest.raises(InvalidInputError, match="own solver"):
        SolutionPoolLoss(full(), solver="highs")
    with pytest.raises(InvalidInputError, match="one solution a row"):
        decision_loss("pool", cube(), oracle=lambda rows: rows[0])(ones, ones)


def test_an_item_without_an_optimum_is_named():
    p = tm.MixedIntegerProgram.from_arrays([1, 1], [[1, 1]], ">=", [1], integrality=False)
    loss, true = decision_loss("pool", p), torch.tensor([[1.0, 1.0], [1.0, -1.0]])
    loss(true[:1], true[:1])
    with pytest.raises(NotAllowedError, match="batch item 1"):
        loss(true, true)
