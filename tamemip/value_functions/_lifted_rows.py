"""Symbolic cuts as rows that move along a line, in one interval of steps.

A cut is a function of the right-hand side that does not fall when its parts rise. On
an interval of a line an affine function lies below it, made part by part; with that in
its place the cut is an ordinary row whose right-hand side moves at a rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Over, SparseVector, below_ceiling, below_rounding
from tamemip.duality import CutRow, extended_program, moved
from tamemip.errors import UnsupportedError
from tamemip.functions import Ceil, Combination, MixedIntegerRounding, Node, topological
from tamemip.programs import MixedIntegerProgram

_Ends: TypeAlias = tuple[Fraction, Fraction]


@final
@dataclass(frozen=True, slots=True)
class MovingProgram:
    """A program with cuts as rows, at the first step of an interval.

    Attributes
    ----------
    program
        The rows of the program, then the cuts; all are right at the first step.
    direction
        How fast every right-hand side moves.
    rows
        The cuts.
    over, length
        The interval, in steps of the whole line; its length.
    """

    program: MixedIntegerProgram
    direction: SparseVector
    rows: tuple[CutRow, ...]
    over: Over

    @property
    def length(self) -> Fraction:
        """The length of the interval."""
        return self.over.hi - self.over.lo

    def rhs_at(self, t: Fraction) -> tuple[Fraction, ...]:
        """All right-hand sides at a step of the whole line."""
        return moved(self.program.exact.rhs, self.direction, t - self.over.lo)


def moving_program(
    program: MixedIntegerProgram,
    direction: SparseVector,
    rows: Sequence[CutRow],
    over: Over,
) -> MovingProgram:
    """The program with cuts as rows that move affinely in an interval of a line.

    A point that is feasible for the program at a step of the interval satisfies all
    cuts there, because their right-hand sides lie above those that are taken. So the
    optimal value is the same.

    Parameters
    ----------
    program
        The program; its own right-hand side is the start of the line.
    direction
        Pairs of a row index and its rate.
    rows
        The cuts.
    over
        The interval.

    Raises
    ------
    UnsupportedError
        If a cut is made of more than sums and roundings.
    """
    form = program.canonical()
    first = moved(program.exact.rhs, direction, over.lo)
    last = moved(program.exact.rhs, direction, over.hi)
    nodes = [row.node for row in rows]
    found = below_nodes(nodes, form.rhs_of(first), form.rhs_of(last), over)
    lines = [over.line(found[node]) for node in nodes]
    sides = [
        value + rate * over.lo + row.shift for row, (value, rate) in zip(rows, lines, strict=True)
    ]
    own = program.n_rows
    rates = tuple((own + k, rate) for k, (_, rate) in enumerate(lines) if rate)
    return MovingProgram(
        _with_rows(program.with_rhs(first), rows, sides), (*direction, *rates), tuple(rows), over
    )


def below_nodes(
    nodes: Sequence[Node], first: Sequence[Fraction], last: Sequence[Fraction], over: Over
) -> dict[Node, _Ends]:
    """Affine functions below some nodes, and below all that they are made of.

    Parameters
    ----------
    nodes
        Functions of the canonical right-hand side.
    first, last
        The canonical right-hand sides at both ends of the interval.
    over
        The interval.
    """
    found: dict[Node, _Ends] = {}
    for node in topological(*nodes):
        found[node] = _below(node, found, first, last, over)
    return found


def _below(
    node: Node,
    found: Mapping[Node, _Ends],
    first: Sequence[Fraction],
    last: Sequence[Fraction],
    over: Over,
) -> _Ends:
    match node:
        case Combination():
            values = []
            for end, e in enumerate((first, last)):
                parts = (w * found[part][end] for w, part in node.parts)
                values.append(sum((w * e[i] for i, w in node.linear), sum(parts, node.constant)))
            return values[0], values[1]
        case Ceil():
            return below_ceiling(found[node.of], over)
        case MixedIntegerRounding():
            p, q = found[node.of]
            g, h = (Fraction(0), Fraction(0)) if node.minus is None else found[node.minus]
            u, v = below_rounding((p - g, q - h), node.fraction)
            return u + g / node.fraction, v + h / node.fraction
        case _:
            raise UnsupportedError(
                f"a {type(node).__name__.lower()} is no cut that can be read along a line; only "
                "sums and roundings are."
            )


def _with_rows(
    program: MixedIntegerProgram, rows: Sequence[CutRow], sides: Sequence[Fraction]
) -> MixedIntegerProgram:
    extended = extended_program(program, rows)
    return extended.with_rhs((*program.exact.rhs, *sides))
