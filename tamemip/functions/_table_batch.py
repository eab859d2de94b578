"""Terms with paths in groups and packings, at many right-hand sides.

The inputs of such a node are terms without one; they are evaluated in bulk. Then the node
is: all paths are looked up in one table at once, packings once for each different capacity.
What stands above it reads its value as one more coordinate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tamemip.certificates import Bound
from tamemip.functions._batch import nearest_float
from tamemip.functions._compiled import AffineInput
from tamemip.functions._group_values import paths_of
from tamemip.functions._nodes import (
    Ceil,
    Combination,
    Guarded,
    Maximum,
    Node,
    ceil,
    children,
    combination,
    guarded,
    maximum,
    topological,
)
from tamemip.functions._packing import capacity_of, packing_profit
from tamemip.functions._readings import exact_value
from tamemip.functions._tables import Generator, GroupTable
from tamemip.functions._term_batch import TermReading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Integers: TypeAlias = NDArray[np.int64]
    Flags: TypeAlias = NDArray[np.bool_]

#: Integers beyond this are left to Python, one right-hand side after the other.
_LARGEST = 10**14
_INT64 = 2**62


def reading_of(
    root: Node, n_coordinates: int, given: AffineInput, constant: Fraction
) -> TermReading | TableReading:
    """The reading that is fit for a term: with tables, if they stand where it can be told."""
    tables = [f for f in topological(root) if isinstance(f, GroupTable | Generator)]
    above = _above(root, tables, given) if tables else None
    if above is None:
        return TermReading([root], n_coordinates, given=given, constant=constant)
    return TableReading(root, above, tables, given, constant)


@final
class TableReading:
    """A term whose tables read terms without tables, and raise it where they rise.

    Parameters
    ----------
    root
        The term.
    above
        The same with one more coordinate for each table, an integer over its denominator.
    tables
        The tables.
    given
        The map from what users give to coordinates.
    constant
        Added to the term.
    """

    def __init__(
        self,
        root: Node,
        above: Node,
        tables: Sequence[GroupTable | Generator],
        given: AffineInput,
        constant: Fraction,
    ) -> None:
        self._root, self._tables, self._given, self._constant = root, tables, given, constant
        n = len(tables)
        wider = AffineInput(
            (*given.signs, *(1,) * n), (*given.shifts, *(Fraction(0),) * n), given.fixed
        )
        self._above = TermReading([above], wider.n_coordinates, given=wider, constant=constant)
        inputs = dict.fromkeys(f for table in tables for f in table.inputs)
        self._place = {f: k for k, f in enumerate(inputs)}
        self._inputs = TermReading(list(inputs), given.n_coordinates, given=given)

    def exact(self, e: Sequence[Fraction]) -> tuple[Bound, ...]:
        """The value at the coordinates themselves."""
        value = exact_value(self._root, e)
        return (value + self._constant if isinstance(value, Fraction) else value,)

    def values(self, d: Sequence[Sequence[float]] | Floats) -> Floats:
        """The nearest floats of the exact values, one line for the one root."""
        points = np.asarray(d, dtype=np.float64)
        multiples, is_exact = self._inputs.multiples(points)
        units = np.array([float(v) for v in self._inputs.denominators]).reshape(-1, 1)
        is_large = ~is_exact | (np.abs(multiples) >= _LARGEST).any(axis=0)
        multiples = np.where(is_large, 0.0, multiples)
        is_whole = multiples % units == 0
        integers = np.rint(multiples / units).astype(np.int64)
        found = np.empty(len(points))
        numerators, is_infinite = [], np.zeros(len(points), dtype=np.bool_)
        for table in self._tables:
            read = [self._place[f] for f in table.inputs]
            values, is_out = _table_values(table, integers[read], is_large)
            is_infinite |= is_out | ~is_whole[read].all(axis=0)
            is_large |= np.abs(values) >= _LARGEST
            numerators.append(np.where(is_infinite | is_large, 0.0, values.astype(np.float64)))
        plain = np.flatnonzero(~is_infinite & ~is_large)
        wider = np.concatenate([points, np.array(numerators).T], axis=1)
        found[is_infinite & ~is_large] = math.inf
        if len(plain):
            found[plain] = self._above.values(wider[plain])[0]
        for k in np.flatnonzero(is_large).tolist():
            e = self._given.at([Fraction(str(v)) for v in points[k].tolist()])
            found[k] = nearest_float(self.exact(e)[0])
        return found[None, :]


def _table_values(
    table: GroupTable | Generator, inputs: Integers, skip: Flags
) -> tuple[NDArray[Any], Flags]:
    """Numerators over the table's denominator, one a column of inputs, and where they are inf."""
    unit = _unit(table)
    weights = [int(w * unit) for w in table.weights]
    reach = sum(abs(w) for w in weights) * int(np.abs(inputs).max(initial=0))
    dtype: type[Any] = np.int64 if reach < _INT64 else object
    linear = np.array(weights, dtype=dtype) @ inputs.astype(dtype)
    if isinstance(table, GroupTable):
        rest, is_infinite = _paths(table, inputs, unit)
        return linear + rest, is_infinite
    rest, is_infinite = _packings(table, inputs, unit, skip)
    return linear - rest, is_infinite


