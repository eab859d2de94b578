"""Writing the proof of a value function on a lattice down."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from tamemip.certificates import Bound, Certificate, CertificateBuilder

if TYPE_CHECKING:
    from tamemip.value_functions._lattice_value import LatticeValueFunction


def write_lattice_certificate(v: LatticeValueFunction) -> Certificate:
    """A certificate that names the table; the checker makes it again in plain integers."""
    builder = CertificateBuilder(v.program.exact)
    step = builder.lattice([n - 1 for n in v.table.shape], _values(v))
    return builder.finish({"kind": "value-function-on-a-lattice", "of": step})


def _values(v: LatticeValueFunction) -> Iterator[Bound]:
    """The values of all cells, the last row fastest."""
    entries, places = np.unique(v.table, return_inverse=True)
    known: list[Bound] = [
        math.inf
        if v.program.sense == "min" and entry >= v.unreachable
        else Fraction(int(entry), v.scale) + v.constant
        for entry in entries
    ]
    return (known[k] for k in places.ravel())
