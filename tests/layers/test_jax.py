"""The layers for JAX, and that they agree with those for torch."""

from __future__ import annotations

import math

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="jax is an extra")

from tamemip.errors import (  # noqa: E402
    InvalidInputError,
    NotAllowedError,
    NotLipschitzError,
    UnsupportedError,
)
from tamemip.layers.jax import SolutionLayer, ValueLayer  # noqa: E402
from tests.layers.cases import data_of, knapsack, mixed, parametric, step  # noqa: E402

pytestmark = pytest.mark.extras


@pytest.fixture(autouse=True)
def _wide():
    with jax.enable_x64(True):
        yield


def total(layer):
    return lambda *arrays: layer(*arrays).sum()


@pytest.mark.parametrize("make", [
    lambda room, **more: room.ValueLayer(mixed(), ("A", "rhs", "c"), **more),
    lambda room, **more: room.SolutionLayer(mixed(), ("A", "rhs", "c"), method="exact", **more),
], ids=["value", "solution"])  # fmt: skip
def test_torch_and_jax_agree(make):
    torch = pytest.importorskip("torch", reason="torch is an extra")
    import tamemip.layers.jax as ours
    import tamemip.layers.torch as theirs

    A, b, c = (data_of(mixed(), slot) for slot in ("A", "rhs", "c"))
    arrays = (A, np.stack([b, 1.07 * b]), c)
    layer = make(ours)
    gradients = jax.grad(total(layer), argnums=(0, 1, 2))(*arrays)
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    result = make(theirs)(*tensors)
    result.sum().backward()
    assert np.allclose(layer(*arrays), result.detach())
    for gradient, tensor in zip(gradients, tensors, strict=True):
        assert np.allclose(gradient, tensor.grad)


def test_parameters_agree_with_differences():
    layer, theta, h = ValueLayer(parametric()), np.array([0.1, 0.2]), 1e-6
    found = jax.grad(layer)(theta)
    for k in range(2):
        e = h * np.eye(2)[k]
        slope = float(layer(theta + e) - layer(theta - e)) / (2 * h)
        assert slope == pytest.approx(float(found[k]), abs=1e-5)


@pytest.mark.parametrize("make", [
    lambda: ValueLayer(knapsack()),
    lambda: SolutionLayer(knapsack(), method="quadratic"),
    lambda: SolutionLayer(knapsack(), method="exact"),
], ids=["value", "quadratic", "exact"])  # fmt: skip
def test_compiled_and_mapped_calls_agree_with_plain_ones(make):
    layer = make()
    c = knapsack().c + np.linspace(0, 0.5, 16).reshape(2, 8)
    plain = jax.grad(total(layer))(c)
    assert np.allclose(jax.jit(jax.grad(total(layer)))(c), plain)
    assert np.allclose(jax.jit(layer)(c), layer(c))
    rows = jax.vmap(layer)(c)
    assert rows.shape == layer(c).shape
    assert np.allclose(jax.vmap(jax.grad(total(layer)))(c), plain)


def test_perturbed_solutions_are_the_same_at_every_call():
    layer, c = SolutionLayer(knapsack(), samples=4, seed=1), np.stack([knapsack().c] * 2)
    found = jax.grad(total(layer))(c)
    assert layer.n_solves == 8
    assert np.allclose(jax.jit(jax.grad(total(layer)))(c), found)


def test_dtypes_and_empty_batches():
    c = np.ones((0, 8), dtype=np.float32)
    layer = ValueLayer(knapsack())
    assert layer(c).shape == (0,)
    assert layer(np.ones(8, dtype=np.float32)).dtype == np.float32
    assert repr(layer).startswith("ValueLayer(MixedIntegerProgram(max, 2 rows")


def test_refusals():
    b = np.array([[0.5], [1.0]])
    layer = ValueLayer(step(), "rhs")
    assert layer(b).tolist() == [0.0, -1.0]
    with pytest.raises(NotLipschitzError, match="batch item 1"):
        jax.grad(total(layer))(b)
    with pytest.raises(NotAllowedError, match="batch item 0"):
        layer(-b)
    with pytest.raises(InvalidInputError, match="batch item 1"):
        layer(np.array([[0.5], [math.nan]]))
    with pytest.raises(InvalidInputError, match="shape"):
        layer(np.ones((2, 2)))
    with pytest.raises(UnsupportedError, match="differentiated again"):
        jax.hessian(ValueLayer(knapsack()))(knapsack().c)
    envelope = ValueLayer(step(), "rhs", penalty=2)
    assert -2 <= jax.grad(total(envelope))(b)[1, 0] <= 0
