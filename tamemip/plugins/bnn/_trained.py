"""What training gives: a network, what it is worth, and what is known of better ones."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.certificates import Bound
from tamemip.plugins.bnn._assessment import is_better_greater
from tamemip.plugins.bnn._fitted import FittedNetwork
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._printing import shown
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.solvers import Status

if TYPE_CHECKING:
    from tamemip.certificates import Certificate
    from tamemip.duality import DualFunction


@final
@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """How far a search had come.

    Attributes
    ----------
    seconds
        Since it began.
    value
        Of the best network so far, a float; NaN if there was none.
    bound
        What the solver claimed then that no network is better than.
    """

    seconds: float
    value: float
    bound: float


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TrainedNetwork:
    """The answer of `train` and of `prove_training`.

    Attributes
    ----------
    instance
        What was trained.
    fitted
        The best network found, which the instance allows, with exact values; None if there is
        none.
    bound
        No network is better. It is a solver's claim, unless there is a `dual`.
    status
        ``OPTIMAL``, ``INFEASIBLE`` (no network is allowed) or ``LIMIT``.
    seconds
        Wall-clock time.
    reason
        Why the search ended, in short.
    solver
        Who searched.
    history
        How value and bound changed.
    dual
        A dual function of the training program whose value is the bound: the proof. None if
        nothing is proved.
    """

    instance: NetworkTraining
    fitted: FittedNetwork | None
    bound: Bound
    status: Status
    seconds: float
    reason: str
    solver: str
    history: tuple[TrainingProgress, ...] = ()
    dual: DualFunction | None = None

    @property
    def network(self) -> BinarizedNetwork | None:
        """The network, if there is one."""
        return None if self.fitted is None else self.fitted.network

    @property
    def value(self) -> Bound:
        """Its value, exactly; the worst infinity if there is no network."""
        if self.fitted is not None:
            return self.fitted.value
        return -math.inf if is_better_greater(self.instance.objectives[0]) else math.inf

    @property
    def gap(self) -> float | Fraction:
        """How far value and bound are apart; infinite if one of them is."""
        value, bound = self.value, self.bound
        if isinstance(value, Fraction) and isinstance(bound, Fraction):
            return abs(value - bound)
        return Fraction(0) if value == bound else math.inf

    @property
    def is_proved(self) -> bool:
        """Whether status and bound are proved, by a certificate that can be checked."""
        return self.dual is not None

    @property
    def certificate(self) -> Certificate | None:
        """The proof of the bound, for `tamemip.check`; None if nothing is proved.

        It is about ``dual.program``, the training program.
        """
        return None if self.dual is None else self.dual.certificate

    def __repr__(self) -> str:
        return (
            f"TrainedNetwork({self.status.value}, value {shown(self.value)}, "
            f"bound {shown(self.bound)}, {'proved' if self.is_proved else 'claimed'})"
        )

    def __str__(self) -> str:
        lines = [self._headline()]
        if self.fitted is not None:
            lines.append(str(self.fitted))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"

    def _headline(self) -> str:
        who = "proved" if self.is_proved else f"claimed by {self.solver}, not proved"
        match self.status:
            case Status.OPTIMAL:
                what = f"optimal ({who}), value {shown(self.value)}"
            case Status.INFEASIBLE:
                what = f"no network is allowed ({who})"
            case _:
                found = "no network found"
                if self.fitted is not None:
                    found = f"value {shown(self.value)}"
                side = "most" if is_better_greater(self.instance.objectives[0]) else "least"
                bound = "no bound"
                if not isinstance(self.bound, float):
                    bound = f"at {side} {shown(self.bound)} ({who})"
                what = f"{self.reason}: {found}, {bound}"
        return f"{what}, {self.seconds:.2f} s"
