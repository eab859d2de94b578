"""The value function on a box of right-hand sides."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from dataclasses import replace

from tamemip.errors import InvalidInputError
from tamemip.programs import Box, MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._box_cells import (
    AffineForm,
    BoxCell,
    BoxNode,
    BoxParameters,
    BoxSplit,
    IntegerPart,
    Plane,
    cells_of,
)
from tamemip.value_functions._box_geometry import point_of
from tamemip.value_functions._box_minimal import made_minimal
from tamemip.value_functions._box_regions import Region, regions_of
from tamemip.value_functions._box_search import BoxSearch, BoxState
from tamemip.value_functions._box_value import BoxValueFunction
from tamemip.value_functions._terminal_line import terminal_line


def box_value_function(
    program: MixedIntegerProgram,
    box: Box,
    *,
    minimal: bool = False,
    limits: Limits | None = None,
    progress: bool = False,
) -> BoxValueFunction:
    """The exact optimal value for every right-hand side of a box.

    The value is the least of finitely many convex functions, one for each of some integer
    parts. The box is split by planes into cells on which one affine solution is optimal;
    a dual function, grown as one tree for the whole box, proves that nothing is missing.

    Parameters
    ----------
    program
        Any mixed-integer linear program.
    box
        Bounded intervals of right-hand sides; rows not named keep the program's own.
    minimal
        Drop integer parts that the others make superfluous.
    limits
        Limits of all the work; at a limit `BoxValueFunction.gaps` says what is left.
    progress
        Show a progress line on a terminal.

    Raises
    ------
    InvalidInputError
        If there is no such row, or the box is not bounded.
    UnsupportedError
        If the program is unbounded somewhere in the box.

    See Also
    --------
    tamemip.value_function : The door, with examples.

    References
    ----------
    .. [1] A. Hassanzadeh and T. K. Ralphs, "On the value function of a mixed integer
       linear optimization problem and an algorithm for its construction", COR@L
       Technical Report 14T-004, Lehigh University (2014).
    """
    if not isinstance(box, Box):
        raise InvalidInputError(
            f"`domain` has to be a Box of right-hand sides, not {type(box).__name__}: for "
            "instance tamemip.Box({'CAPACITY': (0, 10)})."
        )
    if not box.is_bounded:
        raise InvalidInputError(
            f"the box {box!r} is not bounded; the value function may have infinitely many pieces "
            "on it. Give every row two finite ends."
        )
    parameters = BoxParameters.of(program, box)
    began, seconds = time.monotonic(), (limits or Limits()).seconds
    with terminal_line(progress, _words) as watch:
        search = BoxSearch(program, parameters, limits=limits or Limits(), on_step=watch)
        state = search.run()
    deadline = math.inf if seconds is None else began + seconds
    is_minimal = False
    if minimal and state.stopped is None:
        with suppress(KeyboardInterrupt):  # at any moment what is left is right
            is_minimal = made_minimal(state, deadline=deadline)
    root = _partition(program, state, first=len(state.root.polytope.rows))
    return BoxValueFunction(
        program,
        box,
        parameters,
        root,
        replace(state.dual_function, program=program),
        _parts(root, state),
        is_minimal,
        state.stopped,
        state.nodes,
        time.monotonic() - began,
    )


def _partition(program: MixedIntegerProgram, state: BoxState, *, first: int) -> BoxNode:
    """The regions as cells in the user's terms; without recursion, they may nest deeply."""
    made: dict[int, BoxNode] = {}
    for region in reversed(list(regions_of(state.root))):
        if region.row is None or region.at_least is None or region.below is None:
            made[id(region)] = _cell(program, region, first)
        else:
            sides = made[id(region.at_least)], made[id(region.below)]
            made[id(region)] = BoxSplit(Plane.of(region.row), *sides)
    return made[id(state.root)]


def _cell(program: MixedIntegerProgram, region: Region, first: int) -> BoxCell:
    sign = 1 if program.sense == "min" else -1
    solution = None if region.tree is None else region.solution
    value: AffineForm | float | None = None
    if solution is not None:
        form = solution.cost.form
        rates = tuple(sign * a for a in form.coefficients)
        value = AffineForm(sign * form.constant + program.offset, rates)
    elif region.tree is not None:
        value = sign * math.inf
    return BoxCell(
        sides=region.polytope.sides(first),
        vertices=tuple(point_of(vertex) for vertex in region.polytope.vertices),
        value=value,
        part=None if solution is None else solution.part,
        point=None if solution is None else solution.point,
        tree=region.tree,
    )


def _parts(root: BoxNode, state: BoxState) -> tuple[IntegerPart, ...]:
    """The parts of the cells; where something is missing, all that have been met."""
    cells = list(cells_of(root))
    used = dict.fromkeys(cell.part for cell in cells if cell.part is not None)
    if not all(cell.is_proved for cell in cells):
        used |= dict.fromkeys(state.solutions.parts)
    return tuple(used)


def _words(state: BoxState) -> str:
    parts = len(state.solutions.parts)
    return f"{state.proved} cells proved, {state.open} open, {parts} integer parts"
