"""Who grows trees: a program with its exact data and its warm relaxation."""

from __future__ import annotations

from typing import Protocol

from tamemip.duality._multipliers import IntegerData
from tamemip.duality._relaxation import Relaxation
from tamemip.duality._target import Target
from tamemip.duality._tree import Tree
from tamemip.programs import MixedIntegerProgram


class Owner(Protocol):
    """What a run needs to know of its program."""

    program: MixedIntegerProgram
    data: IntegerData
    target: Target
    decomposes: bool
    """Whether a program that falls into blocks may get a sum of trees."""

    @property
    def relaxation(self) -> Relaxation:
        """The warm relaxation."""

    def prove_block(self, program: MixedIntegerProgram, deadline: float) -> Tree | None:
        """Prove a block of the program at its own right-hand side."""
