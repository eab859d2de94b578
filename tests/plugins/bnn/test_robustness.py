"""Robustness radii, beside lists of all inputs."""

import math
import pickle
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from tamemip import Limits, Status, check, solve
from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn import BinarizedNetwork
from tamemip.plugins.bnn._robustness import prove_robustness, robustness_radius
from tamemip.plugins.bnn._robustness_program import robustness_program


@st.composite
def networks(draw, outputs=(1, 2, 3), largest=2, layers=(0, 1, 2)):
    every = [(3,), (4,), (3, 2), (4, 3), (3, 2, 2)]
    sizes = draw(st.sampled_from([sizes for sizes in every if len(sizes) - 1 in layers]))
    sizes = (*sizes, draw(st.sampled_from(outputs)))
    entry = st.integers(-largest, largest)
    weights = [
        [draw(st.lists(entry, min_size=a, max_size=a)) for _ in range(b)]
        for a, b in pairwise(sizes)
    ]
    biases = [draw(st.lists(entry, min_size=b, max_size=b)) for b in sizes[1:]]
    return BinarizedNetwork(weights, biases)


def answers(network, inputs):
    scores = np.asarray(network.scores(inputs))
    return np.where(scores >= 0, 1, -1) if scores.ndim == 1 else scores.argmax(axis=1)


def by_force(network, x, inputs, distances):
    inputs = np.array(inputs)
    others = answers(network, inputs) != answers(network, np.array([x]))[0]
    return min(np.array(distances)[others].tolist(), default=math.inf)


@settings(max_examples=40, deadline=None)
@given(networks(), st.data())
def test_flips_are_those_of_the_list_of_all_inputs(network, data):
    n = network.n_inputs
    x = data.draw(st.lists(st.sampled_from([-1, 1]), min_size=n, max_size=n))
    inputs = list(product([-1, 1], repeat=n))
    distances = [sum(a != b for a, b in zip(x, z, strict=True)) for z in inputs]
    found = robustness_radius(network, x)
    assert found.value == found.bound == by_force(network, x, inputs, distances)
    proved = prove_robustness(network, x)
    assert (proved.value, proved.bound, proved.status) == (found.value, found.bound, found.status)
    check(proved.certificate, program=proved.dual.program)


@settings(max_examples=30, deadline=None)
@given(networks(), st.data())
def test_integers_in_a_domain_are_those_of_the_list_of_all_inputs(network, data):
    n = network.n_inputs
    x = data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    inputs = list(product(range(4), repeat=n))
    distances = [max(abs(a - b) for a, b in zip(x, z, strict=True)) for z in inputs]
    found = robustness_radius(network, x, norm="linf", step=1, domain=(0, 3))
    assert found.value == found.bound == by_force(network, x, inputs, distances)


def real_radius_by_cells(network, x, within):
    """The least distance of a cell with another answer, over all signs of one hidden layer."""
    (w, out), (bias, last) = network.weights, network.biases
    n, now, best = len(x), answers(network, np.array([x]))[0], math.inf
    near = [(v - within, v + within) for v in x]
    for signs in product([-1, 1], repeat=len(w)):
        scores = out @ np.array(signs) + last
        there = (1 if scores[0] >= 0 else -1) if len(scores) == 1 else scores.argmax()
        if there == now:
            continue
        sides = -np.array(signs)[:, None] * w
        offs = np.array([s == -1 for s in signs], dtype=float)
        rhs = np.array(signs) * bias
        # Columns: the inputs, and how far below 0 the sums are that mean -1.
        rows = np.column_stack([sides, offs])
        inside = linprog([0] * n + [-1], rows, rhs, bounds=[*near, (0, 1)])
        if inside.status == 2 or (offs.any() and -inside.fun < 1e-9):
            continue
        moves = np.vstack([np.eye(n), -np.eye(n)])
        rows = np.vstack(
            [np.column_stack([sides, 0 * offs]), np.column_stack([moves, -np.ones(2 * n)])]
        )
        ends = [*rhs, *x, *(-v for v in x)]
        best = min(best, linprog([0] * n + [1], rows, ends, bounds=[*near, (0, within)]).fun)
    return best


