"""The network that descent moves: latent real weights, regularized signs, and its derivative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._regularized_sign import Climb, Staircase

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[Any]

__all__ = ["Gradients", "Passage", "RegularizedNetwork", "Regularization"]


@final
@dataclass(frozen=True, slots=True)
class Regularization:
    """How soft the signs are, and the staircases of weights; layers below `fixed` are exact.

    Attributes
    ----------
    sign
        tau of the signs of neurons; sums are measured in their own standard deviations.
    weight
        tau of the staircases of weights, at most 1/2.
    fixed
        So many first layers are binarized already, and do not move.
    """

    sign: float
    weight: float
    fixed: int = 0


@final
@dataclass(frozen=True, slots=True)
class Passage:
    """What a forward pass leaves for the backward one, by layer.

    Attributes
    ----------
    inputs
        Centered.
    sums
        Before the sign.
    weights
        As they are multiplied.
    climbs
        The staircases at the latent weights, which are evaluated once for both passes; None in
        fixed layers.
    """

    inputs: tuple[Floats, ...]
    sums: tuple[Floats, ...]
    weights: tuple[Floats, ...]
    climbs: tuple[Climb | None, ...]


@final
@dataclass(frozen=True, slots=True)
class Gradients:
    """Of the loss in the latent weights and in the biases, by layer; None where fixed."""

    weights: tuple[Floats | None, ...]
    biases: tuple[Floats | None, ...]


@final
@dataclass(frozen=True, slots=True)
class RegularizedNetwork:
    """Latent real weights and biases of a network that is to be binarized.

    Layer `l` adds up ``scales[l] * q(latent[l]) @ (inputs - centers[l]) + offsets[l]``, where `q`
    is its staircase. The constants `scales` bring sums to the order of 1; the constants
    `centers`, means of the inputs, leave the functions that a layer can be as they are (they
    move the offset) and make descent in its weights much faster.

    Attributes
    ----------
    latent, offsets
        One array a layer.
    scales
        One positive constant a layer.
    centers
        One array a layer, an entry an input.
    staircases
        One a layer.
    """

    latent: tuple[Floats, ...]
    offsets: tuple[Floats, ...]
    scales: tuple[float, ...]
    centers: tuple[Floats, ...]
    staircases: tuple[Staircase, ...]

    def forward(self, X: Floats, soft: Regularization) -> Passage:
        """The regularized network: signs and staircases are not rounded, except in fixed layers."""
        layer, inputs, sums = X, [], []
        climbs = [self._climb(k, soft) for k in range(len(self.latent))]
        weights = [
            w if climb is None else climb.values
            for w, climb in zip(self.latent, climbs, strict=True)
        ]
        last = len(weights) - 1
        for k, (used, offset) in enumerate(zip(weights, self.offsets, strict=True)):
            inputs.append(layer - self.centers[k])
            z = inputs[-1] @ used.T
            z *= X.dtype.type(self.scales[k])
            z += offset
            sums.append(z)
            if k < last:
                layer = _signs(z, soft, is_fixed=k < soft.fixed)
        return Passage(tuple(inputs), tuple(sums), tuple(weights), tuple(climbs))

    def backward(self, passage: Passage, slope: Floats, soft: Regularization) -> Gradients:
        """The chain rule through the regularized network, in one element of each Jacobian.

        Every layer is Lipschitz on bounded sets and semialgebraic, so that the product of
        conservative Jacobians is a conservative Jacobian of the composition.
        """
        count = len(self.latent)
        weights: list[Floats | None] = [None] * count
        biases: list[Floats | None] = [None] * count
        for k in range(count - 1, soft.fixed - 1, -1):
            climb = passage.climbs[k]
            assert climb is not None
            scale = slope.dtype.type(self.scales[k])
            # Constants are multiplied in where there are fewest numbers.
            steep = slope * slope.dtype.type(self.scales[k] * climb.slope)
            found = steep.T @ passage.inputs[k]
            found *= climb.inside
            weights[k] = found
            biases[k] = slope.sum(axis=0)
            if k > soft.fixed:
                z, tau = passage.sums[k - 1], soft.sign
                inside = ((z >= -tau) & (z < tau)).astype(z.dtype)
                slope = (slope @ passage.weights[k]) * inside * (scale / z.dtype.type(tau))
        return Gradients(tuple(weights), tuple(biases))

    def units(self, X: Floats, soft: Regularization) -> tuple[float, ...]:
        """For each layer, one over how strongly the scores bend in its latent weights.

        It bounds, at these samples, the curvature of half the mean square of the scores:
        the largest eigenvalue of the inputs' second moments, times the squared norms of all
        later layers, times the squared scale. Steps of less than 1 in these units are stable
        for the squared hinge and the last layer. Hidden layers get more, for few samples are
        in all windows at once.
        """
        passage = self.forward(X, soft)
        found: list[float] = []
        later = 1.0
        for k in range(len(self.latent) - 1, -1, -1):
            energy = _squared_norm(passage.inputs[k]) / len(X)
            bend = self.scales[k] ** 2 * energy * max(later, _LEAST_BEND)
            factor = 1.0 if k == len(self.latent) - 1 else _HIDDEN_FACTOR
            found.insert(0, factor / bend if bend else 0.0)
            later *= (self.scales[k] / soft.sign) ** 2 * _squared_norm(passage.weights[k])
        return tuple(found)

    def moved(
        self, gradients: Gradients, step: float, units: Sequence[float]
    ) -> RegularizedNetwork:
        """A step down; each layer has its own constant factor, a change of units."""
        latent, offsets = list(self.latent), list(self.offsets)
        for k, (g, h) in enumerate(zip(gradients.weights, gradients.biases, strict=True)):
            if g is None or h is None:
                continue
            change = g * g.dtype.type(-step * units[k])
            change += latent[k]
            latent[k] = change
            offsets[k] = offsets[k] - h.dtype.type(_OFFSET_FACTOR * step) * h
        return replace(self, latent=tuple(latent), offsets=tuple(offsets))

    def rounded(self) -> BinarizedNetwork:
        """The network in the limit: nearest integers as weights, and as biases of sums."""
        pairs = zip(self.staircases, self.latent, strict=True)
        weights = [stairs.nearest(w).astype(np.int64) for stairs, w in pairs]
        parts = zip(weights, self.offsets, self.scales, self.centers, strict=True)
        biases = [
            _nearest_integers(offset.astype(np.float64) / scale - w @ center)
            for w, offset, scale, center in parts
        ]
        return BinarizedNetwork(weights, biases)

    def centered(self, X: Floats, soft: Regularization) -> RegularizedNetwork:
        """The same function, with the means of the inputs at these samples as centers."""
        passage = self.forward(X, soft)
        centers, offsets = list(self.centers), list(self.offsets)
        for k in range(soft.fixed, len(centers)):
            # In double precision, so that a constant feature is centered to 0.
            away = passage.inputs[k].mean(axis=0, dtype=np.float64).astype(X.dtype)
            scale = away.dtype.type(self.scales[k])
            centers[k] = centers[k] + away
            offsets[k] = offsets[k] + scale * (passage.weights[k] @ away)
        return replace(self, centers=tuple(centers), offsets=tuple(offsets))

    def with_fixed_layers(self, count: int) -> RegularizedNetwork:
        """The first layers at the limit: latent weights and offsets become what is rounded."""
        if not count:
            return self
        network = self.rounded()
        latent, offsets, scales = list(self.latent), list(self.offsets), list(self.scales)
        centers = list(self.centers)
        for k in range(count):
            latent[k] = network.weights[k].astype(latent[k].dtype)
            offsets[k] = network.biases[k].astype(offsets[k].dtype)
            # Unscaled sums of integers are exact: a sum of 0 stays 0.
            scales[k], centers[k] = 1.0, np.zeros_like(centers[k])
        return RegularizedNetwork(
            tuple(latent), tuple(offsets), tuple(scales), tuple(centers), self.staircases
        )

    def _climb(self, k: int, soft: Regularization) -> Climb | None:
        """Of a layer that moves."""
        return None if k < soft.fixed else self.staircases[k].climb(self.latent[k], soft.weight)


_OFFSET_FACTOR = 0.1
_HIDDEN_FACTOR = 8.0
_LEAST_BEND = 1e-2
_POWER_STEPS = 12
_LARGEST_BIAS = 2.0**62


def _squared_norm(matrix: Floats) -> float:
    """The square of the largest singular value, by the power method from a vector of ones."""
    largest = float(np.abs(matrix).max(initial=0))
    if largest == 0:
        return 0.0
    # Of the order of 1: squares of large or small entries are beyond single precision.
    unit = matrix / matrix.dtype.type(largest)
    v = np.ones(matrix.shape[1], dtype=matrix.dtype)
    value = 0.0
    for _ in range(_POWER_STEPS):
        w = unit.T @ (unit @ v)
        value = float(np.linalg.norm(w))
        if value == 0:
            return largest**2 * float(np.square(unit).sum())
        v = w / matrix.dtype.type(value)
    return largest**2 * value


def _nearest_integers(biases: NDArray[np.float64]) -> NDArray[np.int64]:
    if not (np.abs(biases) < _LARGEST_BIAS).all():
        raise InvalidInputError(
            "a bias is not finite or does not fit in 64 bits; take a smaller step, or divide the "
            "features by their scale."
        )
    return np.rint(biases).astype(np.int64)


def _signs(z: Floats, soft: Regularization, *, is_fixed: bool) -> Floats:
    if is_fixed:
        return np.asarray(np.where(z >= 0, z.dtype.type(1), z.dtype.type(-1)))
    return np.asarray(np.clip(z / z.dtype.type(soft.sign), -1, 1))
