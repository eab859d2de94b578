"""What is certified of a stage: the loss of a sample, jointly in all that it depends on."""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.plugins.bnn._regularized_network import Regularization, RegularizedNetwork
from tamemip.plugins.bnn._regularized_sign import Staircase
from tamemip.plugins.bnn._stage_loss import loss_and_gradient
from tamemip.plugins.bnn._stage_verdict import StageShape, certify_stage, stage_expression
from tamemip.plugins.bnn._tame_descent import tame_descent
from tamemip.tameness import nodes_of, variables_of

CORNERS = np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)])
MAJORITY = np.where(CORNERS.sum(axis=1) > 0, 1, -1)


def exact_value(expression, point):
    """Of an expression without exponentials, in rationals."""
    nodes, (root,) = nodes_of([expression])
    values = []
    for node in nodes:
        of = [values[k] for k in node.of]
        match node.op:
            case "const":
                values.append(node.value)
            case "variable":
                values.append(point[node.name])
            case "add":
                values.append(sum(of))
            case "scale":
                values.append(node.value * of[0])
            case "multiply":
                values.append(of[0] * of[1])
            case "maximum":
                values.append(max(of))
            case "minimum":
                values.append(min(of))
            case "power":
                values.append(of[0] ** node.value)
            case _:
                raise AssertionError(node.op)
    return values[root]


def dyadics(rng, *shape):
    """Numbers of few bits, with which floats are exact."""
    return rng.integers(-12, 13, shape) / 8


def dyadic_network(rng, sizes, stairs):
    pairs = list(pairwise(sizes))
    return RegularizedNetwork(
        tuple(dyadics(rng, b, a) for a, b in pairs),
        tuple(dyadics(rng, b) for _, b in pairs),
        tuple(float(rng.choice([0.25, 0.5, 1.0])) for _ in pairs),
        tuple(dyadics(rng, a) for a, _ in pairs),
        (stairs,) * len(pairs),
    )


def point_of(network, soft, inputs):
    named = {
        "sign_slope": 1 / Fraction(soft.sign),
        "weight_slope": 1 / Fraction(soft.weight),
    }
    named |= {f"x{i}": Fraction(float(x)) for i, x in enumerate(inputs)}
    for k, w in enumerate(network.latent):
        named[f"s{k}"] = Fraction(network.scales[k])
        named |= {f"c{k}_{i}": Fraction(float(c)) for i, c in enumerate(network.centers[k])}
        named |= {f"b{k}_{j}": Fraction(float(b)) for j, b in enumerate(network.offsets[k])}
        named |= {f"w{k}_{j}_{i}": Fraction(float(w[j, i])) for j, i in np.ndindex(w.shape)}
    return named


@given(
    st.integers(0, 2**31),
    st.sampled_from([(2, 1), (2, 2, 2), (3, 2, 1), (2, 2, 2, 2), (1, 3)]),
    st.sampled_from([Staircase.of_signs(), Staircase.up_to(1), Staircase.up_to(2)]),
    st.sampled_from([Regularization(0.5, 0.5), Regularization(0.25, 0.125)]),
    st.sampled_from(["hinge", "squared-hinge"]),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_what_is_certified_is_the_loss_that_is_descended(seed, sizes, stairs, soft, loss, is_last):
    rng = np.random.default_rng(seed)
    network = dyadic_network(rng, sizes, stairs)
    if is_last and len(sizes) > 2:
        fixed = len(sizes) - 2
        soft = Regularization(soft.sign, soft.weight, fixed)
        network = network.with_fixed_layers(fixed)
    X = dyadics(rng, 1, sizes[0])
    passage = network.forward(X, soft)
    signs = np.array([[1.0] + [-1.0] * (sizes[-1] - 1)])
    descended = loss_and_gradient(passage.sums[-1], signs, loss)[0]
    shape = StageShape(sizes, network.staircases, soft.fixed)
    point = point_of(network, soft, passage.inputs[soft.fixed][0] + network.centers[soft.fixed])
    assert exact_value(stage_expression(shape, loss), point) == Fraction(descended)


@pytest.mark.parametrize(
    ("loss", "structure"),
    [
        ("hinge", tm.Structure.SEMIALGEBRAIC),
        ("squared-hinge", tm.Structure.SEMIALGEBRAIC),
        ("logistic", tm.Structure.R_EXP),
    ],
)
def test_every_stage_is_certified_and_its_certificate_is_accepted(loss, structure):
    result = tame_descent(CORNERS, MAJORITY, hidden=(2,), loss=loss, epochs=5)
    assert len(result.stages) == 5
    for stage in result.stages:
        assert stage.verdict.status is tm.CERTIFIED
        assert stage.verdict.structure is structure
        assert tm.check(stage.verdict.certificate).definable is not None
    # Small enough to be written out in full.
    assert result.stages[0].written == (3, 2, 1)


def test_the_proof_is_for_all_constants_at_once():
    shape = StageShape((3, 2, 1), (Staircase.up_to(1),) * 2)
    verdict = certify_stage(shape, "hinge")
    assert verdict.is_continuous
    names = set(variables_of(verdict.expressions))
    # Latent weights, offsets and inputs; and the constants of a stage.
    assert {"w0_1_2", "w1_0_1", "b0_1", "b1_0", "x2"} <= names
    assert {"s0", "s1", "c0_2", "c1_1", "sign_slope", "weight_slope"} <= names
    assert len(names) == 3 * 2 + 2 + 2 + 1 + 3 + 2 + 3 + 2 + 2


def test_stages_of_one_shape_share_one_proof_and_later_ones_cost_nothing():
    stages = tame_descent(CORNERS, MAJORITY, hidden=(2,), epochs=5).stages
    assert len({id(stage.verdict) for stage in stages[:-1]}) == 1
    # Behind exact hidden layers only the last layer moves.
    assert stages[-1].soft.fixed == 1
    assert stages[-1].verdict is not stages[0].verdict
    shape = StageShape((784, 512, 10), (Staircase.up_to(1),) * 2)
    certify_stage(shape, "squared-hinge")
    began = time.process_time()
    for _ in range(20):
        certify_stage(shape, "squared-hinge")
    assert time.process_time() - began < 20 * 0.03


@pytest.mark.parametrize("fixed", [0, 1])
def test_of_large_networks_two_neurons_of_each_layer_are_written_out(fixed):
    shape = StageShape((784, 512, 10), (Staircase.up_to(127),) * 2, fixed)
    assert shape.written == (2, 2, 2)
    assert [len(s.thresholds) for s in shape.cut.staircases] == [4, 4]
    assert certify_stage(shape, "hinge").status is tm.CERTIFIED
