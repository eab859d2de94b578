"""The certificate of a knapsack's value function."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from tamemip.certificates import Certificate
from tamemip.errors import NotAllowedError
from tamemip.plugins.knapsack._capacities import read_cells
from tamemip.plugins.knapsack._program import program
from tamemip.programs import Box
from tamemip.value_functions import LatticeValueFunction, lattice_value_function

if TYPE_CHECKING:
    from tamemip.plugins.knapsack._value_function import KnapsackValueFunction


def write_value_certificate(V: KnapsackValueFunction) -> Certificate:
    """The certificate of the lattice's table of the program, which has to be the same.

    Raises
    ------
    UnsupportedError
        If the program is not one that the lattice method serves, or is too large.
    NotAllowedError
        If the two tables differ: then one of the two is wrong.
    """
    q = program(V.instance)
    ends = dict(zip(q.program.row_names, V.upto, strict=False))
    lattice = lattice_value_function(q.program, Box({row: (0, end) for row, end in ends.items()}))
    found = lattice.certificate
    if not _agree(V, lattice):
        raise NotAllowedError(
            "the table of this value function and that of the lattice method differ, so that one "
            "of the two is wrong. Please report the instance."
        )
    return found


def _agree(V: KnapsackValueFunction, lattice: LatticeValueFunction) -> bool:
    """Whether both say the same, exactly, at all integer capacities."""
    m = len(V.upto)
    # The rows of classes come last, and keep their own right-hand sides, the last cells.
    theirs = lattice.table.reshape(*lattice.table.shape[:m], -1)[..., -1]
    points = np.indices(theirs.shape).reshape(m, -1).T
    is_reached, cells = read_cells(points, V.form, V.upto)
    ours = V.table[tuple(cells.T)].astype(object) * V.form.value_unit + V.form.constant
    said = theirs.ravel().astype(object) * Fraction(1, lattice.scale) + lattice.constant
    return bool(is_reached.all() and (ours == said).all())
