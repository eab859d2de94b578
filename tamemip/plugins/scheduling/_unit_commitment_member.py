"""Unit commitment as a member of the scheduling family."""

from __future__ import annotations

from collections.abc import Iterable

from tamemip.plugins.scheduling._member import BadExample, Member
from tamemip.plugins.scheduling._unit_commitment import UnitCommitment
from tamemip.plugins.scheduling._unit_commitment_dispatch import commitment_plan
from tamemip.plugins.scheduling._unit_commitment_plan import (
    CommitmentPlan,
    evaluate_commitment,
)
from tamemip.plugins.scheduling._unit_commitment_program import commitment_program
from tamemip.plugins.scheduling._unit_commitment_units import RenewableUnit, ThermalUnit


def _coal() -> ThermalUnit:
    return ThermalUnit(
        "coal",
        [(10, 100), (30, 400), (50, 900)],
        startup=[(1, 100), (3, 300)],
        ramp_up=15,
        ramp_down=15,
        startup_limit=20,
        shutdown_limit=20,
        min_up=2,
        hours_on=1,
        power_before=20,
    )


def _gas() -> ThermalUnit:
    return ThermalUnit("gas", [(5, 200), (20, 650)], startup=50)


def _examples() -> Iterable[UnitCommitment]:
    yield UnitCommitment(
        [20, 45, 30], [_coal(), _gas()], shortage_cost=100, surplus_cost=10, name="peak"
    )
    # Two equal units: whichever runs, the price is the same.
    twins = [ThermalUnit(name, [(1, 2), (3, 6)]) for name in ("left", "right")]
    yield UnitCommitment([2, 5], twins, shortage_cost=9, surplus_cost=9, name="twins")
    yield UnitCommitment(
        [20, 32], [_coal(), _gas()], renewable=[RenewableUnit("wind", [8, 3])], name="wind"
    )
    yield UnitCommitment(
        [20, 25], [_coal(), _gas()], reserve=[5, 8], shortage_cost=100, name="reserve"
    )


def _bad_examples() -> Iterable[BadExample]:
    yield lambda: UnitCommitment([], [_gas()])
    yield lambda: UnitCommitment([10], [])
    yield lambda: UnitCommitment([10, -1], [_gas()])
    yield lambda: UnitCommitment([float("nan")], [_gas()])
    yield lambda: UnitCommitment([10, 10], [_gas()], reserve=[1])
    yield lambda: UnitCommitment([10], [_gas(), _gas()])
    yield lambda: UnitCommitment([10, 10], [_gas()], renewable=[RenewableUnit("sun", [1])])
    yield lambda: UnitCommitment([10], [_gas()], shortage_cost=-1)
    yield lambda: ThermalUnit("gas", [])
    yield lambda: ThermalUnit("gas", [(10, 100), (5, 50)])
    yield lambda: ThermalUnit("gas", [(10, 100)], startup=[(3, 50), (1, 80)])
    yield lambda: ThermalUnit("gas", [(10, 100)], startup_limit=5)
    yield lambda: ThermalUnit("gas", [(10, 100)], must_run=True, hours_off=1, min_down=2)
    yield lambda: ThermalUnit("gas", [(10, 100)], power_before=10)
    yield lambda: RenewableUnit("sun", [1], minimum=[2])


MEMBER = Member(
    UnitCommitment,
    commitment_program,
    commitment_plan,
    evaluate_commitment,
    _examples,
    _bad_examples,
    CommitmentPlan,
)
