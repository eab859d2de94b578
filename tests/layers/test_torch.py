"""The layers for torch."""

from __future__ import annotations

import copy
import math
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")

import tamemip as tm  # noqa: E402
from tamemip.errors import (  # noqa: E402
    InvalidInputError,
    NotAllowedError,
    NotLipschitzError,
)
from tamemip.layers.torch import SolutionLayer, ValueLayer  # noqa: E402
from tests.layers.cases import SLOTS, knapsack, mixed, parametric, step, tensors  # noqa: E402

pytestmark = pytest.mark.extras


@pytest.mark.parametrize("slots", SLOTS, ids=",".join)
def test_gradcheck_of_values(slots):
    layer = ValueLayer(mixed(), slots)
    assert torch.autograd.gradcheck(layer, tensors(slots))
    assert all(str(flag) == "optimal" for flag in layer.flags)


def test_gradcheck_of_parameters():
    theta = torch.tensor([[0.1, 0.2], [-0.3, 0.25]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(ValueLayer(parametric()), (theta,))
    assert torch.autograd.gradcheck(SolutionLayer(parametric(), method="exact"), (theta,))


def test_items_without_a_batch_axis_are_the_same_for_all():
    layer = ValueLayer(mixed(), ("A", "rhs", "c"))
    A, b, c = (t.detach() for t in tensors(("A", "rhs", "c")))
    one = A[0].clone().requires_grad_()
    values = layer(one, b, c[0])
    assert values.shape == (2,)
    values.sum().backward()
    many = torch.stack([A[0], A[0]]).requires_grad_()
    layer(many, b, c[0]).sum().backward()
    assert torch.allclose(one.grad, many.grad.sum(0))
    single = layer(A[0], b[0], c[0])
    assert single.shape == ()
    assert single == values[0]
    assert layer(A[:0], b[:0], c[:0]).shape == (0,)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_dtypes_are_respected(dtype):
    c = torch.tensor(knapsack().c.copy(), dtype=dtype, requires_grad=True)
    value = ValueLayer(knapsack())(c)
    value.backward()
    assert value.dtype is dtype
    assert c.grad.dtype is dtype
    assert SolutionLayer(knapsack(), method="exact")(c).dtype is dtype
    assert ValueLayer(knapsack())(torch.ones(8, dtype=torch.int64)).dtype is torch.float32


def test_floats_of_32_bits_are_the_decimals_that_they_print():
    p = tm.MixedIntegerProgram.from_arrays([1], [[1]], ">=", ["1/10"], upper=9, integrality=False)
    assert ValueLayer(p, "rhs").data.at((np.array([0.1], dtype=np.float32),)).exact.rhs == (
        tm.MixedIntegerProgram.from_arrays([1], [[1]], ">=", ["1/10"]).exact.rhs
    )


def test_a_jump_is_refused_warned_about_or_taken():
    b = torch.tensor([[0.5], [1.0]], dtype=torch.float64, requires_grad=True)
    layer = ValueLayer(step(), "rhs")
    values = layer(b)
    assert values.tolist() == [0.0, -1.0]
    assert [bool(flag.jump) for flag in layer.flags] == [False, True]
    with pytest.raises(NotLipschitzError, match="batch item 1"):
        values.sum().backward()
    layer(b)[0].backward()
    assert b.grad.tolist() == [[0.0], [0.0]]
    with pytest.warns(UserWarning, match="batch item 1"):
        ValueLayer(step(), "rhs", on_jump="warn")(b).sum().backward()
    ValueLayer(step(), "rhs", on_jump="element")(b).sum().backward()


def test_infinite_values_can_be_masked_but_not_differentiated():
    b = torch.tensor([[0.5], [-1.0]], dtype=torch.float64, requires_grad=True)
    values = ValueLayer(step(), "rhs", infeasible="inf")(b)
    assert values.tolist() == [0.0, math.inf]
    torch.where(values.isfinite(), values, 0.0).sum().backward()
    assert b.grad.tolist() == [[0.0], [0.0]]
    with pytest.raises(NotAllowedError, match="batch item 1"):
        ValueLayer(step(), "rhs", infeasible="inf")(b).sum().backward()
    with pytest.raises(NotAllowedError, match="batch item 1"):
        ValueLayer(step(), "rhs")(b)


def test_a_layer_has_no_state_prints_and_pickles():
    with ThreadPoolExecutor(1) as executor:
        layer = ValueLayer(knapsack(), executor=executor, penalty=9)
        again = pickle.loads(pickle.dumps(layer))
    assert layer.state_dict() == {}
    assert repr(again) == repr(layer)
    assert "penalty=9" in repr(layer)
    c = torch.tensor(knapsack().c.copy())
    assert again(c) == copy.deepcopy(again)(c) == ValueLayer(knapsack(), penalty=9)(c)


@pytest.mark.parametrize("pool", [
    lambda: ThreadPoolExecutor(2),
    lambda: ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")),
], ids=["threads", "processes"])  # fmt: skip
def test_an_executor_gives_the_same_answers(pool):
    inputs = tensors(("A", "rhs", "c"))
    expected = ValueLayer(mixed(), ("A", "rhs", "c"))(*inputs)
    with pool() as executor:
        layer = ValueLayer(mixed(), ("A", "rhs", "c"), executor=executor)
        assert layer(*inputs).tolist() == expected.tolist()
        bad = torch.stack([inputs[2][0], torch.full((4,), math.nan, dtype=torch.float64)])
        with pytest.raises(InvalidInputError, match="batch item 1"):
            layer(inputs[0], inputs[1], bad)


def test_equal_calls_give_equal_derivatives():
    twins = tm.MixedIntegerProgram.from_arrays([1] * 4, [[1] * 4], "=", [2], upper=1)
    found = []
    for _ in range(2):
        layer = ValueLayer(twins)
        c = torch.ones(3, 4, dtype=torch.float64, requires_grad=True)
        layer(c).sum().backward()
        found.append(c.grad.tolist())
    assert found[0] == found[1]


def test_what_does_not_fit_is_named():
    layer = ValueLayer(knapsack())
    c = torch.tensor(knapsack().c.copy())
    for wrong in (c[:3], c.reshape(1, 1, 8), c.to_sparse(), c.numpy(), c + 1j):
        with pytest.raises(InvalidInputError, match="'c'"):
            layer(wrong)
    with pytest.raises(InvalidInputError, match="2 tensors"):
        layer(c, c)
    both = ValueLayer(mixed(), ("rhs", "c"))
    with pytest.raises(InvalidInputError, match="no one size"):
        both(torch.ones(2, 2), torch.ones(3, 4))
    for options in ({"on_jump": "no"}, {"infeasible": "no"}, {"cache": -1}):
        with pytest.raises(InvalidInputError):
            ValueLayer(knapsack(), **options)
    for options in (
        {"method": "no"},
        {"samples": 3},
        {"sigma": 0.0},
        {"tau": -1.0, "method": "quadratic"},
        {"method": "quadratic", "wrt": "rhs"},
    ):
        with pytest.raises(InvalidInputError):
            SolutionLayer(knapsack(), **options)
