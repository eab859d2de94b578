"""Planning and scheduling instances, ``.cmin`` files."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from tamemip.errors import InvalidInputError
from tamemip.plugins._number_file import NumberFile
from tamemip.plugins.scheduling._machine_assignment import MachineAssignment


def read_machine_assignment(path: str | os.PathLike[str]) -> MachineAssignment:
    r"""Read a ``.cmin`` file: jobs with time windows for facilities, at least cost.

    The numbers are: how many jobs and how many facilities; for each facility, for each job,
    duration, demand and cost; the capacities of the facilities; for each job, release and
    deadline. Line breaks do not matter. The format comes with the Scheduler application of
    SCIP, for instances as in [1]_.

    Parameters
    ----------
    path
        The file, plain or gzipped.

    Raises
    ------
    InvalidInputError
        If there is no such file, it is too short or too long, or a word or a wrong number is
        in it; with the line.

    References
    ----------
    .. [1] J. N. Hooker, "Planning and scheduling by logic-based Benders decomposition",
       Operations Research 55 (2007), 588-602.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "two.cmin")
    >>> _ = path.write_text("2 1\n3 1 7  4 1 8\n1\n0 9  1 9\n")
    >>> print(read_machine_assignment(path))
    MachineAssignment(2 jobs, 1 machine, 'two')
      capacities: 1
      job 0 in [0, 9]: 3 x 1 at 7
      job 1 in [1, 9]: 4 x 1 at 8
    """
    file = NumberFile(path)
    n = file.integer("the number of jobs", least=1)
    width = file.integer("the number of facilities", least=1)
    offers = [[_offer(file, j, m) for j in range(n)] for m in range(width)]
    capacities = file.numbers(width, "the capacity of facility")
    windows = [
        (file.number(f"the release of job {j}"), file.number(f"the deadline of job {j}"))
        for j in range(n)
    ]
    file.finish()
    durations, demands, costs = (
        [[offers[m][j][k] for m in range(width)] for j in range(n)] for k in range(3)
    )
    return _made(
        file,
        lambda: MachineAssignment(
            durations,
            costs,
            [release for release, _ in windows],
            [deadline for _, deadline in windows],
            demands=demands,
            capacities=capacities,
            name=Path(path).name.removesuffix(".gz").removesuffix(".cmin"),
        ),
    )


def _offer(file: NumberFile, j: int, m: int) -> tuple[Fraction, Fraction, Fraction]:
    where = f"of job {j} on facility {m}"
    return (
        file.number(f"the duration {where}"),
        file.number(f"the demand {where}"),
        file.number(f"the cost {where}"),
    )


def _made(file: NumberFile, make: Callable[[], MachineAssignment]) -> MachineAssignment:
    """The instance, or an error that names the file too."""
    try:
        return make()
    except InvalidInputError as error:
        raise InvalidInputError(f"{file.lines.path}: {error}") from None
