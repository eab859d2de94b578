"""What is asked of a network, in CP-SAT's words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias, assert_never, final

from tamemip.errors import UnsupportedError
from tamemip.plugins.bnn._assessment import is_better_greater, objective_range
from tamemip.plugins.bnn._cp_training_model import TrainingModel
from tamemip.plugins.bnn._training import Objective

Counted: TypeAlias = Mapping[tuple[int, int], Any]
"""For a case and a label, whether its samples are counted as right."""


@final
@dataclass(frozen=True, slots=True)
class Goal:
    """An objective in integers.

    Attributes
    ----------
    name
        Its name.
    expression
        Its value times `unit`.
    unit
        A positive integer.
    """

    name: Objective
    expression: Any
    unit: int


def require(model: TrainingModel) -> None:
    """What the first objective asks of all samples: `needed_gains`."""
    above, below = model.instance.margins
    match model.instance.objectives[0]:
        case "min-weight":
            needed = {1: above, -1: below}
        case "max-margin":
            needed = {1: Fraction(0), -1: model.instance.gap}
        case "max-correct" | "hinge":
            return
        case _:
            assert_never(model.instance.objectives[0])
    for case, score in zip(model.cases, model.scores, strict=True):
        for label in case.counts:
            model.model.add(label * score >= int(model.scale * needed[label]))


def goals(model: TrainingModel) -> list[Goal]:
    """The objectives, in their order; a single one with its regularization."""
    found = []
    counted: dict[tuple[int, int], Any] = {}
    for name in model.instance.objectives:
        match name:
            case "min-weight":
                found.append(Goal(name, model.norm, 1))
            case "max-correct":
                counted = _counted(model)
                total = sum(model.cases[g].counts[y] * c for (g, y), c in counted.items())
                found.append(Goal(name, total, 1))
            case "hinge":
                found.append(Goal(name, _losses(model), model.scale))
            case "max-margin":
                total = _output_margin(model, counted) + _hidden_margins(model)
                found.append(Goal(name, total, model.scale))
            case _:
                assert_never(name)
    return found if len(found) > 1 else [_regularized(model, found[0])]


_LARGEST = 1 << 52
"""Values beyond this are refused: bounds come back in double precision."""


def _regularized(model: TrainingModel, goal: Goal) -> Goal:
    cost = model.instance.regularization
    if goal.name == "min-weight" or not cost:
        return goal
    unit = math.lcm(goal.unit, cost.denominator)
    zero = Fraction(0)
    most = objective_range(model.instance, goal.name, zero)
    most += cost * objective_range(model.instance, "min-weight", zero)
    if unit * most > _LARGEST:
        raise UnsupportedError(
            f"CP-SAT needs integers: with a regularization of {cost}, values go up to "
            f"2**{int(unit * most).bit_length()} times the common denominator, which is too "
            'much. Round it, or use solver="scip".'
        )
    penalty = int(cost * unit) * model.norm
    value = (unit // goal.unit) * goal.expression
    is_maximized = is_better_greater(goal.name)
    return Goal(goal.name, value - penalty if is_maximized else value + penalty, unit)


def _counted(model: TrainingModel) -> dict[tuple[int, int], Any]:
    found = {}
    for g, (case, score) in enumerate(zip(model.cases, model.scores, strict=True)):
        for label in case.counts:
            counted = model.model.new_bool_var(f"counted[{g},{label}]")
            need = _scaled_margin(model, label)
            model.model.add(label * score >= need).only_enforce_if(counted)
            found[g, label] = counted
    return found


def _losses(model: TrainingModel) -> Any:
    losses: list[Any] = []
    for case, score in zip(model.cases, model.scores, strict=True):
        for label, count in case.counts.items():
            need = _scaled_margin(model, label)
            most = max(0, need + model.bound(len(model.instance.hidden), case))
            loss = model.model.new_int_var(0, most, f"loss[{len(losses)}]")
            model.model.add(loss >= need - label * score)
            losses.append(count * loss)
    return sum(losses)


def _output_margin(model: TrainingModel, counted: Counted) -> Any:
    """The least gain; if right samples are counted, that of these, and 0 if there are none."""
    cp = model.model
    most = max(model.bound(len(model.instance.hidden), case) for case in model.cases)
    margin = cp.new_int_var(-most, most, "margin[out]")
    for g, (case, score) in enumerate(zip(model.cases, model.scores, strict=True)):
        for label in case.counts:
            row = cp.add(margin <= label * score)
            if counted:
                row.only_enforce_if(counted[g, label])
    if counted:
        cp.add(margin <= most * sum(counted.values()))
    return margin


def _hidden_margins(model: TrainingModel) -> Any:
    cp = model.model
    margins = []
    for layer, neurons in enumerate(model.on):
        most = min(model.bound(layer, case) for case in model.cases)
        for j, cases in enumerate(neurons):
            margin = cp.new_int_var(0, most, f"margin[{layer},{j}]")
            for u, total in zip(cases, model.sums[layer][j], strict=True):
                cp.add(margin <= total).only_enforce_if(u)
                cp.add(margin <= -total).only_enforce_if(~u)
            margins.append(margin)
    return sum(margins)


def _scaled_margin(model: TrainingModel, label: int) -> int:
    above, below = model.instance.margins
    return int(model.scale * (above if label == 1 else below))
