"""The loop of all kinds of descent: epochs, minibatches, steps, the clock and Ctrl-C."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, final

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._descent_data import DescentData, first_latent
from tamemip.plugins.bnn._descent_options import DescentOptions
from tamemip.plugins.bnn._descent_result import DescentRecord
from tamemip.plugins.bnn._regularized_network import Gradients, RegularizedNetwork

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[Any]

__all__ = ["DescentRule", "DescentRun", "step_length"]


def step_length(first: float, k: int, half: float) -> float:
    r"""``first / (1 + k / half) ** 0.75``: the sum diverges, the sum of squares converges.

    Under this rule, for a locally Lipschitz definable function, noise of bounded variance and
    bounded iterates, the values of stochastic subgradient descent converge and every limit
    point is critical [1]_. A stage takes finitely many steps of it, and proves no such limit.

    References
    ----------
    .. [1] D. Davis, D. Drusvyatskiy, S. Kakade, J. D. Lee, "Stochastic subgradient method
       converges on tame functions", Foundations of Computational Mathematics 20 (2020).

    Examples
    --------
    >>> [round(step_length(1.0, k, 10.0), 3) for k in (0, 10, 150)]
    [1.0, 0.595, 0.125]
    """
    return float(first / (1 + k / half) ** 0.75)


class DescentRule(Protocol):
    """What one kind of descent does with a minibatch."""

    def gradients(
        self, latent: RegularizedNetwork, X: Floats, signs: Floats
    ) -> tuple[float, Gradients]:
        """The loss, and the direction against which the step is taken."""

    def units(self, latent: RegularizedNetwork, X: Floats) -> tuple[float, ...]:
        """A factor of the step for each layer; see `RegularizedNetwork.units`."""

    def kept(self, latent: RegularizedNetwork) -> RegularizedNetwork:
        """What a step leads to."""


@final
@dataclass(slots=True)
class DescentRun:
    """A descent under way. At any moment `latent` and `history` are what has been reached.

    Attributes
    ----------
    data, options
        What is descended, and how.
    latent
        The real weights.
    rng
        Of all random choices.
    began
        When, by `time.monotonic`.
    history
        One record an epoch.
    is_cut
        Whether the clock has ended a stage.
    """

    data: DescentData
    options: DescentOptions
    latent: RegularizedNetwork
    rng: np.random.Generator
    began: float
    history: list[DescentRecord] = field(default_factory=list)
    is_cut: bool = False

    @classmethod
    def of(cls, X: object, y: object, options: DescentOptions) -> DescentRun:
        """At its beginning."""
        began = time.monotonic()
        data = DescentData.read(X, y)
        rng = np.random.default_rng(options.random_state)
        latent = first_latent(data, options.hidden, options.staircases, options.start, rng)
        return cls(data, options, latent, rng, began)

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self.began

    def descend(
        self, rule: DescentRule, *, stage: int, epochs: int, first_step: float, share: float
    ) -> None:
        """One stage: all its epochs, or what fits in its share of the time that is left.

        However short the time is, one step is taken.
        """
        until = self.seconds + share * max(0.0, self.options.seconds - self.seconds)
        half = max(1.0, epochs * self.options.batches(len(self.data.X)) / 4)
        taken, is_over = 0, False
        for _ in range(epochs):
            losses = []
            units = rule.units(self.latent, self.data.measured)
            for X, signs in self.data.epoch(self.rng, self.options):
                step = step_length(first_step, taken, half)
                losses.append(self._step(rule, X, signs, step, units))
                taken += 1
                is_over = self.seconds > until
                if is_over:
                    break
            self._record(stage, float(np.mean(losses)))
            if is_over:
                self.is_cut |= taken < epochs * self.options.batches(len(self.data.X))
                return

    # A loss that overflows is told in words below.
    @np.errstate(over="ignore", invalid="ignore")
    def _step(
        self, rule: DescentRule, X: Floats, signs: Floats, step: float, units: tuple[float, ...]
    ) -> float:
        loss, gradients = rule.gradients(self.latent, X, signs)
        if not math.isfinite(loss):
            raise InvalidInputError(
                f"the loss is {loss} after {self.seconds:.1f} s of descent; take a smaller step "
                f"than {self.options.step}, or divide the features by their scale."
            )
        self.latent = rule.kept(self.latent.moved(gradients, step, units))
        return loss

    def _record(self, stage: int, loss: float) -> None:
        record = DescentRecord(stage, loss, self.seconds)
        self.history.append(record)
        if self.options.progress is not None:
            self.options.progress(record)
