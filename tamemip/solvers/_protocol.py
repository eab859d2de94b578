"""What a solver has to offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from tamemip.programs import MixedIntegerProgram
    from tamemip.solvers._claim import Claim, Limits, Point


@runtime_checkable
class Solver(Protocol):
    """A solver of mixed-integer programs; the contract for plugins.

    A package offers one through the entry-point group ``tamemip.solvers``: the
    entry's name is the solver's name, its object is a `Solver`, or a class or
    function that makes one when called without arguments. Two optional
    attributes are shown by `available_solvers`: ``licence`` and ``scope``, texts.
    """

    @property
    def name(self) -> str:
        """Name, as in ``solve(program, solver=name)``."""
        ...

    def accepts(self, program: MixedIntegerProgram) -> str | None:
        """Why the solver cannot take a program, or None if it can."""
        ...

    def solve(
        self,
        program: MixedIntegerProgram,
        limits: Limits,
        hint: Point | None = None,
        threads: int = 1,
    ) -> Claim:
        """Solve a program, in its user's sense.

        Limits lead to a claim with `Status.LIMIT`, never to an exception.
        Whatever comes back is examined by `tamemip.solvers.solve`.
        """
        ...
