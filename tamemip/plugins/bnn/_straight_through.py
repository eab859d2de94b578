"""The baseline: straight-through training, clipped and plain, with and without normalization."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._descent_loop import DescentRun
from tamemip.plugins.bnn._descent_options import DescentOptions
from tamemip.plugins.bnn._descent_result import (
    INTERRUPTED,
    TIME_OVER,
    DescentRecord,
    DescentResult,
)
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._regularized_network import (
    Gradients,
    Regularization,
    RegularizedNetwork,
)
from tamemip.plugins.bnn._stage_loss import Loss, loss_and_gradient
from tamemip.plugins.bnn._training import Weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.plugins.bnn._descent_options import Start

    Floats = NDArray[Any]
    Augmentation = Callable[[Floats, np.random.Generator], Floats]

__all__ = ["Normalization", "StraightThroughRule", "Window", "straight_through"]

Window: TypeAlias = Literal["clipped", "plain"]
Normalization: TypeAlias = Literal["none", "batch"]

#: Keeps a constant neuron's normalization finite.
_LEAST_VARIANCE = 1e-5
#: Units of steps are those of `tame_descent` at the width of the window.
_WINDOW = Regularization(1.0, 0.5)


def straight_through(
    X: object,
    y: object,
    *,
    hidden: Sequence[int] = (16,),
    weights: Weights | Sequence[Weights] = "ternary",
    loss: Loss = "squared-hinge",
    window: Window = "clipped",
    normalization: Normalization = "none",
    epochs: int = 20,
    copies: int = 1,
    batch: int = 64,
    step: float = 1.0,
    start: Start = "differences",
    augment: Augmentation | None = None,
    seconds: float = float("inf"),
    random_state: int = 0,
    progress: Callable[[DescentRecord], object] | None = None,
) -> DescentResult:
    """Train by putting a window in the place of the derivative of the sign [1]_.

    The sign network with rounded weights is evaluated; backwards, the sign counts as the
    identity (``"plain"``), or as the identity where a sum is at most one standard deviation
    from 0 (``"clipped"``), and rounding as the identity. What is followed is no conservative
    gradient of the loss: the loss is a step function, which has none. Samples, first weights,
    minibatches and step rule are those of `tame_descent`, so that the two can be compared.

    Parameters
    ----------
    X, y, hidden, weights, loss, epochs, copies, batch, step, start, augment, seconds
        As in `tame_descent`.
    window
        What stands for the derivative of the sign.
    normalization
        ``"batch"``: sums of hidden neurons are centered and scaled by minibatch; at the end
        the means and deviations of all samples, augmented as in training, are rounded into
        integer biases.
    random_state, progress
        As in `tame_descent`.

    Returns
    -------
    DescentResult
        As of `tame_descent`, without stages: there is nothing to certify.

    Raises
    ------
    InvalidInputError
        As `tame_descent`.

    References
    ----------
    .. [1] I. Hubara, M. Courbariaux, D. Soudry, R. El-Yaniv, Y. Bengio, "Binarized neural
       networks", NIPS 2016.

    Examples
    --------
    >>> corners = [[1, 1], [1, -1], [-1, 1], [-1, -1]]
    >>> result = straight_through(corners, [1, -1, -1, -1], hidden=(4,), epochs=20, copies=10)
    >>> result.network.predict(corners)
    array([ 1, -1, -1, -1])
    """
    options = DescentOptions(
        hidden=hidden,
        weights=weights,
        loss=loss,
        epochs=epochs,
        copies=copies,
        batch=batch,
        step=step,
        start=start,
        augment=augment,
        seconds=seconds,
        random_state=random_state,
        progress=progress,
    )
    rule = StraightThroughRule(window, normalization, loss)
    run = DescentRun.of(X, y, options)
    reason = "all epochs were done"
    try:
        run.descend(rule, stage=0, epochs=options.epochs, first_step=step, share=1.0)
    except KeyboardInterrupt:
        reason = INTERRUPTED
    else:
        reason = TIME_OVER if run.is_cut else reason
    is_normalized = rule.normalization == "batch"
    seen = run.data.seen(run.rng, options) if is_normalized else run.data.X
    network = rule.network(run.latent, seen)
    return DescentResult(network, run.latent, tuple(run.history), (), run.seconds, reason)


@final
@dataclass(frozen=True, slots=True)
class _Normalized:
    """Sums of a layer as they meet the sign, and by what they were divided."""

    sums: Floats
    deviation: Floats


@final
@dataclass(frozen=True, slots=True)
class StraightThroughRule:
    """The sign network is evaluated; what stands for its gradient is the gradient of nothing."""

    window: Window
    normalization: Normalization
    loss: Loss

    def __post_init__(self) -> None:
        if self.window not in ("clipped", "plain") or self.normalization not in ("none", "batch"):
            raise InvalidInputError(
                f"window is {self.window!r}, normalization {self.normalization!r}; there are "
                '"clipped" and "plain", "none" and "batch".'
            )

    def gradients(
        self, latent: RegularizedNetwork, X: Floats, signs: Floats
    ) -> tuple[float, Gradients]:
        """The loss of the rounded network, and the direction that the window makes."""
        layer, inputs, normalized, used = X, [], [], _rounded_weights(latent)
        last = len(used) - 1
        for k, w in enumerate(used):
            inputs.append(layer - latent.centers[k])
            z = inputs[-1] @ w.T * X.dtype.type(latent.scales[k])
            normalized.append(self._normalized(z, latent.offsets[k], is_last=k == last))
            if k < last:
                layer = np.where(normalized[-1].sums >= 0, X.dtype.type(1), X.dtype.type(-1))
        value, slope = loss_and_gradient(normalized[-1].sums, signs, self.loss)
        weights: list[Floats | None] = []
        biases: list[Floats | None] = []
        for k in range(last, -1, -1):
            biases.insert(0, slope.sum(axis=0))
            if k < last and self.normalization == "batch":
                slope = _before(slope, normalized[k], latent.offsets[k])
            scale = X.dtype.type(latent.scales[k])
            weights.insert(0, (slope.T @ inputs[k]) * scale)
            if k:
                slope = (slope @ used[k]) * scale * self._passed(normalized[k - 1].sums)
        return value, Gradients(tuple(weights), tuple(biases))

    def units(self, latent: RegularizedNetwork, X: Floats) -> tuple[float, ...]:
        """Those of tame descent, with a window as wide."""
        return latent.units(X, _WINDOW)

    def kept(self, latent: RegularizedNetwork) -> RegularizedNetwork:
        """Latent weights stay in the range of their staircase, as is usual."""
        pairs = zip(latent.staircases, latent.latent, strict=True)
        return replace(latent, latent=tuple(np.clip(w, -s.largest, s.largest) for s, w in pairs))

    def network(self, latent: RegularizedNetwork, X: Floats) -> BinarizedNetwork:
        """Rounded, with the normalization of all samples in the biases."""
        if self.normalization == "none":
            return latent.rounded()
        plain = latent.rounded()
        biases, layer = list(plain.biases), X.astype(np.float64)
        for k, w in enumerate(plain.weights[:-1]):
            sums = layer @ w.T
            deviation = np.sqrt(sums.var(axis=0) + _LEAST_VARIANCE / latent.scales[k] ** 2)
            biases[k] = np.rint(latent.offsets[k] * deviation - sums.mean(axis=0)).astype(np.int64)
            layer = np.where(sums + biases[k] >= 0, 1.0, -1.0)
        return BinarizedNetwork(plain.weights, biases)

    def _normalized(self, z: Floats, offset: Floats, *, is_last: bool) -> _Normalized:
        if is_last or self.normalization == "none":
            return _Normalized(z + offset, np.ones(z.shape[1], dtype=z.dtype))
        deviation = np.sqrt(z.var(axis=0) + z.dtype.type(_LEAST_VARIANCE))
        return _Normalized((z - z.mean(axis=0)) / deviation + offset, deviation)

    def _passed(self, sums: Floats) -> Floats:
        if self.window == "plain":
            return np.ones_like(sums)
        return (np.abs(sums) <= 1).astype(sums.dtype)


def _before(slope: Floats, normalized: _Normalized, offset: Floats) -> Floats:
    """The gradient before the normalization by minibatch."""
    centered = normalized.sums - offset
    found: Floats = slope - slope.mean(axis=0) - centered * (slope * centered).mean(axis=0)
    return found / normalized.deviation


def _rounded_weights(latent: RegularizedNetwork) -> list[Floats]:
    pairs = zip(latent.staircases, latent.latent, strict=True)
    return [stairs.nearest(w) for stairs, w in pairs]
