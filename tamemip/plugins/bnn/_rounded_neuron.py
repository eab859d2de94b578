"""From a neuron with real weights to good ones with integers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.plugins.bnn._assessment import needed_gains, taus
from tamemip.plugins.bnn._first_network import descended_neuron
from tamemip.plugins.bnn._relaxed_neuron import signed_samples
from tamemip.plugins.bnn._training import NetworkTraining

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


def rounded_neurons(instance: NetworkTraining, weights: Floats) -> Iterator[Integers]:
    """Neurons near real weights: rounded one by one, then improved one weight at a time.

    A vertex of the linear relaxation has no more weights between integers than there are
    samples, so that rounding changes few. All is in floats: what a neuron is worth is to be
    computed exactly.

    Examples
    --------
    >>> instance = NetworkTraining([[2], [-1]], [1, -1], objective="max-margin")
    >>> [w.tolist() for w in rounded_neurons(instance, np.array([1.0, -0.5]))]
    [[1, -1], [1, -1]]
    """
    signed = signed_samples(instance)
    judge = _Judge.of(instance)
    w = _rounded(instance, judge, signed, weights)
    yield w.copy()
    yield _improved(instance, judge, signed, w)
    if instance.objectives[0] == "min-weight" and instance.weights != "binary":
        # At large data the real weights are small, and all of them round to 0.
        support = np.sign(np.where(np.abs(weights) > _NEAR, weights, 0)).astype(np.int64)
        yield _improved(instance, judge, signed, support)


def descended_from(instance: NetworkTraining, w: Integers) -> Integers:
    """A neuron that coordinate descent on the logistic loss finds from another one.

    Examples
    --------
    >>> instance = NetworkTraining([[2], [-1]], [1, -1])
    >>> descended_from(instance, np.array([0, 0])).tolist()
    [1, 0]
    """
    neuron = descended_neuron(instance, w)
    return _improved(instance, _Judge.of(instance), signed_samples(instance), neuron)


@final
@dataclass(frozen=True, slots=True)
class _Judge:
    """What gains are worth to the first objective; less is better.

    Attributes
    ----------
    name
        The objective.
    margins
        What each sample's gain is wanted to be.
    required
        What it has to be at least, if anything is required.
    cost
        Of a unit of a weight.
    """

    name: str
    margins: Floats
    required: Floats | None
    cost: float

    @classmethod
    def of(cls, instance: NetworkTraining) -> _Judge:
        needs = needed_gains(instance)
        name = instance.objectives[0]
        return cls(
            name,
            np.array([float(t) for t in taus(instance)]),
            None if needs is None else np.array([float(v) for v in needs]),
            1.0 if name == "min-weight" else float(instance.regularization),
        )

    def losses(self, gains: Floats, norms: Any) -> Any:
        """One a column of gains."""
        margins = self.margins[:, None]
        found = self.cost * norms
        if self.required is not None:
            short = np.maximum(self.required[:, None] - gains, 0).sum(axis=0)
            found = found + _HEAVY * short
        match self.name:
            case "max-margin":
                return found - gains.min(axis=0)
            case "hinge":
                return found + np.maximum(margins - gains, 0).sum(axis=0)
            case "max-correct":
                short = np.maximum(margins - gains, 0).sum(axis=0)
                return found - (gains >= margins).sum(axis=0) + short / (1 + short)
            case _:
                return found


_HEAVY = 1e6
"""What one unit costs that a sample is short of what is required."""


def _rounded(instance: NetworkTraining, judge: _Judge, signed: Floats, weights: Floats) -> Integers:
    """Weights that are nearly integers are rounded at once; others, one by one, to the better."""
    most = instance.largest
    w = np.clip(weights, -most, most)
    near = np.rint(w)
    if instance.weights == "binary":
        near[:-1] = np.where(w[:-1] >= 0, 1, -1)
    open_places = np.flatnonzero(np.abs(w - near) > _NEAR)
    w = np.where(np.abs(w - near) > _NEAR, w, near)
    for place in open_places[np.argsort(np.abs(w - near)[open_places], kind="stable")]:
        is_sign = instance.weights == "binary" and place < len(w) - 1
        choices = np.array([-1.0, 1.0]) if is_sign else np.floor(w[place]) + np.array([0.0, 1.0])
        moved = (choices - w[place])[None, :] * signed[:, [place]]
        rest = np.abs(w).sum() - abs(w[place])
        losses = judge.losses((signed @ w)[:, None] + moved, rest + np.abs(choices))
        w[place] = choices[int(np.argmin(losses))]
    return np.rint(w).astype(np.int64)


_NEAR = 1e-6


def _improved(instance: NetworkTraining, judge: _Judge, signed: Floats, w: Integers) -> Integers:
    """The best change of one weight by one unit, again and again."""
    step = np.full(len(w), 2 if instance.weights == "binary" else 1, dtype=np.int64)
    step[-1] = 1
    gains = signed @ w
    loss = judge.losses(gains[:, None], np.array([np.abs(w).sum()]))[0]
    for _ in range(min(_MOST_STEPS, _MOST_WORK // signed.size)):
        best = min(
            (_best_change(instance, judge, signed, (w, sign * step)) for sign in (1, -1)),
            key=lambda change: change[0],
        )
        if best[0] >= loss:
            break
        loss, place, change = best
        w[place] += change
    return w


_MOST_STEPS = 300
_MOST_WORK = 10_000_000
"""Products of samples and features that may be looked at."""


def _best_change(
    instance: NetworkTraining, judge: _Judge, signed: Floats, state: tuple[Integers, Integers]
) -> tuple[float, int, int]:
    """The least loss after a step of one weight, its place, and the step."""
    w, step = state
    may = np.flatnonzero(np.abs(w + step) <= instance.largest)
    if not len(may):
        return np.inf, 0, 0
    after = (signed @ w)[:, None] + step[may] * signed[:, may]
    norms = np.abs(w).sum() - np.abs(w[may]) + np.abs(w[may] + step[may])
    losses = judge.losses(after, norms)
    k = int(np.argmin(losses))
    return float(losses[k]), int(may[k]), int(step[may[k]])
