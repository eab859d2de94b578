"""A pool of integer-valued Chvátal functions to combine, on a list of right-hand sides."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np

from tamemip.duality._value_formula_lattice import Integers, LatticeProgram
from tamemip.functions import Ceil, Node, ceil, combination

#: Rows that one rounding of the first layer combines.
_ROWS_AT_ONCE = 3
#: No sum of products gets this large: int64 holds them all.
_LARGEST = 2**62
#: Deep functions share their parts: written out they would grow without end.
_LARGEST_SIZE = 10**6
#: Denominators that are tried where there is one row, and where there are more.
_LARGEST_DENOMINATOR, _DENOMINATORS = 200, (2, 3, 4, 5, 6, 7, 8, 9, 10, 12)


@final
class AtomPool:
    """Functions ``g_k`` with integer values at lattice points: rows, and rounded sums.

    All of them are subadditive with ``g_k(0) = 0`` and nondecreasing on inequalities, so
    ``sum_j g_k(a_j) x_j >= g_k(d)`` is a valid row for every ``d``. An equation gives two
    atoms, one a sign.

    Attributes
    ----------
    points
        The lattice points, of shape ``(N, m)``.
    """

    def __init__(self, program: LatticeProgram, leaves: Sequence[Node], points: Integers) -> None:
        self.program, self.points = program, points
        self._coefficients = np.zeros((64, program.A.shape[1]), dtype=np.int64)
        self._values = np.zeros((64, len(points)), dtype=np.int64)
        self._sizes = np.zeros(64, dtype=np.int64)
        self._reach: list[int] = []
        self._recipes: list[tuple[Mapping[int, int], int]] = []
        self._nodes: dict[int, Node] = {}
        self._number: dict[bytes, int] = {}
        self._leaves: list[tuple[int, ...]] = []
        for i, leaf in enumerate(leaves):
            signs = (1, -1) if program.is_equation[i] else (1,)
            self._leaves.append(tuple(self._add_leaf(i, leaf, sign) for sign in signs))

    def __len__(self) -> int:
        return len(self._recipes)

    def node(self, k: int) -> Node:
        """An atom as a node over the canonical right-hand side; made when it is needed."""
        missing, pending = set[int](), [k]
        while pending:
            at = pending.pop()
            if at not in self._nodes and at not in missing:
                missing.add(at)
                pending.extend(self._recipes[at][0])
        for at in sorted(missing):  # atoms are made of earlier ones
            self._nodes[at] = self._rounded(*self._recipes[at])
        return self._nodes[k]

    @property
    def coefficients(self) -> Integers:
        """Coefficients ``g_k(a_j)``, one atom a row."""
        return self._coefficients[: len(self)]

    @property
    def values(self) -> Integers:
        """Values ``g_k`` at the points, one atom a row."""
        return self._values[: len(self)]

    @property
    def sizes(self) -> Integers:
        """How much there is to write, one number an atom."""
        return self._sizes[: len(self)]

    # -- making more -------------------------------------------------------------------

    def add_first_layer(self, most: int) -> None:
        """Add ``ceil(sum p_i d_i / q)`` with ``0 <= p_i < q`` for small ``q``, few rows.

        Integer parts of multipliers are left out: ``ceil(k d + f) = k d + ceil(f)``.
        """
        for rows, q, numerators in self._first_layer():
            wanted = most - len(self)
            if wanted <= 0:
                break
            self._add_batch(rows, q, numerators[:wanted])

    def _first_layer(self) -> Iterator[tuple[tuple[int, ...], int, Integers]]:
        m = len(self._leaves)
        for size in range(1, min(m, _ROWS_AT_ONCE) + 1):
            for q in self._denominators(size):
                every = itertools.product(range(1, q), repeat=size)
                coprime = [p for p in every if math.gcd(q, *p) == 1]
                numerators = np.array(coprime, dtype=np.int64)
                for rows in itertools.combinations(range(m), size):
                    yield rows, q, numerators

    def _add_batch(self, rows: Sequence[int], q: int, numerators: Integers) -> None:
        """Add ``ceil(sum p_i d_i / q)`` for several vectors of numerators at once."""
        atoms = [self._leaves[i][0] for i in rows]
        if self.reach(dict.fromkeys(atoms, q)) >= _LARGEST:
            return
        coefficients = -(-(numerators @ self._coefficients[atoms]) // q)
        values = -(-(numerators @ self._values[atoms]) // q)
        size = 1 + q.bit_length() + len(atoms)
        for p, a, v in zip(numerators.tolist(), coefficients, values, strict=True):
            self._add(a, v, size, (dict(zip(atoms, p, strict=True)), q))

    def _denominators(self, size: int) -> Sequence[int]:
        """Denominators worth trying: every one up to the entries of a row, or small ones."""
        if size > 1:
            return _DENOMINATORS
        largest = int(np.abs(self.program.A).max(initial=2))
        entries = {abs(int(a)) for a in self.program.A.flat if abs(a) > 1}
        low = range(2, min(largest, _LARGEST_DENOMINATOR) + 1)
        return sorted(entries | {q for q in low if len(self._leaves) == 1 or q <= 12})

    def add_rounded(self, multipliers: Mapping[int, int], q: int) -> int | None:
        """Add ``ceil(sum p_k g_k / q)``; its number, or None where it would overflow."""
        parts = {k: p for k, p in multipliers.items() if p}
        if not parts or q >= _LARGEST or self.reach(parts) >= _LARGEST:
            return None
        coefficients = -(-sum(p * self._coefficients[k] for k, p in parts.items()) // q)
        values = -(-sum(p * self._values[k] for k, p in parts.items()) // q)
        size = min(1 + q.bit_length() + sum(int(self._sizes[k]) for k in parts), _LARGEST_SIZE)
        return self._add(coefficients, values, size, (parts, q))

    def reach(self, parts: Mapping[int, int]) -> int:
        """A bound on every number that ``sum p_k g_k`` goes through."""
        return sum(abs(p) * self._reach[k] for k, p in parts.items())

    def _rounded(self, parts: Mapping[int, int], q: int) -> Node:
        if len(parts) == 1:
            ((k, p),) = parts.items()
            inner = self._nodes[k]
            if p == 1 and isinstance(inner, Ceil):  # ceil(ceil(t) / q) = ceil(t / q)
                return ceil(combination((), [(Fraction(1, q), inner.of)]))
        return ceil(combination((), [(Fraction(p, q), self._nodes[k]) for k, p in parts.items()]))

    def _add_leaf(self, i: int, leaf: Node, sign: int) -> int:
        k = self._add(sign * self.program.A[i], sign * self.points[:, i], 1, ({}, 1))
        self._nodes.setdefault(k, leaf if sign == 1 else combination((), [(-1, leaf)]))
        return k

    def _add(
        self,
        coefficients: Integers,
        values: Integers,
        size: int,
        recipe: tuple[Mapping[int, int], int],
    ) -> int:
        key = coefficients.tobytes() + values.tobytes()
        known = self._number.get(key)
        if known is not None:
            return known
        k = len(self)
        if k == len(self._sizes):
            self._coefficients, self._values, self._sizes = map(
                _doubled, (self._coefficients, self._values, self._sizes)
            )
        self._coefficients[k], self._values[k], self._sizes[k] = coefficients, values, size
        self._reach.append(
            1 + max(int(np.abs(table).max(initial=0)) for table in (coefficients, values))
        )
        self._recipes.append(recipe)
        self._number[key] = k
        return k


@final
@dataclass(frozen=True, eq=False, slots=True)
class CandidateFunction:
    """A function or a guard.

    Attributes
    ----------
    node
        The function, over the canonical right-hand side, in the program's cost unit.
    values
        Its values at the points, rounded up to integers.
    size
        How much there is to write.
    """

    node: Node
    values: Integers
    size: int


def combined(pool: AtomPool, weights: Mapping[int, Fraction]) -> CandidateFunction:
    """The function ``sum w_k g_k``, rounded up where it is no integer at some point."""
    q = math.lcm(*(w.denominator for w in weights.values()))
    whole = {k: int(w * q) for k, w in weights.items()}
    kind = np.int64 if max(pool.reach(whole), q) < _LARGEST else object
    top = np.zeros(len(pool.points), dtype=kind)
    for k, p in whole.items():
        top = top + p * pool.values[k].astype(kind)
    values: Integers = (-(-top // q)).astype(np.int64)
    plain = combination((), [(w, pool.node(k)) for k, w in weights.items()])
    node = ceil(plain) if np.any(top % q) else plain
    return CandidateFunction(
        node, values, sum(1 + int(pool.sizes[k]) for k in weights) + q.bit_length()
    )


def _doubled(table: Integers) -> Integers:
    return np.concatenate([table, np.zeros_like(table)])
