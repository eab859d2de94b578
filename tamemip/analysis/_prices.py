"""Shadow prices of a mixed-integer program: what is true of it, not of its relaxation."""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, final, overload

from tamemip.analysis._price_entries import ColumnPrice, RowPrice
from tamemip.analysis._price_finder import PriceFinder
from tamemip.analysis._price_table import column_table, row_table
from tamemip.certificates import Bound
from tamemip.duality import DualFunction, InfeasibleSubset
from tamemip.errors import InvalidInputError, MissingDependencyError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, Status

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console, ConsoleOptions, RenderResult

_PRINT_WIDTH = 160


@final
@dataclass(frozen=True, eq=False, repr=False)
class ShadowPrices(Sequence[RowPrice]):
    """A table of shadow prices: one `RowPrice` a row, one `ColumnPrice` a column.

    A sequence of the row prices; ``prices["CAP_A"]`` finds one by the row's name.
    Obtain it from `tamemip.shadow_prices`.

    Attributes
    ----------
    program
        The program.
    status
        Whether it has an optimum, is infeasible or unbounded, or a limit came first.
    value
        The proved optimal value; infinite if infeasible or unbounded; None at a limit.
    rows, columns
        The lines; none if there is no optimum.
    dual_function
        The dual function that proves them, refined on the way.
    reason
        For an infeasible program: rows and bounds that cannot hold together.
    ray
        For an unbounded program: a direction that improves the objective forever.
    is_interrupted
        Whether Ctrl-C ended the work early.
    """

    program: MixedIntegerProgram
    status: Status
    value: Bound | None
    rows: tuple[RowPrice, ...]
    columns: tuple[ColumnPrice, ...]
    dual_function: DualFunction
    reason: InfeasibleSubset | None = None
    ray: tuple[Fraction, ...] | None = None
    is_interrupted: bool = False

    # -- a sequence ----------------------------------------------------------------

    @overload
    def __getitem__(self, key: int | str) -> RowPrice: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[RowPrice, ...]: ...
    def __getitem__(self, key: int | str | slice) -> RowPrice | tuple[RowPrice, ...]:
        """A row price by position or by the row's name; a slice of them."""
        if not isinstance(key, str):
            return self.rows[key]
        for row in self.rows:
            if row.name == key:
                return row
        raise InvalidInputError(f"the table has no row {key!r}.")

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def n_proved(self) -> int:
        """Number of sides (two a row) whose slope, jump and range are proved."""
        return sum((r.proof_left == "proved") + (r.proof_right == "proved") for r in self.rows)

    @property
    def n_exact_ends(self) -> int:
        """Number of sides (two a row) whose range is proved to end where it does."""
        return sum(r.low_is_exact + r.high_is_exact for r in self.rows)

    # -- showing -------------------------------------------------------------------

    def to_frame(self) -> pd.DataFrame:
        """The rows as a pandas table, indexed by name; numbers stay exact.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ModuleNotFoundError:
            raise MissingDependencyError(
                "ShadowPrices.to_frame needs pandas; install it with `pip install pandas`, "
                "or read `rows`, which is a tuple of plain records."
            ) from None
        records = [{**asdict(row), "jump": row.jump} for row in self.rows]
        return pd.DataFrame.from_records(records).set_index("name")

    def __repr__(self) -> str:
        return (
            f"ShadowPrices({self.status.value}, {len(self.rows)} rows, "
            f"{self.n_proved} of {2 * len(self.rows)} sides proved)"
        )

    def __str__(self) -> str:
        from rich.console import Console

        text = io.StringIO()
        Console(file=text, width=_PRINT_WIDTH, color_system=None).print(self)
        return "\n".join(line.rstrip() for line in text.getvalue().splitlines())

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._headline()
        if self.rows:
            yield row_table(self.rows).to_rich()
            yield _NOTE
        if self.columns:
            yield column_table(self.columns).to_rich()

    def _repr_html_(self) -> str:
        parts = [f"<p>{html.escape(self._headline()).replace(chr(10), '<br>')}</p>"]
        if self.rows:
            parts += [row_table(self.rows).to_html(), f"<p>{html.escape(_NOTE)}</p>"]
        if self.columns:
            parts.append(column_table(self.columns).to_html())
        return "\n".join(parts)

    def _headline(self) -> str:
        title = f"shadow prices of {self.program!r}"
        match self.status:
            case Status.OPTIMAL:
                proved = (
                    f"{self.n_proved} of {2 * len(self.rows)} sides proved, "
                    f"{self.n_exact_ends} with the exact range"
                )
                return f"{title}\noptimal value {self.value} (proved); {proved}"
            case Status.INFEASIBLE:
                why = "" if self.reason is None else f"\n{self.reason}"
                return f"{title}\ninfeasible (proved); no prices{why}"
            case Status.UNBOUNDED:
                return f"{title}\nunbounded (proved); no prices{self._ray_in_words()}"
            case _:
                bound = self.dual_function.value
                return f"{title}\na limit came first: bound {bound}; nothing else is proved"

    def _ray_in_words(self) -> str:
        if self.ray is None:
            return ""
        names = self.program.col_names
        moves = ", ".join(
            f"{names[j]} {'+' if v > 0 else ''}{v}" for j, v in enumerate(self.ray) if v
        )
        return f"\nthe objective improves forever along {moves}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the fields."""
        names = tuple(self.__dataclass_fields__)
        return (ShadowPrices, tuple(getattr(self, name) for name in names))