def _unit(table: GroupTable | Generator) -> int:
    parts = table.generators if isinstance(table, GroupTable) else table.columns
    numbers = (*table.weights, *(v for _, v in parts))
    return math.lcm(*(v.denominator for v in numbers))


def _paths(table: GroupTable, inputs: Integers, unit: int) -> tuple[NDArray[Any], Flags]:
    places = np.zeros(inputs.shape[1], dtype=np.int64)
    for c, modulus in enumerate(table.moduli):
        images = np.array([h[c] % modulus for h in table.elements], dtype=np.int64)
        places = places * modulus + (images @ (inputs % modulus)) % modulus
    paths = paths_of(table)
    lengths = paths.lengths[places]
    is_infinite = np.asarray(lengths >= paths.beyond, dtype=np.bool_)
    factor = unit // paths.denominator
    largest = int(paths.largest() * unit)
    dtype: type[Any] = np.int64 if largest < _INT64 else object
    return np.where(is_infinite, 0, lengths).astype(dtype) * factor, is_infinite


def _packings(
    table: Generator, inputs: Integers, unit: int, skip: Flags
) -> tuple[NDArray[Any], Flags]:
    profits = np.zeros(inputs.shape[1], dtype=object)
    is_infinite = np.zeros(inputs.shape[1], dtype=np.bool_)
    different, number = np.unique(inputs, axis=1, return_inverse=True)
    wanted = set(number.ravel()[~skip].tolist())
    for k in sorted(wanted):
        capacity = capacity_of(table, different[:, k].tolist())
        chosen = number.ravel() == k
        if min(capacity, default=0) < 0:
            is_infinite |= chosen
        else:
            profits[chosen] = int(packing_profit(table, capacity) * unit)
    return profits, is_infinite


def _above(root: Node, tables: Sequence[GroupTable | Generator], given: AffineInput) -> Node | None:
    """The term over wider coordinates; None if a table does not simply raise it."""
    n = len(tables)
    number = {table: k for k, table in enumerate(tables)}
    if any(isinstance(f, GroupTable | Generator) for t in tables for f in topological(*t.inputs)):
        return None
    made: dict[Node, Node] = {}
    holds: set[Node] = set()
    for node in topological(root):
        new = _rebuilt(node, made, holds, number, given.n_inputs, n)
        if new is None:
            return None
        made[node] = new
        if isinstance(node, GroupTable | Generator) or any(f in holds for f in children(node)):
            holds.add(node)
    return made[root]


def _rebuilt(
    node: Node,
    made: Mapping[Node, Node],
    holds: set[Node],
    number: Mapping[GroupTable | Generator, int],
    n_inputs: int,
    n: int,
) -> Node | None:
    match node:
        case GroupTable() | Generator():
            return combination({n_inputs + number[node]: Fraction(1, _unit(node))})
        case Combination():
            if any(w < 0 and f in holds for w, f in node.parts):
                return None
            linear = {i if i < n_inputs else i + n: w for i, w in node.linear}
            return combination(
                linear, [(w, made[f]) for w, f in node.parts], constant=node.constant
            )
        case Ceil():
            return ceil(made[node.of])
        case Maximum():
            return maximum(made[f] for f in node.of)
        case Guarded() if node.of is not None and not any(f in holds for f in node.guards):
            return guarded(made[node.of], (made[f] for f in node.guards))
        case _:
            return None
