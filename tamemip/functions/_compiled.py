"""From a graph of nodes to a straight-line program of integer rows.

A graph with a node of a kind that has no instruction is not compiled: `_Compiler._step`
raises `Unsupported`, and every reading evaluates such a graph by its definition, one
point after the other. A new kind is compiled once it has an instruction in
`_compiled_rows`, with a case here, in the exact program, the reach and the stage.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.functions._compiled_bracket import Unsupported, bracket_of
from tamemip.functions._compiled_rows import (
    Bracket,
    Extreme,
    Guard,
    Instruction,
    Program,
    Rounding,
    RoundUp,
    Row,
    Search,
    Take,
    shared_denominator,
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

if TYPE_CHECKING:
    from tamemip.programs import CanonicalForm


@final
@dataclass(frozen=True, slots=True)
class AffineInput:
    """The coordinates ``e`` that nodes read, as an affine map of what users give.

    ``e = (sign * d + shift, fixed)``, entry by entry; signs are 1 or -1.
    """

    signs: tuple[int, ...]
    shifts: tuple[Fraction, ...]
    fixed: tuple[Fraction, ...]

    @classmethod
    def identity(cls, n_coordinates: int) -> AffineInput:
        """The map that changes nothing."""
        return cls((1,) * n_coordinates, (ZERO,) * n_coordinates, ())

    @classmethod
    def of_form(cls, form: CanonicalForm) -> AffineInput:
        """The map from a right-hand side of the user's rows to the canonical one."""
        return cls(form.row_sign, form.rhs_shift, form.rhs[len(form.row_sign) :])

    @property
    def n_inputs(self) -> int:
        """Number of entries of ``d``."""
        return len(self.signs)

    @property
    def n_coordinates(self) -> int:
        """Number of entries of ``e``."""
        return len(self.signs) + len(self.fixed)

    def at(self, d: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """The coordinates of one point."""
        moved = zip(self.signs, d, self.shifts, strict=True)
        return (*(sign * v + shift for sign, v, shift in moved), *self.fixed)

    def folded(
        self, linear: Iterable[tuple[int, Fraction]], constant: Fraction
    ) -> tuple[list[tuple[int, Fraction]], Fraction]:
        """A linear form of ``e``, plus a constant, as one of ``d``."""
        weights = []
        for i, w in linear:
            if i < self.n_inputs:
                weights.append((i, w * self.signs[i]))
                constant += w * self.shifts[i]
            else:
                constant += w * self.fixed[i - self.n_inputs]
        return weights, constant


def compiled(roots: Sequence[Node], given: AffineInput) -> Program:
    """The program that evaluates some nodes.

    Raises
    ------
    Unsupported
        Where a node is of a kind, or stands in a place, that programs do not know:
        it is then evaluated by its definition.
    """
    return _Compiler(roots, given).program()


class _Compiler:
    def __init__(self, roots: Sequence[Node], given: AffineInput) -> None:
        self._roots = roots
        self._given = given
        self._order = topological(*roots)
        self._moving = _moving(self._order, given.n_coordinates)
        self._wanted = _wanted(roots, self._order)
        self._place: dict[Node, int] = {}
        self._denominators: list[int] = []
        self._scaled: list[bool] = []
        self._infinite: list[bool] = []
        self._brackets: dict[Threshold, Bracket] = {}
        # The register of the search at work, and the value of a unit of it.
        self._objective = (-1, ONE)

    def program(self) -> Program:
        steps: list[tuple[int, Instruction]] = []
        for node in self._order:
            if node not in self._moving and node in self._wanted:
                steps.append(self._step(node))
        if any(root in self._moving for root in self._roots):
            raise Unsupported("a root reads the objective")
        return Program(
            self._given.n_inputs,
            tuple(steps),
            tuple(self._denominators),
            tuple(self._scaled),
            tuple(self._infinite),
            tuple(self._place[root] for root in self._roots),
        )

    # -- one instruction a node ---------------------------------------------------

    def _step(self, node: Node) -> tuple[int, Instruction]:
        match node:
            case Combination():
                row = self._row(node)
                step: Instruction = Take(row)
                shape = (row.denominator, row.is_scaled, self._can_be_infinite(row))
            case Ceil():
                row = self._row(node.of)
                step, shape = RoundUp(row), (1, False, self._can_be_infinite(row))
            case MixedIntegerRounding():
                step, shape = self._rounding(node)
            case Maximum() | Minimum():
                rows = [self._row(f) for f in node.of]
                rows_ = shared_denominator(rows, math.lcm(*(row.denominator for row in rows)))
                step = Extreme(rows_, isinstance(node, Maximum))
                infinite = any(self._can_be_infinite(row) for row in rows)
                shape = (rows_[0].denominator, rows_[0].is_scaled, infinite)
            case Guarded():
                step, shape = self._guard(node)
            case Threshold():
                step, shape = self._threshold(node)
            case _:
                raise Unsupported(f"nodes of the kind {type(node).__name__}")
        self._place[node] = register = self._register(*shape)
        return register, step

    def _register(self, denominator: int, is_scaled: bool, may_be_infinite: bool) -> int:
        self._denominators.append(denominator)
        self._scaled.append(is_scaled)
        self._infinite.append(may_be_infinite)
        return len(self._denominators) - 1

    def _rounding(self, node: MixedIntegerRounding) -> tuple[Instruction, tuple[int, bool, bool]]:
        difference = [(ONE, node.of)]
        if node.minus is not None:
            difference.append((-ONE, node.minus))
        rows = [self._sum(*_added(difference))]
        if node.minus is not None:
            rows.append(self._row(node.minus))
        if any(self._can_be_infinite(row) for row in rows):
            raise Unsupported("a rounding of what may be infinite")
        row, *minus = shared_denominator(rows, math.lcm(*(row.denominator for row in rows)))
        step = Rounding(row, minus[0] if minus else None, node.fraction)
        return step, (row.denominator * node.fraction.numerator, row.is_scaled, False)

    def _guard(self, node: Guarded) -> tuple[Instruction, tuple[int, bool, bool]]:
        step = Guard(
            None if node.of is None else self._place[node.of],
            tuple(self._place[guard] for guard in node.guards),
        )
        if step.of is None:
            return step, (1, False, True)
        return step, (self._denominators[step.of], self._scaled[step.of], True)

    # -- thresholds -----------------------------------------------------------------

    def _threshold(self, node: Threshold) -> tuple[Instruction, tuple[int, bool, bool]]:
        if node.coordinate != self._given.n_coordinates:
            raise Unsupported("a threshold over another coordinate")
        bracket = bracket_of(node, self._order, self._given, self._brackets)
        self._brackets[node] = bracket
        g = node.granularity
        shape = (g.denominator, False, False)
        # ceil f is positive exactly where f is.
        top = node.of.of if isinstance(node.of, Ceil) else node.of
        linear, parts, constant = _terms(top)
        price = dict(linear).get(node.coordinate, ZERO)
        if price and not any(part in self._moving for _, part in parts):
            own = [(i, w / (price * g)) for i, w in linear if i != node.coordinate]
            rest = [(w / (price * g), part) for w, part in parts]
            row = self._sum(own, rest, constant / (price * g))
            self._refuse_infinite(row)
            return RoundUp(row, g.numerator), shape
        return self._search(node, top, bracket), shape

    def _search(self, node: Threshold, top: Node, bracket: Bracket) -> Search:
        moving = self._register(1, False, False)
        self._objective = (moving, node.granularity)
        below = _below(node.of)
        body = []
        for inner in self._order:
            if inner in below and inner in self._moving and self._is_read(inner, node, top):
                if not isinstance(inner, Combination | Ceil | MixedIntegerRounding):
                    raise Unsupported("an extreme below a threshold")
                body.append(self._step(inner))
        sign = self._row(top)
        for row in (*(row for _, step in body for row in step.rows), sign):
            self._refuse_infinite(row)
        for inner in below & self._moving:
            self._place.pop(inner, None)
        return Search(moving, tuple(body), sign, bracket, node.granularity.numerator)

    def _is_read(self, inner: Node, node: Threshold, top: Node) -> bool:
        if inner is node.of or inner is top:
            # The sign is read off its row.
            return not isinstance(inner, Combination | Ceil)
        return inner in self._wanted

    def _refuse_infinite(self, row: Row) -> None:
        if self._can_be_infinite(row):
            raise Unsupported("an infinity below a threshold")

    # -- rows -----------------------------------------------------------------------

    def _row(self, node: Node) -> Row:
        return self._sum(*_terms(node))

    def _sum(
        self,
        linear: Iterable[tuple[int, Fraction]],
        parts: Sequence[tuple[Fraction, Node]],
        constant: Fraction,
    ) -> Row:
        objective = self._given.n_coordinates
        by_register: dict[int, Fraction] = {}
        own = []
        for i, w in linear:
            if i == objective:
                moving, granularity = self._objective
                by_register[moving] = w * granularity
            else:
                own.append((i, w))
        for w, part in parts:
            k = self._place[part]
            by_register[k] = by_register.get(k, ZERO) + w / self._denominators[k]
        inputs, constant = self._given.folded(own, constant)
        entries = [(k, w) for k, w in by_register.items() if w]
        q = math.lcm(
            constant.denominator,
            *(w.denominator for _, w in inputs),
            *(w.denominator for _, w in entries),
        )
        whole = [(k, w.numerator * (q // w.denominator)) for k, w in entries]
        scaled = tuple((k, w) for k, w in whole if self._scaled[k])
        return Row(
            tuple((i, w.numerator * (q // w.denominator)) for i, w in inputs),
            tuple((k, w) for k, w in whole if not self._scaled[k]),
            scaled,
            constant.numerator * (q // constant.denominator),
            q,
            bool(inputs or scaled),
        )

    def _can_be_infinite(self, row: Row) -> bool:
        return any(self._infinite[k] for k in row.registers)


def _terms(
    node: Node,
) -> tuple[Sequence[tuple[int, Fraction]], Sequence[tuple[Fraction, Node]], Fraction]:
    if isinstance(node, Combination):
        return node.linear, node.parts, node.constant
    return (), ((ONE, node),), ZERO


def _added(
    weighted: Sequence[tuple[Fraction, Node]],
) -> tuple[Sequence[tuple[int, Fraction]], Sequence[tuple[Fraction, Node]], Fraction]:
    """The terms of a sum of nodes, those of combinations taken apart."""
    weights: dict[int, Fraction] = {}
    parts: list[tuple[Fraction, Node]] = []
    total = ZERO
    for factor, node in weighted:
        linear, inner, constant = _terms(node)
        for i, w in linear:
            weights[i] = weights.get(i, ZERO) + factor * w
        parts += [(factor * w, part) for w, part in inner]
        total += factor * constant
    return tuple((i, w) for i, w in weights.items() if w), parts, total


def _moving(order: Sequence[Node], objective: int) -> frozenset[Node]:
    """The nodes that read the objective's coordinate, other than inside a threshold."""
    found: set[Node] = set()
    for node in order:
        if isinstance(node, Threshold):
            continue
        if isinstance(node, Combination) and node.linear:
            last = node.linear[-1][0]
            if last > objective:
                raise Unsupported("a coordinate behind the objective's")
            if last == objective:
                found.add(node)
        if any(child in found for child in children(node)):
            found.add(node)
    return frozenset(found)


def _wanted(roots: Sequence[Node], order: Sequence[Node]) -> frozenset[Node]:
    """Roots, what is not a combination, and combinations that are read as they are."""
    wanted = set(roots)
    for node in order:
        if not isinstance(node, Combination):
            wanted.add(node)
        if isinstance(node, Combination | Guarded):
            wanted.update(children(node))
    return frozenset(wanted)


def _below(root: Node) -> frozenset[Node]:
    """What is below a node, thresholds included, but nothing inside these."""
    seen: set[Node] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            if not isinstance(node, Threshold):
                stack.extend(children(node))
    return frozenset(seen)
