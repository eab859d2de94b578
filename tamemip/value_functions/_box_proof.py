"""Writing the proof of a value function on a box down."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from tamemip.certificates import Certificate, CertificateBuilder
from tamemip.duality import DualFunction, write_function
from tamemip.errors import UnsupportedError
from tamemip.programs import MixedIntegerProgram
from tamemip.value_functions._box_cells import (
    AffinePoint,
    BoxCell,
    BoxNode,
    BoxParameters,
    BoxSplit,
)

if TYPE_CHECKING:
    from tamemip.value_functions._box_value import BoxValueFunction

MOST_PARAMETERS = 12
"""That is what the checkers read."""


def write_box_certificate(v: BoxValueFunction) -> Certificate:
    """The certificate of all that is proved; of the dual function alone if that is nothing."""
    return certificate_of_cells(v.program, v.parameters, v.dual_function, v.root)


def certificate_of_cells(
    program: MixedIntegerProgram,
    parameters: BoxParameters,
    dual_function: DualFunction,
    root: BoxNode,
) -> Certificate:
    """The certificate of the cells of a partition on which the value is proved.

    Raises
    ------
    UnsupportedError
        If there are more parameters than the checkers read.
    """
    if len(parameters.rows) > MOST_PARAMETERS:
        raise UnsupportedError(
            f"a certificate on a box has at most {MOST_PARAMETERS} parameters, this box has "
            f"{len(parameters.rows)}: it would have too many corners. Ask for a box of fewer rows."
        )
    builder = CertificateBuilder(program.exact)
    function = write_function(builder, dual_function)
    moving = set(parameters.rows)
    rhs = [Fraction(0) if i in moving else v for i, v in enumerate(parameters.rhs)]
    box = builder.box(
        rhs, [{i: Fraction(1)} for i in parameters.rows], parameters.lows, parameters.highs
    )
    pieces = []
    for cell, step in _cells(builder, box, root):
        # A strict side may leave nothing of a cell; the checker sees that by itself.
        if cell.value is None:
            continue
        point = None
        if cell.point is not None:
            vectors = _vectors(cell.point, len(parameters.rows))
            point = builder.affine_point(box, vectors)
        pieces.append(builder.piece(function, step, point=point))
    if not pieces:
        return dual_function.certificate
    return builder.finish({"kind": "value-function-on-a-box", "of": box, "tight": pieces})


def _cells(builder: CertificateBuilder, box: int, root: BoxNode) -> Iterator[tuple[BoxCell, int]]:
    """The cells with the steps that cut them out; planes may nest deeply."""
    stack = [(root, box)]
    while stack:
        node, step = stack.pop()
        if isinstance(node, BoxSplit):
            plane = (node.plane.constant, *node.plane.coefficients)
            stack.append((node.below, builder.half(step, plane, "<")))
            stack.append((node.at_least, builder.half(step, plane, ">=")))
        else:
            yield node, step


def _vectors(point: AffinePoint, n_parameters: int) -> list[dict[int, Fraction]]:
    """The constant part of a point, then what each parameter adds."""
    vectors: list[dict[int, Fraction]] = [{} for _ in range(1 + n_parameters)]
    for j, form in point.entries.items():
        for vector, v in zip(vectors, (form.constant, *form.coefficients), strict=True):
            if v:
                vector[j] = v
    return vectors
