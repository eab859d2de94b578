"""Losses: values by hand, bounds on the regret, and what they cost."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

import tamemip as tm  # noqa: E402
from tamemip.errors import InvalidInputError  # noqa: E402
from tamemip.layers.torch import ElasticGapLoss, ElasticValueLoss, decision_loss  # noqa: E402
from tests.layers.cases import knapsack  # noqa: E402

pytestmark = pytest.mark.extras

_LOWER = ElasticValueLoss(knapsack(n=5), side="lower", penalty=2.0, reduction="none")
_UPPER = ElasticValueLoss(knapsack(n=5), side="upper", penalty=2.0, reduction="none")
_SPO = decision_loss("spo+", knapsack(n=5), reduction="none")
costs = st.lists(st.integers(1, 40).map(lambda k: k / 4), min_size=5, max_size=5)


def pair():
    """Choose one of two: the true costs, and a prediction that is wrong by much."""
    p = tm.MixedIntegerProgram.from_arrays([1, 1], [[1, 1]], "=", [1], upper=1, offset=7)
    return p, torch.tensor([[2.0, 1.0]], requires_grad=True), torch.tensor([[1.0, 3.0]])


@settings(max_examples=12, deadline=None)
@given(costs, costs)
def test_the_elastic_losses_and_spo_plus_bound_the_regret(predicted, true):
    guess, c = torch.tensor([predicted]).double(), torch.tensor([true]).double()
    best = _LOWER.least(c)
    regret = (-(c * _LOWER.solutions(guess)).sum(-1) - best).item()
    low, high, spo = (loss(guess, c).item() for loss in (_LOWER, _UPPER, _SPO))
    assert -1e-9 <= low <= regret + 1e-9
    assert regret - 1e-9 <= high
    assert regret - 1e-9 <= spo


@pytest.mark.parametrize(
    ("kind", "options", "value", "gradient"),
    [
        ("spo+", {}, 4.0, [2.0, -2.0]),
        ("elastic", {"side": "lower"}, 1.0, [1.0, -1.0]),
        ("elastic", {"side": "upper"}, 2.0, [0.0, 0.0]),
        ("elastic", {"side": "upper", "penalty": 4.0}, 2.0, [0.0, 0.0]),
        ("fenchel-young", {"sigma": 1e-3, "seed": 0}, 1.0, [1.0, -1.0]),
    ],
)
def test_values_and_derivatives_by_hand(kind, options, value, gradient):
    p, predicted, true = pair()
    loss = decision_loss(kind, p, **options)
    found = loss(predicted, true)
    found.backward()
    assert found.item() == pytest.approx(value, abs=1e-2)
    assert predicted.grad[0].tolist() == gradient


def test_a_maximum_is_the_minimum_of_the_negative():
    p, predicted, true = pair()
    mirrored = tm.MixedIntegerProgram.from_arrays(
        [1, 1], [[1, 1]], "=", [1], upper=1, offset=7, sense="max"
    )
    for kind in ("spo+", "elastic", "fenchel-young"):
        options = {"seed": 0} if kind == "fenchel-young" else {}
        first = decision_loss(kind, p, **options)(predicted, true)
        if kind == "fenchel-young":  # the noise is not mirrored: compare the expectation's sign
            assert decision_loss(kind, mirrored, **options)(-predicted, -true).shape == ()
            continue
        second = decision_loss(kind, mirrored, **options)(-predicted, -true)
        assert first.item() == pytest.approx(second.item())


def test_solves_are_counted_and_true_solutions_are_remembered():
    p = knapsack(n=5)
    true = torch.tensor([[4.0, 7, 5, 8, 6], [6.0, 7, 5, 8, 4]])
    for kind, each in (("spo+", 1), ("fenchel-young", 1), ("elastic", 2)):
        loss = decision_loss(kind, p)
        for k in range(2):
            loss(true * (1.1 + 0.2 * k), true)
        assert loss.n_solves == 2 + 2 * 2 * each
        solution = loss.solutions(true)
        loss(true * 1.7, true, solution)
        assert loss.n_solves == 2 + 3 * 2 * each


def test_reductions():
    p, predicted, true = pair()
    two = torch.cat([predicted, predicted + 1]), torch.cat([true, true])
    single = decision_loss("spo+", p, reduction="none")(*two)
    assert single.shape == (2,)
    assert decision_loss("spo+", p, reduction="sum")(*two) == single.sum()
    assert decision_loss("spo+", p)(*two) == single.mean()


@pytest.mark.parametrize("sense", ["min", "max"])
def test_the_gap_of_an_optimal_observation_is_zero_and_of_others_positive(sense):
    sign = 1 if sense == "min" else -1
    p = tm.MixedIntegerProgram.from_arrays(
        [-3 * sign, -2 * sign], [[2, 1]], "<=", [3], upper=2, sense=sense, offset=1
    )
    loss = ElasticGapLoss(p, wrt=("A", "rhs"), penalty=5, reduction="none")
    A = torch.tensor([[[2.0, 1.0]]] * 3, requires_grad=True)
    b = torch.tensor([[3.0]] * 3, requires_grad=True)
    observed = torch.tensor([[1.0, 1.0], [0.0, 2.0], [1.0, 2.0]])
    assert loss(A, b, observed).tolist() == pytest.approx([0.0, 1.0, 8.0])
    loss(A, b, observed).sum().backward()
    assert A.grad.shape == A.shape
    assert loss.n_solves == 1


def test_a_gradient_step_on_the_gap_recovers_a_capacity():
    p = tm.MixedIntegerProgram.from_arrays(
        [-1, "-1/2"], [[1, 1]], "<=", [0], upper=9, integrality=[True, False]
    )
    loss = ElasticGapLoss(p, wrt="rhs", penalty=2)
    b = torch.tensor([1.25], requires_grad=True)
    optimizer = torch.optim.SGD([b], lr=0.05)
    for _ in range(80):
        optimizer.zero_grad()
        loss(b, torch.tensor([5.0, 0.5])).backward()
        optimizer.step()
    assert b.item() == pytest.approx(5.5, abs=0.25)


def test_what_does_not_fit_is_refused():
    p = knapsack(n=5)
    with pytest.raises(InvalidInputError, match="no loss"):
        decision_loss("regret", p)
    for kind, options in (
        ("spo+", {"reduction": "no"}),
        ("elastic", {"penalty": 0}),
        ("elastic", {"side": "no"}),
        ("fenchel-young", {"noise": "no"}),
        ("fenchel-young", {"samples": 0}),
        ("elastic-gap", {"wrt": "upper"}),
        ("elastic-gap", {"penalty": {0: 1}}),
        ("elastic-gap", {"violation": 0.5}),
    ):
        with pytest.raises(InvalidInputError):
            decision_loss(kind, p, **options)
