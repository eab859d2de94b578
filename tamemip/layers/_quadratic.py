"""Solutions under a quadratic regularization: a projection on the integer hull."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.errors import NotAllowedError
from tamemip.layers._batch import stacked
from tamemip.layers._projection import project

if TYPE_CHECKING:
    from tamemip.layers._answer import Answer, Floats, ItemFlags
    from tamemip.layers._oracle import Oracle


@final
@dataclass(frozen=True, slots=True, eq=False)
class QuadraticSolutions:
    """The regularized solutions of a batch.

    Attributes
    ----------
    points
        Array of shape ``(batch, n)``.
    slopes
        Their derivatives by the costs: symmetric, shape ``(batch, n, n)``.
    flags
        What was noticed about the solutions without regularization.
    """

    points: Floats
    slopes: Floats
    flags: tuple[ItemFlags, ...]


def project_costs(
    oracle: Oracle, costs: Floats, labels: Sequence[int | None], *, tau: float
) -> QuadraticSolutions:
    """The points of the integer hull with the least ``c x + tau |x|^2 / 2`` (max: the most, less).

    They are the projections of ``-c / tau`` (max: ``c / tau``), by solves with other costs; all
    solutions in the oracle's memory are used, since only the costs move.
    """
    n = oracle.plan.data.n
    sign = 1.0 if oracle.plan.data.base.sense == "min" else -1.0
    found, flags = [], []
    for row, label in zip(costs, labels, strict=True):
        first = _ask(oracle, row, label)
        seen = oracle.points_so_far()
        known = first.point[None, :] if seen is None else np.vstack([seen, first.point])
        found.append(
            project(
                -sign * row / tau,
                known,
                lambda g, label=label: _ask(oracle, sign * g, label).point,  # type: ignore[misc]  # bound now
            )
        )
        flags.append(first.flags)
    slopes = [-sign / tau * (p.directions @ p.directions.T) for p in found]
    return QuadraticSolutions(
        stacked([p.point for p in found], (n,)), stacked(slopes, (n, n)), tuple(flags)
    )


def _ask(oracle: Oracle, costs: Floats, label: int | None) -> Answer:
    (answer,) = oracle.answers([(costs,)], [label])
    if not np.isfinite(answer.value):
        where = "" if label is None else f"batch item {label}: "
        raise NotAllowedError(
            f"{where}the program is {answer.flags.status.value}: it has no hull to project on."
        )
    return answer
