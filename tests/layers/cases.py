"""Programs that the tests of layers share, and numbers rounded back to rationals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from tamemip.programs import MixedIntegerProgram, ParametricProgram

#: Derivatives of small rational programs have smaller denominators than this.
_DENOMINATOR = 10_000


def knapsack(*, n: int = 8) -> MixedIntegerProgram:
    """A 0-1 knapsack with two rows."""
    weights = [[3 + (5 * j + 2 * i) % 7 for j in range(n)] for i in range(2)]
    costs = [4 + (3 * j) % 5 for j in range(n)]
    return MixedIntegerProgram.from_arrays(costs, weights, "<=", [14, 15], upper=1, sense="max")


def mixed() -> MixedIntegerProgram:
    """Two integer and two continuous columns; nothing is tied or degenerate."""
    return MixedIntegerProgram.from_arrays(
        ["3.1", 2, "1.5", "0.7"],
        [[2, 1, 1, 0], [0, 1, -1, 3]],
        [">=", "<="],
        ["3.3", "4.1"],
        upper=[3, 3, 10, 10],
        integrality=[True, True, False, False],
    )


def parametric() -> ParametricProgram:
    """The mixed program with two parameters in all of its slots."""
    return ParametricProgram(
        mixed(),
        rhs=[[1, 0], [0, "1/2"]],
        c=[[0, 1], [0, 1], [0, 1], ["1/4", 0]],
        A={(0, 2): ["1/10", "1/5"]},
        upper=[[0, 0], [0, 0], [1, 0], [0, 0]],
    )


def step() -> MixedIntegerProgram:
    """``min -x``, ``x <= b``, `x` in {0, 1}: the value jumps at 0 and at 1."""
    return MixedIntegerProgram.from_arrays([-1], [[1]], "<=", [1], upper=1)


def data_of(program: MixedIntegerProgram, slot: str) -> np.ndarray:
    """The floats of a slot."""
    if slot == "A":
        return program.A.toarray()
    return np.array(getattr(program, slot))


def exactly(values: np.ndarray) -> list[object]:
    """Floats as the simple rationals that they stand for, in nested lists."""
    if values.ndim > 1:
        return [exactly(row) for row in values]
    return [Fraction(float(v)).limit_denominator(_DENOMINATOR) for v in values]


SLOTS = [("rhs",), ("c",), ("A",), ("upper",), ("A", "rhs", "c")]


def tensors(slots):
    """Two items of the mixed program a slot, away from kinks."""
    import torch

    found = []
    for slot in slots:
        here = torch.tensor(data_of(mixed(), slot))
        other = here + 0.25 if slot == "upper" else here * 1.07 + 0.013
        here = here + 0.3 if slot == "upper" else here
        found.append(torch.stack([here, other]).requires_grad_())
    return tuple(found)
