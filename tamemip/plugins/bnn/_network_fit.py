"""How a network is trained, how far that has come, and what is known at the end."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, final

from tamemip.certificates import Bound
from tamemip.plugins.bnn._descent_result import INTERRUPTED, DescentRecord
from tamemip.plugins.bnn._descents import Augmentation
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._trained import TrainingProgress

if TYPE_CHECKING:
    from tamemip.certificates import Certificate
    from tamemip.plugins.bnn._descent_options import Start

Method: TypeAlias = Literal["hybrid", "mip", "tame", "ste"]
METHODS: tuple[Method, ...] = ("hybrid", "mip", "tame", "ste")


@final
@dataclass(frozen=True, slots=True)
class Recipe:
    """How one network is trained.

    Attributes
    ----------
    method
        ``"mip"``: the training program. ``"tame"``, ``"ste"``: a descent. ``"hybrid"``: tame
        descent, the training program if it is small, for few conflicts, and polish.
    seconds
        When to stop; None for no limit.
    seed
        Of all random choices.
    conflicts
        Of a search, at most; None for no limit.
    epochs
        Of a descent.
    report
        Is told the loss of an epoch of descent, or value and bound of a search; NaN for the others.
    augment
        From inputs of the network and a generator to other inputs, for every pass of a descent;
        or None.
    start
        Of a descent: see `tame_descent`.
    """

    method: Method
    seconds: float | None
    seed: int
    conflicts: int | None = None
    epochs: int = 40
    report: Callable[[float, float, float], None] | None = None
    augment: Augmentation | None = None
    start: Start = "differences"

    def tell(self, step: TrainingProgress) -> None:
        """Report on a search."""
        if self.report is not None:
            self.report(math.nan, step.value, step.bound)

    def tell_loss(self, record: DescentRecord) -> None:
        """Report on a descent."""
        if self.report is not None:
            self.report(record.loss, math.nan, math.nan)

    def left(self, began: float) -> float | None:
        """What is left of the time."""
        if self.seconds is None:
            return None
        return max(0.0, self.seconds - (time.perf_counter() - began))


@final
@dataclass(frozen=True, slots=True, eq=False)
class NetworkFit:
    """A trained network, and what is known about it.

    Attributes
    ----------
    network
        The network.
    value
        The objective, exactly; the worst infinity if a sample is not right that has to be.
    bound
        No network is better. Proved if there is a certificate, or if it follows from the
        definition of the objective; otherwise a solver's claim.
    status
        ``"optimal"``, ``"limit reached"`` or ``"descended"``.
    reason
        Why it ended, and what is proved, in words.
    seconds
        Wall-clock time.
    history
        How value and bound changed.
    losses
        The loss of each epoch of the descent.
    is_proved
        Whether it was proved that no network is better.
    certificate
        That proof; None if there is none, or it was not kept: files have none.
    is_clocked
        Whether a clock ended some part of it, or may have: then another run may find another
        network.
    """

    network: BinarizedNetwork
    value: Bound
    bound: Bound
    status: str
    reason: str
    seconds: float
    history: tuple[TrainingProgress, ...] = ()
    losses: tuple[float, ...] = ()
    is_proved: bool = False
    certificate: Certificate | None = None
    is_clocked: bool = False

    @property
    def is_interrupted(self) -> bool:
        """Whether Ctrl-C ended it: the network is the best one until then."""
        return self.reason.startswith(INTERRUPTED)

    def __repr__(self) -> str:
        return f"NetworkFit({self.status}, value {self.value}, bound {self.bound}, {self.network})"


@final
@dataclass(frozen=True, slots=True)
class FitProgress:
    """How far a fit has come.

    Attributes
    ----------
    seconds
        Since it began.
    network, networks
        Which network is trained, counted from 0, and how many there are to train.
    loss
        Of the last epoch of a descent; NaN in a search.
    value
        Of the best network that the search has found, a float; NaN if there is none.
    bound
        What is claimed that no such network is better than; NaN in a descent.
    """

    seconds: float
    network: int
    networks: int
    loss: float
    value: float
    bound: float
