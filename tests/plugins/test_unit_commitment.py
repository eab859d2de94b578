"""Unit commitment against all on-off patterns, PGLib's files, and models derived from them."""

from __future__ import annotations

import json
import pickle
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling._read_unit_commitment import read_unit_commitment
from tamemip.plugins.scheduling._unit_commitment import UnitCommitment
from tamemip.plugins.scheduling._unit_commitment_dispatch import commitment_plan
from tamemip.plugins.scheduling._unit_commitment_member import MEMBER
from tamemip.plugins.scheduling._unit_commitment_plan import CommitmentPlan, evaluate_commitment
from tamemip.plugins.scheduling._unit_commitment_program import commitment_program
from tamemip.plugins.scheduling._unit_commitment_units import RenewableUnit, ThermalUnit
from tests.plugins import commitments_by_force as force

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "scheduling"
with_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the shared data are not beside the repository"
)
DERIVED = {
    "uc_rts0127_6g_12h": ("rts_gmlc_2020-01-27", "224293.7282"),
    "uc_rts0812_6g_12h": ("rts_gmlc_2020-08-12", "211078.1545"),
}
"""Models derived from days of the grid, and their optima to four digits."""


@st.composite
def thermal_units(draw, name: str) -> ThermalUnit:
    powers = sorted(draw(st.sets(st.integers(0, 6), min_size=1, max_size=3)))
    costs = [draw(st.integers(0, 9)) for _ in powers]
    high, low = powers[-1], powers[0]
    limits = st.none() | st.integers(low, high)
    ramps = st.none() | st.integers(0, high - low)
    past = draw(st.sampled_from(["on", "off", "long off"]))
    return ThermalUnit(
        name,
        list(zip(powers, costs, strict=True)),
        startup=draw(st.sampled_from([2, [(1, 1), (2, 4)], [(1, 1), (2, 2), (3, 5)]])),
        ramp_up=draw(ramps),
        ramp_down=draw(ramps),
        startup_limit=draw(limits),
        shutdown_limit=draw(limits),
        min_up=draw(st.integers(1, 2)),
        min_down=draw(st.integers(1, 2)),
        hours_on=draw(st.integers(1, 2)) if past == "on" else 0,
        hours_off=draw(st.integers(1, 2)) if past == "off" else None,
        power_before=draw(st.integers(low, high)) if past == "on" else None,
    )


@st.composite
def commitments(draw, *, hours: int = 3) -> UnitCommitment:
    demand = draw(st.lists(st.integers(0, 9), min_size=hours, max_size=hours))
    thermal = [draw(thermal_units(name)) for name in ("a", "b")[: draw(st.integers(1, 2))]]
    renewable = [
        RenewableUnit("w", draw(st.lists(st.integers(0, 2), min_size=hours, max_size=hours)))
    ]
    return UnitCommitment(
        demand,
        thermal,
        renewable=renewable[: draw(st.integers(0, 1))],
        reserve=draw(st.none() | st.lists(st.integers(0, 2), min_size=hours, max_size=hours)),
        shortage_cost=draw(st.sampled_from([None, 7])),
        surplus_cost=draw(st.sampled_from([None, 3])),
    )


@settings(max_examples=50, deadline=None)
@given(commitments())
def test_the_program_has_the_value_of_all_patterns(plants):
    claim = tm.solve(commitment_program(plants).program)
    least = force.least_cost(plants)
    if least is None:
        assert claim.status is tm.Status.INFEASIBLE
        return
    plan = commitment_plan(plants, claim.point)
    assert plan.value == evaluate_commitment(plants, plan) == least
    assert claim.value == pytest.approx(float(least))


PASTS = {
    "warm from before": ThermalUnit("g", [(1, 1)], startup=[(1, 1), (4, 9)], hours_off=2),
    "cold from before": ThermalUnit("g", [(1, 1)], startup=[(1, 1), (3, 9)], hours_off=3),
    "cannot be shut down": ThermalUnit(
        "g", [(1, 50), (6, 60)], shutdown_limit=3, hours_on=9, power_before=6
    ),
    "has to stay on": ThermalUnit("g", [(1, 50)], min_up=4, hours_on=2),
    "has to stay off": ThermalUnit("g", [(1, 1)], min_down=4, hours_off=2),
    "cannot fall": ThermalUnit("g", [(0, 0), (6, 60)], ramp_down=2, hours_on=1, power_before=6),
    "cannot rise": ThermalUnit("g", [(0, 0), (6, 6)], ramp_up=2, hours_on=1, power_before=1),
}


