"""How fast the value of one network changes with a datum, a margin or the regularization."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.errors import UnsupportedError
from tamemip.plugins.bnn._assessment import (
    Sums,
    exact_sums,
    is_better_greater,
    is_margin_of_counted,
    needed_gains,
    objective_values,
    refuse_unfit,
    signed_priorities,
    taus,
    total_value,
)
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.plugins.bnn._training_program import Move, movable


@final
@dataclass(frozen=True, slots=True)
class Parameter:
    """One number that may move, named as in the training program.

    Attributes
    ----------
    name
        ``data[k,i]``, ``margin``, ``margin[k]`` or ``regularization``.
    kind
        Which of these.
    sample, feature
        `k` and `i`, None where there is none.
    """

    name: str
    kind: Move
    sample: int | None = None
    feature: int | None = None


def parameters_of(instance: NetworkTraining, kinds: Collection[Move]) -> tuple[Parameter, ...]:
    """The parameters of these kinds, in the order of the training program."""
    return tuple(_parameters(instance, kinds))


def influential(instance: NetworkTraining) -> tuple[Move, ...]:
    """The kinds of numbers of which the influence is known: all but labels, as far as they move.

    A regularization of 0 is at the end of its range, and is left out.

    Raises
    ------
    UnsupportedError
        If there is none.

    Examples
    --------
    >>> influential(NetworkTraining([[1]], [1], objective="hinge", regularization=1))
    ('data', 'margin', 'regularization')
    """
    found = tuple(
        move
        for move in movable(instance)
        if move != "label" and (move != "regularization" or instance.regularization)
    )
    if not found:
        raise UnsupportedError(
            f"the objectives {', '.join(instance.objectives)} are one sum whose factors depend on "
            'data and margins, so there is no influence to ask for. Put "hinge" or "max-margin" '
            "last."
        )
    return found


@final
class NetworkPiece:
    """The value of one network, as a function of the data near the instance.

    Raises
    ------
    InvalidInputError
        If the instance does not allow the network.
    """

    def __init__(self, instance: NetworkTraining, network: BinarizedNetwork) -> None:
        self._instance = instance
        self._network = network
        self._sums: Sums = exact_sums(instance, network)
        refuse_unfit(instance, network, self._sums)
        self._gains = [y * sample[-1][0] for y, sample in zip(instance.y, self._sums, strict=True)]
        self._taus = taus(instance)
        self._value = total_value(instance, objective_values(instance, network, self._sums))
        self._is_counted = "max-correct" in instance.objectives
        is_judged = is_margin_of_counted(instance)
        of = [k for k in range(instance.n_samples) if not is_judged or self._is_right(k)]
        has_margin = "max-margin" in instance.objectives
        self._least = _argmin([self._gains[k] for k in of], of) if has_margin else set()
        self._least_hidden = [
            _argmin([abs(sample[0][j]) for sample in self._sums], range(instance.n_samples))
            for j in (range(instance.hidden[0]) if instance.hidden else ())
        ]

    @property
    def value(self) -> Fraction:
        """The value at the instance."""
        return self._value

    def rate(self, parameter: Parameter, step: int) -> Fraction | None:
        """The derivative of the value for a step of 1 or -1.

        None if the network is not allowed any more, or less is right, after any such step.
        """
        instance = self._instance
        match parameter.kind:
            case "regularization":
                sign = -1 if is_better_greater(instance.objectives[0]) else 1
                return Fraction(sign * step * self._network.norm)
            case "margin":
                k = parameter.sample
                moved = range(instance.n_samples) if k is None else (k,)
                return self._total({j: Fraction(0) for j in moved}, Fraction(step), Fraction(0))
            case _:
                return self._data_rate(parameter, step)

    def _data_rate(self, parameter: Parameter, step: int) -> Fraction | None:
        k, i = parameter.sample, parameter.feature
        assert k is not None
        assert i is not None
        first = [step * int(w) for w in self._network.weights[0][:, i]]
        if not self._instance.hidden:
            gain = Fraction(self._instance.y[k] * first[0])
            return self._total({k: gain}, Fraction(0), Fraction(0))
        margins = Fraction(0)
        for j, change in enumerate(first):
            total = self._sums[k][0][j]
            if (total == 0 and change < 0) or (total == -self._instance.gap and change > 0):
                return None
            away = Fraction(change if total >= 0 else -change)
            margins += _least_rate(self._least_hidden[j], k, away)
        return self._total({}, Fraction(0), margins)

    def _total(
        self, gains: dict[int, Fraction], margin: Fraction, hidden: Fraction
    ) -> Fraction | None:
        """The rate of the last objective, with its factor; `gains` are rates of gains."""
        instance = self._instance
        needs = needed_gains(instance)
        is_margin = instance.objectives[0] == "min-weight"
        for k, gain in gains.items():
            if needs is not None and self._gains[k] == needs[k]:
                if gain < (margin if is_margin else 0):
                    return None
            if self._is_counted and self._gains[k] == self._taus[k] and gain < margin:
                return None
        factor = signed_priorities(instance)[-1]
        match instance.objectives[-1]:
            case "hinge":
                return factor * sum(
                    (self._slack_rate(k, margin - gain) for k, gain in gains.items()), Fraction(0)
                )
            case "max-margin":
                least = sum((_least_rate(self._least, k, g) for k, g in gains.items()), Fraction(0))
                return factor * (least + hidden)
            case _:
                return Fraction(0)

    def _slack_rate(self, k: int, rate: Fraction) -> Fraction:
        slack = self._taus[k] - self._gains[k]
        if slack > 0:
            return rate
        return max(Fraction(0), rate) if slack == 0 else Fraction(0)

    def _is_right(self, k: int) -> bool:
        return self._gains[k] >= self._taus[k]


def _parameters(instance: NetworkTraining, kinds: Collection[Move]) -> Iterator[Parameter]:
    samples = range(instance.n_samples)
    if "data" in kinds:
        for k in samples:
            for i in range(instance.n_inputs):
                yield Parameter(f"data[{k},{i}]", "data", k, i)
    if "margin" in kinds:
        yield Parameter("margin", "margin")
        yield from (Parameter(f"margin[{k}]", "margin", k) for k in samples)
    if "regularization" in kinds:
        yield Parameter("regularization", "regularization")


def _argmin(values: Sequence[Fraction], places: Sequence[int]) -> set[int]:
    least = min(values, default=None)
    return {place for place, value in zip(places, values, strict=True) if value == least}


def _least_rate(least: set[int], k: int, rate: Fraction) -> Fraction:
    """How fast a minimum changes, when one of the numbers does."""
    if k not in least:
        return Fraction(0)
    return rate if len(least) == 1 else min(rate, Fraction(0))