_NOTE = (
    "slopes, jumps and ranges are those of the mixed-integer program; LP dual belongs to the "
    "linear relaxation,\nfixed dual to the LP with the integers fixed; — means not proved; "
    "… at an end of a range: proved up to there,\nand it may hold further"
)


def shadow_prices(
    program: MixedIntegerProgram,
    *,
    rows: Sequence[int | str] | None = None,
    F: DualFunction | None = None,
    limits: Limits | None = None,
    progress: bool = False,
    executor: Executor | None = None,
) -> ShadowPrices:
    """Shadow prices of a mixed-integer program, each proved or labelled.

    For every row the optimal value ``v`` is followed along its right-hand side:
    slope to the left and to the right, size of the jump if there is one, and the
    exact range in which each holds. An upper line comes from feasible points,
    the same line from below from a dual function, refined where it is needed.
    In a program of integers most slopes are 0 and the jumps tell the story.

    Parameters
    ----------
    program
        Any mixed-integer linear program.
    rows
        The rows to look at, by name or index; all of them if None.
    F
        A dual function of the program to start from.
    limits
        Limits of all the work; at a limit, or after Ctrl-C, what is proved so
        far is returned. ``limits.nodes`` holds for each search.
    progress
        Show a progress line on a terminal.
    executor
        Where the value function along the rows is followed, side by side: threads,
        processes or a cluster. None: here, one after the other.

    Returns
    -------
    ShadowPrices
        Sequence of `RowPrice`; prints as a table. An infeasible or unbounded
        program gives a table without lines, with the reason or the ray.

    Notes
    -----
    Along ``b + t e_i`` the value satisfies ``F <= v <= U`` with a dual function
    ``F`` and the value function ``U`` of a restriction. Rows whose columns are
    all integer need ``F`` only at multiples of the greatest common divisor of
    their coefficients; and the value of a ``<=`` or ``>=`` row is monotone. Where that does
    not tell how far a price holds, the value function along the row does, which has a
    certificate of its own (`tamemip.value_function`). Without a time limit that may take as
    long as the rest did, or five seconds.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([-1], [[1]], ["<="], [1], upper=1, row_names=["CAP"])
    >>> price = shadow_prices(p)["CAP"]
    >>> price.slope_left, price.jump_left, price.low
    (Fraction(0, 1), Fraction(1, 1), Fraction(0, 1))
    >>> price.slope_right, price.jump_right, price.high
    (Fraction(0, 1), Fraction(0, 1), inf)
    """
    if not isinstance(program, MixedIntegerProgram):
        raise InvalidInputError(
            f"shadow_prices needs a MixedIntegerProgram, not {type(program).__name__}."
        )
    if F is not None and F.program.digest != program.digest:
        raise InvalidInputError("F is a dual function of another program.")
    chosen = range(program.n_rows) if rows is None else [program.row_index(key) for key in rows]
    finder = PriceFinder(program, F, limits or Limits(), progress=progress, executor=executor)
    found = finder.find(list(chosen))
    return ShadowPrices(
        program,
        found.status,
        found.value,
        found.rows,
        found.columns,
        found.dual_function,
        found.reason,
        found.ray,
        found.is_interrupted,
    )
