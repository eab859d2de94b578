"""What a problem family is: the contract for plugins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    from tamemip.arithmetic import Number
    from tamemip.programs import ParametricProgram

Instance = TypeVar("Instance")
Solution_co = TypeVar("Solution_co", covariant=True)


@runtime_checkable
class Family(Protocol[Instance, Solution_co]):
    """A problem family: data in, a parametric program out, a point back into plain words.

    The three members and the name are all that is needed; values, dual functions,
    certificates, gradients, layers and reports follow from the program. Nothing here is
    trusted: the conformance kit (`tamemip.testing.checks_for`) tests it.

    A family may also have

    ``evaluate(instance, solution)``
        The value of a decoded solution, computed from the instance alone, without the
        program. A solution that the instance does not allow is refused with
        `InvalidInputError`.
    ``bad_examples()``
        Instances that ``program`` has to refuse with `InvalidInputError`; where the
        instance's own constructor refuses, a function of no argument that calls it.
    ``limitations``
        A mapping from names of checks of the kit to reasons why this family cannot pass
        them. A check that is declared to fail has to fail.
    ``kind``
        One line on what is modeled, for `tamemip.families`.

    Checks that need a member which is absent are reported as not run.

    Attributes
    ----------
    name
        What users call it by; for an entry point, the name of the entry point.

    Notes
    -----
    Every feasible point of a program has to stand for a solution that the instance allows, not
    only the optimal ones. A program has to hold for every small displacement, of either sign: a
    big-M needs room to spare, and where bounds of a column could cross, a row does the same.
    Two finite bounds on every column cost nothing, and gradients in costs and matrix entries
    need them. The class of a solution stands at the top of a module, so that it survives
    pickle.

    Examples
    --------
    >>> from tamemip import family
    >>> isinstance(family("knapsack"), Family)
    True
    """

    name: str

    def program(self, instance: Instance) -> ParametricProgram:
        """The program of an instance, with named parameters for the data that may move.

        Parameters are displacements: at ``theta = 0`` stands the instance itself. Columns
        and rows have names that a reader of the instance understands.

        Raises
        ------
        InvalidInputError
            If the instance is none; the message names the item.
        """
        ...

    def decode(self, instance: Instance, point: Sequence[Number]) -> Solution_co:
        """What a point of the program says about the instance; its ``value`` is a number.

        ``point`` has one number a column of the program, as a solver gives it: integers
        may be off by rounding. Given exactly, the value is exact.
        """
        ...

    def examples(self) -> Iterable[Instance]:
        """A few small instances, on which the conformance kit runs."""
        ...
