"""The second checker's dual functions: trees, closed forms, and what is made of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates._fast_covers import Leaves
from tamemip.certificates._fast_terms import Closed
from tamemip.certificates._problem import Bound


@final
@dataclass(frozen=True, eq=False, slots=True)
class Rounded:
    """A dual function rounded up."""

    source: int
    granularity: Fraction
    offset: Fraction


@final
@dataclass(frozen=True, eq=False, slots=True)
class Greatest:
    """The best of some dual functions."""

    sources: tuple[int, ...]


Node: TypeAlias = Leaves | Rounded | Greatest | Closed


@final
@dataclass(frozen=True, eq=False, slots=True)
class Function:
    """A dual function, as nodes in the order of their steps; the last one is the result."""

    nodes: Mapping[int, Node]

    @property
    def n_leaves(self) -> int:
        return sum(node.n_leaves for node in self.nodes.values() if isinstance(node, Leaves))

    @property
    def n_terms(self) -> int:
        nodes = self.nodes.values()
        return sum(node.n_terms for node in nodes if isinstance(node, Leaves | Closed))

    @property
    def is_subadditive(self) -> bool:
        return all(
            node.is_subadditive if isinstance(node, Closed) else isinstance(node, Greatest)
            for node in self.nodes.values()
        )

    def at(self, d: Sequence[Fraction]) -> Bound:
        values: dict[int, Bound] = {}
        value: Bound = -math.inf
        for step, node in self.nodes.items():
            match node:
                case Leaves() | Closed():
                    value = node.at(d)
                case Rounded(source, g, offset):
                    value = values[source]
                    if isinstance(value, Fraction):
                        value = -((offset - value) // g) * g + offset
                case Greatest(sources):
                    value = max(values[k] for k in sources)
            values[step] = value
        return value