@pytest.mark.parametrize("name", PASTS)
def test_the_past_of_a_unit_decides(name):
    plants = UnitCommitment([0, 1, 4], [PASTS[name]], shortage_cost=7, surplus_cost=3)
    claim = tm.solve(commitment_program(plants).program)
    least = force.least_cost(plants)
    assert claim.value == pytest.approx(float(least))
    assert commitment_plan(plants, claim.point).value == least
    free = ThermalUnit("g", PASTS[name].production, startup=5)
    assert force.least_cost(_with(plants, free)) != least


def _with(plants: UnitCommitment, unit: ThermalUnit) -> UnitCommitment:
    return UnitCommitment(plants.demand, [unit], shortage_cost=7, surplus_cost=3)


@settings(max_examples=15, deadline=None)
@given(commitments(), st.data())
def test_the_program_is_right_where_demand_and_reserve_move(plants, data):
    more = [Fraction(data.draw(st.integers(0, 6)), 4) for _ in plants.demand]
    moved = UnitCommitment(
        [d + m for d, m in zip(plants.demand, more, strict=True)],
        plants.thermal,
        renewable=plants.renewable,
        reserve=None
        if plants.reserve is None
        else [r + m for r, m in zip(plants.reserve, more, strict=True)],
        shortage_cost=plants.shortage_cost,
        surplus_cost=plants.surplus_cost,
    )
    theta = more if plants.reserve is None else more + more
    claim = tm.solve(commitment_program(plants).at(theta))
    least = force.least_cost(moved)
    if least is None:
        assert claim.status is tm.Status.INFEASIBLE
    else:
        assert claim.value == pytest.approx(float(least))


@settings(max_examples=10, deadline=None)
@given(commitments(hours=2))
def test_rates_lie_in_the_gradient(plants):
    elastic = UnitCommitment(
        [d + 1 for d in plants.demand],
        plants.thermal,
        renewable=plants.renewable,
        shortage_cost=20,
        surplus_cost=20,
    )
    gradient = tm.conservative_gradient(commitment_program(elastic))
    here, step = force.least_cost(elastic), Fraction(1, 10**6)
    for t in range(2):
        for sign in (1, -1):
            direction = [sign * (s == t) for s in range(2)]
            demand = [d + step * e for d, e in zip(elastic.demand, direction, strict=True)]
            moved = UnitCommitment(
                demand,
                elastic.thermal,
                renewable=elastic.renewable,
                shortage_cost=20,
                surplus_cost=20,
            )
            rate = (force.least_cost(moved) - here) / step
            assert -gradient.exact_support([-e for e in direction]) <= rate
            assert rate <= gradient.exact_support(direction)


# -- costs and rules of a unit ------------------------------------------------------------


def test_points_above_the_lower_envelope_do_not_matter():
    bent = ThermalUnit("g", [(0, 0), (1, 9), (2, 4), (4, 10)])
    assert bent.segments == ((2, 2), (2, 3))
    assert [bent.running_cost(Fraction(p)) for p in range(5)] == [0, 2, 4, 7, 10]


def test_starts_cost_by_the_hours_before():
    unit = ThermalUnit("g", [(1, 1)], startup=[(2, 10), (5, 30)])
    assert [unit.startup_cost(h) for h in (1, 2, 4, 5, None)] == [10, 10, 10, 30, 30]


def _gas(**changes) -> ThermalUnit:
    return ThermalUnit("gas", [(5, 200), (20, 650)], startup=50, **changes)


def _plan(on: str, *power: int) -> CommitmentPlan:
    states = tuple(letter == "1" for letter in on)
    return CommitmentPlan(("gas",), (), (states,), (tuple(map(Fraction, power)),), (), Fraction(0))


