"""Training programs: their optima are those of brute force, their parameters move the data."""

from __future__ import annotations

import itertools
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn import (
    FAMILY,
    BinarizedNetwork,
    NetworkTraining,
    decode,
    encode,
    evaluate,
    majority,
    priorities,
    training_program,
    xor,
)
from tests.plugins.bnn.networks_by_force import (
    LISTS,
    SINGLE,
    all_networks,
    best_values,
    instances,
    ranked,
    values_of,
)

CORNERS = [[1, 1], [1, -1], [-1, 1], [-1, -1]]
AND = NetworkTraining(CORNERS, [1, -1, -1, -1])


def network(rows):
    """The network of weights with the bias last."""
    weights = [[neuron[:-1] for neuron in layer] for layer in rows]
    return BinarizedNetwork(weights, [[neuron[-1] for neuron in layer] for layer in rows])


def rows_of(found):
    """The weights of a network with the bias last."""
    layers = zip(found.weights, found.biases, strict=True)
    return tuple(
        tuple(tuple(row) for row in np.column_stack([w, bias]).tolist()) for w, bias in layers
    )


def optimum(instance, program):
    """The values of the program's optimal network, which the instance allows; None if none."""
    claim = tm.solve(program, solver="scip")
    if claim.point is None:
        assert claim.status.value == "infeasible"
        return None
    fitted = decode(instance, claim.point.tolist())
    evaluate(instance, fitted)
    return fitted.values


@settings(max_examples=25, deadline=None)
@given(instances())
def test_the_program_has_the_best_of_all_networks(instance):
    assert optimum(instance, training_program(instance).program) == best_values(instance)


@settings(max_examples=40, deadline=None)
@given(instances((*SINGLE, ("max-correct", "min-weight"))), st.data())
def test_the_program_at_displaced_data_is_that_of_the_displaced_instance(instance, data):
    q = training_program(instance)
    theta = dict.fromkeys(q.names, Fraction(0))
    X, y = [list(row) for row in instance.X], list(instance.y)
    small = st.fractions(Fraction(-1, 4), Fraction(1, 4), max_denominator=8)
    for name in data.draw(st.lists(st.sampled_from(q.names), max_size=4)):
        if name.startswith("label"):
            theta[name] = Fraction(-2 * instance.y[int(name[6:-1])])
        else:
            theta[name] = abs(data.draw(small)) if name == "regularization" else data.draw(small)
    shifts = {int(n[7:-1]): step for n, step in theta.items() if n.startswith("margin[")}
    for name, step in theta.items():
        if name.startswith("data"):
            k, i = map(int, name[5:-1].split(","))
            X[k][i] += step
        elif name.startswith("label") and step:
            y[int(name[6:-1])] *= -1
    moved = NetworkTraining(
        X,
        y,
        hidden=instance.hidden,
        weights=instance.weights,
        objective=instance.objectives,
        margin=tuple(tau + theta.get("margin", 0) for tau in instance.margins),
        gap=instance.gap,
        regularization=instance.regularization + theta.get("regularization", 0),
    )
    claim = tm.solve(q.at(theta), solver="scip")
    best = best_values(moved, shifts)
    if best is None:
        assert claim.status.value == "infeasible"
        return
    fitted = decode(moved, claim.point.tolist())
    assert values_of(moved, rows_of(fitted.network), shifts) == best


@settings(max_examples=20, deadline=None)
@given(instances(), st.data())
def test_allowed_networks_are_feasible_points_with_their_value(instance, data):
    program = training_program(instance).program
    rows = data.draw(st.sampled_from(list(all_networks(instance))))
    values = values_of(instance, rows)
    if values is None:
        with pytest.raises(InvalidInputError):
            evaluate(instance, network(rows))
        return
    point = encode(instance, network(rows), program.col_names)
    assert program.violations(point) == ()
    assert program.objective(point) == evaluate(instance, network(rows))
    assert decode(instance, point).values == values
    noisy = [float(v) + 1e-7 for v in point]
    assert decode(instance, noisy).values == values


@settings(max_examples=20, deadline=None)
@given(instances(LISTS))
def test_the_factors_of_objectives_order_networks_as_the_list_does(instance):
    found = [(values_of(instance, r), network(r)) for r in all_networks(instance)]
    pairs = sorted(
        {(ranked(instance, v), evaluate(instance, n)) for v, n in found if v is not None}
    )
    totals = [total for _, total in pairs]
    is_minimized = instance.objectives[0] in ("min-weight", "hinge")
    assert totals == sorted(totals, reverse=is_minimized)
    assert len(set(totals)) == len({key for key, _ in pairs})


def test_54_of_19683_parameter_settings_compute_exclusive_or():
    neurons = np.array(list(itertools.product((-1, 0, 1), repeat=3)))
    inputs = np.column_stack([CORNERS, np.ones(4, dtype=int)])
    hidden = np.where(inputs @ neurons.T >= 0, 1, -1)
    fits, least = 0, {0: 99, 1: 99}
    for a, b in itertools.product(range(27), repeat=2):
        layer = np.column_stack([hidden[:, a], hidden[:, b], np.ones(4, dtype=int)])
        gains = (layer @ neurons.T) * np.array([-1, 1, 1, -1])[:, None]
        for o in range(27):
            size = int(np.abs(neurons[[a, b, o]]).sum())
            if np.all(gains[:, o] >= [1, 0, 0, 1]):
                fits, least[0] = fits + 1, min(least[0], size)
            if np.all(gains[:, o] >= 1):
                least[1] = min(least[1], size)
    assert (fits, least) == (54, {0: 6, 1: 7})


