"""The influence of data, margins and regularization, against all networks at displaced data."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings

from tamemip import check
from tamemip.errors import InvalidInputError, NotAllowedError, NotLipschitzError, UnsupportedError
from tamemip.plugins.bnn import BinarizedNetwork, NetworkTraining, evaluate, train
from tamemip.plugins.bnn._assessment import total_value
from tamemip.plugins.bnn._influence import influence, network_influence
from tamemip.plugins.bnn._influence_room import roomy_network
from tamemip.solvers import Limits
from tests.plugins.bnn.networks_by_force import best_values, instances

STEP = Fraction(1, 1000)
"""Data are halves and weights at most 2, so no other piece is active within this."""
CORNERS = ((1, 1), (1, -1), (-1, 1), (-1, -1))


def displaced(instance: NetworkTraining, name: str, step: Fraction) -> NetworkTraining:
    """The instance after a step of one number."""
    data = [list(row) for row in instance.X]
    margins, regularization = instance.margins, instance.regularization
    if name == "margin":
        margins = (margins[0] + step, margins[1] + step)
    elif name == "regularization":
        regularization += step
    else:
        k, i = map(int, name[5:-1].split(","))
        data[k][i] += step
    return NetworkTraining(
        data,
        instance.y,
        hidden=instance.hidden,
        weights=instance.weights,
        objective=instance.objectives,
        margin=margins,
        gap=instance.gap,
        regularization=regularization,
    )


def value_by_force(instance: NetworkTraining) -> Fraction:
    values = best_values(instance)
    assert values is not None
    return total_value(instance, values)


def assert_rates_are_those_of_all_networks(instance: NetworkTraining, table) -> None:
    here = value_by_force(instance)
    assert table.value == here
    assert table.is_proved
    for rate in table.rates:
        for step, expected in ((STEP, rate.larger), (-STEP, rate.smaller)):
            if rate.name.startswith("margin["):
                moved = best_values(instance, {rate.sample: step})
            else:
                moved = best_values(displaced(instance, rate.name, step))
            assert moved is not None
            assert total_value(instance, moved) == here + STEP * expected, (rate.name, step)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(instances(objectives=("max-margin", "hinge", "min-weight", "max-correct")))
def test_rates_are_the_changes_of_the_best_value_over_all_networks(instance):
    assume(instance.hidden in ((), (1,)))
    try:
        table = influence(instance, limits=Limits(nodes=300), limit=20)
    except (NotLipschitzError, NotAllowedError):
        assume(False)
    if table.gradient is not None:
        assert_rates_are_within_the_gradient(table)
    assert_rates_are_those_of_all_networks(instance, table)


def assert_rates_are_within_the_gradient(table) -> None:
    """One-sided rates are between the least and the largest entry of the generators."""
    for j, rate in enumerate(table.rates):
        unit = [Fraction(int(j == i)) for i in range(len(table))]
        most = table.gradient.exact_support(unit)
        least = -table.gradient.exact_support([-u for u in unit])
        assert least <= rate.larger <= most
        assert least <= -rate.smaller <= most


ONE_NEURON = NetworkTraining(
    [["3/2", 1], [1, -1], [-1, "1/2"]],
    [1, 1, -1],
    weights=2,
    objective="max-margin",
    regularization="1/4",
)


def test_the_data_parametric_neuron():
    """v(X) = max_w min_k y_k (w x_k + b): two samples are nearest, so each only loses."""
    table = influence(ONE_NEURON)
    (network,) = table.networks
    (w, _), (b,) = network.weights[0][0].tolist(), network.biases[0].tolist()
    assert (table.value, w, b) == (Fraction(3, 2), 2, 0)
    assert (table["data[1,0]"].larger, table["data[1,0]"].smaller) == (0, -w)
    assert (table["data[2,0]"].larger, table["data[2,0]"].smaller) == (-w, 0)
    assert set(table.gradient.exact_generators) == {
        (0, 0, w, 0, 0, 0, -w),
        (0, 0, 0, 0, -w, 0, -w),
    }
    assert_rates_are_those_of_all_networks(ONE_NEURON, table)


def test_tied_optimal_networks_take_the_better_rate():
    instance = NetworkTraining(
        [[2, 1], [1, -1], [-1, 1]], [1, 1, -1], objective="max-margin", gap="1/2"
    )
    table = influence(instance)
    assert len(table.networks) == 3
    assert_rates_are_those_of_all_networks(instance, table)


def test_each_optimal_network_is_one_part_of_the_gradient():
    instance = NetworkTraining(
        [[2, 1], [1, -1], [-1, 1]], [1, 1, -1], weights=3, objective="max-margin", gap="1/2"
    )
    table = influence(instance)
    assert len(table.gradient.parts) == len(table.networks) == 5
    assert_rates_are_those_of_all_networks(instance, table)


def test_where_least_weights_jump_the_jump_is_shown():
    with pytest.raises(NotLipschitzError) as refusal:
        influence(NetworkTraining(CORNERS, [1, -1, -1, -1]))
    assert refusal.value.jump.at != refusal.value.jump.limit


@pytest.mark.parametrize(
    "instance",
    [
        NetworkTraining([[1], [-1]], [1, -1], hidden=(2,), margin=(0, 1)),
        NetworkTraining([[1], [1], [-1]], [1, -1, -1], objective=("max-correct", "hinge")),
        NetworkTraining(CORNERS[:2], [1, -1], hidden=(1,), objective="max-correct"),
    ],
    ids=repr,
)
def test_jumps_of_hidden_neurons_and_of_counts_are_refused(instance):
    with pytest.raises(NotLipschitzError) as refusal:
        influence(instance)
    assert refusal.value.jump.at == value_by_force(instance)


def test_with_room_at_the_margin_least_weights_do_not_depend_on_the_data():
    table = influence(NetworkTraining(CORNERS, [1, -1, -1, -1], margin="1/2"))
    assert not any(rate.size for rate in table)


@pytest.mark.parametrize("hidden", [(1,), (2,)])
@pytest.mark.parametrize("objective", ["min-weight", ("max-correct", "min-weight")])
def test_with_room_hidden_neurons_do_not_depend_on_the_data(objective, hidden):
    X, y = [[2, 1], [1, 2], [-2, -2]], [1, 1, -1]
    instance = NetworkTraining(X, y, hidden=hidden, margin="1/2", gap="1/2", objective=objective)
    table = influence(instance)
    assert table.is_proved
    assert table.gradient is None
    check(table.dual.certificate, program=table.dual.program)
    assert not any(rate.size for rate in table)
    assert "constant near the data" in str(table)
    (network,) = table.networks
    for signs in ((1, 1, 1, -1, -1, -1), (-1, 1, -1, 1, 1, -1)):
        # 1/8 is less than the room of this network.
        steps = [Fraction(sign, 8) for sign in signs]
        moved = [(x + steps[2 * k], z + steps[2 * k + 1]) for k, (x, z) in enumerate(X)]
        other = NetworkTraining(
            moved, y, hidden=hidden, margin="1/2", gap="1/2", objective=objective
        )
        assert evaluate(other, network) == table.value


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    instances(
        objectives=("min-weight", "max-correct", ("max-correct", "min-weight")),
        margins=(0, "1/2", 1),
        hiddens=((1,),),
    )
)
def test_values_that_are_said_to_be_constant_are_those_of_all_networks(instance):
    assume(not instance.regularization)
    best = train(instance).network
    assume(best is not None and roomy_network(instance, best) is not None)
    table = influence(instance)
    assert table.gradient is None
    assert_rates_are_those_of_all_networks(instance, table)


def test_a_refusal_names_the_sum_at_its_limit():
    instance = NetworkTraining([[1], [-1]], [1, -1], hidden=(1,), objective="max-margin")
    with pytest.raises(NotAllowedError, match="of layer 0 adds up to"):
        influence(instance)


def test_the_influence_on_one_network_says_where_it_is_not_allowed_any_more():
    instance = NetworkTraining(CORNERS, [1, -1, -1, -1])
    table = network_influence(instance, BinarizedNetwork([[[1, 1]]], [[-1]]))
    assert not table.is_proved
    assert (table["data[0,0]"].larger, table["data[0,0]"].smaller) == (0, None)
    with pytest.raises(InvalidInputError):
        network_influence(instance, BinarizedNetwork([[[1, 0]]], [[0]]))


def test_an_objective_whose_factors_move_is_refused():
    with pytest.raises(UnsupportedError):
        influence(NetworkTraining([[1]], [1], objective=("hinge", "min-weight")))


def test_the_table_and_the_picture(tmp_path):
    pytest.importorskip("matplotlib")
    table = influence(ONE_NEURON)
    assert table.by_data.tolist() == [[0, 0], [2, 0], [2, 0]]
    assert [rate.name for rate in table][:2] == ["data[1,0]", "data[2,0]"]
    table.plot(tmp_path / "rates.png")
    table.plot(tmp_path / "image.png", shape=(1, 2))
    assert (tmp_path / "image.png").stat().st_size > 1000
    with pytest.raises(InvalidInputError):
        table.plot(shape=(2, 2))
    with pytest.raises(InvalidInputError):
        table["data[9,9]"]
    assert "<table>" in table._repr_html_()
