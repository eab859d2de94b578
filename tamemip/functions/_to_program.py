"""A term as a mixed-integer program whose value function it is.

Every part becomes an affine expression in new columns that is at least the part's
value, and is equal to it at an optimum: the parts enter each other with nonnegative
weights, so that minimizing the whole minimizes each. A ceiling is an integer column
above its argument. A minimum chooses one leaf by 0-1 columns; whatever is inside a
leaf is multiplied by the leaf's column, so that it vanishes where the leaf is not
chosen. No constant is needed that would have to be large: the argument of the
function enters the matrix where it is multiplied by a column (`docs/theory/terms.md`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import assert_never, final

from tamemip.certificates import Sense, SparseVector
from tamemip.errors import UnsupportedError
from tamemip.functions._draft_program import (
    UNIT,
    Draft,
    Expression,
    difference,
    of_column,
    total,
)
from tamemip.functions._nodes import (
    ONE,
    ZERO,
    Ceil,
    Combination,
    Guarded,
    Maximum,
    Minimum,
    MixedIntegerRounding,
    Node,
    Threshold,
    children,
    topological,
)
from tamemip.functions._tables import Generator, GroupTable
from tamemip.functions._traits import (
    ends,
    fault_of_weights,
    is_affine,
    rises_with_input,
    whole_nodes,
)
from tamemip.programs import ParametricProgram


def to_program(
    root: Node,
    symbols: Sequence[str],
    *,
    sense: Sense = "min",
    offset: Fraction = ZERO,
    name: str = "",
) -> ParametricProgram:
    """A program in one parameter a row of which the term is the value function.

    Parameters
    ----------
    root
        The term ``f``.
    symbols
        Names of the parameters.
    sense
        ``"min"``: the value at ``d`` is ``f(d) + offset``. ``"max"``: ``-f(d) + offset``.
    offset
        What is added to the value.
    name
        Name of the program.

    Raises
    ------
    UnsupportedError
        If a part with roundings has a negative weight: no program has such a value
        function, since value functions are lower semicontinuous.
    NotAllowedError
        If the program would be too large.
    """
    fault = fault_of_weights(root)
    if fault is not None:
        raise UnsupportedError(
            f"no program can be written: in a combination {fault.reason}, and its negative need "
            "not be lower semicontinuous, as value functions are."
        )
    draft = Draft(len(symbols))
    return draft.program(_Writer(draft, root).value(), symbols, sense, offset, name)


# -- scopes -------------------------------------------------------------------------------------


@final
class _Scope:
    """Where a part stands: under which 0-1 column, and inside which thresholds.

    Parameters
    ----------
    scale
        The column that multiplies everything here, or the number 1.
    shifted
        Expressions for the coordinates of thresholds.
    """

    def __init__(self, scale: int, shifted: Mapping[int, Expression]) -> None:
        self.scale = scale
        self.shifted = shifted
        self.leaves: dict[Node, tuple[_Scope, ...]] = {}
        self.thresholds: dict[Node, _Scope] = {}

    def affine(self, linear: SparseVector, constant: Fraction) -> Expression:
        """An affine function here."""
        own = {i: w for i, w in linear if i not in self.shifted}
        terms: list[tuple[Fraction, Expression]] = [(ONE, {self.scale: (own, constant)})]
        terms += [(w, self.shifted[i]) for i, w in linear if i in self.shifted]
        return total(terms)


@final
class _Writer:
    """Writes the parts of a term into a draft, each once a scope."""

    def __init__(self, draft: Draft, root: Node) -> None:
        self._draft = draft
        self._root = root
        self._ends = ends(root)
        self._whole = whole_nodes(root)
        self._is_rounded = _rounded_nodes(root)
        self._made: dict[tuple[Node, _Scope], Expression] = {}

    def value(self) -> Expression:
        """The expression of the whole term."""
        top = _Scope(UNIT, {})
        stack = [(self._root, top, False)]
        while stack:
            node, scope, is_ready = stack.pop()
            if (node, scope) in self._made:
                continue
            if is_ready:
                self._made[node, scope] = self._written(node, scope)
                continue
            stack.append((node, scope, True))
            stack.extend((child, inner, False) for child, inner in self._inside(node, scope))
        return self._made[self._root, top]

    def _inside(self, node: Node, scope: _Scope) -> Iterable[tuple[Node, _Scope]]:
        """What a part is made of, and where that stands."""
        match node:
            case Minimum():
                if node not in scope.leaves:
                    scope.leaves[node] = tuple(self._leaf(leaf, scope) for leaf in node.of)
                return zip(node.of, scope.leaves[node], strict=True)
            case Threshold():
                if node not in scope.thresholds:
                    column = self._draft.column("t", integer=True)
                    minus_t: Expression = {column: ({}, -node.granularity)}
                    shifted = {**scope.shifted, node.coordinate: minus_t}
                    scope.thresholds[node] = _Scope(scope.scale, shifted)
                return [(node.of, scope.thresholds[node])]
            case _:
                return [(child, scope) for child in children(node)]

    def _leaf(self, leaf: Node, scope: _Scope) -> _Scope:
        is_integer = leaf in self._is_rounded
        column = self._draft.column("leaf", integer=is_integer, lower=ZERO, upper=ONE)
        return _Scope(column, scope.shifted)

    def _written(self, node: Node, scope: _Scope) -> Expression:
        inner = [self._made[child, place] for child, place in self._inside(node, scope)]
        if scope.scale != UNIT:
            self._refuse_unbounded(node)
        match node:
            case Combination():
                parts = [(w, e) for (w, _), e in zip(node.parts, inner, strict=True)]
                return total([(ONE, scope.affine(node.linear, node.constant)), *parts])
            case Ceil():
                return self._above("ceil", inner, integer=True)
            case MixedIntegerRounding():
                return self._rounding(node, inner)
            case Maximum():
                return self._above("max", inner, integer=False)
            case Minimum():
                return self._choice(scope, node, inner)
            case Guarded():
                return self._guarded(node, scope, inner)
            case Threshold():
                self._draft.require(difference({}, inner[0]))
                minus_t = scope.thresholds[node].shifted[node.coordinate]
                return total([(-ONE, minus_t)])
            case GroupTable():
                return self._group(node, inner)
            case Generator():
                return self._packing(node, inner)
            case _:
                assert_never(node)

    # -- one method a kind ----------------------------------------------------------------------

    def _above(self, kind: str, inner: Sequence[Expression], *, integer: bool) -> Expression:
        """A new column above some expressions."""
        column = of_column(self._draft.column(kind, integer=integer))
        for expression in inner:
            self._draft.require(difference(column, expression))
        return column

    def _rounding(self, node: MixedIntegerRounding, inner: Sequence[Expression]) -> Expression:
        """``G(f - g) = min {z + w/r : z + w >= f - g, w >= 0, z integer}``."""
        minus = inner[1] if node.minus is not None else {}
        whole = of_column(self._draft.column("floor", integer=True))
        rest = of_column(self._draft.column("rest", integer=False, lower=ZERO))
        slope = 1 / node.fraction
        self._draft.require(total([(ONE, whole), (ONE, rest), (-ONE, inner[0]), (ONE, minus)]))
        return total([(ONE, whole), (slope, rest), (slope, minus)])

    def _choice(self, scope: _Scope, node: Minimum, inner: Sequence[Expression]) -> Expression:
        """Exactly one leaf is chosen; the others vanish."""
        chosen = [(ONE, of_column(leaf.scale)) for leaf in scope.leaves[node]]
        self._draft.require(total([*chosen, (-ONE, of_column(scope.scale))]), "=")
        return total([(ONE, expression) for expression in inner])

    def _guarded(self, node: Guarded, scope: _Scope, inner: list[Expression]) -> Expression:
        guards = inner if node.of is None else inner[1:]
        for guard in guards:
            self._draft.require(difference({}, guard))
        if node.of is not None:
            return inner[0]
        if scope.scale == UNIT:
            return of_column(self._draft.column("free", integer=False))
        return self._unbounded(node, scope)

    def _unbounded(self, node: Guarded, scope: _Scope) -> Expression:
        """``-inf`` inside a leaf: a column that the guards, multiplied by it, hold at 0."""
        column = self._draft.column("unbounded", integer=False, lower=ZERO)
        place = _Scope(column, scope.shifted)
        for guard in node.guards:
            if not is_affine(guard) or not isinstance(guard, Combination):
                raise UnsupportedError(
                    "no program can be written: a leaf without a bound has a guard that is not "
                    f"affine, a {type(guard).__name__}."
                )
            self._draft.require(difference({}, place.affine(guard.linear, guard.constant)))
        return total([(-ONE, of_column(column))])

    def _refuse_unbounded(self, node: Node) -> None:
        """Inside a leaf, ``-inf`` may stand in a maximum or minimum only: ``inf`` wins in sums."""
        if isinstance(node, Maximum | Minimum | Guarded):
            return
        if any(self._ends[child].below for child in children(node)):
            raise UnsupportedError(
                f"no program can be written: inside a minimum, a {type(node).__name__} has a part "
                "that may be -inf."
            )

    def _group(self, node: GroupTable, inner: Sequence[Expression]) -> Expression:
        """The shortest path as an integer program, one congruence a factor of the group."""
        inputs = self._inputs(node, inner)
        steps = [
            (step, cost, of_column(self._draft.column("step", integer=True, lower=ZERO)))
            for step, cost in node.generators
        ]
        for factor, modulus in enumerate(node.moduli):
            turns = of_column(self._draft.column("turns", integer=True))
            terms = [(Fraction(step[factor]), column) for step, _, column in steps]
            pairs = zip(node.elements, inputs, strict=True)
            terms += [(Fraction(-element[factor]), value) for element, value in pairs]
            self._draft.require(total([*terms, (Fraction(modulus), turns)]), "=")
        weighted = list(zip(node.weights, inputs, strict=True))
        return total([*weighted, *((cost, column) for _, cost, column in steps)])

    def _packing(self, node: Generator, inner: Sequence[Expression]) -> Expression:
        """``min {w y - sum(profit_j x_j) : sum(size_j x_j) <= -R y}``."""
        inputs = self._inputs(node, inner)
        items = [
            (size, profit, of_column(self._draft.column("item", integer=True, lower=ZERO)))
            for size, profit in node.columns
        ]
        for k, row in enumerate(node.capacities):
            terms = [(Fraction(-size[k]), column) for size, _, column in items]
            terms += [(Fraction(-r), value) for r, value in zip(row, inputs, strict=True)]
            self._draft.require(total(terms))
        weighted = list(zip(node.weights, inputs, strict=True))
        return total([*weighted, *((-profit, column) for _, profit, column in items)])

    def _inputs(
        self, node: GroupTable | Generator, inner: Sequence[Expression]
    ) -> list[Expression]:
        """Integer columns: equal to affine inputs, above the others if the table rises."""
        columns = []
        for k, (part, expression) in enumerate(zip(node.inputs, inner, strict=True)):
            column = of_column(self._draft.column("input", integer=True))
            if is_affine(part):
                self._draft.require(difference(column, expression), "=")
            elif part in self._whole and rises_with_input(node, k):
                self._draft.require(difference(column, expression))
            else:
                raise UnsupportedError(
                    f"no program can be written: input {k} of a {type(node).__name__} is not "
                    "affine, and the table does not rise with it."
                )
            columns.append(column)
        return columns


def _rounded_nodes(root: Node) -> frozenset[Node]:
    """The parts that need integer columns."""
    smooth = Combination | Maximum | Minimum | Guarded
    found: set[Node] = set()
    for node in topological(root):
        if not isinstance(node, smooth) or any(child in found for child in children(node)):
            found.add(node)
    return frozenset(found)
