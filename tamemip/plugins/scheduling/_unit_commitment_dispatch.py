"""Unit commitment: plans from points of the program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from tamemip.arithmetic import Number
from tamemip.plugins._completion import completed_point
from tamemip.plugins.scheduling._unit_commitment import UnitCommitment
from tamemip.plugins.scheduling._unit_commitment_plan import (
    CommitmentPlan,
    evaluate_commitment,
)
from tamemip.plugins.scheduling._unit_commitment_program import commitment_program


def commitment_plan(instance: UnitCommitment, point: Sequence[Number]) -> CommitmentPlan:
    """The plan of a point of `commitment_program`.

    Only its binaries are read, what is on and when; the powers are solved for again, exactly,
    by the linear program that is left. So the plan costs what the point says, or less.

    Raises
    ------
    InvalidInputError
        If the point has a wrong length, a binary is no integer, or no powers fit its binaries.

    Examples
    --------
    >>> import tamemip as tm
    >>> from tamemip.plugins.scheduling._unit_commitment_units import ThermalUnit
    >>> coal = ThermalUnit("coal", [(10, 100), (50, 700)], startup=300, min_up=2)
    >>> gas = ThermalUnit("gas", [(5, 200), (20, 650)], startup=50)
    >>> plants = UnitCommitment([20, 60, 30], [coal, gas])
    >>> print(commitment_plan(plants, tm.solve(commitment_program(plants).program).point))
    cost 2050
    hour   0   1   2
    coal  20  50  30
    gas    -  10   -
    """
    program = commitment_program(instance).program
    values = completed_point(program, point)
    hours = range(instance.n_hours)
    on = tuple(
        tuple(values[f"on[{unit.name},{t}]"] == 1 for t in hours) for unit in instance.thermal
    )
    plan = CommitmentPlan(
        tuple(unit.name for unit in instance.thermal),
        tuple(sun.name for sun in instance.renewable),
        on,
        tuple(_powers(instance, k, values) for k in range(len(instance.thermal))),
        tuple(tuple(values[f"power[{sun.name},{t}]"] for t in hours) for sun in instance.renewable),
        Fraction(0),
    )
    return replace(plan, value=evaluate_commitment(instance, plan))


def _powers(
    instance: UnitCommitment, k: int, values: Mapping[str, Fraction]
) -> tuple[Fraction, ...]:
    unit = instance.thermal[k]
    pieces = range(len(unit.segments))
    return tuple(
        unit.minimum * values[f"on[{unit.name},{t}]"]
        + sum((values[f"power[{unit.name},{t},{piece}]"] for piece in pieces), Fraction(0))
        for t in range(instance.n_hours)
    )
