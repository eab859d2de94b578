"""Days of a power grid (PGLib-UC, RTS-GMLC): what SCIP closes, and what a plan costs exactly.

    python bench/unit_commitment.py [--sizes 6x12,12x24,73x48] [--seconds 60]

The instance of *units* and *hours* has the first thermal units that are on before the day, then
others, and of the renewable ones the same share; demand and reserve are scaled by the
capacity that is left, and missing or surplus power costs 5000 and 200. *value* and *bound* are
SCIP's; *plan* is the exact cost of the decoded plan, recomputed from the instance. *model*,
*solve* and *decode* are processor seconds; the limit is one of wall time.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from _tables import Clock, show

import tamemip as tm
from tamemip.plugins.scheduling._read_unit_commitment import read_unit_commitment
from tamemip.plugins.scheduling._unit_commitment import UnitCommitment
from tamemip.plugins.scheduling._unit_commitment_dispatch import commitment_plan
from tamemip.plugins.scheduling._unit_commitment_program import commitment_program

_DATA = Path(__file__).parents[2] / "shared" / "data" / "scheduling" / "unit_commitment"


def _instance(day: UnitCommitment, units: int, hours: int) -> UnitCommitment:
    thermal = sorted(day.thermal, key=lambda unit: not unit.was_on)[:units]
    suns = day.renewable[: len(day.renewable) * units // len(day.thermal)]
    part = day.restricted([u.name for u in (*thermal, *suns)], hours=hours)
    return UnitCommitment(
        part.demand,
        part.thermal,
        reserve=part.reserve,
        renewable=part.renewable,
        shortage_cost=5000,
        surplus_cost=200,
    )


def _row(day: UnitCommitment, units: int, hours: int, seconds: float) -> tuple[object, ...]:
    model, solving, decoding = Clock(), Clock(), Clock()
    instance = _instance(day, units, hours)
    with model.running():
        program = commitment_program(instance).program
    with solving.running():
        claim = tm.solve(program, limits=tm.Limits(seconds=seconds))
    with decoding.running():
        plan = None if claim.point is None else commitment_plan(instance, claim.point)
    return (
        f"{units} units, {hours} h",
        program.n_rows,
        program.n_cols,
        claim.status.value,
        claim.value,
        claim.bound,
        None if plan is None else float(plan.value),
        model.cpu,
        solving.cpu,
        decoding.cpu,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--day", default="rts_gmlc_2020-01-27")
    parser.add_argument("--sizes", default="6x12,12x24,24x24,73x48")
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    day = read_unit_commitment(_DATA / f"{options.day}.json")
    sizes = [map(int, size.split("x")) for size in options.sizes.split(",")]
    show(
        f"Unit commitment, {options.day}",
        ["size", "rows", "columns", "status", "value", "bound", "plan", "model", "solve", "decode"],
        [_row(day, units, hours, options.seconds) for units, hours in sizes],
    )


if __name__ == "__main__":
    main()
