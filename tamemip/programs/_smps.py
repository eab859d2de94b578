"""Reading two-stage stochastic programs in SMPS format: core, time and stoch file.

Conventions, where the format leaves room:

* The core file is an MPS file, read as `tamemip.read` does. Two periods; rows and columns
  belong to a period by their order in it (the implicit form of the time file). A first row
  that the core does not count, such as the objective, stands for the first row.
* The right-hand side alone is random: a random matrix, cost or bound is refused. So are
  chance constraints and more than two stages.
* A scenario inherits from its parent, ``ROOT`` is the core. Independent entries (``INDEP``)
  and blocks (``BLOCKS``) are multiplied out.
* Probabilities are decimals such as 0.333333: those that sum to nearly 1 are divided by
  their sum.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import final

from tamemip.certificates import ExactMatrix, SparseVector
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.programs._draft import RANGE_SUFFIX
from tamemip.programs._lines import Lines
from tamemip.programs._mps import read_mps
from tamemip.programs._program import MixedIntegerProgram
from tamemip.programs._smps_scenarios import Outcome, read_outcomes
from tamemip.programs._two_stage import Scenario, TwoStageProgram

#: Probabilities written with few digits sum to 1 up to this.
_ROUNDED = Fraction(1, 1000)


def read_smps(
    path: str | os.PathLike[str],
    *,
    time: str | os.PathLike[str] | None = None,
    stoch: str | os.PathLike[str] | None = None,
) -> TwoStageProgram:
    r"""Read a two-stage program with a random right-hand side, in exact decimals.

    Parameters
    ----------
    path
        The core file; or a file that ends in ``.smps`` and names the three files, one a
        line: core, time, stoch.
    time, stoch
        The other two files. If None they are those beside the core file with the same
        name and the suffix ``.tim`` and ``.sto``.

    Raises
    ------
    InvalidInputError
        If a file is missing or malformed; the message names the line.
    UnsupportedError
        If there are more than two stages, or more than right-hand sides is random.

    References
    ----------
    .. [1] J. R. Birge, M. A. H. Dempster, H. I. Gassmann, E. A. Gunn, A. J. King and
       S. W. Wallace, "A standard input format for multiperiod stochastic linear
       programs", COAL Newsletter 17 (1987), 1-19.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> core = '''NAME
    ... ROWS
    ...  N  COST
    ...  G  DEMAND
    ... COLUMNS
    ...     BUILT  COST  2  DEMAND  1
    ...     BOUGHT  COST  5  DEMAND  1
    ... RHS
    ...     RHS  DEMAND  1
    ... ENDATA
    ... '''
    >>> time = "TIME\nPERIODS\n BUILT COST NOW\n BOUGHT DEMAND LATER\nENDATA\n"
    >>> stoch = '''STOCH
    ... INDEP DISCRETE
    ...     RHS  DEMAND  1  LATER  0.75
    ...     RHS  DEMAND  4  LATER  0.25
    ... ENDATA
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for suffix, text in ((".cor", core), (".tim", time), (".sto", stoch)):
    ...         _ = pathlib.Path(folder, "small").with_suffix(suffix).write_text(text)
    ...     P = read_smps(pathlib.Path(folder, "small.cor"))
    >>> P
    TwoStageProgram(min, first stage 0 x 1, recourse 1 x 1, 2 scenarios)
    >>> P.rhs_of_all([3])
    ((Fraction(-2, 1),), (Fraction(1, 1),))
    """
    core, time_file, stoch_file = _files(Path(path), time, stoch)
    program = read_mps(Lines(core))
    periods = _read_periods(Lines(time_file), program)
    first, recourse, technology = _stages(program, periods, core)
    places = {name: i for i, name in enumerate(recourse.row_names)}
    outcomes = read_outcomes(Lines(stoch_file), program, places)
    scenarios = _scenarios(outcomes, recourse, stoch_file)
    return TwoStageProgram(first, recourse, technology, scenarios, program.name)


def _files(
    path: Path,
    time: str | os.PathLike[str] | None,
    stoch: str | os.PathLike[str] | None,
) -> tuple[Path, Path, Path]:
    if path.suffix.lower() != ".smps":
        return (
            path,
            path.with_suffix(".tim") if time is None else Path(time),
            path.with_suffix(".sto") if stoch is None else Path(stoch),
        )
    lines = Lines(path)
    names = [line.strip() for line in lines if line.strip()]
    if len(names) != 3:
        raise lines.invalid("an .smps file names three files, one a line: core, time, stoch")
    core, second, third = (path.with_name(name) for name in names)
    return core, second, third


# -- stages ------------------------------------------------------------------------------


@final
@dataclass(frozen=True, slots=True)
class _SecondStage:
    """Where it begins in the core file."""

    column: int
    row: int


def _read_periods(lines: Lines, program: MixedIntegerProgram) -> _SecondStage:
    starts: list[tuple[str, str]] = []
    in_periods = False
    for line in lines:
        fields = line.split()
        if not fields or line[0] == "*":
            continue
        if not line[0].isspace():
            keyword = fields[0].upper()
            if keyword in ("ROWS", "COLUMNS") or "EXPLICIT" in map(str.upper, fields[1:]):
                raise lines.unsupported(
                    "the explicit form of the time file was found; only the implicit one is read, "
                    "in which the stages follow each other in the core file"
                )
            in_periods = keyword == "PERIODS"
            if keyword == "ENDATA":
                break
        elif in_periods:
            if len(fields) != 3:
                raise lines.invalid("a period needs three fields: first column, first row, name")
            starts.append((fields[0], fields[1]))
    if len(starts) != 2:
        raise lines.unsupported(
            f"two stages are needed, and {len(starts)} periods were found: multistage programs "
            "have no recourse value function of one right-hand side"
        )
    column, row = starts[1]
    if column not in program.col_names or row not in program.row_names:
        what = f"column {column!r}" if column not in program.col_names else f"row {row!r}"
        raise lines.invalid(
            f"the second period begins at {what}, which the core file does not have"
        )
    return _SecondStage(program.col_index(column), program.row_index(row))


def _stages(
    program: MixedIntegerProgram, second: _SecondStage, core: Path
) -> tuple[MixedIntegerProgram, MixedIntegerProgram, ExactMatrix]:
    exact, n, m = program.exact, second.column, second.row
    for i, row in enumerate(exact.A.rows[:m]):
        late = next((j for j, _ in row if j >= n), None)
        if late is not None:
            raise InvalidInputError(
                f"{core}: row {program.row_names[i]!r} of the first period has an entry in column "
                f"{program.col_names[late]!r} of the second one."
            )
    here = [_within(row, 0, n) for row in exact.A.rows]
    later = [_within(row, n, program.n_cols) for row in exact.A.rows[m:]]
    first = _part(program, slice(0, m), slice(0, n), here[:m])
    recourse = _part(program, slice(m, None), slice(n, None), later)
    return first, recourse, ExactMatrix(tuple(here[m:]), n)


def _within(row: SparseVector, start: int, end: int) -> SparseVector:
    return tuple((j - start, v) for j, v in row if start <= j < end)


def _part(
    program: MixedIntegerProgram, rows: slice, columns: slice, entries: Sequence[SparseVector]
) -> MixedIntegerProgram:
    """Some rows and columns; the constant of the objective belongs to the first stage."""
    exact = program.exact
    costs = exact.c[columns]
    return MixedIntegerProgram.from_arrays(
        costs,
        ExactMatrix(tuple(entries), len(costs)),
        exact.row_sense[rows],
        exact.rhs[rows],
        lower=exact.lower[columns],
        upper=exact.upper[columns],
        integrality=exact.integer[columns],
        sense=exact.sense,
        row_names=program.row_names[rows],
        col_names=program.col_names[columns],
        offset=exact.offset if columns.start == 0 else 0,
        name=program.name,
    )


# -- scenarios ---------------------------------------------------------------------------


def _scenarios(
    outcomes: Sequence[Outcome], recourse: MixedIntegerProgram, path: Path
) -> tuple[Scenario, ...]:
    total = sum((outcome.probability for outcome in outcomes), Fraction(0))
    if abs(total - 1) > _ROUNDED:
        raise InvalidInputError(
            f"{path}: the probabilities of {len(outcomes)} scenarios sum to {float(total):.9g}, "
            "not to 1."
        )
    random = {i for outcome in outcomes for i in outcome.changes}
    for i in sorted(random):
        name = recourse.row_names[i]
        if f"{name}{RANGE_SUFFIX}" in recourse.row_names:
            raise UnsupportedError(
                f"{path}: row {name!r} has a range and a random right-hand side. Write it as two "
                "rows in the core file."
            )
    result = []
    for outcome in outcomes:
        rhs = list(recourse.exact.rhs)
        for i, value in outcome.changes.items():
            rhs[i] = value
        result.append(Scenario(outcome.name, outcome.probability / total, tuple(rhs)))
    return tuple(result)