@pytest.mark.parametrize(
    ("unit", "plan", "message"),
    [
        (_gas(), _plan("11", 4, 5), "hour 0: its power is 4; on, it can be 5 to 20"),
        (_gas(), _plan("10", 5, 5), "hour 1: its power is 5; off"),
        (_gas(min_up=2), _plan("10", 5, 0), "hour 1: it is shut down after 1 hours on, but 2"),
        (_gas(min_down=2, hours_on=1), _plan("01", 0, 5), "it starts after 1 hours off"),
        (_gas(must_run=True), _plan("10", 5, 0), "hour 1: it is off, but it must run"),
        (_gas(startup_limit=10), _plan("11", 11, 11), "hour 0: its power is 11"),
        (_gas(shutdown_limit=10), _plan("10", 11, 0), "hour 0: its power is 11"),
        (_gas(ramp_up=3), _plan("11", 5, 9), "hour 1: its power above the minimum rises by 4"),
        (_gas(ramp_down=3), _plan("11", 9, 5), "hour 1: its power above the minimum falls by 4"),
        (
            _gas(hours_on=1, power_before=9, shutdown_limit=8),
            _plan("00", 0, 0),
            "hour 0: it is shut down from a power of 9",
        ),
        (_gas(), _plan("11", 5, 5), "hour 0: the units supply 5, but the demand is 9"),
        (_gas(), _plan("1", 5), "has to have 1 rows of 2 hours"),
    ],
)
def test_evaluation_names_what_is_broken(unit, plan, message):
    with pytest.raises(InvalidInputError, match=message):
        evaluate_commitment(UnitCommitment([9, 9], [unit]), plan)


def test_a_missing_reserve_is_named():
    plants = UnitCommitment([15], [_gas()], reserve=[6])
    with pytest.raises(InvalidInputError, match="could give 5 more, but the reserve is 6"):
        evaluate_commitment(plants, _plan("1", 15))


def test_binaries_without_powers_are_refused():
    plants = UnitCommitment([9], [_gas()])
    with pytest.raises(InvalidInputError, match="no continuous part"):
        commitment_plan(plants, [0] * commitment_program(plants).program.n_cols)


# -- instances ----------------------------------------------------------------------------


def test_examples_decode_to_their_value():
    for example in MEMBER.examples():
        claim = tm.solve(MEMBER.program(example).program)
        plan = MEMBER.decode(example, claim.point)
        assert MEMBER.evaluate(example, plan) == plan.value == force.least_cost(example)


def test_bad_examples_are_refused():
    for make in MEMBER.bad_examples():
        with pytest.raises(InvalidInputError):
            make()


def test_instances_are_values():
    plants = UnitCommitment([9, "1/2"], [_gas()], renewable=[RenewableUnit("w", [1, 2])], name="p")
    assert pickle.loads(pickle.dumps(plants)) == plants
    assert len({plants, pickle.loads(pickle.dumps(plants))}) == 1
    assert repr(plants) == "UnitCommitment('p', 2 hours, 1 thermal, 1 renewable)"


def test_plans_show_powers_by_hour():
    plants = UnitCommitment([9, 0], [_gas()], renewable=[RenewableUnit("w", [1, 2])])
    plan = commitment_plan(plants, tm.solve(commitment_program(plants).program).point)
    assert plan.rows == (("gas", "8", "-"), ("w", "1", "0"))
    assert "<td>gas</td>" in plan._repr_html_()


def test_restriction_scales_by_capacity():
    coal = ThermalUnit("coal", [(10, 100), (60, 700)])
    wind = RenewableUnit("wind", [1, 2, 3])
    plants = UnitCommitment([20, 60, 30], [coal, _gas()], renewable=[wind], reserve=[4, 4, 4])
    small = plants.restricted(["gas", "wind"], hours=2)
    assert (small.demand, small.reserve) == ((5, 15), (1, 1))
    assert small.renewable == (RenewableUnit("wind", [1, 2]),)
    assert plants.restricted(["gas"], scale="1/2").demand == (10, 30, 15)
    for units, hours, message in ((["oil"], 2, "no unit 'oil'"), (["gas"], 4, "hours=4")):
        with pytest.raises(InvalidInputError, match=message):
            plants.restricted(units, hours=hours)


# -- files --------------------------------------------------------------------------------


@with_data
def test_a_day_of_the_grid_is_read_exactly():
    plants = read_unit_commitment(DATA / "unit_commitment" / "rts_gmlc_2020-01-27.json")
    assert (plants.n_hours, len(plants.thermal), len(plants.renewable)) == (48, 73, 81)
    assert plants.demand[0] == Fraction("3262.31")
    first = plants.thermal[0]
    assert (first.name, first.min_up, first.hours_off) == ("115_STEAM_1", 4, 168)
    assert first.startup[-1] == (12, Fraction("703.76"))
    assert [unit.name for unit in plants.thermal if unit.must_run] == ["121_NUCLEAR_1"]