@settings(max_examples=25, deadline=None)
@given(networks(layers=(1,)), st.data())
def test_a_real_radius_is_that_of_the_nearest_cell(network, data):
    n = network.n_inputs
    x = data.draw(st.lists(st.integers(-2, 2), min_size=n, max_size=n))
    found = robustness_radius(network, x, norm="linf", within=3)
    nearest = real_radius_by_cells(network, x, 3)
    assert found.bound <= nearest + 1e-6
    assert nearest - 1e-6 <= found.value <= nearest + 1e-3


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=6), st.integers(-3, 3), st.data())
@settings(max_examples=40, deadline=None)
def test_one_neuron_has_closed_forms(w, bias, data):
    n = len(w)
    x = data.draw(st.lists(st.sampled_from([-1, 1]), min_size=n, max_size=n))
    network = BinarizedNetwork([[w]], [[bias]])
    score = bias + sum(a * b for a, b in zip(w, x, strict=True))
    # Each flip takes twice a weight that agrees; the greatest ones first.
    sign = 1 if score >= 0 else -1
    left, flips = score * sign, 0
    for gain in sorted((2 * sign * a * b for a, b in zip(w, x, strict=True)), reverse=True):
        if gain <= 0 or (left < 0 if sign == 1 else left <= 0):
            break
        left, flips = left - gain, flips + 1
    done = left < 0 if sign == 1 else left <= 0
    assert robustness_radius(network, x).value == (flips if done else math.inf)
    size = sum(map(abs, w))
    found = robustness_radius(network, x, norm="linf", within=20)
    if size:
        assert abs(found.bound - Fraction(abs(score), size)) <= Fraction(1, 10**6)
        assert 0 <= found.value - Fraction(abs(score), size) <= Fraction(1, 10**4)
    else:
        assert found.status is Status.INFEASIBLE


def test_a_real_radius_is_proved_below_by_a_certificate():
    network = BinarizedNetwork([[[1, -2], [2, 1]], [[1, 1]]], [[0, -1], [-1]])
    found = prove_robustness(network, ["7/3", "1/2"], norm="linf")
    check(found.certificate, program=found.dual.program)
    assert found.is_proved
    assert 0 <= found.value - found.bound <= Fraction(1, 10**4)


def test_the_price_of_a_margin_is_a_slot_of_the_program():
    q = robustness_program(BinarizedNetwork([[[1, 1, 1]]], [[0]]), [1, 1, 1])
    assert solve(q.at([0])).value == 2
    assert solve(q.at([2])).value == 3


def test_a_range_without_another_answer_bounds_the_radius():
    network = BinarizedNetwork([[[1, 1, 1]]], [[0]])
    found = robustness_radius(network, [1, 1, 1], within=1)
    assert (found.value, found.bound, found.status) == (math.inf, 1, Status.INFEASIBLE)
    proved = prove_robustness(network, [1, 1, 1], within=1)
    assert (proved.bound, proved.is_proved) == (1, True)
    constant = BinarizedNetwork([[[0, 0]]], [[1]])
    assert robustness_radius(constant, [1, 1]).bound == math.inf


def test_no_time_leaves_a_bound_that_holds():
    rng = np.random.default_rng(0)
    network = BinarizedNetwork(
        [rng.integers(-1, 2, (8, 30)), rng.integers(-1, 2, (1, 8))], [[0] * 8, [0]]
    )
    found = robustness_radius(network, [1] * 30, limits=Limits(seconds=0))
    assert found.bound <= found.value
    assert found.status is Status.LIMIT


@pytest.mark.parametrize(
    ("x", "arguments"),
    [
        ([1, 2], {}),
        ([1], {}),
        ([1, "a"], {"norm": "linf"}),
        ([1, 1], {"norm": "l2"}),
        ([1, 1], {"step": 1}),
        ([1, 5], {"norm": "linf", "domain": (0, 3)}),
        ([1, 1], {"norm": "linf", "step": 0}),
        ([1, 1], {"within": -1}),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused(x, arguments):
    with pytest.raises(InvalidInputError):
        robustness_radius(BinarizedNetwork([[[1, 1]]], [[0]]), x, **arguments)


def test_answers_say_what_is_claimed_and_what_is_proved():
    majority = BinarizedNetwork([[[1, 1, 1]]], [[0]])
    said = str(robustness_radius(majority, [1, 1, -1]))
    assert said.startswith("the answer changes at 1 flip, and no sooner (claimed by ")
    said = str(prove_robustness(majority, [1, 1, 1], within=1))
    assert said.startswith("the answer is the same up to 1 flip (proved)")


def test_a_proof_at_its_limit_is_a_lower_bound_that_holds():
    rng = np.random.default_rng(3)
    network = BinarizedNetwork(
        [rng.integers(-1, 2, (6, 12)), rng.integers(-1, 2, (1, 6))], [[0] * 6, [0]]
    )
    short = prove_robustness(network, [1] * 12, limits=Limits(nodes=1))
    long = prove_robustness(network, [1] * 12)
    assert short.bound <= long.bound == long.value <= short.value
    check(short.certificate, program=short.dual.program)


def test_arrays_may_be_asked_and_answers_pickle():
    network = BinarizedNetwork([[[1, -1]]], [[0]])
    found = robustness_radius(network, np.array([1, 1]))
    again = pickle.loads(pickle.dumps(found))
    assert (again.value, again.witness, str(again)) == (found.value, found.witness, str(found))
