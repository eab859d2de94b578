"""A program with proved cuts as further rows: the same points, a tighter relaxation."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tamemip.duality import CutFinder, CutRow, Incumbent, NoInequalityError, cut_rows
from tamemip.duality import extended_program as with_rows
from tamemip.errors import SolverError, UnsupportedError
from tamemip.programs import MixedIntegerProgram

if TYPE_CHECKING:
    from tamemip.functions import Node

_LOGGER = logging.getLogger(__name__)


def with_cuts(
    program: MixedIntegerProgram, incumbent: Incumbent | None, *, seconds: float
) -> MixedIntegerProgram | None:
    """Add the cuts that lift the relaxation most; None if none do.

    Every feasible point satisfies the cuts: they are rounded combinations of rows, whose
    coefficients are computed exactly. So the optimal integer parts stay what they are.

    Parameters
    ----------
    program, incumbent
        The program, and a good point: cuts beyond its cost are of no use.
    seconds
        Time for the search for cuts.
    """
    best: tuple[float, tuple[CutRow, ...]] | None = None
    deadline = time.monotonic() + seconds
    finder = CutFinder(program, program.exact.rhs, incumbent)
    try:
        for found in finder.lists(deadline=deadline):
            rows = _rows(program, found.cuts)
            if rows and (best is None or found.value > best[0]):
                best = (found.value, rows)
            if time.monotonic() > deadline:
                break
    except (SolverError, UnsupportedError) as error:  # the tree does without
        _LOGGER.info("no cuts: %s", error)
    return None if best is None else with_rows(program, best[1])


def _rows(program: MixedIntegerProgram, cuts: Sequence[Node]) -> tuple[CutRow, ...]:
    """The cuts that are linear in the user's columns."""
    form = program.canonical()
    rows: list[CutRow] = []
    for cut in cuts:
        try:
            rows += cut_rows(form, [cut])
        except NoInequalityError:
            continue
    return tuple(rows)