@with_data
@pytest.mark.parametrize("name", DERIVED)
def test_models_derived_elsewhere_have_the_same_optimum(name):
    """They know nothing of the past and of reserves, and have one cost of a start."""
    day, optimum = DERIVED[name]
    model = tm.read(DATA / "unit_commitment_mps" / f"{name}.mps")
    plants = read_unit_commitment(DATA / "unit_commitment" / f"{day}.json")
    cost = dict(zip(model.col_names, model.exact.c, strict=True))
    units = [_as_derived(plants, cost[f"u{g}_0"]) for g in range(6)]
    units = [
        ThermalUnit(
            f"{unit.name} ({g})",
            unit.production,
            startup=unit.startup[-1][1],
            ramp_up=unit.ramp_up,
            ramp_down=unit.ramp_down,
            startup_limit=unit.startup_limit,
            shutdown_limit=unit.shutdown_limit,
            min_up=unit.min_up,
            min_down=unit.min_down,
        )
        for g, unit in enumerate(units)
    ]
    small = UnitCommitment(
        [model.exact.rhs[model.row_index(f"demand_{t}")] for t in range(12)],
        units,
        shortage_cost=cost["shed0"],
        surplus_cost=cost["exc0"],
    )
    plan = commitment_plan(small, tm.solve(commitment_program(small).program).point)
    assert round(plan.value, 4) == Fraction(optimum)


def _as_derived(plants: UnitCommitment, running: Fraction) -> ThermalUnit:
    return next(unit for unit in plants.thermal if unit.production[0][1] == running)


SMALL = {
    "time_periods": 2,
    "demand": [10, 12.5],
    "reserves": [1, 1],
    "thermal_generators": {
        "gas": {
            "must_run": 0,
            "power_output_minimum": 5,
            "power_output_maximum": 20,
            "ramp_up_limit": 20,
            "ramp_down_limit": 20,
            "ramp_startup_limit": 20,
            "ramp_shutdown_limit": 20,
            "time_up_minimum": 1,
            "time_down_minimum": 1,
            "power_output_t0": 0,
            "unit_on_t0": 0,
            "time_down_t0": 9,
            "time_up_t0": 0,
            "startup": [{"lag": 1, "cost": 51.75}],
            "piecewise_production": [{"mw": 5, "cost": 200}, {"mw": 20, "cost": 650}],
        }
    },
    "renewable_generators": {
        "wind": {"power_output_minimum": [0, 0], "power_output_maximum": [1, 0.1]}
    },
}


def test_a_small_file_is_read(tmp_path):
    path = tmp_path / "small.json"
    path.write_text(json.dumps(SMALL))
    plants = read_unit_commitment(path)
    assert plants.name == "small"
    assert plants.demand == (10, Fraction(25, 2))
    assert plants.renewable == (RenewableUnit("wind", [1, "1/10"]),)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"demand": [10, 12.5]', '"demand": [10, NaN]', "there is a NaN"),
        ('"demand": [10, 12.5]', '"demand": [10, "x"]', r"/demand\[1\] is 'x'; a number is needed"),
        ('"demand": [10, 12.5]', '"demand": [10]', "/demand has 1 entries, but time_periods is 2"),
        ('"demand": [10, 12.5]', '"demand": [10, -1]', r"demand\[1\] is -1"),
        ('"must_run": 0, ', "", "/thermal_generators/gas has no 'must_run'"),
        ('"time_down_minimum": 1', '"time_down_minimum": 1.5', "time_down_minimum is 3/2; an int"),
        ('"power_output_maximum": 20', '"power_output_maximum": 30', "piecewise_production does"),
        ('"power_output_t0": 0', '"power_output_t0": 3', "unit 'gas': power_before is 3"),
        ('"power_output_maximum": [1, 0.1]', '"power_output_maximum": 1', "is no list"),
        ('"renewable_generators": {"wind"', '"renewable_generators": {"gas"', "two units are"),
    ],
)
def test_damaged_files_are_refused_by_entry(tmp_path, old, new, message):
    text = json.dumps(SMALL)
    assert old in text
    path = tmp_path / "small.json"
    path.write_text(text.replace(old, new))
    with pytest.raises(InvalidInputError, match=message) as caught:
        read_unit_commitment(path)
    assert "small.json" in str(caught.value)


def test_truncated_files_are_refused_by_line(tmp_path):
    path = tmp_path / "small.json"
    path.write_text(json.dumps(SMALL, indent=1)[:200])
    with pytest.raises(InvalidInputError, match=r"small.json, line \d+: this is no JSON"):
        read_unit_commitment(path)
    with pytest.raises(InvalidInputError, match="there is no file"):
        read_unit_commitment(tmp_path / "none.json")
