"""Networks and their values by listing all of them; nothing of the library is trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from types import MappingProxyType

from hypothesis import strategies as st

from tamemip.plugins.bnn import NetworkTraining

Rows = tuple[tuple[tuple[int, ...], ...], ...]
"""For each layer and neuron its weights, the bias last."""

LISTS = (
    ("max-correct", "min-weight"),
    ("max-correct", "hinge"),
    ("max-correct", "max-margin"),
    ("min-weight", "max-margin"),
    ("hinge", "min-weight"),
    ("max-margin", "max-correct", "hinge"),
    ("min-weight", "max-correct", "max-margin"),
)
SINGLE = ("min-weight", "max-margin", "max-correct", "hinge")


@st.composite
def instances(
    draw,
    objectives=(*SINGLE, *LISTS),
    margins=(0, 1, "1/2", (0, 1), -1),
    hiddens=((), (), (1,), (1, 1), (2,)),
):
    """Training instances with at most a few thousand networks."""
    hidden = draw(st.sampled_from(hiddens))
    n = draw(st.integers(1, 2)) if hidden in ((), (1,)) else 1
    count = draw(st.integers(1, 3))
    weights = draw(st.sampled_from(["ternary", "binary", 2] if hidden == () else ["ternary"]))
    if hidden == (2,):
        weights = "binary"
    data = st.fractions(-2, 2, max_denominator=2)
    objective = draw(st.sampled_from(objectives))
    has_cost = isinstance(objective, str)
    return NetworkTraining(
        draw(st.lists(st.lists(data, min_size=n, max_size=n), min_size=count, max_size=count)),
        draw(st.lists(st.sampled_from([-1, 1]), min_size=count, max_size=count)),
        hidden=hidden,
        weights=weights,
        objective=objective,
        margin=draw(st.sampled_from(margins)),
        gap=draw(st.sampled_from([1, "1/2"])),
        regularization=draw(st.sampled_from([0, "1/3"])) if has_cost else 0,
    )


def all_networks(instance: NetworkTraining) -> Iterator[Rows]:
    """All networks of the instance's sizes."""
    most = 1 if isinstance(instance.weights, str) else instance.weights
    free = range(-most, most + 1)
    inner = (-1, 1) if instance.weights == "binary" else free
    widths = (len(instance.X[0]), *instance.hidden)
    layers = []
    for width, size in zip(widths, (*instance.hidden, 1), strict=True):
        neurons = [(*w, b) for w in product(inner, repeat=width) for b in free]
        layers.append(list(product(neurons, repeat=size)))
    return product(*layers)


def best_values(
    instance: NetworkTraining, shifts: Mapping[int, Fraction] = MappingProxyType({})
) -> tuple[Fraction, ...] | None:
    """The lexicographically best values of the objectives; None if no network is allowed.

    The margins of some samples may be shifted.
    """
    found = [values_of(instance, rows, shifts) for rows in all_networks(instance)]
    keys = [(ranked(instance, values), values) for values in found if values is not None]
    return max(keys)[1] if keys else None


def ranked(instance: NetworkTraining, values) -> tuple[Fraction, ...]:
    """The values, with more being better."""
    signs = {"min-weight": -1, "hinge": -1, "max-margin": 1, "max-correct": 1}
    return tuple(signs[o] * v for o, v in zip(instance.objectives, values, strict=True))


def values_of(
    instance: NetworkTraining, rows: Rows, shifts: Mapping[int, Fraction] = MappingProxyType({})
) -> tuple[Fraction, ...] | None:
    """The value of each objective; None if the network is not allowed."""
    margins = [[None] * len(layer) for layer in rows[:-1]]
    gains = []
    for x, label in zip(instance.X, instance.y, strict=True):
        inputs = list(x)
        for depth, layer in enumerate(rows[:-1]):
            sums = [added_up(neuron, inputs) for neuron in layer]
            if any(-instance.gap < s < 0 for s in sums):
                return None
            for j, s in enumerate(sums):
                before = margins[depth][j]
                margins[depth][j] = abs(s) if before is None else min(before, abs(s))
            inputs = [1 if s >= 0 else -1 for s in sums]
        gains.append(label * added_up(rows[-1][0], inputs))
    needs = [
        instance.margins[0 if label == 1 else 1] + shifts.get(k, 0)
        for k, label in enumerate(instance.y)
    ]
    first = instance.objectives[0]
    signs = [0 if label == 1 else instance.gap for label in instance.y]
    required = {"min-weight": needs, "max-margin": signs}.get(first, gains)
    if any(g < r for g, r in zip(gains, required, strict=True)):
        return None
    norm = Fraction(sum(abs(v) for layer in rows for neuron in layer for v in neuron))
    right = [g for g, t in zip(gains, needs, strict=True) if g >= t]
    values = []
    for k, name in enumerate(instance.objectives):
        judged = right if "max-correct" in instance.objectives[:k] else gains
        values.append(
            {
                "min-weight": norm,
                "max-correct": Fraction(len(right)),
                "hinge": Fraction(
                    sum(max(Fraction(0), t - g) for g, t in zip(gains, needs, strict=True))
                ),
                "max-margin": Fraction(
                    min(judged, default=Fraction(0)) + sum(m for layer in margins for m in layer)
                ),
            }[name]
        )
    if len(values) == 1 and first != "min-weight":
        sign = 1 if first == "hinge" else -1
        values[0] += sign * instance.regularization * norm
    return tuple(values)


def added_up(neuron: tuple[int, ...], inputs) -> Fraction:
    """The weighted sum of the inputs, and the bias."""
    return sum((w * x for w, x in zip(neuron[:-1], inputs, strict=True)), Fraction(neuron[-1]))
