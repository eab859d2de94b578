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
    UnsupportedError,
)
from tamemip.layers.torch import SolutionLayer, ValueLayer  # noqa: E402
from tests.layers.cases import data_of, knapsack, mixed, parametric, step  # noqa: E402

pytestmark = pytest.mark.extras

_SLOTS = [("rhs",), ("c",), ("A",), ("upper",), ("A", "rhs", "c")]


def tensors(program, slots, *, dtype=torch.float64):
    """Two items a slot, away from kinks."""
    found = []
    for slot in slots:
        here = torch.tensor(data_of(program, slot), dtype=dtype)
        other = here + 0.25 if slot == "upper" else here * 1.07 + 0.013
        here = here + 0.3 if slot == "upper" else here
        found.append(torch.stack([here, other]).requires_grad_())
    return tuple(found)


@pytest.mark.parametrize("slots", _SLOTS, ids=",".join)
@pytest.mark.parametrize("kind", ["value", "solution"])
def test_gradcheck(kind, slots):
    inputs = tensors(mixed(), slots)
    is_value = kind == "value"
    layer = (
        ValueLayer(mixed(), slots) if is_value else SolutionLayer(mixed(), slots, method="exact")
    )
    assert torch.autograd.gradcheck(layer, inputs)
    assert all(str(flag) == "optimal" for flag in layer.flags)


def test_gradcheck_of_parameters():
    theta = torch.tensor([[0.1, 0.2], [-0.3, 0.25]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(ValueLayer(parametric()), (theta,))
    assert torch.autograd.gradcheck(SolutionLayer(parametric(), method="exact"), (theta,))


def test_gradcheck_of_the_quadratic_solution_and_of_the_envelope():
    c = torch.tensor([1.23, 2.11, 1.57, 2.46, 1.89], dtype=torch.float64, requires_grad=True)
    quadratic = SolutionLayer(knapsack(n=5), method="quadratic")
    # SCIP tells costs apart to about 1e-6: the step has to be larger.
    assert torch.autograd.gradcheck(quadratic, (c,), eps=1e-3, atol=1e-4)
    b = torch.tensor([[0.3], [0.8], [1.7], [-0.4]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(ValueLayer(step(), "rhs", penalty=2), (b,))


def test_items_without_a_batch_axis_are_the_same_for_all():
    layer = ValueLayer(mixed(), ("A", "rhs", "c"))
    A, b, c = (t.detach() for t in tensors(mixed(), ("A", "rhs", "c")))
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
    inputs = tensors(mixed(), ("A", "rhs", "c"))
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
