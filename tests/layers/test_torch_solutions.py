"""Solution layers for torch, and layers inside of transforms."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")

import tamemip as tm  # noqa: E402
from tamemip.errors import (  # noqa: E402
    NotAllowedError,
    UnsupportedError,
)
from tamemip.layers.torch import SolutionLayer, ValueLayer  # noqa: E402
from tests.layers.cases import SLOTS, knapsack, mixed, step, tensors  # noqa: E402

pytestmark = pytest.mark.extras


@pytest.mark.parametrize("slots", SLOTS, ids=",".join)
def test_gradcheck_of_solutions(slots):
    layer = SolutionLayer(mixed(), slots, method="exact")
    assert torch.autograd.gradcheck(layer, tensors(slots))


def test_gradcheck_of_the_quadratic_solution_and_of_the_envelope():
    c = torch.tensor([1.23, 2.11, 1.57, 2.46, 1.89], dtype=torch.float64, requires_grad=True)
    quadratic = SolutionLayer(knapsack(n=5), method="quadratic")
    # SCIP tells costs apart to about 1e-6: the step has to be larger.
    assert torch.autograd.gradcheck(quadratic, (c,), eps=1e-3, atol=1e-4)
    b = torch.tensor([[0.3], [0.8], [1.7], [-0.4]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(ValueLayer(step(), "rhs", penalty=2), (b,))


def test_a_tie_is_a_switch_of_the_solution_and_not_of_the_value():
    twins = tm.MixedIntegerProgram.from_arrays([1, 1], [[1, 1]], "=", [1], upper=1)
    c = torch.ones(2, dtype=torch.float64, requires_grad=True)
    ValueLayer(twins)(c).backward()
    assert sorted(c.grad.tolist()) == [0.0, 1.0]
    layer = SolutionLayer(twins, method="exact")
    with pytest.raises(NotAllowedError, match="may switch"):
        layer(c).sum().backward()
    SolutionLayer(twins, method="exact", on_jump="element")(c).sum().backward()


def test_the_second_derivative_is_refused():
    c = torch.tensor(knapsack().c.copy(), requires_grad=True)
    (g,) = torch.autograd.grad(ValueLayer(knapsack())(c), c, create_graph=True)
    with pytest.raises(UnsupportedError, match="differentiated again"):
        (g**2).sum().backward()
    with pytest.raises(UnsupportedError):
        torch.func.hessian(ValueLayer(knapsack()))(c.detach())


@pytest.mark.parametrize("make", [
    lambda: ValueLayer(knapsack()),
    lambda: SolutionLayer(knapsack(), method="quadratic"),
], ids=["value", "quadratic"])  # fmt: skip
def test_transforms_agree_with_the_batch(make):
    layer = make()
    c = torch.tensor(knapsack().c + np.linspace(0, 0.5, 16).reshape(2, 8), requires_grad=True)

    def total(costs):
        return (layer(costs) * 2).sum()

    (expected,) = torch.autograd.grad(total(c[0]), c)
    assert torch.allclose(torch.func.grad(total)(c.detach()[0]), expected[0])
    both = torch.func.vmap(torch.func.grad(total))(torch.stack([c.detach()[0]] * 2))
    assert torch.allclose(both, expected[:1].expand(2, 8))
    deep = torch.func.vmap(layer)(c.detach().expand(3, 2, 8))
    assert torch.allclose(deep[0], deep[2])
    assert deep.shape[:2] == (3, 2)


def test_noise_is_drawn_anew_for_every_item_of_a_transform():
    layer = SolutionLayer(knapsack(), seed=3)
    c = torch.tensor(np.stack([knapsack().c] * 2))
    assert torch.func.vmap(layer)(c).shape == (2, 8)
    assert torch.func.jacrev(layer)(c[0]).shape == (8, 8)


def test_forward_mode_is_refused_and_compilation_falls_back():
    layer, c = ValueLayer(knapsack()), torch.tensor(knapsack().c.copy())
    with pytest.raises(UnsupportedError, match="forward-mode"):
        torch.func.jvp(layer, (c,), (c,))
    compiled = torch.compile(lambda costs: 2 * layer(costs), backend="eager")
    assert compiled(c) == 2 * layer(c)


@pytest.mark.parametrize("c", [-1.5, -0.5, 0.2, 0.7])
def test_one_column_is_regularized_as_the_closed_forms_say(c):
    p = tm.MixedIntegerProgram.from_arrays([1], [], "<=", [], upper=1)
    costs = torch.tensor([c], dtype=torch.float64, requires_grad=True)
    x = SolutionLayer(p, method="quadratic", tau=2.0)(costs)
    x.backward()
    assert x.item() == pytest.approx(min(max(-c / 2, 0.0), 1.0), abs=1e-9)
    assert costs.grad.item() == pytest.approx(-0.5 if -2 < c < 0 else 0.0, abs=1e-9)


def test_perturbed_means_are_those_of_the_normal_distribution():
    p = tm.MixedIntegerProgram.from_arrays([1], [], "<=", [], upper=1)
    layer = SolutionLayer(p, method="perturbed", sigma=2.0, samples=100, seed=5, cache=0)
    c = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
    x = layer(c)
    x.backward()
    assert layer.n_solves == 100
    normal = torch.distributions.Normal(0.0, 1.0)
    assert x.item() == pytest.approx(normal.cdf(torch.tensor(-0.25)).item(), abs=0.15)
    slope = -normal.log_prob(torch.tensor(-0.25)).exp().item() / 2
    assert c.grad.item() == pytest.approx(slope, abs=0.15)


def test_the_default_solution_layer_takes_two_solves_an_item():
    layer = SolutionLayer(knapsack(), seed=1)
    c = torch.tensor(np.stack([knapsack().c, knapsack().c + 0.5]), requires_grad=True)
    layer(c).sum().backward()
    assert layer.n_solves == 4
