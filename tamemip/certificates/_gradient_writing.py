"""Certificates about Lipschitz constants and derivatives, written."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from tamemip.certificates._certificate import VERSION, Certificate, Goal
from tamemip.certificates._problem import Problem
from tamemip.certificates._writing import json_line, json_numbers, json_vector

__all__ = ["Repairs", "gradient_certificate", "lipschitz_certificate"]

Repairs = Sequence[Sequence[Fraction]]
"""One direction of the columns a row."""


def lipschitz_certificate(
    problem: Problem, constants: Sequence[Fraction], up: Repairs, down: Repairs
) -> Certificate:
    """The certificate of Lipschitz constants of the optimal value.

    Parameters
    ----------
    problem
        The program.
    constants
        One a row.
    up, down
        A repair of each row to both sides: a direction of the continuous columns that moves the
        row by 1 or -1 for at most its constant.
    """
    lines = [_lipschitz_step(constants, up, down)]
    return _certificate(problem, lines, Goal("lipschitz", of=1), [])


def gradient_certificate(
    proof: Certificate,
    problem: Problem,
    tight: int,
    pair: tuple[Sequence[Fraction], Sequence[Fraction]],
    repairs: tuple[Sequence[Fraction], Repairs, Repairs] | None,
) -> Certificate:
    """The certificate of one element of a conservative gradient.

    Parameters
    ----------
    proof
        The certificate of a dual function that is tight.
    problem
        Its program.
    tight
        The number of the step that proves the value.
    pair
        An optimal point there, and optimal duals of its fibre.
    repairs
        Constants with the repairs that prove them, or None.
    """
    before = list(proof.lines[2:])
    lines: list[dict[str, object]] = []
    step: dict[str, object] = {
        "rule": "optimal-pair",
        "at": tight,
        "point": json_vector(dict(enumerate(pair[0]))),
        "duals": json_vector(dict(enumerate(pair[1]))),
    }
    if repairs is not None:
        lines.append(_lipschitz_step(*repairs))
        step["lipschitz"] = len(before) + 1
    lines.append(step)
    goal = Goal("gradient-element", of=len(before) + len(lines))
    return _certificate(problem, lines, goal, before)


def _lipschitz_step(constants: Sequence[Fraction], up: Repairs, down: Repairs) -> dict[str, object]:
    return {
        "rule": "lipschitz",
        "constants": json_numbers(constants),
        "up": [json_vector(dict(enumerate(v))) for v in up],
        "down": [json_vector(dict(enumerate(v))) for v in down],
    }


def _certificate(
    problem: Problem, lines: Sequence[dict[str, object]], goal: Goal, before: Sequence[str]
) -> Certificate:
    header = {
        "tamemip": "certificate",
        "version": VERSION,
        "problem": problem.digest,
        "statement": goal.to_json(),
    }
    numbered = (
        json_line({"step": k, **line}) for k, line in enumerate(lines, start=len(before) + 1)
    )
    return Certificate(
        (json_line(header), json_line({"problem": problem.to_json()}), *before, *numbered)
    )
