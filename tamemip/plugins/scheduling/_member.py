"""One kind of scheduling instance: what the family needs to know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias, final

from tamemip.arithmetic import Number
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.programs import ParametricProgram

# Any: a table of members has instances and solutions of many types.
BadExample: TypeAlias = "Callable[[], object]"


@final
@dataclass(frozen=True, slots=True)
class Member:
    """The functions of one kind of instance, as in `tamemip.plugins.Family`.

    Attributes
    ----------
    instance
        The type of the instances.
    program, decode, evaluate
        As in the protocol, for instances of this type.
    examples
        A few small instances.
    bad_examples
        Functions of no argument, each of which makes an instance that is refused.
    solution
        The type of the decoded solutions.
    """

    instance: type
    program: Callable[[Any], ParametricProgram]
    decode: Callable[[Any, Sequence[Number]], Any]
    evaluate: Callable[[Any, Any], Fraction]
    examples: Callable[[], Iterable[Any]]
    bad_examples: Callable[[], Iterable[BadExample]]
    solution: type = Schedule
