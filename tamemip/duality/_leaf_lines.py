"""The leaves of a dual function seen from one right-hand side, for lines from there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates import SparseVector
from tamemip.duality._dual_function import DualFunction
from tamemip.duality._leaf_constant import box_constant
from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._target import Target
from tamemip.duality._tree import Evidence, Literals, Tree
from tamemip.programs import MixedIntegerProgram


@final
@dataclass(frozen=True, slots=True)
class LeafLine:
    """An affine function of the rhs: its value at the start, and its weights."""

    start: Fraction
    weights: Mapping[int, Fraction]

    def rate(self, direction: SparseVector) -> Fraction:
        """Rate of change along a direction."""
        zero = Fraction(0)
        return sum((self.weights.get(i, zero) * v for i, v in direction), zero)


@final
@dataclass(frozen=True, slots=True)
class LeafReading:
    """Bounds and guards of one leaf; see `tamemip.functions.Leaf`."""

    bounds: tuple[LeafLine, ...]
    guards: tuple[LeafLine, ...]


@final
class LeafLines:
    """Reads dual functions of one program at one right-hand side, each leaf once.

    Refining leaves most leaves as they are; those are read from memory.

    Parameters
    ----------
    program, rhs
        The program, and where the lines start.
    """

    def __init__(self, program: MixedIntegerProgram, rhs: Sequence[Fraction]) -> None:
        self._data = IntegerData(program.exact)
        self._rhs = tuple(rhs)
        self.granularity = Target.of(program.exact).granularity
        self._at_rhs: dict[int, tuple[Multipliers, Fraction, Mapping[int, Fraction]]] = {}
        self._known: dict[tuple[object, ...], LeafReading] = {}

    def read(self, F: DualFunction) -> list[list[LeafReading]]:
        """For each tree its leaves: min orientation, without the objective's constant."""
        return [list(self._tree(tree)) for tree in F.trees]

    def _tree(self, tree: Tree) -> Iterator[LeafReading]:
        for k in tree.leaves():
            evidence = tree.nodes[k].evidence or Evidence()
            literals = tree.literals(k)
            proofs = (*evidence.duals, *evidence.rays)
            # Exact: the same multipliers (kept alive below) under the same bounds.
            key = (len(evidence.duals), *map(id, proofs), *sorted(literals.items()))
            known = self._known.get(key)
            if known is None:
                known = self._known[key] = self._leaf(evidence, literals)
            yield known

    def _leaf(self, evidence: Evidence, literals: Literals) -> LeafReading:
        return LeafReading(
            tuple(self._lines(evidence.duals, literals)),
            tuple(self._lines(evidence.rays, literals)),
        )

    def _lines(self, multipliers: Iterable[Multipliers], literals: Literals) -> Iterator[LeafLine]:
        for m in multipliers:
            value, weights = self._read(m)
            constant = box_constant(self._data, m, literals)
            if constant is not None:
                yield LeafLine(constant + value, weights)

    def _read(self, m: Multipliers) -> tuple[Fraction, Mapping[int, Fraction]]:
        known = self._at_rhs.get(id(m))
        if known is None:
            # The multipliers are kept as well, so that no other object gets their id.
            known = self._at_rhs[id(m)] = (m, m.at(self._rhs), m.exact_y())
        return known[1], known[2]
