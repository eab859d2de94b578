"""The scheduling family: one door for its kinds of instances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, final

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling import (
    _flow_shop_member,
    _job_shop_member,
    _lot_sizing_member,
    _machine_assignment_program,
    _parallel_machines,
    _resource_constrained_member,
    _single_machine_program,
    _unit_commitment_member,
)
from tamemip.plugins.scheduling._member import BadExample, Member
from tamemip.programs import ParametricProgram

_MEMBERS = (
    _single_machine_program.MEMBER,
    _parallel_machines.MEMBER,
    _job_shop_member.MEMBER,
    _flow_shop_member.MEMBER,
    _resource_constrained_member.MEMBER,
    _machine_assignment_program.MEMBER,
    _unit_commitment_member.MEMBER,
    _lot_sizing_member.MEMBER,
)


@final
class SchedulingFamily:
    """Schedules of machines, shops, projects and power plants.

    Its instances are `SingleMachine`, `ParallelMachines`, `JobShop`, `FlowShop`,
    `ResourceConstrained`, `MachineAssignment`, `UnitCommitment` and `LotSizing`; what the
    program of each looks like, and which data move in it, is said there.

    Examples
    --------
    >>> import tamemip as tm
    >>> from tamemip.plugins.scheduling import SingleMachine
    >>> scheduling = tm.family("scheduling")
    >>> instance = SingleMachine([3, 1, 2], [1, 2, 1])
    >>> q = scheduling.program(instance)
    >>> scheduling.decode(instance, tm.solve(q.program).point).value
    Fraction(11, 1)
    """

    name = "scheduling"
    kind = "single and parallel machines, shops, projects, unit commitment, lot sizes"

    def program(self, instance: object) -> ParametricProgram:
        """The program of an instance of any of the kinds.

        Raises
        ------
        InvalidInputError
            If it is an instance of none.
        """
        return _member(instance).program(instance)

    # Any: each kind of instance has a solution of its own.
    def decode(self, instance: object, point: Sequence[Number]) -> Any:
        """The schedule, assignment or plan of a point, with its ``value``."""
        return _member(instance).decode(instance, point)

    def evaluate(self, instance: object, solution: object) -> Fraction:
        """The value of a solution, from the instance alone.

        Raises
        ------
        InvalidInputError
            If the instance does not allow it.
        """
        member = _member(instance)
        if not isinstance(solution, member.solution):
            raise InvalidInputError(
                f"the solution is of type {type(solution).__name__}; a {member.solution.__name__} "
                "is needed, as decode gives it."
            )
        return member.evaluate(instance, solution)

    def examples(self) -> Iterator[object]:
        """Small instances of every kind."""
        for member in _MEMBERS:
            yield from member.examples()

    def bad_examples(self) -> Iterator[BadExample]:
        """Constructions that are refused, of every kind."""
        for member in _MEMBERS:
            yield from member.bad_examples()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SchedulingFamily)

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return "SchedulingFamily()"


FAMILY = SchedulingFamily()


def _member(instance: object) -> Member:
    for member in _MEMBERS:
        if isinstance(instance, member.instance):
            return member
    kinds = ", ".join(member.instance.__name__ for member in _MEMBERS)
    raise InvalidInputError(
        f"{type(instance).__name__} is no scheduling instance; there are {kinds}."
    )
