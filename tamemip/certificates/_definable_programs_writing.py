"""Writing certificates about the optimal value of a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from tamemip.certificates._certificate import VERSION, Certificate, Goal
from tamemip.certificates._definable_programs import (
    BoundedIntegers,
    RelaxationBelow,
    value_class,
)
from tamemip.certificates._definable_programs_bounds import Side
from tamemip.certificates._definable_programs_ranges import Varying
from tamemip.certificates._problem import Problem, SparseVector
from tamemip.certificates._writing import json_line, json_number, json_vector

ColumnProof: TypeAlias = tuple[int, Side, SparseVector]
"""A column, the side on which it is bounded, and the multipliers of the rows."""
LevelProof: TypeAlias = tuple[int, Side, SparseVector, Fraction]
"""The same, with the price of the objective."""


def value_certificate(
    problem: Problem,
    varying: Varying,
    *,
    bounds: Sequence[ColumnProof] | None = None,
    levels: Sequence[LevelProof] = (),
    point: Sequence[Fraction] | None = None,
    cuts: Sequence[LevelProof] = (),
    dual: Mapping[int, Fraction] | None = None,
    ray: Mapping[int, Fraction] | None = None,
    climb: tuple[Sequence[Fraction], Mapping[int, Fraction]] | None = None,
) -> Certificate:
    """The certificate that the optimal value is definable, as a function of some data.

    Parameters
    ----------
    problem
        The program.
    varying
        The box of data.
    bounds
        Proofs of column bounds, in order, after which every integer column is bounded; None
        if that is not known.
    levels
        Proofs of bounds where the objective is bounded.
    point, cuts
        A point that is feasible for all data, and proofs of bounds where the objective is at
        most its greatest cost, in order, after `bounds`.
    dual, ray
        A dual feasible point of the relaxation, or an improving ray.
    climb
        With a ray: a point, and a direction into every row.

    Raises
    ------
    RejectedError
        If no class follows. What is handed in is not checked here.
    """
    lines: list[dict[str, object]] = [{"rule": "varying", **varying.to_json()}]
    claim: dict[str, object] = {"over": 1}
    bounded = None
    if bounds is not None:
        bounded = BoundedIntegers(1, by_levels=bool(levels))
        line = _bounded_line(bounds, levels)
        if point is not None:
            line |= {"point": [*map(json_number, point)], "cuts": _level_proofs(cuts)}
        lines.append(line)
        claim["bounded"] = len(lines)
    below = None
    if dual is not None or ray is not None:
        field = ("dual", dual) if dual is not None else ("ray", ray or {})
        line = {"rule": "relaxation-below", field[0]: json_vector(field[1] or {})}
        if climb is not None:
            line |= {"point": [*map(json_number, climb[0])], "climb": json_vector(climb[1])}
        lines.append(line)
        claim["below"] = len(lines)
        below = RelaxationBelow(dual is not None, is_everywhere=climb is not None)
    found = value_class(problem, varying, bounded=bounded, below=below)
    claim |= {"structures": [s.value for s in found.structures], "local": found.is_local}
    lines.append({"rule": "definable-value", **claim})
    header = {
        "tamemip": "certificate",
        "version": VERSION,
        "problem": problem.digest,
        "statement": Goal("definable", of=len(lines)).to_json(),
    }
    steps = (json_line({"step": k, **line}) for k, line in enumerate(lines, start=1))
    return Certificate((json_line(header), json_line({"problem": problem.to_json()}), *steps))


def _bounded_line(bounds: Sequence[ColumnProof], levels: Sequence[LevelProof]) -> dict[str, object]:
    proofs = [{"column": j, "side": s, "y": json_vector(dict(y))} for j, s, y in bounds]
    line: dict[str, object] = {"rule": "bounded-integers", "over": 1, "bounds": proofs}
    if levels:
        line["levels"] = _level_proofs(levels)
    return line


def _level_proofs(levels: Sequence[LevelProof]) -> list[dict[str, object]]:
    return [
        {"column": j, "side": s, "y": json_vector(dict(y)), "price": json_number(price)}
        for j, s, y, price in levels
    ]