@pytest.mark.parametrize(("margin", "value"), [((0, 1), 6), (1, 7)])
def test_exclusive_or_has_the_value_of_the_enumeration(margin, value):
    instance = xor(margin=margin)
    assert optimum(instance, training_program(instance).program) == (value,)


def test_the_value_of_and_is_a_step_function_of_the_margin():
    q = training_program(AND, moves=("margin",))
    v = tm.value_function(q, along={"margin": 1}, interval=(-2, 1))
    at = {0: 0, "1/100": 3, "1/2": 3, 1: 3, "101/100": np.inf, -1: 0}
    assert {t: v.exact(Fraction(t) - 1) for t in at} == at


def test_a_flipped_label_gives_the_value_of_the_other_function():
    q = training_program(AND, moves=("label",))
    flip_to_or = {"label[0]": 0, "label[1]": 2, "label[2]": 2, "label[3]": 0}
    claim = tm.solve(q.at(flip_to_or))
    assert decode(AND, claim.point).network.predict(CORNERS).tolist() == [1, 1, 1, -1]
    to_xor = {"label[0]": -2, "label[1]": 2, "label[2]": 2, "label[3]": 0}
    assert tm.solve(q.at(to_xor)).status.value == "infeasible"


def test_the_gradient_in_the_regularization_is_the_number_of_weights():
    instance = NetworkTraining(CORNERS, [1, -1, -1, -1], objective="hinge", regularization="1/8")
    q = training_program(instance, moves=("regularization",))
    assert tm.conservative_gradient(q).element == (3,)


@pytest.mark.parametrize("objective", ["max-margin", "hinge"])
def test_rates_of_training_again_lie_in_the_gradient_of_one_neuron_in_its_data(objective):
    X = [["13/10", 1, "1/5"], [1, -1, "2/5"], [-1, "1/2", 1], ["-7/10", "-9/10", 0]]
    y = [1, 1, -1, -1]
    instance = NetworkTraining(X, y, objective=objective, gap="1/4")
    gradient = tm.conservative_gradient(training_program(instance, moves=("data",)))
    (value,) = best_values(instance)
    h = Fraction(1, 1000)
    rates = []
    for k, i in itertools.product(range(4), range(3)):
        moved = [[Fraction(x) for x in row] for row in X]
        moved[k][i] += h
        other = NetworkTraining(moved, y, objective=objective, gap="1/4")
        rates.append((best_values(other)[0] - value) / h)
    sides = [(min(column), max(column)) for column in zip(*gradient.flat, strict=True)]
    assert any(rates)
    assert all(low <= rate <= high for rate, (low, high) in zip(rates, sides, strict=True))


def test_majorities_need_one_weight_an_input():
    for n in (3, 5):
        assert optimum(majority(n), training_program(majority(n)).program) == (n,)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"moves": ("weather",)}, "weather"),
        ({"moves": ("regularization",)}, "nothing moves"),
        ({"moves": ()}, "nothing moves"),
        ({"room": -1}, "room"),
    ],
)
def test_programs_refuse_what_cannot_move(change, words):
    with pytest.raises(InvalidInputError, match=words):
        training_program(AND, **change)


def test_a_regularization_beside_several_objectives_is_refused():
    mixed = NetworkTraining([[1]], [1], objective=("hinge", "min-weight"), regularization=1)
    with pytest.raises(InvalidInputError, match="regularization"):
        training_program(mixed)


@pytest.mark.parametrize("largest", [1, 255, 2**45])
@pytest.mark.parametrize("kind", ["int8", "int64", "uint64", "bool"])
def test_arrays_of_integers_are_read_as_lists_are(largest, kind):
    top = min(largest, 1 if kind == "bool" else np.iinfo(kind).max)
    X = np.array([[top, 0, 1], [0, top, top]], dtype=kind)
    quick, slow = NetworkTraining(X, [1, -1]), NetworkTraining(X.astype(int).tolist(), [1, -1])
    assert quick == slow
    assert quick.scale == slow.scale == 1
    assert (quick.integer_data is None) == (slow.integer_data is None) == (top == 2**45)
    if top < 2**45:
        assert np.array_equal(quick.integer_data, slow.integer_data)
        assert not quick.integer_data.flags.writeable


def test_what_is_no_instance_and_no_network_is_refused():
    with pytest.raises(InvalidInputError, match="nothing to train"):
        FAMILY.program(CORNERS)
    with pytest.raises(InvalidInputError, match="no network"):
        evaluate(AND, "a network")
    with pytest.raises(InvalidInputError, match="sizes"):
        evaluate(AND, BinarizedNetwork([[[1]]], [[0]]))
    with pytest.raises(InvalidInputError, match=r"weights\[0\]\[0\]\[1\] is 5"):
        evaluate(AND, BinarizedNetwork([[[1, 5]]], [[0]]))
    with pytest.raises(InvalidInputError, match="begins with 6 columns"):
        decode(AND, [0, 1])


def test_only_labels_move_where_the_factors_depend_on_denominators():
    instance = NetworkTraining([["1/2"], [-1]], [1, -1], objective=("hinge", "min-weight"))
    assert training_program(instance).names == ("label[0]", "label[1]")
    assert priorities(instance)[-1] == 1


def test_fitted_networks_print_their_neurons_and_survive_pickle():
    fitted = decode(
        xor(),
        encode(
            xor(),
            BinarizedNetwork([[[-1, 1], [1, -1]], [[-1, -1]]], [[-1, -1], [-1]]),
            training_program(xor()).program.col_names,
        ),
    )
    assert pickle.loads(pickle.dumps(fitted)) == fitted
    assert repr(fitted) == "FittedNetwork(value 9, 0 of 4 labels right, 2-2-1)"
    assert "layer 1, neuron 0: -h0 - h1 - 1" in str(fitted)
    assert fitted._repr_html_().startswith("<pre>")
