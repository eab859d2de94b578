"""What neurons mean, as logical rules over signs."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import final

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._network import BinarizedNetwork


@final
@dataclass(frozen=True, slots=True)
class Literal:
    """The statement that an input is 1, or that it is -1.

    Attributes
    ----------
    place
        Which input of the layer.
    name
        What it is called.
    is_positive
        Whether the statement is that it is 1.
    weight
        How much the statement counts: the absolute weight.
    """

    place: int
    name: str
    is_positive: bool
    weight: int

    def holds(self, inputs: Sequence[int]) -> bool:
        """Whether the statement is true for inputs of -1 and 1."""
        return (inputs[self.place] == 1) == self.is_positive

    def __str__(self) -> str:
        return self.name if self.is_positive else f"not {self.name}"


@final
@dataclass(frozen=True, slots=True, repr=False)
class NeuronRule:
    r"""When a neuron has the value 1: a threshold function of its inputs.

    With the literal :math:`\ell_i` true if input `i` has the sign of its weight,

    .. math:: \sum_i w_i x_i + b \ge 0 \iff \sum_i |w_i| \ell_i \ge \tfrac12 (\sum_i |w_i| - b).

    The function is monotone in the literals. So its prime implicants are the sets of literals
    that reach the threshold, and no longer do if any one is left out.

    Attributes
    ----------
    name
        What the neuron is called.
    literals
        Its literals, those that count most first.
    needed
        The threshold, rounded up to an integer.
    implicants
        All prime implicants; None if there are more than the cap.
    cap
        So many prime implicants are listed at most.
    """

    name: str
    literals: tuple[Literal, ...]
    needed: int
    implicants: tuple[tuple[Literal, ...], ...] | None
    cap: int

    @property
    def is_constant(self) -> bool:
        """Whether the neuron has one value for all inputs."""
        return self.needed <= 0 or self.needed > sum(f.weight for f in self.literals)

    def holds(self, inputs: Sequence[int]) -> bool:
        """Whether the neuron is 1 for inputs of -1 and 1."""
        return sum(f.weight for f in self.literals if f.holds(inputs)) >= self.needed

    def cardinality(self) -> str:
        """The rule as a count, "at least 2 of {x0, not x1, x2}", with weights where they differ.

        Examples
        --------
        >>> print(rules(BinarizedNetwork([[[1, -1, 2]]], [[0]]))[0].cardinality())
        at least 2 of {2 x2, x0, not x1} by weight
        """
        if self.is_constant:
            return "always" if self.needed <= 0 else "never"
        weights = {f.weight for f in self.literals}
        if len(weights) == 1:
            (weight,) = weights
            count = -(-self.needed // weight)
            return f"at least {count} of {{{', '.join(map(str, self.literals))}}}"
        parts = [f"{f.weight} {f}" if f.weight > 1 else str(f) for f in self.literals]
        return f"at least {self.needed} of {{{', '.join(parts)}}} by weight"

    def __str__(self) -> str:
        if self.is_constant:
            return f"{self.name} is {self.cardinality()} 1"
        if self.implicants is None:
            more = f"more than {self.cap} prime implicants"
            return f"{self.name} is 1 iff {self.cardinality()} ({more})"
        terms = [" and ".join(map(str, term)) for term in self.implicants]
        if len(terms) > 1:
            terms = [f"({t})" if " and " in t else t for t in terms]
        return f"{self.name} is 1 iff {' or '.join(terms)}"

    def __repr__(self) -> str:
        return f"NeuronRule({self})"


@final
@dataclass(frozen=True, slots=True, repr=False)
class NetworkRules(Sequence[NeuronRule]):
    """The rules of all neurons of a network, in layers; as a sequence, one after the other.

    Attributes
    ----------
    layers
        For each layer the rules of its neurons.
    """

    layers: tuple[tuple[NeuronRule, ...], ...]

    def __len__(self) -> int:
        return sum(map(len, self.layers))

    def __getitem__(self, index: int) -> NeuronRule:  # type: ignore[override]  # no slices
        return [rule for layer in self.layers for rule in layer][index]

    def holds(self, inputs: Sequence[int]) -> tuple[bool, ...]:
        """Whether each output is 1, by the rules alone, for inputs of -1 and 1."""
        for layer in self.layers:
            inputs = [1 if rule.holds(inputs) else -1 for rule in layer]
        return tuple(v == 1 for v in inputs)

    def __repr__(self) -> str:
        return f"NetworkRules({len(self)} neurons)"

    def __str__(self) -> str:
        return "\n".join(str(rule) for rule in self)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def rules(
    network: BinarizedNetwork, *, names: Iterable[str] | None = None, cap: int = 32
) -> NetworkRules:
    """What each neuron of a network means, as a logical rule over inputs of -1 and 1.

    The rule is a disjunction of all prime implicants; with more than `cap` of them it is
    "at least k of". Both are equivalent to the neuron for all inputs, by `NeuronRule`'s
    theorem. The neurons of a later layer refer to those of the one before.

    Parameters
    ----------
    network
        The network. Its features are -1 and 1: "x0" says that feature 0 is 1.
    names
        Names of the features; ``x0``, ``x1``, ... by default.
    cap
        The greatest number of prime implicants that are listed. There may be exponentially
        many; listing them takes time in proportion to their number.

    Raises
    ------
    InvalidInputError
        If the number of names is not that of the features, or the cap is negative.

    Examples
    --------
    >>> xor = BinarizedNetwork([[[-1, 1], [1, -1]], [[-1, -1]]], [[-1, -1], [1]])
    >>> print(rules(xor, names=["rain", "sun"]))
    h0 is 1 iff not rain and sun
    h1 is 1 iff rain and not sun
    output is 1 iff not h0 or not h1

    References
    ----------
    .. [1] S. Muroga, "Threshold Logic and Its Applications", Wiley, 1971.
    """
    inputs = [f"x{i}" for i in range(network.n_inputs)] if names is None else list(names)
    if len(inputs) != network.n_inputs:
        raise InvalidInputError(
            f"there are {len(inputs)} names, but the network has {network.n_inputs} features."
        )
    if cap < 0:
        raise InvalidInputError(f"cap is {cap}; it is the greatest number of terms, 0 or more.")
    layers = []
    for depth, (w, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        called = neuron_names(network, depth)
        rows = zip(called, w.tolist(), bias.tolist(), strict=True)
        layers.append(tuple(_rule(name, row, b, inputs, cap) for name, row, b in rows))
        inputs = called
    return NetworkRules(tuple(layers))


def neuron_names(network: BinarizedNetwork, depth: int) -> list[str]:
    """What the neurons of a layer are called: ``h0``; ``h0_1`` (layer, neuron) if it is deep."""
    size = int(network.weights[depth].shape[0])
    if depth == len(network.hidden):
        return ["output"] if size == 1 else [f"output{j}" for j in range(size)]
    return [f"h{j}" if len(network.hidden) == 1 else f"h{depth}_{j}" for j in range(size)]


def _rule(name: str, row: Sequence[int], bias: int, inputs: Sequence[str], cap: int) -> NeuronRule:
    found = [Literal(i, inputs[i], w > 0, abs(w)) for i, w in enumerate(row) if w]
    literals = tuple(sorted(found, key=lambda f: -f.weight))
    needed = -((bias - sum(f.weight for f in literals)) // 2)
    few = tuple(islice(_implicants(literals, needed), cap + 1))
    return NeuronRule(name, literals, needed, few if len(few) <= cap else None, cap)


def _implicants(literals: Sequence[Literal], needed: int) -> Iterator[tuple[Literal, ...]]:
    """All minimal sets of literals whose weights reach the threshold.

    In falling order of weights the last literal of a set is the lightest: the set is minimal
    iff it fell short before the last one. Each branch that is entered can still reach the
    threshold, so that none is in vain.
    """
    left = [0]
    for literal in reversed(literals):
        left.append(left[-1] + literal.weight)
    left.reverse()
    stack: list[tuple[int, int, tuple[Literal, ...]]] = [(0, needed, ())]
    while stack:
        k, missing, chosen = stack.pop()
        if missing <= 0:
            yield chosen
        elif left[k] >= missing:
            stack.append((k + 1, missing, chosen))
            stack.append((k + 1, missing - literals[k].weight, (*chosen, literals[k])))
