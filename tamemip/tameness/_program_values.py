"""Value functions that are known piece by piece, as expressions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from tamemip.tameness._certify import Reading
from tamemip.tameness._conditions import conjunction, less, less_equal, piecewise
from tamemip.tameness._domain import domain_of
from tamemip.tameness._expression import Expression, add, constant, scale, variable
from tamemip.value_functions import (
    AffineForm,
    BoxValueFunction,
    CostValueFunction,
    LinePiece,
    LineValueFunction,
)


def read_line(v: LineValueFunction) -> Reading:
    """The finite pieces of a value function on a line; undefined elsewhere."""
    t, pieces = variable("t"), v.pieces
    if _is_gapless(pieces, v.interval):
        # A chain whose last piece is the default: it is seen to be total, and counted.
        chain = [((less_equal if p.hi_closed else less)(t, p.hi), _affine_of(t, p)) for p in pieces]
        function = piecewise(chain[:-1], default=chain[-1][1]) if chain[1:] else chain[0][1]
    else:
        function = _piecewise([(conjunction(*_ends(t, p)), _affine_of(t, p)) for p in pieces])
    return Reading([function], domain_of({"t": v.interval}, ["t"]), repr(v))


def read_cost(v: CostValueFunction) -> Reading:
    """The pieces of a value function of the costs: closed intervals, end to end."""
    t = variable("t")
    branches = []
    for piece in v.pieces:
        line = add(constant(piece.value_at_lo - piece.slope * piece.lo), scale(t, piece.slope))
        branches.append((less_equal(t, piece.hi), line))
    return Reading([_piecewise(branches)], domain_of({"t": v.interval}, ["t"]), repr(v))


def read_box(v: BoxValueFunction) -> Reading:
    """The cells of a value function on a box on which the value is finite."""
    names = [v.program.row_names[i] for i in v.parameters.rows]
    variables = [variable(name) for name in names]
    branches = []
    for cell in v.cells:
        if isinstance(cell.value, AffineForm):
            sides = tuple(
                (less if side.is_strict else less_equal)(
                    0,
                    _affine(
                        variables,
                        Fraction(side.plane.constant),
                        list(map(Fraction, side.plane.coefficients)),
                    ),
                )
                for side in cell.sides
            )
            value = _affine(variables, cell.value.constant, cell.value.coefficients)
            branches.append((conjunction(*sides), value))
    ends = zip(v.parameters.lows, v.parameters.highs, strict=True)
    domain = domain_of(dict(zip(names, ends, strict=True)), names)
    return Reading([_piecewise(branches)], domain, repr(v))


def _piecewise(branches: Sequence[tuple[Expression, Expression]]) -> Expression:
    if branches:
        return piecewise(branches)
    return piecewise([(less(1, 0), constant(0))])


def _is_gapless(pieces: Sequence[LinePiece], interval: tuple[Fraction, Fraction]) -> bool:
    """Whether the pieces follow each other from one end of the interval to the other."""
    return (
        bool(pieces)
        and (pieces[0].lo, pieces[-1].hi) == interval
        and pieces[0].lo_closed
        and pieces[-1].hi_closed
        and all(p.hi == q.lo and (p.hi_closed or q.lo_closed) for p, q in pairwise(pieces))
    )


def _ends(t: Expression, piece: LinePiece) -> Iterator[Expression]:
    yield (less_equal if piece.lo_closed else less)(piece.lo, t)
    yield (less_equal if piece.hi_closed else less)(t, piece.hi)


def _affine_of(t: Expression, piece: LinePiece) -> Expression:
    slope = piece.slope or 0
    return add(constant(piece.value_at_lo - slope * piece.lo), scale(t, slope))


def _affine(
    variables: Sequence[Expression],
    offset: Fraction,
    coefficients: Sequence[Fraction],
) -> Expression:
    terms = (scale(x, a) for x, a in zip(variables, coefficients, strict=True) if a)
    return add(constant(offset), *terms)
