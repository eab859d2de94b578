"""Features that a training set cannot tell apart, as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from tamemip.plugins.bnn._training import NetworkTraining


@final
@dataclass(frozen=True, slots=True)
class Case:
    """Samples with the same features, in integers: how many there are of each label."""

    features: tuple[int, ...]
    counts: Mapping[int, int]


@final
@dataclass(frozen=True, slots=True)
class MergedFeature:
    """Features that are equal, or opposite, in all samples.

    Attributes
    ----------
    members
        Pairs of the place of a feature and its sign. The bias, whose feature is 1, has the
        place after the last one.
    column
        The value of the first of them in each case, in units of the scale.
    """

    members: tuple[tuple[int, int], ...]
    column: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class MergedData:
    """The cases of an instance, and its features, merged where no case tells them apart.

    Weights of merged features only count by their signed sum, which may be anything that
    single weights add up to; the least sum of absolute weights behind a sum is its absolute
    value. So training with merged features has the same values, exactly. Features that are 0
    in all samples are left out. Binary weights are never 0, so there the bias, which may be,
    stays alone, and the sum of absolute weights is constant.

    Attributes
    ----------
    instance
        What is trained.
    scale
        What data were multiplied by to become integers.
    cases
        The distinct samples.
    features
        The distinct features; the one with the bias is among them.

    Examples
    --------
    >>> data = merged_data(NetworkTraining([[1, -1, 0, 2], [3, -3, 0, 2]], [1, -1]), 1)
    >>> [feature.members for feature in data.features]
    [((0, 1), (1, -1)), ((3, 1),), ((4, 1),)]
    >>> data.spread([-2, 1, 0])
    [-1, 1, 0, 1, 0]
    >>> data.gathered([-1, 1, 0, 1, 0])
    [-2, 1, 0]
    """

    instance: NetworkTraining
    scale: int
    cases: tuple[Case, ...]
    features: tuple[MergedFeature, ...]

    def gathered(self, weights: Sequence[int]) -> list[int]:
        """The signed sums of a neuron's weights, its bias being the last of these."""
        return [sum(sign * int(weights[i]) for i, sign in f.members) for f in self.features]

    def spread(self, sums: Sequence[int]) -> list[int]:
        """Weights with these signed sums, as few as possible, the bias being the last."""
        n = self.instance.n_inputs
        is_binary = self.instance.weights == "binary"
        found = [1 if is_binary else 0] * n + [0]
        for feature, total in zip(self.features, sums, strict=True):
            rest = total
            for place, sign in feature.members:
                if is_binary and place < n:
                    weight = 1 if rest > 0 else -1
                else:
                    weight = max(-self.instance.largest, min(self.instance.largest, rest))
                found[place] = sign * weight
                rest -= weight
        return found

    @property
    def norm_of_dead(self) -> int:
        """The absolute weights that features without a column add to each neuron's."""
        live = sum(len(feature.members) for feature in self.features)
        dead = self.instance.n_inputs + 1 - live
        return dead if self.instance.weights == "binary" else 0


def merged_data(instance: NetworkTraining, scale: int) -> MergedData:
    """The distinct samples and features of an instance."""
    counts: dict[tuple[int, ...], dict[int, int]] = {}
    for row, label in zip(_integer_rows(instance, scale), instance.y, strict=True):
        found = counts.setdefault(row, {})
        found[label] = found.get(label, 0) + 1
    cases = tuple(Case(row, found) for row, found in counts.items())
    columns = list(zip(*(case.features for case in cases), strict=True))
    columns.append((scale,) * len(cases))
    members: dict[tuple[object, ...], list[int]] = {}
    for place, column in enumerate(columns):
        if any(column):
            is_alone = instance.weights == "binary" and place == instance.n_inputs
            opposite = tuple(-v for v in column)
            members.setdefault((max(column, opposite), is_alone), []).append(place)
    return MergedData(
        instance,
        scale,
        cases,
        tuple(_feature(columns, places) for places in members.values()),
    )


def _integer_rows(instance: NetworkTraining, scale: int) -> list[tuple[int, ...]]:
    data = instance.integer_data
    if data is None:
        return [tuple(int(scale * x) for x in row) for row in instance.X]
    return [tuple(row) for row in (data * (scale // instance.scale)).tolist()]


def _feature(columns: Sequence[tuple[int, ...]], places: Sequence[int]) -> MergedFeature:
    first = columns[places[0]]
    return MergedFeature(
        tuple((place, 1 if columns[place] == first else -1) for place in places), first
    )
